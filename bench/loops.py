"""Loops written by hand for one network each, compiled by Numba: what the engine is measured by.

They are the straightforward way to train many seeds fast: one seed after another (or on several
threads), one row of a batch after another, plain arrays, sizes known to the compiler, Adam as
Keras writes it. All numbers are float32, as in Keras, and no rule of arithmetic is relaxed.

A network's weights lie in one vector, layer by layer, kernel ``(inputs, outputs)`` before bias;
so do the values of its layers (``a``), and their gradients (``d``).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit, prange

F = np.float32
ZERO, ONE = F(0), F(1)
EPSILON = F(1e-7)  # of Keras: in Adam, and where logarithms are kept from zero
BETA_1, BETA_2 = float(F(0.9)), float(F(0.999))  # as float32 has them
VALUES = 32  # more than any network here has

Gradient = Callable[..., Any]


@njit(inline="always")
def _forward(w, at, a, inside, outside, inputs, outputs, relu):
    """Values of a layer from those at ``inside`` to ``outside``, with the weights at ``at``."""
    for j in range(outputs):
        total = w[at + inputs * outputs + j]
        for i in range(inputs):
            total += a[inside + i] * w[at + i * outputs + j]
        a[outside + j] = max(total, ZERO) if relu else total


@njit(inline="always")
def _learn(g, at, a, d, inside, outside, inputs, outputs):
    """Add the gradients of a layer's weights."""
    for j in range(outputs):
        g[at + inputs * outputs + j] += d[outside + j]
    for i in range(inputs):
        for j in range(outputs):
            g[at + i * outputs + j] += a[inside + i] * d[outside + j]


@njit(inline="always")
def _back(w, at, a, d, inside, outside, inputs, outputs, relu):
    """Gradients of the values a layer was given; ``relu`` tells that those came from ReLU."""
    for i in range(inputs):
        total = ZERO
        for j in range(outputs):
            total += w[at + i * outputs + j] * d[outside + j]
        d[inside + i] = total if a[inside + i] > ZERO or not relu else ZERO


@njit(inline="always")
def _cross_entropy(logit, target):
    """Loss, and its gradient by the logit; none where Keras clips the probability."""
    p = ONE / (ONE + np.exp(-logit))
    kept = min(max(p, EPSILON), ONE - EPSILON)
    loss = -(target * np.log(kept) + (ONE - target) * np.log(ONE - kept))
    return loss, p - target if p == kept else ZERO


@njit
def xor_8(w, x, y, rows, a, d, g):
    """2 - 8 ReLU - 1 sigmoid, binary cross-entropy."""
    total = ZERO
    share = ONE / F(len(rows))
    for row in rows:
        a[0], a[1] = x[row, 0], x[row, 1]
        _forward(w, 0, a, 0, 2, 2, 8, True)
        _forward(w, 24, a, 2, 10, 8, 1, False)
        loss, slope = _cross_entropy(a[10], y[row])
        total += loss
        d[10] = slope * share
        _learn(g, 24, a, d, 2, 10, 8, 1)
        _back(w, 24, a, d, 2, 10, 8, 1, True)
        _learn(g, 0, a, d, 0, 2, 2, 8)
    return total * share


@njit(inline="always")
def _xor_row(w, x, y, row, share, a, d, g):
    a[0], a[1] = x[row, 0], x[row, 1]
    _forward(w, 0, a, 0, 2, 2, 2, True)
    _forward(w, 6, a, 2, 4, 2, 2, True)
    _forward(w, 12, a, 4, 6, 2, 2, True)
    _forward(w, 18, a, 6, 8, 2, 1, False)
    loss, slope = _cross_entropy(a[8], y[row])
    d[8] = slope * share
    _learn(g, 18, a, d, 6, 8, 2, 1)
    _back(w, 18, a, d, 6, 8, 2, 1, True)
    _learn(g, 12, a, d, 4, 6, 2, 2)
    _back(w, 12, a, d, 4, 6, 2, 2, True)
    _learn(g, 6, a, d, 2, 4, 2, 2)
    _back(w, 6, a, d, 2, 4, 2, 2, True)
    _learn(g, 0, a, d, 0, 2, 2, 2)
    return loss


@njit
def xor_posted(w, x, y, rows, a, d, g):
    """2 - 2 ReLU - 2 ReLU - 2 ReLU - 1 sigmoid, binary cross-entropy."""
    total = ZERO
    share = ONE / F(len(rows))
    for row in rows:
        total += share * _xor_row(w, x, y, row, share, a, d, g)
    return total


@njit
def xor_folded(w, x, y, weights, a, d, g):
    """The same from the distinct rows alone, each weighted by how often it is in the batch."""
    total = ZERO
    for row in range(len(weights)):
        share = weights[row] / F(len(weights))
        total += share * _xor_row(w, x, y, row, share, a, d, g)
    return total


@njit
def multiply(w, x, y, rows, a, d, g):
    """2 - 3 linear - 5 ReLU - 3 ReLU - 5 ReLU - 1 ReLU, mean squared error."""
    total = ZERO
    share = ONE / F(len(rows))
    for row in rows:
        a[0], a[1] = x[row, 0], x[row, 1]
        _forward(w, 0, a, 0, 2, 2, 3, False)
        _forward(w, 9, a, 2, 5, 3, 5, True)
        _forward(w, 29, a, 5, 10, 5, 3, True)
        _forward(w, 47, a, 10, 13, 3, 5, True)
        _forward(w, 67, a, 13, 18, 5, 1, True)
        off = a[18] - y[row]
        total += off * off
        d[18] = F(2) * off * share if a[18] > ZERO else ZERO
        _learn(g, 67, a, d, 13, 18, 5, 1)
        _back(w, 67, a, d, 13, 18, 5, 1, True)
        _learn(g, 47, a, d, 10, 13, 3, 5)
        _back(w, 47, a, d, 10, 13, 3, 5, True)
        _learn(g, 29, a, d, 5, 10, 5, 3)
        _back(w, 29, a, d, 5, 10, 5, 3, True)
        _learn(g, 9, a, d, 2, 5, 3, 5)
        _back(w, 9, a, d, 2, 5, 3, 5, False)
        _learn(g, 0, a, d, 0, 2, 2, 3)
    return total * share


@njit
def extrapolate(w, x, y, rows, a, d, g):
    """4 - 1 linear, root of the mean squared error."""
    total = ZERO
    for row in rows:
        off = w[4] - y[row]
        for i in range(4):
            off += x[row, i] * w[i]
        total += off * off
        g[4] += off
        for i in range(4):
            g[i] += off * x[row, i]
    loss = np.sqrt(total / F(len(rows)))
    for i in range(5):
        g[i] /= loss * F(len(rows))
    return loss


@njit
def adam(w, m, v, g, rate, power_1, power_2):
    """One update (Kingma & Ba 2014), in the form of Keras; ``power`` is beta to the step's."""
    alpha = F(rate * math.sqrt(1.0 - power_2) / (1.0 - power_1))
    for i in range(len(w)):
        m[i] += (g[i] - m[i]) * F(1.0 - 0.9)
        v[i] += (g[i] * g[i] - v[i]) * F(1.0 - 0.999)
        w[i] -= m[i] * alpha / (np.sqrt(v[i]) + EPSILON)


@njit
def train(gradient, rate, decay, w, x, y, pool, walk, batch, marks, losses):
    """Train one seed, ``w`` in place. ``pool`` are orders of rows ``(orders, N)`` and ``walk`` the
    one of each epoch; the mean loss up to each step of ``marks`` goes to ``losses``."""
    rows = pool.shape[1]
    a, d = np.zeros(VALUES, F), np.zeros(VALUES, F)
    m, v, g = np.zeros_like(w), np.zeros_like(w), np.zeros_like(w)
    power_1, power_2 = 1.0, 1.0
    epoch, first, done = 0, 0, 0
    for mark in range(len(marks)):
        total, since = 0.0, done
        while done < marks[mark]:
            last = min(first + batch, rows)
            g[:] = ZERO
            total += gradient(w, x, y, pool[walk[epoch % len(walk)], first:last], a, d, g)
            power_1 *= BETA_1
            power_2 *= BETA_2
            adam(w, m, v, g, rate / (1.0 + decay * done), power_1, power_2)
            done += 1
            first = last
            if first == rows:
                epoch, first = epoch + 1, 0
        losses[mark] = total / max(done - since, 1)


@njit
def one_after_another(gradient, rate, decay, w, x, y, pool, walk, batch, marks, losses):
    """Train all seeds: ``w``, ``walk`` and ``losses`` have them on their first axis."""
    for seed in range(len(w)):
        train(gradient, rate, decay, w[seed], x, y, pool, walk[seed], batch, marks, losses[seed])


@njit(parallel=True)
def on_threads(gradient, rate, decay, w, x, y, pool, walk, batch, marks, losses):
    """The same, seeds shared out among threads."""
    for seed in prange(len(w)):
        train(gradient, rate, decay, w[seed], x, y, pool, walk[seed], batch, marks, losses[seed])
