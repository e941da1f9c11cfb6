"""A program under capture: rows as tensors of PyTorch, and from a DataLoader."""

import keras
import numpy as np
import torch

x = np.random.default_rng(0).normal(size=(40, 6)).astype("float32")
y = x.sum(axis=1, keepdims=True)


def made():
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    return model


def loader():
    rows = torch.utils.data.TensorDataset(torch.from_numpy(x), torch.from_numpy(y))
    return torch.utils.data.DataLoader(rows, batch_size=8)


made().fit(torch.from_numpy(x), torch.from_numpy(y), batch_size=8, verbose=0)
made().fit(loader(), verbose=0)
model = made()
for epoch in range(2):
    for rows, targets in loader():
        model.train_on_batch(rows, targets)
