"""The functions that have a name, each as data; ``NAME:ARGUMENT`` where they take one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from unstuck.errors import UsageError
from unstuck.learning.function import Function
from unstuck.learning.inputs import Input
from unstuck.learning.problem import Right

GATES = {
    "and": "a & b",
    "or": "a | b",
    "xor": "a ^ b",
    "nand": "1 - (a & b)",
    "nor": "1 - (a | b)",
    "xnor": "1 - (a ^ b)",
    "implies": "(1 - a) | b",
    "converse": "a | (1 - b)",
    "inhibits": "a & (1 - b)",
    "excludes": "(1 - a) & b",
    "true": "1 + 0*a*b",
    "false": "0*a*b",
    "first": "a + 0*b",
    "second": "b + 0*a",
    "not-first": "1 - a + 0*b",
    "not-second": "1 - b + 0*a",
}
PAIR = (Input("a", 0, 499), Input("b", 0, 499))
POSITIVE = (Input("a", 1, 499), Input("b", 1, 499))
BITS = (Input("a", 0, 1), Input("b", 0, 1))
MOST = 100  # numbers that a function takes
LONG = (Input("n", 0, 2**64 - 1),)


@dataclass(frozen=True)
class Named:
    """What makes a function of the arguments after its name, each a whole number with a
    default."""

    make: Callable[..., Function]
    arguments: tuple[tuple[str, int], ...] = ()

    @property
    def defaults(self) -> list[int]:
        """What the arguments are if not given."""
        return [value for _, value in self.arguments]

    def signature(self, name: str) -> str:
        """How to write it: ``remainder[:MODULUS[:BITS]]``."""
        return name + "".join(f"[:{word}" for word, _ in self.arguments) + "]" * len(self.arguments)


def _always(function: Function) -> Named:
    return Named(lambda: function)


def _gate(name: str, formula: str) -> Named:
    sentence = f"of two bits: {formula}"
    return _always(Function(name, sentence, BITS, formula, Right(0.01), None))


def _scale(factor: int) -> Function:
    return Function(f"scale:{factor}", f"{factor} times a", PAIR[:1], f"{factor} * a")


def _numbers(count: int) -> tuple[Input, ...]:
    if count > MOST:
        raise UsageError(f"{count} numbers are too many: at most {MOST}")
    return tuple(Input(f"x{i}", 0, 99) for i in range(count))


def _mean(count: int) -> Function:
    inputs, right = _numbers(count), Right(0.01)
    formula = f"({' + '.join(i.name for i in inputs)}) / {count}"
    return Function(f"mean:{count}", f"the mean of {count} numbers", inputs, formula, right, right)


def _max(count: int) -> Function:
    inputs = _numbers(count)
    formula = inputs[0].name
    for one in inputs[1:]:
        formula = f"max({formula}, {one.name})"
    return Function(f"max:{count}", f"the largest of {count} numbers", inputs, formula)


def _extrapolate(count: int) -> Function:
    if count < 2:
        raise UsageError("a line needs at least 2 values: extrapolate:2")
    inputs = tuple(Input(f"x{i}", 0.0, 1.0, whole=False) for i in range(count))
    formula, right = f"2 * x{count - 1} - x{count - 2}", Right(0.001)
    sentence = f"the value after {count} values, on a line through the last two"
    return Function(f"extrapolate:{count}", sentence, inputs, formula, right, right)


def _number(bits: int) -> tuple[Input, ...]:
    if bits > 24:
        raise UsageError(f"{bits} bits are more than single precision holds: at most 24")
    return (Input("n", 0, 2**bits - 1),)


def _parity(bits: int) -> Function:
    sentence = f"whether the {bits} bits of n hold an odd number of ones"
    shared = sentence, _number(bits), "parity(n)"
    return Function(f"parity:{bits}", *shared, rows=50_000, wider=LONG)


def _remainder(modulus: int, bits: int) -> Function:
    sentence = f"the remainder of a number of {bits} bits by {modulus}"
    shared = sentence, _number(bits), f"n % {modulus}"
    return Function(f"remainder:{modulus}:{bits}", *shared, rows=50_000, wider=LONG)


_NEAR = Right(0.0, 1e-3)
NAMED: dict[str, Named] = {
    "add": _always(Function("add", "the sum of a and b", PAIR, "a + b")),
    "subtract": _always(Function("subtract", "a less b", PAIR, "a - b")),
    "multiply": _always(Function("multiply", "the product of a and b", PAIR, "a * b")),
    "divide": _always(Function("divide", "a divided by b", POSITIVE, "a / b", _NEAR, _NEAR)),
    "square": _always(Function("square", "a times a", PAIR[:1], "a * a")),
    "scale": Named(_scale, (("FACTOR", 3),)),
    "mean": Named(_mean, (("COUNT", 2),)),
    "max": Named(_max, (("COUNT", 2),)),
    "extrapolate": Named(_extrapolate, (("COUNT", 4),)),
    **{name: _gate(name, formula) for name, formula in GATES.items()},
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
    if len(given) > len(one.defaults) or not all(g.isdecimal() and int(g) > 0 for g in given):
        raise UsageError(f"{text!r} is not understood: write {one.signature(name)}")
    return one.make(*map(int, given), *one.defaults[len(given) :])
