"""What holds for every program: without old names nothing changes, and twice is once."""

from __future__ import annotations

import ast
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

import unstuck
from unstuck.modernize import modernize, read_program
from unstuck.modernize.engine import edited
from unstuck.modernize.python2 import parses
from unstuck.patch.source import Edit

ROOT = Path(__file__).parents[2]
NAMES = st.sampled_from(["model", "x", "y", "rate", "hidden", "units"])
LAYERS = st.sampled_from(
    [
        "layers.Dense({n}, activation='relu')",
        "layers.Dense(units={n}, input_dim=2)",
        "layers.Dropout(0.{n})",
        "layers.LSTM({n}, input_shape=(4, {n}))",
        "layers.Conv2D({n}, (3, 3), padding='same')",
    ]
)
OLD_LAYERS = st.sampled_from(
    [
        "layers.Dense(output_dim={n}, init='normal')",
        "layers.Dropout(p=0.{n})",
        "layers.LSTM({n}, input_dim=2, input_length={n}, consume_less='cpu')",
        "layers.Convolution2D({n}, 3, 3, border_mode='same')",
        "layers.TimeDistributedDense({n})",
        "layers.merge([a, layers.Dropout(p=0.{n})(b)], mode='concat', concat_axis={n})",
        "Adam(lr=0.{n}, decay={n}e-6)",
        "K.sqrt(K.mean(K.square(x - {n}), axis=-1))",
        "np.vstack(map(float, range({n})))",
        "model.fit_generator(g, samples_per_epoch={n}, nb_epoch={n}, nb_worker=2)",
    ]
)
HEAD = (
    "import numpy as np\nfrom keras import layers, backend as K\n"
    "from keras.optimizers import Adam\nfrom keras.models import Sequential\n"
)
SPACING = st.sampled_from(["", "\n", "\n\n", "  # a comment, äöü\n"])


@st.composite
def programs(draw: st.DrawFn, forms: st.SearchStrategy[str]) -> str:
    lines = [HEAD]
    for _ in range(draw(st.integers(0, 5))):
        form = draw(forms).format(n=draw(st.integers(1, 9)))
        lines.append(f"{draw(NAMES)} = {form}{draw(SPACING)}\n")
    text = "".join(lines)
    return text.replace("\n", "\r\n") if draw(st.booleans()) else text


@settings(max_examples=12)
@given(programs(LAYERS))
def test_a_program_of_today_stays_byte_for_byte(text: str) -> None:
    made = modernize(text)
    assert made.text == text
    assert not made.changes and not made.left


@settings(max_examples=12)
@given(programs(st.one_of(LAYERS, OLD_LAYERS)))
def test_twice_is_once_and_lines_are_kept(text: str) -> None:
    made = modernize(text)
    assert parses(made.text)
    again = modernize(made.text)
    assert again.text == made.text and not again.changes
    assert len(made.lines) == made.text.count("\n")
    assert list(made.lines) == sorted(made.lines)
    before, after = text.splitlines(), made.text.splitlines()
    for line, of in zip(after, made.lines, strict=True):
        name = line.split(" = ")[0]
        assert before[of - 1].startswith(("from", "import") if "import" in name else name)


@settings(max_examples=60)
@given(st.text(alphabet="ab\n", max_size=12), st.data())
def test_lines_of_an_edited_text(text: str, data: st.DataObject) -> None:
    """Without an edit every line is itself; what follows an edit is the line that it was."""
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    words = data.draw(st.text(alphabet="c\n", max_size=4))
    made, lines = edited(text, [Edit(start, end, words)])
    assert made == text[:start] + words + text[end:]
    assert len(lines) == made.count("\n") + 1
    rest = text[end:].count("\n")
    count = text.count("\n") + 1
    assert lines[len(lines) - rest :] == list(range(count - rest + 1, count + 1))[:rest]


def test_our_own_source_is_of_today() -> None:
    files = [*Path(unstuck.__file__).parent.glob("*.py"), *(ROOT / "examples").rglob("*.py")]
    changed = [f.name for f in files if modernize(read_program(f)).changed]
    assert changed == []


@settings(max_examples=100)
@given(st.text(max_size=40))
def test_any_text_is_taken(text: str) -> None:
    made = modernize(text)
    assert made.changed or made.text == text
    if made.changed:
        ast.parse(made.text)


def test_encodings(tmp_path: Path) -> None:
    file = tmp_path / "old.py"
    file.write_bytes("# -*- coding: latin-1 -*-\nx = 'ä'\n".encode("latin-1"))
    assert "ä" in read_program(file)
    file.write_bytes(b"x = '\xe4'\r\n")
    assert read_program(file) == "x = 'ä'\r\n"
    assert read_program(tmp_path / "none.py") == ""
