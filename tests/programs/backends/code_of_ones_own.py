"""A program under capture: losses, layers and batches of its own, in keras.ops and NumPy."""

import keras
import numpy as np
from keras import layers, ops

rng = np.random.default_rng(0)
x = rng.normal(size=(40, 6)).astype("float32")
y = x.sum(axis=1, keepdims=True)


def started(model):
    """Each backend draws its own weights: here are the same for all."""
    draw = np.random.default_rng(1)
    for weight in model.trainable_variables:
        weight.assign(draw.normal(scale=0.3, size=tuple(weight.shape)))
    return model


def wide(*hidden):
    return started(keras.Sequential([keras.Input((6,)), *hidden, layers.Dense(1)]))


def huber(y_true, y_pred):
    error = ops.abs(y_true - y_pred)
    return ops.mean(ops.where(error < 1, 0.5 * error**2, error - 0.5), axis=-1)


class Scale(layers.Layer):
    def __init__(self, by=2.0, **named):
        super().__init__(**named)
        self.by = by

    def build(self, shape):
        self.shift = self.add_weight(shape=(shape[-1],), initializer="zeros", name="shift")

    def call(self, values):
        return self.by * values + self.shift

    def get_config(self):
        return {**super().get_config(), "by": self.by}


class Batches(keras.utils.PyDataset):
    def __len__(self):
        return 5

    def __getitem__(self, index):
        rows = slice(8 * index, 8 * index + 8)
        return x[rows], y[rows]


def endless():
    while True:
        for start in range(0, 40, 10):
            yield x[start : start + 10], y[start : start + 10]


# a loss of its own
model = wide(layers.Dense(4, activation="relu"))
model.compile("adam", huber)
model.fit(x, y, epochs=2, verbose=0)
# Lambda, an own layer
model = wide(layers.Lambda(lambda v: ops.tanh(v)), Scale(3.0))
model.compile(keras.optimizers.Adam(0.01, clipnorm=1.0), "mse")
model.fit(x, y, batch_size=10, sample_weight=np.linspace(0, 1, 40), verbose=0)
# a data set
model = wide(layers.Dense(4))
model.compile("sgd", "mse")
model.fit(Batches(), epochs=2, verbose=0)
# a generator
model = wide(layers.Dense(4))
model.compile("sgd", "mse")
model.fit(endless(), steps_per_epoch=4, epochs=3, verbose=0)
# a loop
model = wide(layers.Dense(4))
model.compile("sgd", "mse")
for epoch in range(3):
    for start in range(0, 40, 16):
        model.train_on_batch(x[start : start + 16], y[start : start + 16])
# a normalization that has seen the rows
scaled = layers.Normalization()
scaled.adapt(x)
model = wide(scaled, layers.Dense(4, kernel_regularizer="l2"))
model.compile("sgd", "mse")
model.fit(x, y, callbacks=[keras.callbacks.EarlyStopping("loss", patience=2)], verbose=0)
