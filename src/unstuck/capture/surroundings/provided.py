"""Helpers of modules that may be missing, written anew because their meaning is plain.

Each does what the documentation of the original says, no more:

- ``python_toolbox.random_tools.shuffled``: "a list with all the items from `sequence` shuffled".
- ``tqdm``: the same items, without a bar.
- ``numba``'s decorators: the function itself, which is slower and gives the same.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from typing import Any


def shuffled(sequence: Iterable[Any]) -> list[Any]:
    """The items in another order, drawn with Python's own generator."""
    items = list(sequence)
    random.shuffle(items)
    return items


class Bar:
    """``tqdm(items)`` without the bar; what it is told to show is ignored."""

    def __init__(self, iterable: Iterable[Any] = (), *_args: Any, **_named: Any) -> None:
        self.iterable = iterable

    def __iter__(self) -> Iterator[Any]:
        return iter(self.iterable)

    def __len__(self) -> int:
        return len(self.iterable)  # type: ignore[arg-type]

    def __enter__(self) -> Bar:
        return self

    def __exit__(self, *_error: Any) -> None:
        return None

    def _ignored(self, *_args: Any, **_named: Any) -> None:
        return None

    update = set_description = set_postfix = set_postfix_str = refresh = close = _ignored

    @staticmethod
    def write(text: str, *_args: Any, **_named: Any) -> None:
        print(text)


def counted(*limits: int, **_named: Any) -> Bar:
    """``trange``: a bar over a range."""
    return Bar(range(*limits))


def as_it_is(*given: Any, **_named: Any) -> Any:
    """A decorator, with settings or without, that gives the function back."""
    function: Callable[..., Any] | None = next((g for g in given if callable(g)), None)
    return as_it_is if function is None else function


_BARS = ("tqdm", "tqdm.auto", "tqdm.notebook", "tqdm.autonotebook")
PROVIDED: dict[str, Any] = {
    "python_toolbox.random_tools.shuffled": shuffled,
    "tqdm.tqdm_notebook": Bar,
    **{f"{module}.tqdm": Bar for module in _BARS},
    **{f"{module}.trange": counted for module in _BARS},
    **{f"numba.{name}": as_it_is for name in ("jit", "njit")},
    "numba.prange": range,
}
