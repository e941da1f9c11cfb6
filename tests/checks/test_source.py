"""Checks that read the program's source: on any source, and on what looks like a fault."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unstuck.checks._cases import regression
from unstuck.checks._run import all_checks, run_checks
from unstuck.checks._scores import lacking, named_scores
from unstuck.checks._source import mentions, root, scopes

OF_SOURCE = frozenset(
    {"argmax-single-column", "misleading-metric", "never-trained", "reset-optimizer"}
    | {"stale-trainable", "unused-preprocessing"}
)
PARTS = [
    case.recipe().source
    for check in all_checks()
    if check.name in OF_SOURCE
    for case in (*check.firing, *check.silent)
]
HEALTHY = {
    "a name in its own value": "def rmse(e, t):\n    e = e - t\n    return sqrt(mean(e * e))\n",
    "a score of something else": "mae = mean(sizes - 1)\nmse_history = []\n",
    "a loop over rates": "for r in (1, 2):\n    m.compile(SGD(r), 'mse')\n    m.fit(x, y)\n",
    "a method that trains": (
        "class T:\n    def run(self):\n        self.m.compile('adam', 'mse')\n"
        "        for _ in range(3):\n            self.m.fit(x, y)\n"
    ),
    "a reference that is not trained": (
        "a = build()\nb = build()\na.fit(x, y, epochs=3)\nprint(b.evaluate(x, y))\n"
    ),
}


@pytest.mark.parametrize("source", HEALTHY.values(), ids=HEALTHY)
def test_healthy_source(source: str) -> None:
    assert run_checks(regression(source=source), select=OF_SOURCE) == ()


@settings(max_examples=60)
@given(st.text(max_size=30), st.lists(st.sampled_from(PARTS), max_size=3))
def test_never_raises(noise: str, parts: list[str]) -> None:
    for source in ("\n".join([*parts, noise]), "\n".join(parts)):
        for finding in run_checks(regression(source=source), select=OF_SOURCE):
            assert finding.message


def test_scores_leave_the_source_as_it_is() -> None:
    source = "def mse(e, t):\n    e = e - t\n    return mean(e)\n"
    first = [(name, lacking(name, value)) for name, value in named_scores(source)]
    again = [(name, lacking(name, value)) for name, value in named_scores(source)]
    assert first == again
    assert ("mse", "the square") in first


def test_names() -> None:
    assert mentions("import keras.applications as a", {"applications"})
    assert mentions("f(weights=3)", {"weights"})
    assert not mentions("x = (", {"x"})
    ((_, nodes),) = scopes("model.layers[0].trainable = False")
    assert root(nodes[1]) == "model"
