"""Fit a smooth function of three numbers."""

import keras
import numpy as np

rng = np.random.default_rng(1)
x = rng.uniform(-1, 1, (2000, 3))
y = np.sin(2 * x[:, 0]) + x[:, 1] * x[:, 2]

model = keras.Sequential(
    [
        keras.Input(shape=(3,)),
        keras.layers.Dense(32, activation="relu"),
        keras.layers.Dense(32, activation="relu"),
        keras.layers.Dense(1),
    ]
)
model.compile(optimizer="adam", loss="mse", metrics=["mae"])
model.fit(x, y, epochs=40, batch_size=32, validation_split=0.2)
print(model.evaluate(x, y))
