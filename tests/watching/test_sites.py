"""Places read from the text of a program."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unstuck.checks._cases import dense, normal, recipe
from unstuck.recipe import Recipe
from unstuck.watching.sites import located

PROGRAM = """\
from keras.layers import Dense
model = keras.Sequential([
    keras.layers.Dense(8, activation="relu"),  # ä
    "ö", Dense(units=1),
])
model.compile(keras.optimizers.Adam(), loss="mse")
"""


def _recipe(source: str) -> Recipe:
    made = recipe(normal(9, 2), normal(9), [dense(8, "relu"), dense(1)])
    return replace(located(replace(made, source=source, script="a.py")))


def _lines(source: str) -> list[int | None]:
    made = _recipe(source)
    places = [*(x.place for x in made.model.layers), made.loss.place, made.optimizer.place]
    return [None if p is None else p.line for p in places]


def test_every_part_is_found() -> None:
    assert _lines(PROGRAM) == [3, 4, 6, 6]
    place = _recipe(PROGRAM).model.layers[1].place
    assert place is not None
    line = PROGRAM.splitlines()[place.line - 1]
    assert line[place.column : place.end_column] == "Dense(units=1)"


@pytest.mark.parametrize(
    ("change", "lines"),
    [
        (("Dense(units=1)", "Dense(units=2)"), [None, None, 6, 6]),
        (("Dense(units=1)", "Dense(1), Dense(1)"), [None, None, 6, 6]),
        (("Dense(units=1)", "Dense(units)"), [3, 4, 6, 6]),
        (("model.compile(", "re.compile('a')\nmodel.compile("), [3, 4, 7, 7]),
        (("model.compile(", "other.compile('a')\nmodel.compile("), [3, 4, None, None]),
        (("keras.optimizers.Adam()", '"adam"'), [3, 4, 6, 6]),
    ],
)
def test_what_is_ambiguous_has_no_place(change: tuple[str, str], lines: list[int | None]) -> None:
    assert _lines(PROGRAM.replace(*change)) == lines


def test_layers_are_told_by_their_numbers() -> None:
    """Keras numbers them as they are made, whatever their order in the model."""
    made = _recipe("")
    turned = replace(made, model=replace(made.model, layers=made.model.layers[::-1]))
    found = located(replace(turned, source=PROGRAM)).model.layers
    assert [x.place.line for x in found if x.place] == [4, 3]


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    _recipe(text)
