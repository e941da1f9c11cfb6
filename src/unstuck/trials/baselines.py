"""What simple learners reach on the same rows: a constant, a linear model, nearest neighbours,
trees. They tell what a network should at least reach."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from unstuck.recipe import Array, Data
from unstuck.trials.measure import UNREAD, Measure
from unstuck.trials.scores import REGRESSION

TRAIN_ROWS = 4000
FEATURES = 1000
WIDE = 100  # features; boosting looks at each for every split, which takes half a minute for images
CLASSES = 100
TREES = 100
OUTPUTS = 8


def baselines(measure: Measure, train: Data, judged: Data) -> dict[str, float]:
    """Scores by name, of several outputs as the network is scored, by those learners that can do
    each; only the constant where inputs or targets are no plain numbers, where there are many
    outputs, or where targets are the inputs: to copy them is no task that a bottleneck could be
    measured by."""
    scores = {"constant": measure.constant(train.targets, judged.targets)}
    x, fresh = table(train.inputs), table(judged.inputs)
    if x is None or fresh is None or x.shape[1] > FEATURES:
        return scores
    if train.reconstructs or not 0 < len(train.targets) <= OUTPUTS:
        return scores
    some = np.random.default_rng(0).permutation(len(x))[:TRAIN_ROWS]
    learned = [
        _answers(kind, logits, x, y, fresh, some, balanced=measure.balanced)
        for kind, logits, y in zip(measure.kinds, measure.logits, train.targets, strict=True)
        if kind != UNREAD
    ]
    able = [name for name in learned[0] if all(name in answers for answers in learned)]
    return scores | {n: _score(measure, [answers[n] for answers in learned], judged) for n in able}


def _answers(
    kind: str, logits: bool, x: Array, y: Array, fresh: Array, some: Array, *, balanced: bool
) -> dict[str, Array]:
    """What each learner that can do it says of one target, as a network would give it, having
    seen ``some`` rows; none can where numbers are missing."""
    if y.dtype.kind == "f" and not np.isfinite(y).all():
        return {}
    known = y.reshape(len(y), -1)[some]
    if kind in REGRESSION:
        learned = _quietly(_regress, x[some], known, fresh)
    else:
        learned = _quietly(_classify, x[some], known, fresh, "balanced" if balanced else None)
    return {name: _as_output(kind, logits, answer, y) for name, answer in learned.items()}


def predictions(x: Array, y: Array, fresh: Array, *, classes: bool) -> dict[str, Array]:
    """What simple learners say of ``fresh`` rows, by name, having seen ``x`` ``(n, features)``
    and ``y`` ``(n, targets)``."""
    return _quietly(_classify if classes else _regress, x, y, fresh)


def _quietly(learners: Callable[..., dict[str, Array]], *given: Any) -> dict[str, Array]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return learners(*given)


def table(inputs: tuple[Array, ...]) -> Array | None:
    """All inputs as one table ``(N, features)``; None where they are no plain, finite numbers."""
    if not all(np.issubdtype(x.dtype, np.number) or x.dtype == bool for x in inputs):
        return None
    found = np.concatenate([x.reshape(len(x), -1).astype(np.float64) for x in inputs], axis=1)
    return found if np.isfinite(found).all() else None


def _regress(x: Array, y: Array, fresh: Array) -> dict[str, Array]:
    from sklearn.ensemble import ExtraTreesRegressor, HistGradientBoostingRegressor
    from sklearn.linear_model import Ridge
    from sklearn.multioutput import MultiOutputRegressor
    from sklearn.neighbors import KNeighborsRegressor

    learners = {"linear": _scaled(Ridge(1e-6)), "neighbours": _scaled(KNeighborsRegressor(3))}
    if x.shape[1] > WIDE:
        learners["random trees"] = ExtraTreesRegressor(TREES, random_state=0)
    elif y.shape[1] <= OUTPUTS:
        learners["boosted trees"] = MultiOutputRegressor(HistGradientBoostingRegressor())
    return {name: learner.fit(x, y).predict(fresh) for name, learner in learners.items()}


def _classify(x: Array, y: Array, fresh: Array, weights: str | None = None) -> dict[str, Array]:
    from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier
    from sklearn.linear_model import LogisticRegression

    table, classes = np.unique(y, axis=0, return_inverse=True)
    classes = classes.ravel()
    if not 1 < len(table) <= CLASSES:
        return {}
    learners = {
        "linear": _scaled(LogisticRegression(max_iter=200, class_weight=weights)),
        "neighbours": _neighbours(len(x)),
    }
    if x.shape[1] > WIDE:
        learners["random trees"] = ExtraTreesClassifier(TREES, random_state=0, class_weight=weights)
    elif len(table) <= 20:
        learners["boosted trees"] = HistGradientBoostingClassifier(
            max_iter=50,
            early_stopping=False,
            min_samples_leaf=min(20, max(1, len(x) // 8)),
            class_weight=weights,
        )
    return {n: table[learner.fit(x, classes).predict(fresh)] for n, learner in learners.items()}


def neighbours(x: Array, y: Array, fresh: Array) -> Array:
    """What the nearest of ``x`` ``(n, features)`` with labels ``y`` ``(n,)`` say of fresh rows."""
    return np.asarray(_neighbours(len(x)).fit(x, y).predict(fresh))


def _neighbours(rows: int) -> Any:
    from sklearn.neighbors import KNeighborsClassifier

    return _scaled(KNeighborsClassifier(min(3, rows)))


def _scaled(learner: Any) -> Any:
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), learner)


def _as_output(kind: str, logits: bool, answer: Array, known: Array) -> Array:
    """A learner's answer as a network would give it: class ids as one-hot rows, labels under
    logits or a hinge as signs."""
    if kind == "sparse":
        answer = np.eye(int(known.max()) + 1)[answer.astype(int)].reshape(len(answer), -1)
    if (kind == "accuracy" and logits) or (kind == "signs" and known.min() == 0):
        answer = answer * 2 - 1
    return np.asarray(answer, dtype=np.float64).reshape(len(answer), -1)


def _score(measure: Measure, answers: list[Array], judged: Data) -> float:
    """The score of answers to the outputs that count; the others may be anything."""
    given = iter(answers)
    outputs = (
        np.zeros((1, judged.rows, 1)) if kind == UNREAD else next(given)[None]
        for kind in measure.kinds
    )
    return float(measure.score(tuple(outputs), judged.targets)[0])
