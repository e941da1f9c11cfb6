# logical AND, first steps
import numpy as np
from keras.models import Sequential
from keras.layers.core import Dense, Activation
from keras.optimizers import SGD

X = np.array([[0,0],[0,1],[1,0],[1,1]])
y = np.array([[0],[0],[0],[1]])

model = Sequential()
model.add(Dense(output_dim=1, input_dim=2, init='uniform'))
model.add(Activation('sigmoid'))
sgd = SGD(lr=0.1, decay=1e-6, momentum=0.9, nesterov=True)
model.compile(loss='binary_crossentropy', optimizer=sgd, class_mode='binary')
hist = model.fit(X, y, nb_epoch=50, batch_size=1, show_accuracy=True, verbose=0)
print model.predict_proba(X)
