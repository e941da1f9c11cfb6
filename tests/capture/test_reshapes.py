"""Reshapes that take axes out of their order are seen, undone and told."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unstuck.capture.script import capture_script
from unstuck.recipe import Recipe, Reshape
from unstuck.remedies import MoveAxes

TRAINING = """
import keras
y = np.arange(len(x)) * 1.0
model = keras.Sequential([keras.Input(x.shape[1:]), keras.layers.Flatten(), keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x, y, epochs=2)
"""


def _recipe(folder: Path, code: str) -> Recipe:
    path = folder / "program.py"
    path.write_text(
        f"import numpy as np\nraw = np.arange(480.0).reshape(16, 5, 6)\n{code}{TRAINING}"
    )
    (recipe,) = capture_script(path).recipes
    return recipe


@pytest.mark.parametrize(
    ("code", "rows"),
    [
        ("x = raw.reshape(16, 6, 5)", slice(16)),
        ("x = np.reshape(raw, (-1, 6, 5))", slice(16)),
        ("def turned(a):\n    return a.reshape((len(a), 6, 5))\nx = turned(raw)", slice(16)),
        ("x = raw.reshape(16, 6, 5)[2:9]", slice(2, 9)),
        ("x = raw.transpose(1, 2, 0).reshape(16, 6, 5)", slice(16)),
    ],
    ids=["of an array", "of NumPy", "in a function", "rows of it", "the axis of the rows too"],
)
def test_axes_that_were_only_renamed(tmp_path: Path, code: str, rows: slice) -> None:
    recipe = _recipe(tmp_path, code)
    (reshape,) = recipe.data.reshapes
    assert reshape.made == (16, 6, 5)
    assert reshape.place is not None
    assert reshape.place.line in (3, 4)
    if reshape.mixes_rows:
        moved = reshape.undone(recipe.data.inputs[0])
    else:
        (moved,) = MoveAxes().apply(recipe).trained_inputs()
    meant = np.arange(480.0).reshape(16, 5, 6).transpose(0, 2, 1)
    np.testing.assert_array_equal(moved, meant[rows])


def test_a_module_of_the_program_is_watched_too(tmp_path: Path) -> None:
    (tmp_path / "data.py").write_text("def turned(a):\n    return a.reshape(len(a), 6, 5)\n")
    (reshape,) = _recipe(tmp_path, "from data import turned\nx = turned(raw)").data.reshapes
    assert reshape.place is not None
    assert (Path(reshape.place.file).name, reshape.place.line) == ("data.py", 2)


@pytest.mark.parametrize(
    "code",
    [
        "x = raw.transpose(0, 2, 1)",
        "x = raw.reshape(16, 30).reshape(16, 6, 5)",
        "x = raw.reshape(16, 5, 6, 1)",
        "x = raw.reshape(16, 3, 10)",
        "x = raw.reshape((16, 6, 5), order='F')",
        "raw.reshape(6, 5, 16)\nx = raw",
    ],
)
def test_axes_that_were_split_joined_or_moved(tmp_path: Path, code: str) -> None:
    assert _recipe(tmp_path, code).data.reshapes == ()


@given(st.lists(st.integers(2, 7), min_size=2, max_size=4, unique=True), st.data())
def test_what_is_undone_is_a_transposition(shape: list[int], draw: st.DataObject) -> None:
    order = draw.draw(st.permutations(range(len(shape))))
    array = np.arange(np.prod(shape)).reshape(shape)
    wanted = array.transpose(order)
    reshape = Reshape(array.shape, wanted.shape)
    assert reshape.axes == tuple(order)
    assert reshape.mixes_rows == (order[0] != 0)
    if reshape.order:
        np.testing.assert_array_equal(reshape.undone(array.reshape(wanted.shape)), wanted)
