"""Questions of a program: nobody is there to answer them.

An empty line is what most of them take for "go on" or "as usual", so that is what ``input`` gives.
"""

from __future__ import annotations

import ast
import builtins
import getpass
import linecache
from collections import Counter
from typing import Any, NoReturn

from unstuck.capture.notes import Notes
from unstuck.capture.places import user_place
from unstuck.recipe import Place

NEAR = 5  # lines
MOST = 3  # answers in one line; a program that goes on asking wants another

_asked: Counter[tuple[int, str]] = Counter()
_last: list[tuple[int, str]] = []


class Asked(EOFError):
    """The program asked for input. To the program, input has come to its end."""

    def __init__(self, prompt: str) -> None:
        self.prompt = prompt
        super().__init__("EOF when reading a line")


Asked.__module__, Asked.__qualname__ = "builtins", "EOFError"


def answer_with_nothing(notes: Notes) -> None:
    """Make ``input`` give an empty line, and ``getpass`` say that nobody answers."""

    def empty(prompt: Any = "", *_more: Any) -> str:
        place = user_place()
        question = (place.line if place else 0, str(prompt).strip())
        _asked[question] += 1
        if _asked[question] > MOST or (place and _is_provided_for(place)):
            raise Asked(question[1])
        _last[:] = [question]
        notes.append(answered())
        return ""

    builtins.input = empty
    getpass.getpass = _refused  # type: ignore[assignment]


def answered() -> str:
    """What was asked last, in a sentence; "" if nothing was."""
    if not _last:
        return ""
    ((line, prompt),) = _last
    question = f" ({prompt!r})" if prompt else ""
    return f"line {line} asks for input{question}, and an empty line was the answer"


def is_of_an_answer(line: int) -> bool:
    """Whether what failed on a line may have failed for the answer given shortly before."""
    return any(0 <= line - asked <= NEAR for asked, _ in _last)


def _is_provided_for(place: Place) -> bool:
    """Whether the program itself goes on where input has come to its end."""
    try:
        tree = ast.parse("".join(linecache.getlines(place.file)))
    except (SyntaxError, ValueError, RecursionError):
        return False
    around = [
        n
        for n in ast.walk(tree)
        if isinstance(n, ast.Try) and n.body[0].lineno <= place.line <= (n.body[-1].end_lineno or 0)
    ]
    return any("EOFError" in ast.unparse(h.type) for n in around for h in n.handlers if h.type)


def _refused(prompt: Any = "", *_more: Any) -> NoReturn:
    raise Asked(str(prompt).strip())
