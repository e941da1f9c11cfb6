import numpy as np
from keras.models import Sequential
from keras.layers.advanced_activations import LeakyReLU, ELU
from keras.layers import Dense, Activation
from keras.layers.noise import GaussianDropout

x = np.random.rand(128, 3)
y = np.sin(6 * x[:, 0])
model = Sequential()
model.add(Dense(20, input_dim=3))
model.add(LeakyReLU(alpha=.001))
model.add(Dense(20))
model.add(ELU(alpha=1.0))
model.add(GaussianDropout(p=.05))
model.add(Dense(1))
model.add(Activation('linear'))
model.compile(loss='mse', optimizer='adagrad')
model.fit(x, y, nb_epoch=2, batch_size=16, verbose=0)
