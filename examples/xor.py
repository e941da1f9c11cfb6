"""Learn exclusive or from 40,000 random examples, with 10 more to validate on."""

from random import randint

import numpy as np
from keras import Input, layers, models

data, targets = [], []
for _ in range(40_010):
    a, b = randint(0, 1), randint(0, 1)
    data.append([a, b])
    targets.append(0 if a == b else 1)

data = np.array(data).astype("float32")
targets = np.array(targets).astype("float32")
train_x, test_x = data[:40_000], data[40_000:]
train_y, test_y = targets[:40_000], targets[40_000:]

model = models.Sequential()
model.add(Input(shape=(2,)))
model.add(layers.Dense(2, activation="relu"))
model.add(layers.Dense(2, activation="relu"))
model.add(layers.Dense(2, activation="relu"))
model.add(layers.Dense(1, activation="sigmoid"))

model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
model.fit(train_x, train_y, epochs=2000, batch_size=200, validation_data=(test_x, test_y))

print(np.column_stack([test_x, model.predict(test_x)]))
