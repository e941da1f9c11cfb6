"""Learn the mean of two numbers between 0 and 99 from batches that a generator makes."""

import keras
import numpy as np


def batches(size=64):
    """Yield random pairs and their means, for ever."""
    x = np.zeros((size, 2))
    while True:
        for i in range(size):
            x[i] = np.random.randint(0, 100, 2)
        yield x, x.mean(axis=1, keepdims=True)


inputs = keras.Input(shape=(2,))
model = keras.Model(inputs, keras.layers.Dense(1)(inputs))
model.compile(loss="mse", optimizer="rmsprop")
model.fit(batches(), steps_per_epoch=1000, epochs=100)

x, mean = next(batches(1))
print(x, mean, model.predict(x))
