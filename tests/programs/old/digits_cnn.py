'''Digits by a small convolutional network, after an example of 2016.'''
from __future__ import print_function
import numpy as np
np.random.seed(1337)  # for reproducibility

from sklearn.datasets import load_digits
from sklearn.cross_validation import train_test_split
from keras.models import Sequential
from keras.layers.core import Dense, Dropout, Activation, Flatten
from keras.layers.convolutional import Convolution2D, MaxPooling2D
from keras.utils import np_utils
from keras import backend as K

batch_size = 64
nb_classes = 10
nb_epoch = 1
rows, cols = 8, 8
nb_filters, pool_size, kernel_size = 6, (2, 2), (3, 3)

digits = load_digits()
X_train, X_test, y_train, y_test = train_test_split(digits.images, digits.target, test_size=0.2)

if K.image_dim_ordering() == 'th':
    X_train = X_train.reshape(X_train.shape[0], 1, rows, cols)
    X_test = X_test.reshape(X_test.shape[0], 1, rows, cols)
    input_shape = (1, rows, cols)
else:
    X_train = X_train.reshape(X_train.shape[0], rows, cols, 1)
    X_test = X_test.reshape(X_test.shape[0], rows, cols, 1)
    input_shape = (rows, cols, 1)

X_train = X_train.astype('float32') / 16
Y_train = np_utils.to_categorical(y_train, nb_classes)
Y_test = np_utils.to_categorical(y_test, nb_classes=nb_classes)

model = Sequential()
model.add(Convolution2D(nb_filters, kernel_size[0], kernel_size[1],
                        border_mode='valid',
                        input_shape=input_shape))
model.add(Activation('relu'))
model.add(Convolution2D(nb_filters, 2, 2, subsample=(1, 1), dim_ordering='tf'))
model.add(MaxPooling2D(pool_size=pool_size, border_mode='same'))
model.add(Dropout(p=0.25))
model.add(Flatten())
model.add(Dense(nb_classes, init='glorot_uniform', bias=True))
model.add(Activation('softmax'))

model.compile(loss='categorical_crossentropy', optimizer='adadelta', metrics=['accuracy'])
history = model.fit(X_train, Y_train, batch_size=batch_size, nb_epoch=nb_epoch,
                    verbose=1, validation_data=(X_test, Y_test))
print('acc:', history.history['acc'][-1], history.history['val_acc'][-1])
score = model.evaluate(X_test, Y_test, verbose=0)
print('Test score:', score[0], 'accuracy:', score[1])
assert abs(float(K.get_value(model.optimizer.lr)) - 1.0) < 1e-6
