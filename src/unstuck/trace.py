"""The trace: what was seen while the program trained as written, over several seeds.

Axes: S seeds, T checkpoints (the first before any update, the last at the end), L layers that
own weights (``layers`` names them), U units of a layer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from unstuck.experiments import Experiments

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Trace:
    """Observed trainings.

    Attributes:
        steps: ``(T,)`` updates done at each checkpoint.
        loss: ``(S, T)`` training loss on a fixed sample of rows, in inference mode.
        score: ``(S, T)`` the measure on the rows it is judged by (1 is perfect).
        learning_rate: ``(T,)`` the rate in force at each checkpoint.
        layers: names of the layers that own weights, in the order of computation.
        gradient: ``(S, T, L)`` norm of the loss gradient with respect to each layer's weights.
        update: ``(S, T, L)`` norm of the change of each layer's weights since the checkpoint
            before, per step, over the norm of the weights (0 at the first checkpoint).
        silent: per activation layer by name, ``(S, 2, U)``: the share of rows for which a unit
            gives exactly zero, before training and at the end.
        planned: updates that the training was to have: fewer than those of the recipe where
            there was no time for all of them.
        experiments: what was tried before the first update; None where nothing was.
        size: ``(S, T, L)`` norm of each layer's weights.
        penalty: ``(S, T, L)`` norm of the gradient of the penalties (regularizers) alone with
            respect to each layer's weights; empty where there are none.
        unpenalised: ``(S, T, L)`` norm of what is left of ``gradient`` without them; empty alike.
        pinned: per layer that ends in a bounded activation (tanh, sigmoid and their like), by
            name, ``(S, 2, U)``: the share of rows for which a unit is within a hundredth of its
            range's ends, before training and at the end.
        fitted: ``(S,)`` the measure at the end on a sample of the rows trained on; empty where
            it was not taken.
    """

    steps: NDArray[np.int64]
    loss: Floats
    score: Floats
    learning_rate: Floats
    layers: tuple[str, ...] = ()
    gradient: Floats = field(default_factory=lambda: np.zeros((0, 0, 0)))
    update: Floats = field(default_factory=lambda: np.zeros((0, 0, 0)))
    silent: Mapping[str, Floats] = field(default_factory=dict)
    planned: int = 0
    experiments: Experiments | None = None
    size: Floats = field(default_factory=lambda: np.zeros((0, 0, 0)))
    penalty: Floats = field(default_factory=lambda: np.zeros((0, 0, 0)))
    unpenalised: Floats = field(default_factory=lambda: np.zeros((0, 0, 0)))
    pinned: Mapping[str, Floats] = field(default_factory=dict)
    fitted: Floats = field(default_factory=lambda: np.zeros(0))
