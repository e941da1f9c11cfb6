"""Predict the next value of a sine from the twenty before it."""

import keras
import numpy as np

wave = np.sin(np.arange(0, 120, 0.1))
x = np.stack([wave[i : i + 20] for i in range(len(wave) - 20)])[..., np.newaxis]
y = wave[20:]

model = keras.Sequential([keras.Input(shape=(20, 1)), keras.layers.LSTM(16), keras.layers.Dense(1)])
model.compile(optimizer=keras.optimizers.Adam(0.01), loss="mean_squared_error")
model.fit(x, y, epochs=20, batch_size=32)
print(model.predict(x[:5]).ravel(), y[:5])
