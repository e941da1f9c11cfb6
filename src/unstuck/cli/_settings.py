"""Settings of a project: the table ``[tool.unstuck]`` of its ``pyproject.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import typer

from unstuck.checks._names import known
from unstuck.cli._shared import seconds
from unstuck.errors import UsageError
from unstuck.goal import parse_goal


def settings(script: Path) -> dict[str, Any]:
    """The settings in the nearest ``pyproject.toml`` above a program, by name and checked.

    Raises:
        UsageError: it is no TOML, or a key is unknown or of the wrong kind.
    """
    folders = script.resolve().parents
    file = next((f for folder in folders if (f := folder / "pyproject.toml").is_file()), None)
    return {} if file is None else _read(file)


def resolved(context: typer.Context, script: Path) -> dict[str, Any]:
    """The options of a command that may be settings: as given, or of the project, or default."""
    found = settings(script)
    default = {n: v for n, v in context.params.items() if n in KINDS and _is_default(context, n)}
    given = {n: v for n, v in context.params.items() if n in KINDS and n not in default}
    for name in ("select", "ignore"):
        if name in given:
            given[name] = known((n for v in given[name] for n in v.split(",")), f"--{name}")
    if "select" in given and "ignore" in found:  # who asks for a check by name, gets it
        found["ignore"] = tuple(n for n in found["ignore"] if n not in given["select"])
    unset = {n: v for n, v in default.items() if v}  # a list that was not given is empty
    return {**unset, **found, **given}


def _is_default(context: typer.Context, name: str) -> bool:
    source = context.get_parameter_source(name)
    return source is None or source.name == "DEFAULT"


def _read(file: Path) -> dict[str, Any]:
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8")).get("tool", {}).get("unstuck", {})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} is no TOML: {error}") from None
    if not isinstance(table, Mapping):
        raise UsageError(f"{file}: tool.unstuck must be a table")
    return {key: _value(file, key, value) for key, value in table.items()}


def _value(file: Path, key: str, value: Any) -> Any:
    where = f"{file}: tool.unstuck.{key}"
    if key not in KINDS:
        raise UsageError(f"{where} is no setting; there are {', '.join(KINDS)}")
    kind, words = KINDS[key]
    try:
        return kind(value)
    except (TypeError, ValueError, typer.BadParameter):
        raise UsageError(f"{where} must be {words}, not {value!r}") from None
    except UsageError as error:
        raise UsageError(f"{where}: {error}") from None


def _names(value: Any) -> tuple[str, ...]:
    if not (isinstance(value, list) and all(isinstance(v, str) for v in value)):
        raise TypeError
    return known(value)


def _goal(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    parse_goal(value)
    return value


def _time(value: Any) -> float:
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        raise TypeError
    return seconds(value)


def _seeds(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 2:
        raise TypeError
    return value


KINDS: dict[str, tuple[Callable[[Any], Any], str]] = {
    "select": (_names, "a list of names of checks"),
    "ignore": (_names, "a list of names of checks"),
    "goal": (_goal, 'a goal such as "accuracy>=0.95"'),
    "budget": (_time, 'a time such as "2m", or seconds'),
    "seeds": (_seeds, "a whole number from 2 on"),
}
