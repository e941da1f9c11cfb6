import numpy as np
from keras.models import Sequential
from keras.layers import Dense, LSTM

tsteps, batch_size, epochs = 1, 25, 2
cos = np.cos(2 * np.pi * np.arange(200) / 50.)[:, None, None]
expected = np.roll(cos[:, 0, 0], -1)[:, None]
model = Sequential()
model.add(LSTM(10, batch_input_shape=(batch_size, tsteps, 1), return_sequences=False, stateful=True))
model.add(Dense(1))
model.compile(loss='mse', optimizer='rmsprop')
for i in range(epochs):
    print('Epoch', i, '/', epochs)
    model.fit(cos, expected, batch_size=batch_size, verbose=0, nb_epoch=1, shuffle=False)
    model.reset_states()
predicted = model.predict(cos, batch_size=batch_size)
