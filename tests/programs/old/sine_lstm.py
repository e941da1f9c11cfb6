import numpy as np
from keras.models import Sequential
from keras.layers.recurrent import LSTM, GRU
from keras.layers.core import Dense, Dropout, TimeDistributedDense
from keras.callbacks import ReduceLROnPlateau

wave = np.sin(np.linspace(0, 40, 400))
X = np.array([wave[i:i + 10] for i in range(380)])[:, :, np.newaxis]
y = np.array([wave[i + 1:i + 11] for i in range(380)])[:, :, np.newaxis]

model = Sequential()
model.add(LSTM(8, input_dim=1, input_length=10, return_sequences=True,
               inner_init='orthogonal', inner_activation='hard_sigmoid',
               forget_bias_init='one', consume_less='mem'))
model.add(Dropout(0.1))
model.add(GRU(output_dim=6, return_sequences=True, dropout_W=0.1, dropout_U=0.1))
model.add(TimeDistributedDense(1, activation='linear'))
model.compile(loss='mse', optimizer='rmsprop')
model.fit(X, y, batch_size=64, nb_epoch=1, validation_split=0.1, verbose=0,
          callbacks=[ReduceLROnPlateau(patience=1, epsilon=0.01)])
print(model.predict(X[:1]).shape)
