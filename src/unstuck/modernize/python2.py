"""Python 2 to Python 3: syntax and names by fissix, the maintained fork of lib2to3.

Only a text that is no Python 3 comes here. The fixers are those whose result means the same.
"""

from __future__ import annotations

import ast
import difflib
import logging
import re
import warnings
from dataclasses import dataclass
from typing import Any

from unstuck.modernize.division import whole_divisions
from unstuck.modernize.words import Change, Left

FIXERS = {
    "print": "`print` is a function",
    "except": "an exception is named with `as`",
    "raise": "an exception is raised as one call",
    "exec": "`exec` is a function",
    "xrange": "`range` is lazy now",
    "raw_input": "`raw_input` is called `input` now",
    "input": "`input` of Python 2 evaluated what was typed",
    "has_key": "dictionaries have no `has_key`",
    "dict": "`keys`, `values` and `items` are views now",
    "ne": "`<>` is written `!=`",
    "repr": "backticks are written `repr()`",
    "long": "`long` is `int` now",
    "unicode": "text is `str` now",
    "basestring": "text is `str` now",
    "numliterals": "octal and long numbers are written otherwise",
    "imports": "modules of the standard library moved",
    "imports2": "modules of the standard library moved",
    "urllib": "`urllib` was split",
    "reduce": "`reduce` moved to `functools`",
    "map": "`map` is lazy now",
    "filter": "`filter` is lazy now",
    "zip": "`zip` is lazy now",
    "tuple_params": "parameters are no tuples",
    "next": "`.next()` is `next()` now",
    "nonzero": "`__nonzero__` is `__bool__` now",
    "itertools": "`izip` and its like are built in now",
    "itertools_imports": "`izip` and its like are built in now",
    "execfile": "`execfile` was removed",
    "funcattrs": "attributes of functions have other names",
    "methodattrs": "attributes of methods have other names",
    "metaclass": "a metaclass is a keyword",
    "intern": "`intern` moved to `sys`",
    "sys_exc": "`sys.exc_info` took the place of `sys.exc_type`",
    "throw": "an exception is thrown as one call",
    "standarderror": "`StandardError` is `Exception` now",
    "getcwdu": "`os.getcwdu` is `os.getcwd` now",
    "types": "names of types moved",
    "renames": "`sys.maxint` is `sys.maxsize` now",
    "paren": "a tuple in a comprehension stands in parentheses",
    "reload": "`reload` moved to `importlib`",
}
INTO_FILE = re.compile(r"^\s*print\s*>>\s*\w+", re.MULTILINE)


@dataclass(frozen=True)
class Translated:
    """A text of Python 3, the line of the old text for each of its lines, and what changed."""

    text: str
    lines: tuple[int, ...]
    changes: tuple[Change, ...]


def parses(text: str) -> bool:
    """Whether a text is Python 3."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def needed(text: str) -> bool:
    """Whether a text is no Python 3, or prints to a file as only Python 2 can."""
    return bool(INTO_FILE.search(text)) or not parses(text)


def translate(text: str) -> Translated | Left:
    """A program of Python 2 as one of Python 3, or what of it is neither."""
    prepared = _tabs(text)
    try:
        made = _fixed(prepared)
        ast.parse(made)
    except Exception as error:  # a parser of another grammar has errors of its own
        line = getattr(error, "lineno", None) or _line_of(text)
        return Left(
            line, "this line", f"the program is neither Python 3 nor Python 2 ({_said(error)})"
        )
    lines = aligned(text, made)
    divided = whole_divisions(made)
    changes = [*_changes(text, made, lines), *divided.changes(lines)]
    return Translated(divided.text, tuple(divided.lines(lines)), tuple(changes))


def _fixed(text: str) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # fissix warns of its own age
        from fissix import refactor

        logging.getLogger("RefactoringTool").setLevel(logging.CRITICAL)
        names = [f"fissix.fixes.fix_{name}" for name in FIXERS]
        options: dict[str, Any] = {}
        if re.search(r"from __future__ import.*\bprint_function\b", text):
            options["print_function"] = True
            names.remove("fissix.fixes.fix_print")
        tool = refactor.RefactoringTool(names, options)
        ending = "" if text.endswith("\n") else "\n"
        made = str(tool.refactor_string(text.replace("\r\n", "\n") + ending, "program"))
    made = made[: len(made) - len(ending)] if ending and made.endswith("\n") else made
    return made.replace("\n", "\r\n") if "\r\n" in text else made


def _tabs(text: str) -> str:
    """Indentation with tabs and spaces mixed, which Python 2 read with tabs of eight."""
    indents = re.findall(r"^([ \t]+)\S", text, re.MULTILINE)
    if not (any("\t" in i for i in indents) and any(" " in i for i in indents)):
        return text
    return re.sub(r"^[ \t]+", lambda m: m[0].expandtabs(8), text, flags=re.MULTILINE)


def _changes(old: str, new: str, lines: list[int]) -> list[Change]:
    before, after = old.splitlines(), new.splitlines()
    found = []
    for number, text in zip(lines, after, strict=False):
        was = before[number - 1] if number <= len(before) else ""
        if was != text:
            now = " ".join(text.split())
            found.append(Change(number, " ".join(was.split()), now, _why(was, text)))
    return found


def _why(was: str, now: str) -> str:
    """The reason of the first fixer whose word stands in the old line and not in the new one."""
    hints = (
        ("print", r"\bprint\b(?! *\()|\bprint +\(|\bprint\b"),
        ("except", r"\bexcept\b.*,"),
        ("raise", r"\braise\b.*,"),
        ("exec", r"\bexec\b"),
        ("xrange", r"\bxrange\b"),
        ("raw_input", r"\braw_input\b"),
        ("has_key", r"has_key"),
        ("dict", r"\.(iter|view)?(keys|values|items)\("),
        ("ne", r"<>"),
        ("repr", r"`"),
        ("unicode", r"\bunicode\b|\bu['\"]"),
        ("long", r"\blong\b"),
        ("reduce", r"\breduce\b"),
        ("map", r"\bmap\b"),
        ("filter", r"\bfilter\b"),
        ("zip", r"\bi?zip\b"),
        ("imports", r"\bimport\b"),
    )
    for name, pattern in hints:
        if re.search(pattern, was):
            return FIXERS[name]
    return "tabs and spaces do not mix" if "\t" in was else "Python 3 writes it so"


def aligned(old: str, new: str) -> list[int]:
    """For each line of ``new`` the line of ``old`` that it comes from."""
    before, after = old.splitlines(), new.splitlines()
    if len(before) == len(after):
        return list(range(1, len(after) + 1))
    lines: list[int] = []
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for _, i1, i2, j1, j2 in matcher.get_opcodes():
        for j in range(j1, j2):
            lines.append(min(max(1, min(i1 + j - j1, i2 - 1) + 1), max(1, len(before))))
    return lines


def _line_of(text: str) -> int:
    try:
        ast.parse(text)
    except SyntaxError as error:
        return error.lineno or 1
    except ValueError:
        return 1
    return 1


def _said(error: Exception) -> str:
    first = str(error).strip().splitlines()
    if not first:
        return type(error).__name__
    return re.sub(r": type=\d+, value=(.*), context=.*", r" \1", first[0])
