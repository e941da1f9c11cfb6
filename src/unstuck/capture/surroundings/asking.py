"""Questions of a program: nobody is there to answer them."""

from __future__ import annotations

import builtins
import getpass
from typing import Any, NoReturn


class Asked(EOFError):
    """The program asked for input. To the program, input has come to its end."""

    def __init__(self, prompt: str) -> None:
        self.prompt = prompt
        super().__init__("EOF when reading a line")


Asked.__module__, Asked.__qualname__ = "builtins", "EOFError"


def answer_nothing() -> None:
    """Make ``input`` and ``getpass`` say at once that nobody answers."""
    builtins.input = _asked
    getpass.getpass = _asked  # type: ignore[assignment]


def _asked(prompt: Any = "", *_more: Any) -> NoReturn:
    raise Asked(str(prompt).strip())
