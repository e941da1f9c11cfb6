"""``unstuck modernize``, and what ``check`` makes of an old program."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from rich.console import Console
from typer.testing import CliRunner

from unstuck.cli import app
from unstuck.errors import ProgramCrashed, UsageError
from unstuck.modernize import modernize
from unstuck.options import Options
from unstuck.patch import apply_patch, write_patch
from unstuck.pipeline import check_script
from unstuck.recipe import Place
from unstuck.report.text import show
from unstuck.verdict import Verdict

OLD = """\
# an old program
from keras.layers import Dense, TimeDistributedDense
from keras.models import Sequential
import numpy as np

def f((a, b)):
    return a + b

x = np.random.rand(64, 2)
y = np.array(map(f, x)) * 1e6
model = Sequential()
model.add(Dense(output_dim=1, input_dim=2))
model.compile("sgd", "mse")
model.fit(x, y, nb_epoch=3)   # train
print "done"
"""


def _run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["modernize", *arguments])
    if isinstance(done.exception, UsageError):
        raise done.exception
    return done.exit_code, done.stdout


@pytest.fixture
def program(tmp_path: Path) -> Path:
    file = tmp_path / "old.py"
    file.write_text(OLD)
    return file


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Verdict:
    """An old program, captured once for several questions."""
    file = tmp_path_factory.mktemp("checked") / "old.py"
    file.write_text(OLD)
    (verdict,) = check_script(file, options=Options(static=True))
    return verdict


def test_it_lists_every_change_and_writes_nothing(program: Path) -> None:
    code, text = _run(str(program))
    assert code == 1
    assert "line 14: nb_epoch=3 -> epochs=3" in text
    assert "line 12: output_dim=1 -> units=1" in text
    assert program.read_text() == OLD


def test_diff(program: Path) -> None:
    code, text = _run(str(program), "--diff")
    assert code == 1
    assert text == modernize(OLD).diff("old.py")
    assert "+model.fit(x, y, epochs=3)   # train" in text


def test_fix_and_again(program: Path) -> None:
    assert _run(str(program), "--fix")[0] == 0
    assert program.read_text() == modernize(OLD).text
    assert _run(str(program))[0] == 0


def test_output(program: Path, tmp_path: Path) -> None:
    assert _run(str(program), "--output", str(tmp_path / "new.py"))[0] == 0
    assert (tmp_path / "new.py").read_text() == modernize(OLD).text
    assert program.read_text() == OLD


def test_a_notebook(tmp_path: Path) -> None:
    """Its cells are written in today's words; magics and all else stay as they are."""
    book, new = tmp_path / "old.ipynb", tmp_path / "new.ipynb"
    start, end = OLD.split("model = ")
    cells = ["%matplotlib inline\n" + start, "model = " + end.rstrip("\n")]
    made = [nbformat.v4.new_markdown_cell("# old"), *map(nbformat.v4.new_code_cell, cells)]
    nbformat.write(nbformat.v4.new_notebook(cells=made), book)
    code, text = _run(str(book))
    assert code == 1 and "cell 2, line 4: nb_epoch=3 -> epochs=3" in text
    assert "+model.fit(x, y, epochs=3)   # train" in _run(str(book), "--diff")[1]
    assert _run(str(book), "--output", str(new))[0] == 0
    sources = [cell.source for cell in nbformat.read(new, as_version=4).cells]
    assert sources[0] == "# old" and sources[1].startswith("%matplotlib inline\n# an old program")
    assert sources[2].endswith('print("done")')
    assert _run(str(new))[0] == 0


def test_ends_of_lines_stay(program: Path) -> None:
    program.write_bytes(OLD.replace("\n", "\r\n").encode())
    assert _run(str(program), "--fix")[0] == 0
    assert program.read_bytes() == modernize(OLD).text.replace("\n", "\r\n").encode()


def test_what_is_left_is_no_success(program: Path) -> None:
    program.write_text("import keras.backend as K\nK.function([], [])\n")
    code, text = _run(str(program), "--fix")
    assert code == 1 and "line 2: K.function stays" in text


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no file"):
        _run(str(tmp_path / "none.py"))


def test_check_reports_at_the_lines_of_the_file(checked: Verdict) -> None:
    """The program grew by a line above its training."""
    recipe = checked.recipe
    assert recipe is not None and recipe.fit.place is not None
    assert recipe.original == OLD and len(recipe.lines) == OLD.count("\n") + 1
    assert recipe.fit.place.line == 15
    written = recipe.written(recipe.fit.place)
    assert written is not None and written.line == written.end_line == 14
    scaled = next(f for f in checked.findings if f.check == "unscaled-targets")
    assert scaled.place is not None and scaled.place.line == 12
    assert any(note.startswith("modernised: ") for note in checked.notes)


def test_the_report_shows_the_authors_words(
    checked: Verdict, capsys: pytest.CaptureFixture[str]
) -> None:
    show(checked, Console(width=200))
    shown = capsys.readouterr().out
    assert "old.py:14" in shown
    assert "model.add(Dense(output_dim=1, input_dim=2))" in shown


def test_the_patch_leads_from_the_file_as_it_is(checked: Verdict, program: Path) -> None:
    recipe = checked.recipe
    assert recipe is not None
    scaled = next(f for f in checked.findings if f.check == "unscaled-targets")
    patch = write_patch(recipe, scaled.remedies[:1])
    assert "-model.fit(x, y, nb_epoch=3)   # train" in patch.diff
    apply_patch(program, patch)
    environment = {**os.environ, "KERAS_BACKEND": "jax"}
    command = [sys.executable, str(program)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("done\n")


def test_a_place_elsewhere_stays(checked: Verdict) -> None:
    recipe, elsewhere = checked.recipe, Place("other.py", 15)
    assert recipe is not None
    assert recipe.written(elsewhere) == elsewhere
    assert recipe.written(None) is None
    assert replace(recipe, lines=()).written(Place(recipe.script, 15)).line == 15  # type: ignore[union-attr]


def test_a_crash_names_what_was_not_translated(program: Path) -> None:
    program.write_text("from keras.layers import MaxoutDense\nMaxoutDense(3)\n")
    with pytest.raises(ProgramCrashed, match="line 1: MaxoutDense stays"):
        check_script(program, options=Options(static=True))
