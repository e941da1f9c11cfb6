"""Questions of a program: nobody is there to answer them.

An empty line is what most of them take for "go on" or "as usual", so that is what ``input`` gives.
"""

from __future__ import annotations

import builtins
import getpass
from collections import Counter
from typing import Any, NoReturn

from unstuck.capture.notes import Notes
from unstuck.capture.places import user_place

MOST = 3  # answers in one line; a program that goes on asking wants another

_asked: Counter[tuple[int, str]] = Counter()


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
        if _asked[question] > MOST:
            raise Asked(question[1])
        notes.append(answered())
        return ""

    builtins.input = empty
    getpass.getpass = _refused  # type: ignore[assignment]


def answered() -> str:
    """What was asked last, in a sentence; "" if nothing was."""
    if not _asked:
        return ""
    line, prompt = next(reversed(_asked))
    question = f" ({prompt!r})" if prompt else ""
    return f"line {line} asks for input{question}, and an empty line was the answer"


def _refused(prompt: Any = "", *_more: Any) -> NoReturn:
    raise Asked(str(prompt).strip())
