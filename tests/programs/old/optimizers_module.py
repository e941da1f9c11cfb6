import numpy as np
from keras import optimizers, models, layers, initializers, constraints

x = np.random.normal(size=(100, 2)); y = x[:, 0] - x[:, 1]
for name in ('rmsprop', 'adam'):
    model = models.Sequential()
    model.add(layers.Dense(4, input_dim=2, kernel_initializer=initializers.RandomUniform(minval=-0.05, maxval=0.05), kernel_constraint=constraints.max_norm(2.)))
    model.add(layers.Dense(1))
    opt = optimizers.RMSprop(lr=0.001, rho=0.9, epsilon=None, decay=0.0) if name == 'rmsprop' else optimizers.Adam(lr=0.001, beta_1=0.9, beta_2=0.999, epsilon=None, decay=0.0, amsgrad=False)
    model.compile(loss='mean_squared_error', optimizer=opt)
    model.fit(x, y, epochs=1, verbose=0)
