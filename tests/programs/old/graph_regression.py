# regression of a line (python2)
import numpy as np
from keras.models import Sequential
from keras.layers import Dense
import matplotlib.pyplot as plt

trX = np.linspace(-1, 1, 101)
trY = 3 * trX + np.random.randn(*trX.shape) * 0.33

model = Sequential()
model.add(Dense(input_dim=1, output_dim=1, init='uniform', activation='linear'))
weights = model.layers[0].get_weights()
w_init, b_init = weights[0][0][0], weights[1][0]
print 'Linear regression model is initialized with weights w: %.2f, b: %.2f' % (w_init, b_init)
model.compile(optimizer='sgd', loss='mse')
model.fit(trX, trY, nb_epoch=20, verbose=0)
print "w: %.2f, b: %.2f" % (model.layers[0].get_weights()[0][0][0], model.layers[0].get_weights()[1][0])
plt.plot(trX, trY, 'r.'); plt.plot(trX, model.predict(trX))
plt.show()
