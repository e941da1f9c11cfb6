import numpy as np
import tensorflow as tf
from tensorflow.python.keras.models import Sequential
from tensorflow.python.keras.layers import Dense

X = np.random.uniform(-1, 1, (200, 2))
y = (X[:, 0]**2 + X[:, 1]**2 < 0.5).astype(np.float)
model = Sequential()
model.add(Dense(16, activation=tf.nn.relu, input_shape=(2,)))
model.add(Dense(1, activation=tf.nn.sigmoid))
model.compile(optimizer=tf.keras.optimizers.Adam(lr=0.01), loss='binary_crossentropy', metrics=['acc'])
model.fit(X, y, epochs=2, verbose=0)
