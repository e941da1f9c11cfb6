"""Notebooks checked as programs are, and verdicts shown in them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import nbformat
import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

import unstuck
from unstuck.errors import CaptureError, PatchError, ProgramCrashed
from unstuck.notebooks import read_cells, write_cells
from unstuck.options import Options
from unstuck.pipeline import check_script
from unstuck.report.json import to_json

CELLS = (
    "%matplotlib inline\n!pip install keras\nimport keras\nimport numpy as np",
    "x = np.random.default_rng(0).normal(size=(200, 2))\ny = x.sum(axis=1)\nx[:3]",
    "%%time\nmodel = keras.Sequential(\n    [keras.Input((2,)), "
    "keras.layers.Dense(1, activation='sigmoid')]\n)\nmodel.compile('sgd', 'mse')",
    "%time model.fit(x, y, epochs=20, batch_size=10)\nget_ipython().system('ls')\ndisplay(x)",
    "%%bash\necho done",
)
STATIC = Options(static=True)


def _notebook(folder: Path, *cells: str, **metadata: Any) -> Path:
    made = new_notebook(cells=[new_markdown_cell("# Title"), *map(new_code_cell, cells)])
    made.metadata.update(metadata)
    path = folder / "book.ipynb"
    nbformat.write(made, path)
    return path


def test_findings_stand_in_cells(tmp_path: Path) -> None:
    path = _notebook(tmp_path, *CELLS)
    (verdict,) = check_script(path, (), STATIC)
    (finding,) = verdict.findings
    assert finding.place is not None
    assert finding.place.where == "book.ipynb, cell 3, line 3"
    report = json.loads(to_json([verdict], str(path)))
    schema = Path(unstuck.__file__).parent / "report" / "schema.json"
    jsonschema.validate(report, json.loads(schema.read_text()))
    assert (report["findings"][0]["cell"], report["findings"][0]["line"]) == (3, 3)
    html = verdict._repr_html_()
    assert html is not None
    assert "book.ipynb, cell 3, line 3" in html
    assert "bounded-output" in html


@pytest.mark.slow
def test_the_cure_is_written_into_its_cell(tmp_path: Path) -> None:
    path = _notebook(tmp_path, *CELLS)
    before = json.loads(path.read_text())
    command = [sys.executable, "-m", "unstuck", "check", str(path), "--diff", "--fix"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    assert done.stdout.startswith("--- book.ipynb, cell 3\n+++ book.ipynb, cell 3\n")
    after = json.loads(path.read_text())
    pairs = zip(before["cells"], after["cells"], strict=True)
    changed = [i for i, (a, b) in enumerate(pairs) if a != b]
    assert changed == [3]
    assert "".join(after["cells"][3]["source"]) == CELLS[2].replace(", activation='sigmoid'", "")
    assert (verdict := check_script(path, (), Options())[0]).exit_code == 0, verdict.sentence


def test_an_old_notebook_in_python_2(tmp_path: Path) -> None:
    path = tmp_path / "book.ipynb"
    inputs = [
        "%pylab inline\nimport numpy as np\nfrom keras.models import Sequential\n"
        "from keras.layers.core import Dense\nprint 'begin'",
        "model = Sequential()\nmodel.add(Dense(1, input_dim=2))\n"
        "model.compile(loss='mse', optimizer='sgd')\n"
        "model.fit(np.ones((9, 2)), np.ones(9), nb_epoch=7)",
    ]
    cells = [
        {"cell_type": "code", "input": source, "metadata": {}, "outputs": [], "language": "python"}
        for source in inputs
    ]
    sheets = [{"cells": cells, "metadata": {}}]
    old = {"metadata": {"name": ""}, "nbformat": 3, "nbformat_minor": 0, "worksheets": sheets}
    path.write_text(json.dumps(old))
    (verdict,) = check_script(path, (), STATIC)
    assert verdict.recipe is not None
    assert verdict.recipe.fit.epochs == 7
    place = verdict.recipe.written(verdict.recipe.fit.place)
    assert place is not None
    assert place.where == "book.ipynb, cell 2, line 4"


def test_a_crash_is_told_by_its_cell(tmp_path: Path) -> None:
    path = _notebook(tmp_path, "import numpy", "def f(v):\n    return v[7]\n\nf([])")
    with pytest.raises(ProgramCrashed) as caught:
        check_script(path, (), STATIC)
    assert '"' + str(path) + '", cell 2, line 2, in f' in caught.value.traceback


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("import keras", "cannot be read as a notebook"),
        (json.dumps({"cells": []}), "cannot be read as a notebook"),
    ],
)
def test_what_is_no_notebook(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "book.ipynb"
    path.write_text(text)
    with pytest.raises(CaptureError, match=words):
        read_cells(path)


def test_a_notebook_in_another_language(tmp_path: Path) -> None:
    path = _notebook(tmp_path, "x <- 3", kernelspec={"name": "ir", "language": "R"})
    with pytest.raises(CaptureError, match="in R, not in Python"):
        read_cells(path)


def test_without_nbformat_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _notebook(tmp_path, "x = 3")
    monkeypatch.setitem(sys.modules, "nbformat", None)
    with pytest.raises(unstuck.UnstuckError, match=r"pip install 'unstuck\[notebook\]'"):
        read_cells(path)


def test_a_notebook_that_has_changed_is_left_alone(tmp_path: Path) -> None:
    path = _notebook(tmp_path, "x = 3")
    with pytest.raises(PatchError, match="has changed"):
        write_cells(path, ["x = 2"], ["x = 1"])
    assert read_cells(path) == ["x = 3"]


def test_a_verdict_is_escaped() -> None:
    bad = unstuck.Verdict(
        unstuck.Answer.FAILS, (), sentence="<script>alert(1)</script>", patch="-a < b\n+a > b\n"
    )
    html = bad._repr_html_()
    assert html is not None
    assert "<script>" not in html
    assert "-a &lt; b" in html


@pytest.mark.slow
def test_a_verdict_in_a_notebook_that_runs(tmp_path: Path) -> None:
    """A kernel executes it: what a person sees is the HTML of the verdict."""
    last = "import unstuck\nunstuck.check(model, x, y, static=True)"
    made = new_notebook(cells=[new_code_cell(c) for c in (CELLS[0][37:], *CELLS[1:3], last)])
    NotebookClient(made, timeout=300, kernel_name="python3").execute(cwd=str(tmp_path))
    (shown,) = [o for o in made.cells[-1].outputs if o.output_type == "execute_result"]
    assert "bounded-output" in shown.data["text/html"]
