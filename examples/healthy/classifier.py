"""Tell three clouds of points apart."""

import keras
from sklearn.datasets import make_blobs

x, y = make_blobs(900, centers=[[-2, 0], [2, 0], [0, 3]], random_state=0)

inputs = keras.Input(shape=(2,))
hidden = keras.layers.Dense(16, activation="relu")(inputs)
outputs = keras.layers.Dense(3, activation="softmax")(hidden)
model = keras.Model(inputs, outputs)

model.compile(
    optimizer=keras.optimizers.SGD(learning_rate=0.1),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)
history = model.fit(x, y, epochs=30, batch_size=16)
print(history.history["accuracy"][-1])
