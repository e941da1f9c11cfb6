"""Experiments: what was tried on the program as written, before its first update.

A fault that neither the recipe nor a watched training shows may need a question to the network
or to the loss itself: what moves if this is changed? What could not be asked is empty or NaN, and
says nothing.

Axes: S sets of weights, V trainable variables, I inputs, F features of an input of rows
``(N, F)``, C copies, D draws, R predictions from right to wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

COPIES = (2, 4)  # of a batch, at which the loss is asked again
WRONG = (0.02, 0.25, 0.5, 0.75, 0.98)  # how far a prediction of a label is from right, 1 wholly


def _none() -> Flags:
    return np.zeros(0, dtype=bool)


def _empty() -> Floats:
    return np.zeros(0)


@dataclass(frozen=True)
class Renamed:
    """Validation labels under other names than those of the training: the share of rows of which
    neighbours are right as the labels stand and with their names put right, and the pairs of
    names, in the training and in the validation."""

    before: float
    after: float
    names: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Across:
    """The score of the best simple learner of training rows on others of them, ``here``, and on
    the validation rows, ``there``, each beside that of the best constant; ``rows`` is the number of
    rows of the smaller set."""

    here: float
    constant: float
    there: float
    constant_there: float
    rows: int


@dataclass(frozen=True)
class SimpleLearners:
    """What simple learners make of the rows, by predictions of rows that they had not seen. Scores
    are ``r2``, or the share of labels that are right.

    Attributes:
        scores: what each learner reaches on the rows that judge, by name, on the measure's scale;
            the best constant prediction is one of them.
        rows: how many distinct rows the following is about.
        constant: the score of the best constant prediction.
        score: that of the best learner.
        permuted: ``(P,)`` that of the best learner of the targets permuted; each is a draw.
        curve: ``(3,)`` that of the best learner of ``sizes`` of the rows, a quarter, a half and
            all, and ``spread`` the standard error of the last step. Empty without a signal.
        shifted: ``(L,)`` that of the best learner of the first rows with their targets moved down
            by ``shifts`` rows. Empty with a signal.
        doubt: ``(4,)`` of labels, the share that the best learner contradicts, from the quarter
            of the rows where it is surest to that where it is least sure.
        moved: that of the best learner of the inputs as a transposition gives them, where the
            program made them by a reshape that mixes rows.
        renamed: where the program's validation labels have other names.
        across: how far what the training rows teach holds for the validation rows.
    """

    scores: Mapping[str, float] = field(default_factory=dict)
    rows: int = 0
    constant: float = float("nan")
    score: float = float("nan")
    permuted: Floats = field(default_factory=_empty)
    sizes: tuple[int, ...] = ()
    curve: Floats = field(default_factory=_empty)
    spread: float = float("nan")
    shifts: tuple[int, ...] = ()
    shifted: Floats = field(default_factory=_empty)
    moved: float = float("nan")
    doubt: Floats = field(default_factory=_empty)
    renamed: Renamed | None = None
    across: Across | None = None


@dataclass(frozen=True)
class Experiments:
    """The results.

    Attributes:
        variables: names of the trainable variables, as ``layer/variable``.
        used: ``(V,)`` whether the value of the loss depends on a variable at all.
        led: ``(V,)`` whether a chain of derivatives leads from the loss to it, in training mode
            and whatever the numbers: a unit that is dead does not break it, a rounding does.
        inputs: ``(I,)`` whether the loss depends on an input at all.
        features: for each input ``(F,)``, whether an output moves, or has a derivative, when
            the feature is given other values; true where it has only one. Empty where that was
            not tried.
        mixed: ``(S,)`` the share of the other rows whose outputs move, in inference mode, when
            one row of a batch is exchanged, and ``weight`` ``(S,)`` how far the furthest of them
            moves, over how far it or the exchanged row's own output does.
        loss, training_loss: ``(S,)`` of one batch in inference and in training mode.
        broken: ``(S,)`` the share of batches whose loss is finite and whose gradient is not.
        descent: ``(S,)`` by how much the loss of a batch falls after a tiny step against its
            gradient, over what the gradient promises: about 1 where it is the loss's own.
        copied: ``(C,)`` the loss of 2 and of 4 copies of a batch over that of the batch.
        wrong: ``(D, R)`` the loss of made-up predictions, from the right ones to wrong ones.
        exact: the loss where every prediction is exactly its target, and ``exact_gradient`` the
            largest derivative by a prediction there.
        simple: what simple learners make of the rows.
    """

    variables: tuple[str, ...] = ()
    used: Flags = field(default_factory=_none)
    led: Flags = field(default_factory=_none)
    inputs: Flags = field(default_factory=_none)
    features: tuple[Flags, ...] = ()
    mixed: Floats = field(default_factory=_empty)
    weight: Floats = field(default_factory=_empty)
    loss: Floats = field(default_factory=_empty)
    training_loss: Floats = field(default_factory=_empty)
    broken: Floats = field(default_factory=_empty)
    descent: Floats = field(default_factory=_empty)
    copied: Floats = field(default_factory=_empty)
    wrong: Floats = field(default_factory=lambda: np.zeros((0, len(WRONG))))
    exact: float = float("nan")
    exact_gradient: float = float("nan")
    simple: SimpleLearners | None = None
