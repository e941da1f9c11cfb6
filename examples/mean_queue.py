"""Learn the mean of two numbers between 0 and 99 from batches that two threads prepare."""

import keras
import numpy as np


class Pairs(keras.utils.PyDataset):
    """A thousand batches of random pairs and their means."""

    def __init__(self, size=64):
        super().__init__(workers=2, max_queue_size=10)
        self.x = np.zeros((size, 2), dtype="float32")

    def __len__(self):
        return 1000

    def __getitem__(self, index):
        self.x[:] = np.random.randint(0, 100, self.x.shape)
        return self.x, self.x.mean(axis=1, keepdims=True)


model = keras.Sequential([keras.Input(shape=(2,)), keras.layers.Dense(1)])
model.compile(loss="mse", optimizer="rmsprop")
model.fit(Pairs(), epochs=20)

x, mean = Pairs(4)[0]
print(x, mean, model.predict(x))
