"""Learn the remainder by 7 of numbers with 20 bits, given and answered as bits."""

import numpy as np
from keras import Input, layers, models

RADIX = 7
BITS = 20


def to_bits(numbers):
    """Numbers as rows of bits, the least significant first."""
    return (np.asarray(numbers)[:, None] >> np.arange(BITS)) & 1


def to_numbers(bits):
    """Rows of bits as numbers."""
    return (np.asarray(bits) * 2 ** np.arange(BITS)).sum(axis=1)


data = np.random.randint(2, size=(10_000, BITS))
labels = to_bits(to_numbers(data) % RADIX)

model = models.Sequential(
    [
        Input(shape=(BITS,)),
        layers.Dense(20, activation="relu"),
        layers.Dense(20, activation="relu"),
        layers.Dense(20, activation="softmax"),
    ]
)
model.compile(optimizer="sgd", loss="categorical_crossentropy", metrics=["accuracy"])
model.fit(data, labels, epochs=10, batch_size=50)

numbers = np.random.randint(0, 2**BITS, 500)
answers = to_numbers(np.round(model.predict(to_bits(numbers))))
print("share right:", np.mean(answers == numbers % RADIX), "by chance:", 1 / RADIX)
