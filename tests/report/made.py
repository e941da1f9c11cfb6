"""Verdicts made by hand, with everything that a page can show; some in hostile words."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from unstuck.checks._cases import adam, dense, integers, normal, recipe, trace
from unstuck.checks._run import all_checks
from unstuck.experiments import Experiments, SimpleLearners
from unstuck.finding import Finding, Severity, Status
from unstuck.recipe import Place
from unstuck.remedies import LinearOutput, StandardizeTargets
from unstuck.trial import Ending, Outcome
from unstuck.verdict import Answer, Evidence, Goal, Rate, Verdict

HOSTILE = "</script><script>window.stolen=1</script><img src=x onerror='window.stolen=1'>{{7*7}}\"&"
SCRIPT = "/home/me/train.py"
SOURCE = """\
import keras
model = keras.Sequential([Dense(1, activation='relu')])
model.compile(optimizer=Adam(schedule), loss='mse')
model.fit(x, y)
"""
SCHEDULE = {
    "class_name": "ExponentialDecay",
    "config": {"initial_learning_rate": 0.01, "decay_steps": 10, "decay_rate": 0.5},
}
PATCH = "--- train.py\n+++ train.py\n@@ -2 +2 @@\n-[Dense(1, 'relu')]\n+[Dense(1)]\n"
STEPS = (1, 3, 10, 30, 100)


def outcomes(learned: int, count: int, first: int) -> tuple[Outcome, ...]:
    """Trials of which the first ones learn, and the last goes to no finite number."""

    def one(i: int) -> Outcome:
        ends = 0.99 if i < learned else 0.2
        points = [(s, 100.0 / s + i, ends * n / 5 - (i % 3)) for n, s in enumerate(STEPS, 1)]
        points[-1] = (STEPS[-1], 0.01 + i, ends)
        if i == count - 1:
            points[-1] = (STEPS[-1], float("nan"), float("-inf"))
        return Outcome(first + i, Ending.FINISHED, STEPS[-1], points[-1][2], tuple(points))

    return tuple(one(i) for i in range(count))


def verdict() -> Verdict:
    """A cured training with a finding of every status."""
    x = np.abs(normal(200, 3)) * [1, 500, 1]
    made = recipe(
        x, x.sum(axis=1), [dense(4, "relu"), dense(1, "relu")], by=adam(schedule=SCHEDULE),
        source=SOURCE, script=SCRIPT,
    )  # fmt: skip
    made = replace(made, fit=replace(made.fit, place=Place(SCRIPT, 4)))
    silent = {"dense_0": np.stack([np.zeros((8, 4)), np.ones((8, 4))], 1)}
    simple = SimpleLearners(scores={"constant": 0.0, "linear": 1.0})
    watched = trace([1.0, 0.5, 0.4], silent=silent, experiments=Experiments(simple=simple))
    return Verdict(
        outcome=Answer.UNSTABLE,
        findings=(
            Finding(
                "relu-output",
                Severity.ERROR,
                "the output of this regression passes through a ReLU, where it can die",
                {"negative_targets": 0.0},
                Place(SCRIPT, 2, 27, 2, 33),
                "dense_1",
                (LinearOutput(),),
                Status.PROVEN,
                "with its remedy 31 of 32 seeds learn, without it 4 of 32",
            ),
            Finding("dead-relu", Severity.ERROR, "dense_0: all of its units are dead",
                    {"dead_units": 1.0}, layer="dense_0", remedies=(LinearOutput(),)),
            Finding("decayed-learning-rate", Severity.WARNING, "the learning rate has fallen",
                    {"last_rate": 1e-9}, Place(SCRIPT, 3)),
            Finding("accuracy-for-regression", Severity.ERROR, "'accuracy' says nothing here",
                    {"metric": "accuracy"}, status=Status.PLAIN, advice='Use metrics=["mae"].'),
            Finding("unscaled-inputs", Severity.WARNING, "not shown", {"rms": float("inf")},
                    remedies=(StandardizeTargets(),), status=Status.REFUTED,
                    reason="with linear-output it learns without this being changed"),
        ),
        goal=Goal("r2", 0.975, "the best constant prediction reaches 0 and linear 1"),
        as_written=Rate(4, 32),
        cured=Rate(31, 32),
        cure=(LinearOutput(),),
        arms=(
            Evidence((), Rate(4, 32), 0.2, outcomes(4, 32, 0)),
            Evidence(("linear-output",), Rate(31, 32), 0.99, outcomes(31, 32, 1000)),
            Evidence(("standardize-targets",), Rate(0, 8), float("-inf")),
        ),
        sentence="learned on 4 of 32 seeds as written: it depends on the seed",
        seconds=12.34,
        notes=("judged by 40 rows held out of the training",),
        patch=PATCH,
        recipe=made,
        ignored=(
            Finding("too-narrow", Severity.WARNING, "few units", place=Place(SCRIPT, 2),
                    status=Status.IGNORED, reason="two numbers are drawn as a map"),
        ),
        looked=frozenset(check.name for check in all_checks()) - {"unlucky-seed"},
        trace=watched,
    )  # fmt: skip


def hostile() -> Verdict:
    """All words that may come from a user's program are an attack on the page."""
    kind = f"/home/me/{HOSTILE.replace('/', '_')}.py"
    plain = verdict()
    assert plain.recipe is not None
    layers = tuple(replace(x, name=HOSTILE) for x in plain.recipe.model.layers)
    model = replace(plain.recipe.model, layers=layers)
    fit = replace(plain.recipe.fit, place=Place(kind, 4))
    recipe = replace(
        plain.recipe, model=model, fit=fit, script=kind, source=SOURCE + f"# {HOSTILE}\n"
    )
    watched = plain.trace
    assert watched is not None
    silent = {HOSTILE: watched.silent["dense_0"]}
    findings = tuple(
        replace(
            f, message=HOSTILE, reason=HOSTILE, advice=HOSTILE, layer=HOSTILE,
            place=Place(kind, 5), evidence={HOSTILE: HOSTILE},
        )
        for f in plain.findings
    )  # fmt: skip
    return replace(
        plain,
        findings=findings,
        goal=Goal(HOSTILE, 0.5, HOSTILE),
        arms=tuple(replace(a, remedies=(*a.remedies, HOSTILE)) for a in plain.arms[1:]),
        sentence=HOSTILE,
        scale=HOSTILE,
        notes=(HOSTILE,),
        patch=f"--- a\n+++ b\n@@ -1 +1 @@\n-x = 1\n+{HOSTILE}\n",
        advice=HOSTILE,
        recipe=recipe,
        trace=replace(watched, layers=(HOSTILE,), silent=silent),
    )


def classified() -> Verdict:
    """A classifier that fails, for which nothing was found, trained by ``fit``."""
    x, y = normal(120, 4), integers(0, 3, 120)
    made = recipe(x, y, [dense(3, "softmax")], "sparse_categorical_crossentropy", script=SCRIPT)
    ends = tuple(Outcome(i, Ending.FINISHED, 10, 0.3 + i / 10) for i in range(3))
    finding = Finding("imbalanced-classes", Severity.WARNING, "classes differ", {"classes": 3})
    return Verdict(
        Answer.FAILS,
        (finding,),
        Goal("accuracy", 0.9, "your goal"),
        Rate(0, 3),
        arms=(Evidence((), Rate(0, 3), 0.4, ends), Evidence(("shuffle",), Rate(1, 3), 0.5, ends)),
        sentence="learned on 0 of 3 seeds as written",
        engine="fit",
        recipe=made,
    )


def untrained() -> Verdict:
    """Looked at only."""
    return replace(
        verdict(), outcome=Answer.INCONCLUSIVE, goal=None, as_written=None, cured=None, cure=(),
        arms=(), patch=None, trace=None, engine="none", looked=frozenset({"relu-output"}),
        sentence="not trained (static): 5 findings by looking alone",
    )  # fmt: skip


VERDICTS = {
    "cured": (verdict(),),
    "hostile": (hostile(),),
    "failing": (classified(),),
    "static": (untrained(),),
    "bare": (Verdict(Answer.LEARNS, (), sentence="learned on 32 of 32 seeds as written"),),
    "two": (verdict(), classified()),
}
