"""Commands and code in the documents are real: names exist, programs run."""

from __future__ import annotations

import ast
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

from unstuck.checks._run import all_checks
from unstuck.cli import app
from unstuck.cli._settings import settings

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "tests" / "README.md"]
)
README = (ROOT / "README.md").read_text(encoding="utf-8")
REFERENCE = (ROOT / "docs" / "reference" / "command-line.md").read_text(encoding="utf-8")
CASES = sorted((ROOT / "docs" / "cases").glob("[a-z]*.md"))


def _blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)


def _name(document: Path) -> str:
    return str(document.relative_to(ROOT))


RUNNING = [d for d in DOCUMENTS if _blocks(d.read_text(encoding="utf-8"), "python")]


def _commands() -> list[list[str]]:
    """Every call of unstuck in a console block or a step of a workflow, as words after its name."""
    found = []
    for document in DOCUMENTS:
        text = document.read_text(encoding="utf-8")
        steps = re.findall(r"- run: (.*)", "".join(_blocks(text, "yaml")))
        for block in [*_blocks(text, "console"), "\n".join(steps)]:
            for line in block.splitlines():
                for part in line.removeprefix("$ ").split("&&"):
                    words = shlex.split(part, comments=True)
                    if words and Path(words[0]).name == "unstuck" and words[1:]:
                        found.append(words[1:])
    return found


def _known() -> dict[str, Any]:
    """The commands that there are, by name."""
    return dict(typer.main.get_group(app).commands)


@pytest.mark.parametrize("words", _commands(), ids=" ".join)
def test_command_exists(words: list[str]) -> None:
    own = words[: words.index("--")] if "--" in words else words
    if own[0].startswith("--"):
        group = typer.main.get_command(app)
        assert own[0] in {name for parameter in group.params for name in parameter.opts}
        return
    command = _known()[own[0]]
    options = {name for parameter in command.params for name in parameter.opts}
    assert {word for word in own if word.startswith("--")} <= options
    if own[0] == "explain":
        assert own[1] in {check.name for check in all_checks()}


def test_every_command_and_option_is_documented() -> None:
    shown = {words[0] for words in _commands() if not words[0].startswith("--")}
    assert shown == set(_known())


@pytest.mark.parametrize("command", ["check", "learn", "modernize"])
def test_table_of_options(command: str) -> None:
    parameters = _known()[command].params
    names = {name for p in parameters for name in (*p.opts, *p.secondary_opts)}
    options = {name for name in names if name.startswith("--")}
    table = REFERENCE.split(f"| option of `{command}` | what it does |\n")[1].split("\n\n")[0]
    rows = re.findall(r"^\| (`--.*?) \|", table, flags=re.MULTILINE)
    assert options == set(re.findall(r"--[a-z-]+", " ".join(rows)))


@pytest.mark.parametrize("document", DOCUMENTS, ids=_name)
def test_links_lead_somewhere(document: Path) -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", document.read_text(encoding="utf-8"))
    assert not [target for target in targets if not (document.parent / target).exists()]


def test_table_of_modules() -> None:
    """It names what there is, in the folder that a row is about, and leaves no area out."""
    rows = re.findall(r"^\| (`.*?) \| (.*) \|$", README.split("## Architecture")[1], re.MULTILINE)
    for names, text in rows:
        folder = ROOT / "src" / "unstuck" / (names.strip("`") if names.endswith("/`") else "")
        named = [*_modules(text), *([] if names.endswith("/`") else _modules(names))]
        assert not [name for name in named if not (folder / name).exists()]
    areas = {name for names, _ in rows for name in _modules(names)}
    there = {
        p.name + "/" * p.is_dir()
        for p in (ROOT / "src" / "unstuck").glob("[a-z]*")
        if p.suffix in ("", ".py")
    }
    assert areas == there


def _modules(text: str) -> list[str]:
    return re.findall(r"`([a-z_]+(?:\.py|/))`", text)


@pytest.mark.parametrize("document", DOCUMENTS, ids=_name)
def test_settings_are_understood(document: Path, tmp_path: Path) -> None:
    for block in _blocks(document.read_text(encoding="utf-8"), "toml"):
        (tmp_path / "pyproject.toml").write_text(block)
        assert settings(tmp_path / "train.py")


@pytest.mark.parametrize("document", DOCUMENTS, ids=_name)
def test_fragments_are_python(document: Path) -> None:
    for block in _blocks(document.read_text(encoding="utf-8"), "py"):
        ast.parse("" if "--8<--" in block else block)


@pytest.mark.parametrize("document", CASES, ids=_name)
def test_a_case_is_about_its_example(document: Path) -> None:
    """The lines of a diff that are there before stand in the example; its checks exist."""
    text = document.read_text(encoding="utf-8")
    for block in _blocks(text, "diff"):
        name, _, *lines = block.splitlines()
        example = (ROOT / "examples" / name.removeprefix("--- ")).read_text(encoding="utf-8")
        there = [line[1:] for line in lines if not line.startswith(("+", "@@"))]
        assert [line for line in there if line not in example.splitlines()] == []
    named = {
        line.split()[1]
        for block in _blocks(text, "text")
        for line in block.splitlines()
        if re.match(r"  (error|warning|note) ", line)
    }
    assert named
    assert named <= {check.name for check in all_checks()}


def _store(folder: Path) -> dict[str, str]:
    """A folder in place of the server that MLflow would be given."""
    return {"MLFLOW_ALLOW_FILE_STORE": "true", "MLFLOW_TRACKING_URI": (folder / "store").as_uri()}


@pytest.mark.slow
@pytest.mark.parametrize("document", RUNNING, ids=_name)
def test_python_blocks_run(document: Path, tmp_path: Path) -> None:
    """The blocks of a document, one after the other; tests in them are run by pytest."""
    text = "\n".join(_blocks(document.read_text(encoding="utf-8"), "python"))
    (tmp_path / "test_blocks.py").write_text(text)
    plain = "\ndef test_" not in text
    runner = [] if plain else ["-m", "pytest", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [sys.executable, *runner, "test_blocks.py"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "KERAS_BACKEND": "jax", **_store(tmp_path)},
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stdout + done.stderr
