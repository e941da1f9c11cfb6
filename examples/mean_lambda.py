"""Learn the mean of two numbers between 0 and 99, with a loss of one's own."""

import keras
import numpy as np
from keras import ops


class SquaredError(keras.losses.Loss):
    """The mean squared error."""

    def call(self, y_true, y_pred):
        return ops.mean(ops.square(y_true - y_pred))


def batches(size=64):
    """Yield random pairs and their means, for ever."""
    while True:
        x = np.random.randint(0, 100, (size, 2)).astype("float32")
        yield x, x.mean(axis=1, keepdims=True)


inputs = keras.Input(shape=(2,))
column = keras.layers.Dense(1)(inputs)
outputs = keras.layers.Lambda(lambda values: values[:, 0])(column)
model = keras.Model(inputs=inputs, outputs=outputs)
model.compile(loss=SquaredError(), optimizer="rmsprop")
model.fit(batches(), steps_per_epoch=1000, epochs=20)

x, mean = next(batches(4))
print(x, mean, model.predict(x))
