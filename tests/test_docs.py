"""Commands and code in the documents are real: names exist, programs run."""

from __future__ import annotations

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

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "tests" / "README.md"]
)
README = (ROOT / "README.md").read_text(encoding="utf-8")


def _blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)


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
                    if words and Path(words[0]).name == "unstuck":
                        found.append(words[1:])
    return found


def _known() -> dict[str, Any]:
    """The commands that there are, by name."""
    return dict(typer.main.get_group(app).commands)


@pytest.mark.parametrize("words", _commands(), ids=" ".join)
def test_command_exists(words: list[str]) -> None:
    own = words[: words.index("--")] if "--" in words else words
    command = _known()[own[0]]
    options = {name for parameter in command.params for name in parameter.opts}
    assert {word for word in own if word.startswith("--")} <= options
    if own[0] == "explain":
        assert own[1] in {check.name for check in all_checks()}


def test_every_command_and_option_is_documented() -> None:
    shown = {words[0] for words in _commands()}
    assert shown == set(_known())


@pytest.mark.parametrize("command", ["check", "learn", "modernize"])
def test_table_of_options(command: str) -> None:
    parameters = _known()[command].params
    names = {name for p in parameters for name in (*p.opts, *p.secondary_opts)}
    options = {name for name in names if name.startswith("--")}
    table = README.split(f"| option of `{command}` | |\n")[1].split("\n\n")[0]
    rows = re.findall(r"^\| (`--.*?) \|", table, flags=re.MULTILINE)
    assert options == set(re.findall(r"--[a-z-]+", " ".join(rows)))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda d: d.name)
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


@pytest.mark.slow
@pytest.mark.parametrize(
    "block", _blocks(README, "python"), ids=["check", "assert_learns", "watch", "learn"]
)
def test_python_blocks_run(block: str, tmp_path: Path) -> None:
    script = tmp_path / "block.py"
    script.write_text(block)
    environment = {**os.environ, "KERAS_BACKEND": "jax"}
    command = [sys.executable, str(script)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=environment, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
