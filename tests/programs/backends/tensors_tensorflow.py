"""A program under capture: rows as tensors of TensorFlow, and as a tf.data.Dataset."""

import keras
import numpy as np
import tensorflow as tf

x = np.random.default_rng(0).normal(size=(40, 6)).astype("float32")
y = x.sum(axis=1, keepdims=True)


def made():
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    return model


made().fit(tf.constant(x), tf.constant(y), batch_size=8, verbose=0)
made().fit(tf.data.Dataset.from_tensor_slices((x, y)).batch(8), verbose=0)
model = made()
for rows, targets in tf.data.Dataset.from_tensor_slices((x, y)).batch(8).repeat(2):
    model.train_on_batch(rows, targets)
