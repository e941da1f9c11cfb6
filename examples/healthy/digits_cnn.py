"""Read scikit-learn's handwritten digits with a small convolutional network."""

import keras
import numpy as np
from sklearn.datasets import load_digits

digits = load_digits()
x = digits.images[..., np.newaxis].astype("float32") / 16
y = keras.utils.to_categorical(digits.target)

model = keras.Sequential(
    [
        keras.Input(shape=(8, 8, 1)),
        keras.layers.Conv2D(8, 3, activation="relu"),
        keras.layers.Conv2D(16, 3, activation="relu"),
        keras.layers.Flatten(),
        keras.layers.Dropout(0.2),
        keras.layers.Dense(10, activation="softmax"),
    ]
)
model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
model.fit(x, y, epochs=15, batch_size=32, validation_split=0.1)
