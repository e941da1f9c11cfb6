import numpy as np
from keras import backend as K
from keras.models import Sequential
from keras.layers import Dense
from keras.objectives import mean_squared_error

def smooth(y_true, y_pred):
    error = K.abs(y_true - y_pred)
    return K.mean(K.switch(error < 1, 0.5 * K.square(error), error - 0.5), axis=-1) + 0. * mean_squared_error(y_true, y_pred)

def r2(y_true, y_pred):
    return 1 - K.sum(K.square(y_true - y_pred)) / (K.sum(K.square(y_true - K.mean(y_true))) + K.epsilon())

X = np.random.rand(100, 3)
Y = X.dot([1, 2, 3])
m = Sequential()
m.add(Dense(5, input_dim=3, init='glorot_normal', activation='relu', b_regularizer=None))
m.add(Dense(1))
m.compile(loss=smooth, optimizer='rmsprop', metrics=[r2])
m.fit(X, Y, nb_epoch=2, batch_size=10, verbose=0)
print(m.evaluate(X, Y, verbose=0))
