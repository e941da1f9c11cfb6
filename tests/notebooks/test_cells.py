"""A notebook as one program and back: cells, lines, and what only IPython understands."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unstuck.cells import Cells

STATEMENTS = st.sampled_from(
    ["x = 1", "if x:\n    y = 2", "print('%d' % x)", "", "# a note", "s = '''\n%no\n!magic\n'''"]
)
MAGICS = st.sampled_from(
    ["%matplotlib inline", "!pip install x", "?len", "len??", "files = !ls -l", "%time x = 3"]
)
SOURCE = st.lists(STATEMENTS | MAGICS, max_size=5).map("\n".join)


@given(st.lists(SOURCE, min_size=1, max_size=4))
def test_whatever_runs_parses_and_comes_back(sources: list[str]) -> None:
    cells = Cells.of(sources)
    ast.parse(cells.program)
    assert len(cells.program.splitlines()) == len(cells.written.splitlines())
    assert cells.split(cells.program) == sources


@given(st.lists(SOURCE, min_size=1, max_size=4), st.data())
def test_every_line_is_found_in_its_cell(sources: list[str], data: st.DataObject) -> None:
    cells = Cells.of(sources)
    number = data.draw(st.integers(1, len(sources)))
    lines = sources[number - 1].split("\n")
    line = data.draw(st.integers(1, len(lines)))
    above = sum(1 + len(s.removesuffix("\n").split("\n")) for s in sources[: number - 1])
    if sources[number - 1]:
        assert cells.at(above + 1 + line) == (number, line)


@pytest.mark.parametrize(
    ("source", "runs"),
    [
        ("%time model.fit(x)", "model.fit(x)"),
        ("%timeit -n 10 f()", "f()"),
        ("%%time\nf()\ng()", "f()\ng()"),
        ("%%bash\necho hi | wc", ""),
        ("!pip install 'a", ""),
        ("if colab:\n    !ls\nelse:\n    f()", "else:\n    f()"),
        ("found = !ls\nf(found)", "f(found)"),
        ("%pylab inline\nprint 'two'", "print 'two'"),
        ("s = (a\n% b)", "s = (a\n% b)"),
    ],
)
def test_what_runs_of_a_cell(source: str, runs: str) -> None:
    cells = Cells.of([source])
    assert runs in cells.program.replace("  # of IPython, 0", "")
    assert "!" not in cells.program
    assert "echo" not in cells.program
    assert cells.split(cells.program) == [source]


def test_an_edit_falls_into_its_cell() -> None:
    cells = Cells.of(["import a", "%time b(1)\n", "!ls\nc(1)"])
    edited = cells.program.replace("import a\n", "import a\nimport d\n").replace("(1)", "(2)")
    assert cells.split(edited) == ["import a\nimport d", "%time b(2)\n", "!ls\nc(2)"]


def test_lines_in_words_and_tracebacks() -> None:
    cells = Cells.of(["a = 1\nb = 2", "c = 3"])
    assert cells.told("trained (lines 2 and 5)") == "trained (cell 1, line 1 and cell 2, line 1)"
    shown = cells.located('  File "n.ipynb", line 3, in f\n  File "o.py", line 3', "n.ipynb")
    assert shown == '  File "n.ipynb", cell 1, line 2, in f\n  File "o.py", line 3'
