import numpy as np
from keras.models import Sequential
from keras.layers.convolutional import Convolution1D, MaxPooling1D
from keras.layers.core import Dense, Flatten

x = np.random.randn(150, 20, 1)
y = x[:, :10].sum(axis=1) > 0
nn = Sequential()
nn.add(Convolution1D(nb_filter=4, filter_length=3, border_mode='same', input_shape=(20, 1), activation='relu', subsample_length=1))
nn.add(MaxPooling1D(pool_length=2, stride=2))
nn.add(Flatten())
nn.add(Dense(1, activation='sigmoid', W_regularizer='l2'))
nn.compile('rmsprop', 'binary_crossentropy', metrics=['accuracy'])
nn.fit(x, y, nb_epoch=2, verbose=2)
loss, acc = nn.evaluate(x, y, verbose=0)
print('%.3f' % acc)
