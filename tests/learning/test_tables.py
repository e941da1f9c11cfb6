"""Tables: what is read of a file, and one sentence for each that cannot be."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from unstuck.errors import UsageError
from unstuck.learning import problem_of
from unstuck.learning.problem import Right
from unstuck.learning.tables import Table

ROWS = [(k, k * k % 17, 2.5 * k + 0.25) for k in range(50)]


def _file(folder: Path, text: str) -> str:
    path = folder / "table.csv"
    path.write_text(text, encoding="utf-8")
    return str(path)


def _written(folder: Path, head: str = "a,b,c") -> str:
    return _file(folder, "\n".join([head, *(f"{a},{b},{c}" for a, b, c in ROWS)]) + "\n")


def test_the_last_column_is_the_target(tmp_path: Path) -> None:
    table = Table.read(_written(tmp_path, "\ufeffa, b ,c"), None)
    assert (table.names, table.target) == (("a", "b"), "c")
    assert table.sentence == "c by a, b"
    np.testing.assert_array_equal(table.x, [row[:2] for row in ROWS])
    np.testing.assert_array_equal(table.y, [row[2] for row in ROWS])
    assert table.right.within == pytest.approx(0.1 * table.y.std(), rel=0.05)
    assert table.simple["linear"] == 1.0


def test_another_column_may_be_the_target(tmp_path: Path) -> None:
    table = problem_of(_written(tmp_path), target="a")
    assert isinstance(table, Table)
    assert (table.names, table.target) == (("b", "c"), "a")
    np.testing.assert_array_equal(table.x, [row[1:] for row in ROWS])
    np.testing.assert_array_equal(table.y, [row[0] for row in ROWS])


def test_a_fifth_is_held_out_and_judges(tmp_path: Path) -> None:
    table = Table.read(_written(tmp_path), None)
    (x, _), (held, truth) = table.sample(), table.sample(1)
    ((judging, same),) = table.domain()
    assert (len(x), len(held)) == (40, 10)
    np.testing.assert_array_equal(judging, held)
    np.testing.assert_array_equal(same, truth)
    assert sorted(np.concatenate([x, held])[:, 0]) == list(range(50))
    assert table.judged_by == "10 rows held out"
    assert not list(table.beyond())


def test_few_whole_answers_are_classes(tmp_path: Path) -> None:
    lines = [f"{k},{(k * 7) % 3}" for k in range(60)]
    table = Table.read(_file(tmp_path, "\n".join(["n,c", *lines])), None)
    assert table.right == Right()
    assert table.enough == max(table.simple.values()) < 1


def test_the_code_reads_the_same_rows(tmp_path: Path) -> None:
    table = Table.read(_written(tmp_path), "b")
    found = {"np": np}
    exec(table.code, found)
    np.testing.assert_array_equal(np.asarray(found["x"]), table.x)
    np.testing.assert_array_equal(np.asarray(found["y"]), table.y)


LINES = [f"{k},{k}" for k in range(12)]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([], " is empty"),
        (["a,b", *LINES[:9]], " needs 10 rows and 2 columns at least"),
        (["a", *map(str, range(12))], " needs 10 rows and 2 columns at least"),
        (["a,b", *LINES[:3], "3,three", *LINES[4:]], ", line 5, b: 'three' is no number"),
        (["a,b", *LINES[:3], ",3", *LINES[4:]], ", line 5, a: '' is no number"),
        (["a,b", *LINES[:3], "nan,3", *LINES[4:]], ", line 5, a: 'nan' is no number"),
        (["a,b", *LINES[:2], "2", *LINES[3:]], ", line 4: 1 cells for 2 names"),
        (["a,b", *LINES[:2], "2,2,2", *LINES[3:]], ", line 4: 3 cells for 2 names"),
    ],
)
def test_a_file_that_is_no_table(tmp_path: Path, lines: list[str], message: str) -> None:
    path = _file(tmp_path, "\n".join(lines))
    with pytest.raises(UsageError) as caught:
        Table.read(path, None)
    assert str(caught.value) == path + message


def test_a_column_that_is_not_there(tmp_path: Path) -> None:
    path = _written(tmp_path)
    with pytest.raises(UsageError) as caught:
        Table.read(path, "d")
    assert str(caught.value) == f"{path} has no column 'd': it has a, b, c"


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    path = str(tmp_path / "none.csv")
    with pytest.raises(UsageError, match="cannot be read") as caught:
        problem_of(path)
    assert str(caught.value).startswith(path)


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "bytes.csv"
    path.write_bytes(b"\xff\xfe\x00a,b\n" * 20)
    with pytest.raises(UsageError, match="cannot be read"):
        Table.read(str(path), None)
