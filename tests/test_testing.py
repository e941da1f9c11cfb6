"""Learning as a test: the marker and ``assert_learns``, on real trainings, and how sure it is."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path
from random import Random

import keras
import numpy as np
import pytest

import unstuck
from unstuck.errors import UsageError
from unstuck.testing import shortfall
from unstuck.verdict import Answer, Rate, Verdict

pytestmark = pytest.mark.slow

pytest_plugins = ["pytester"]

PROGRAM = """
    import keras
    import numpy as np
    import pytest

    X = np.random.default_rng(0).normal(size=(200, 2))

    def made(activation=None):
        layers = [keras.Input((2,)), keras.layers.Dense(1, activation=activation)]
        model = keras.Sequential(layers)
        model.compile(keras.optimizers.Adam(0.05), "mse")
        return model

    @pytest.fixture
    def targets():
        return X.sum(axis=1)
"""
LEARNS = """
    @pytest.mark.learns(goal="r2>=0.9", seeds=8, epochs=15)
    def test_sum(targets):
        return made(), X, targets

    class TestGroup:
        @pytest.mark.learns(seeds=8)
        def test_in_a_class(self, targets):
            return made(), X, targets, {"epochs": 15}
"""
FAILS = """
    @pytest.mark.learns(goal="r2>=0.9", seeds=8, epochs=15, executor="inline")
    def test_squashed(targets):
        return made("sigmoid"), X, targets
"""
MISUSED = """
    @pytest.mark.learns(goal="beauty>1")
    def test_goal(targets):
        return made(), X, targets

    @pytest.mark.learns
    def test_nothing(targets):
        made()

    @pytest.mark.learns
    def test_model_alone(targets):
        return made()

    @pytest.mark.learns("r2>=0.9")
    def test_unnamed(targets):
        return made(), X, targets

    @pytest.mark.learns
    def test_not_compiled():
        return keras.Sequential([keras.layers.Dense(1)]), X, X[:, 0]

    @pytest.mark.learns(at_least=95)
    def test_percent(targets):
        return made(), X, targets

    def test_of_another_kind():
        assert True
"""


def _told(pytester: pytest.Pytester, tests: str) -> pytest.RunResult:
    pytester.makepyfile(PROGRAM + tests)
    return pytester.runpytest_subprocess("-p", "no:cacheprovider", "--strict-markers", "-rA")


def test_a_marked_test_passes_where_it_learns(pytester: pytest.Pytester) -> None:
    done = _told(pytester, LEARNS)
    done.assert_outcomes(passed=2)


def test_the_example_in_the_documents_passes(pytester: pytest.Pytester) -> None:
    document = Path(__file__).parents[1] / "docs" / "how-to" / "tests.md"
    (block,) = re.findall(r"```python\n(.*?)```", document.read_text(encoding="utf-8"), re.DOTALL)
    pytester.makepyfile(block)
    pytester.runpytest_subprocess("--strict-markers").assert_outcomes(passed=1)


def test_the_verdict_is_the_failure(pytester: pytest.Pytester) -> None:
    done = _told(pytester, FAILS)
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(
        ["learned on 0 of 8 seeds, where at least 95% were asked for*", "*bounded-output*"]
    )
    assert "During handling" not in done.stdout.str()
    assert "pytest_plugin.py" not in done.stdout.str()


def test_misuse_is_told_in_a_sentence(pytester: pytest.Pytester) -> None:
    done = _told(pytester, MISUSED)
    done.assert_outcomes(passed=1, failed=6)
    done.stdout.fnmatch_lines_random(
        [
            "*the goal names 'beauty'*",
            "*a test marked learns gave nothing back: return (model, x, y)*",
            "*a test marked learns gave Sequential back*",
            "*the marker learns takes arguments by name only*",
            "*not compiled*",
            "*at_least is the share of seeds, above 0 and at most 1, not 95*",
        ]
    )
    assert "Traceback" not in done.stdout.str()


def test_starting_pytest_loads_no_framework() -> None:
    code = (
        "import sys, unstuck.pytest_plugin;"
        "print({'keras', 'jax', 'tensorflow', 'torch', 'sklearn', 'rich'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
    (entry,) = (e for e in entry_points(group="pytest11") if e.name == "unstuck")
    assert entry.value == "unstuck.pytest_plugin"


def test_assert_learns_raises_the_verdict() -> None:
    x = np.random.default_rng(0).normal(size=(200, 2))
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(1e-6), "mse")
    with pytest.raises(AssertionError, match=r"learned on 0 of 4 seeds, where at least 95%"):
        unstuck.assert_learns(
            model, x, x.sum(axis=1), goal="r2>=0.9", seeds=4, epochs=3,
            executor="inline",
        )  # fmt: skip


def _verdict(learned: int, trials: int, outcome: Answer = Answer.UNSTABLE) -> Verdict:
    return Verdict(outcome, (), as_written=Rate(learned, trials), sentence="so it is")


@pytest.mark.parametrize(
    ("learned", "trials", "share", "passes"),
    [
        (16, 16, 0.95, True), (13, 16, 0.95, True), (12, 16, 0.95, False), (31, 32, 1.0, False),
        (32, 32, 1.0, True), (27, 32, 0.95, True), (26, 32, 0.95, False), (0, 2, 0.5, True),
        (0, 8, 0.5, False),
    ],
)  # fmt: skip
def test_what_is_too_few(learned: int, trials: int, share: float, passes: bool) -> None:
    assert (shortfall(_verdict(learned, trials), share) == "") is passes


def test_no_answer_is_no_pass() -> None:
    unanswered = (
        Answer.NO_SIGNAL, Answer.NOISE_FLOOR, Answer.NOT_REPRODUCED, Answer.INCONCLUSIVE,
    )  # fmt: skip
    for outcome in unanswered:
        assert shortfall(_verdict(16, 16, outcome), 0.5).startswith(f"{outcome}: so it is")


def test_it_does_not_flake() -> None:
    """Of trainings that learn on exactly the share that is asked for, hardly any test fails."""
    draw = Random(0)
    rates = [sum(draw.random() < 0.95 for _ in range(16)) for _ in range(2000)]
    failed = sum(shortfall(_verdict(k, 16), 0.95) != "" for k in rates)
    assert 0 < failed < 20


def test_a_share_is_a_share() -> None:
    with pytest.raises(UsageError, match="not 0"):
        unstuck.assert_learns(None, at_least=0)
