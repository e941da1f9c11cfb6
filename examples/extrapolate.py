"""Learn the next step of a line, x3 - x2, from the four numbers x0 to x3."""

import keras
import numpy as np
from keras import ops


def root_mean_squared_error(y_true, y_pred):
    """The square root of the mean squared error."""
    return ops.sqrt(ops.mean(ops.square(y_pred - y_true)))


x = np.random.random((240_000, 1, 4))
y = x[:, 0, 3] - x[:, 0, 2]

model = keras.Sequential([keras.Input(shape=(1, 4)), keras.layers.Flatten(), keras.layers.Dense(1)])

rate = keras.optimizers.schedules.InverseTimeDecay(0.001, decay_steps=1, decay_rate=0.1)
model.compile(loss=root_mean_squared_error, optimizer=keras.optimizers.Adam(learning_rate=rate))
model.fit(x, y, epochs=10, batch_size=8, shuffle=True)

predicted = model.predict(x, batch_size=1000).ravel()
print("RMSE", np.sqrt(np.mean((predicted - y) ** 2)))
