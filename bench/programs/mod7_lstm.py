"""Learn the remainder by 7 of numbers with 20 bits as one of seven classes, with an LSTM that is
given all bits at once."""

import keras
import numpy as np

RADIX = 7
BITS = 20

data = np.random.randint(2, size=(50_000, BITS))
labels = np.eye(RADIX)[(data * 2 ** np.arange(BITS)).sum(axis=1) % RADIX]

model = keras.Sequential(
    [
        keras.Input(shape=(BITS,)),
        keras.layers.Reshape((1, -1)),
        keras.layers.LSTM(units=100),
        keras.layers.Dense(units=RADIX, activation="softmax"),
    ]
)
model.compile(
    optimizer=keras.optimizers.Adam(learning_rate=0.01),
    loss="categorical_crossentropy",
    metrics=["accuracy"],
)
model.fit(data, labels, epochs=40, batch_size=50)

sample = np.random.randint(2, size=(500, BITS))
numbers = (sample * 2 ** np.arange(BITS)).sum(axis=1)
print("share right:", np.mean(model.predict(sample).argmax(axis=1) == numbers % RADIX))
