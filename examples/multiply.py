"""Learn to multiply two integers between 0 and 499 from 10,000 examples."""

import keras
import numpy as np
from keras.layers import Dense


def make_pairs(count):
    """Random pairs of integers and their products."""
    pairs = np.random.randint(0, 500, size=(count, 2))
    return pairs, pairs[:, 0] * pairs[:, 1]


x, y = make_pairs(10_000)

model = keras.Sequential()
model.add(keras.Input(shape=(2,)))
model.add(Dense(3))
model.add(Dense(5, activation="relu"))
model.add(Dense(3, activation="relu"))
model.add(Dense(5, activation="relu"))
model.add(Dense(1, activation="relu"))

model.compile(optimizer="adam", loss="mean_squared_error", metrics=["accuracy"])
model.fit(x, y, epochs=10, batch_size=10)

pairs, products = make_pairs(10)
predicted = model.predict(pairs)[:, 0]
for (a, b), product, guess in zip(pairs, products, predicted):
    print(f"{a} * {b} = {product}, predicted {guess:.1f}")
print("RMSE", np.sqrt(np.mean((predicted - products) ** 2)))
