import numpy as np
from keras.models import Sequential
from keras.layers import Flatten, Dense
from keras.optimizers import Adam, Adadelta
import keras.backend as K


def rmse(y_true, y_pred):
    return K.sqrt( K.mean( K.square(y_pred - y_true), axis=-1 ) )


X = np.random.random(400 * 4).reshape(400, 1, 4)
y = X[:, 0, 3] - X[:, 0, 1]

model = Sequential()
model.add(Flatten(input_shape=(1, 4)))
model.add(Dense(1))
model.compile(loss=rmse, optimizer=Adam( decay = 0.1 ))
model.fit(X, y, nb_epoch=2, batch_size=50, shuffle=True)
print(K.get_value(model.optimizer.iterations), K.eval(model.optimizer.lr))
assert abs(float(K.get_value(model.optimizer.lr)) - 0.001 / (1 + 0.1 * 16)) < 1e-6
