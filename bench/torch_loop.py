"""The plain PyTorch loop for a network, one seed after another: modules, an optimizer, batches by
index. It is timed on some updates of one training and scaled, since that takes minutes."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn

from unstuck.recipe import Array, Recipe

if TYPE_CHECKING:
    from bench.against_loops import Job

UPDATES = 5000
WARM = 50


def train(job: Job, updates: int) -> tuple[float, Array]:
    """Seconds for all seeds, scaled from ``updates`` of one, and that one's losses at the marks
    that it passed, for the first seed only."""
    torch.set_num_threads(1)  # more of them make so small a network slower
    network = _network(job.recipe, job.weights[0])
    rate, decay = job.rate
    optimizer = torch.optim.Adam(network.parameters(), lr=rate, eps=1e-7)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1 / (1 + decay * step))
    loss_of = _LOSSES[job.recipe.loss.name]
    x, y = torch.from_numpy(job.x), torch.from_numpy(job.y)[:, None]
    losses, began = [], 0.0
    batches = _batches(job, min(updates + WARM, job.recipe.fit.steps))
    for number, rows in enumerate(batches):
        if number == min(WARM, len(batches) // 2):
            began, counted = time.perf_counter(), len(batches) - number
        optimizer.zero_grad()
        loss = loss_of(network(x[rows]), y[rows])
        loss.backward()
        optimizer.step()
        if decay:
            schedule.step()
        losses.append(loss.item())
    a_step = (time.perf_counter() - began) / counted
    return a_step * job.recipe.fit.steps * len(job.weights), _at_marks(job, losses)


def _network(recipe: Recipe, weights: Array) -> Any:
    """The recipe's dense layers with these weights, which lie layer by layer."""
    parts: list[Any] = []
    at = 0
    for layer in recipe.model.learned_layers:
        inputs, outputs = layer.input_shape[-1] or 0, layer.units or 0
        linear = nn.Linear(inputs, outputs)
        kernel = weights[at : at + inputs * outputs].reshape(inputs, outputs)
        at += inputs * outputs
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(kernel.T.copy()))
            linear.bias.copy_(torch.from_numpy(weights[at : at + outputs].copy()))
        at += outputs
        parts += [linear, *_ACTIVATIONS[layer.activation]]
    return nn.Sequential(*parts)


_ACTIVATIONS: dict[str, list[Any]] = {
    "linear": [],
    "relu": [nn.ReLU()],
    "sigmoid": [nn.Sigmoid()],
}
_LOSSES: dict[str, Any] = {
    "binary_crossentropy": nn.BCELoss(),
    "mean_squared_error": nn.MSELoss(),
    "root_mean_squared_error": lambda found, wanted: nn.MSELoss()(found, wanted).sqrt(),
}


def _batches(job: Job, updates: int) -> list[Any]:
    """The rows of the first seed's batches."""
    size, rows, found = job.recipe.fit.batch_size, job.pool.shape[1], []
    for order in job.walk[0]:
        for first in range(0, rows, size):
            found.append(torch.from_numpy(job.pool[order, first : first + size].astype(np.int64)))
            if len(found) == updates:
                return found
    return found


def _at_marks(job: Job, losses: list[float]) -> Array:
    """Mean losses between marks ``(1, marks passed)``."""
    passed = [int(mark) for mark in job.marks if mark <= len(losses)]
    spans = zip([0, *passed], passed, strict=False)
    return np.array([[np.mean(losses[first:last]) for first, last in spans]])
