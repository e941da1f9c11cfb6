"""The functions that have a name, each as data; ``NAME:ARGUMENT`` where they take one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from unstuck.errors import UsageError
from unstuck.learn.function import Function, Input, Right
from unstuck.recipe import Array

GATES = {
    "and": (0, 0, 0, 1),
    "or": (0, 1, 1, 1),
    "xor": (0, 1, 1, 0),
    "nand": (1, 1, 1, 0),
    "nor": (1, 0, 0, 0),
    "xnor": (1, 0, 0, 1),
    "implies": (1, 1, 0, 1),
    "converse": (1, 0, 1, 1),
    "inhibits": (0, 0, 1, 0),
    "excludes": (0, 1, 0, 0),
}
SURE = Right(0.01)
LONG = (Input("n", 0, 2**64 - 1),)


@dataclass(frozen=True)
class Named:
    """A name with what it takes after colons, each a whole number with a default."""

    make: Callable[..., Function]
    arguments: tuple[tuple[str, int], ...] = ()

    def signature(self, name: str) -> str:
        """How to write it: ``remainder[:MODULUS[:BITS]]``."""
        return name + "".join(f"[:{word}" for word, _ in self.arguments) + "]" * len(self.arguments)


def _pair(name: str, sentence: str, truth: Callable[[Array, Array], Array]) -> Named:
    inputs = (Input("a", 0, 499), Input("b", 0, 499))
    return Named(lambda: Function(name, sentence, inputs, lambda x: truth(x[:, 0], x[:, 1])))


def _divide() -> Function:
    inputs = (Input("a", 1, 499), Input("b", 1, 499))
    right = Right(0.0, 1e-3)
    return Function(
        "divide", "the quotient a / b", inputs, lambda x: x[:, 0] / x[:, 1], right, right
    )


def _square() -> Function:
    return Function("square", "a times a", (Input("a", 0, 499),), lambda x: x[:, 0] ** 2)


def _scale(factor: int) -> Function:
    inputs = (Input("a", 0, 499),)
    return Function(f"scale:{factor}", f"{factor} times a", inputs, lambda x: x[:, 0] * factor)


def _mean(count: int) -> Function:
    inputs = tuple(Input(f"x{i}", 0, 99) for i in range(count))
    right, sentence = Right(0.01), f"the mean of {count} numbers"
    return Function(f"mean:{count}", sentence, inputs, lambda x: x.mean(axis=1), right, right)


def _extrapolate(count: int) -> Function:
    """The next value of a line through the last two of ``count`` values."""
    inputs = tuple(Input(f"x{i}", 0.0, 1.0, whole=False) for i in range(count))
    right, sentence = Right(0.001), "the next value, on a line through the last two"
    name = f"extrapolate:{count}"
    return Function(name, sentence, inputs, lambda x: 2 * x[:, -1] - x[:, -2], right, right)


def _gate(name: str, table: Sequence[int]) -> Named:
    inputs = (Input("a", 0, 1), Input("b", 0, 1))

    def truth(x: Array) -> Array:
        return np.array(table, dtype=np.float64)[(2 * x[:, 0] + x[:, 1]).astype(int)]

    rows = " ".join(map(str, table))
    sentence = f"of bits a and b, for 00 01 10 11: {rows}"
    return Named(lambda: Function(name, sentence, inputs, truth, SURE, None))


def _parity(bits: int) -> Function:
    def truth(x: Array) -> Array:
        ones = x[:, 0].astype(np.uint64)[:, None] >> np.arange(bits, dtype=np.uint64)
        return (ones & np.uint64(1)).sum(axis=1).astype(np.float64) % 2

    inputs, sentence = (Input("n", 0, 2**bits - 1),), f"whether {bits} bits hold an odd number of 1"
    name = f"parity:{bits}"
    return Function(name, sentence, inputs, truth, rows=50_000, wider=LONG)


def _rest(modulus: int) -> Callable[[Array], Array]:
    return lambda x: (x[:, 0] % x.dtype.type(modulus)).astype(np.float64)


def _remainder(modulus: int, bits: int) -> Function:
    sentence = f"the remainder of a number of {bits} bits by {modulus}"
    inputs, name = (Input("n", 0, 2**bits - 1),), f"remainder:{modulus}:{bits}"
    return Function(name, sentence, inputs, _rest(modulus), rows=50_000, wider=LONG)


def _max(count: int) -> Function:
    inputs = tuple(Input(f"x{i}", 0, 99) for i in range(count))
    sentence = f"the largest of {count} numbers"
    return Function(f"max:{count}", sentence, inputs, lambda x: x.max(axis=1))


NAMED: dict[str, Named] = {
    "add": _pair("add", "the sum a + b", np.add),
    "subtract": _pair("subtract", "the difference a - b", np.subtract),
    "multiply": _pair("multiply", "the product a * b", np.multiply),
    "divide": Named(_divide),
    "square": Named(_square),
    "scale": Named(_scale, (("FACTOR", 3),)),
    "mean": Named(_mean, (("COUNT", 2),)),
    "extrapolate": Named(_extrapolate, (("COUNT", 4),)),
    "max": Named(_max, (("COUNT", 2),)),
    **{name: _gate(name, table) for name, table in GATES.items()},
    "parity": Named(_parity, (("BITS", 20),)),
    "remainder": Named(_remainder, (("MODULUS", 7), ("BITS", 20))),
}


def named(text: str) -> Function | None:
    """The function of that name; None if there is none.

    Raises:
        UsageError: the name has arguments that it does not take.
    """
    name, *given = text.split(":")
    if name not in NAMED:
        return None
    one = NAMED[name]
    defaults = [value for _, value in one.arguments]
    if len(given) > len(defaults) or not all(g.isdecimal() and int(g) > 0 for g in given):
        raise UsageError(f"{text!r} is not understood: write {one.signature(name)}")
    return one.make(*map(int, given), *defaults[len(given) :])
