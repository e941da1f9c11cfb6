"""Division in Python 2: of two whole numbers it gave a whole number, which ``//`` keeps."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass

from unstuck.modernize.words import Change

KEPT = "Python 2 divided whole numbers to a whole number, as `//` does"
UNKNOWN = (
    "where both sides are whole numbers, Python 2 dropped the fraction and Python 3 does not; "
    "it is not known here what they are"
)
FUTURE = re.compile(r"^\s*from __future__ import.*\bdivision\b", re.MULTILINE)


@dataclass(frozen=True)
class Divided:
    """A text with its certain divisions of whole numbers written ``//``: the line, the old and
    the new words of each; and the uncertain ones, by line."""

    text: str
    kept: tuple[tuple[int, str], ...] = ()
    unknown: tuple[tuple[int, str], ...] = ()

    def changes(self, lines: Sequence[int]) -> list[Change]:
        """One change for each that is kept, and one for all others, at the first."""
        found = [Change(lines[n - 1], w, w.replace("/", "//", 1), KEPT) for n, w in self.kept]
        if self.unknown:
            line, words = self.unknown[0]
            more = len(self.unknown) - 1
            differs = UNKNOWN + (f"; {more} more divisions are like it" if more else "")
            found.append(Change(lines[line - 1], words, words, "it divides", differs))
        return found


def whole_divisions(text: str) -> Divided:
    """Write ``//`` where both sides are whole numbers for certain."""
    if FUTURE.search(text):
        return Divided(text)
    tree = ast.parse(text)
    names = _whole_names(tree)
    raw = [line.encode() for line in text.split("\n")]
    spots, kept, unknown = [], [], []
    for node in ast.walk(tree):
        if not (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div)):
            continue
        words = " ".join((ast.get_source_segment(text, node) or "").split())[:60]
        at = _operator(node, raw)
        if _whole(node, names) and at is not None:
            spots.append(at)
            kept.append((node.lineno, words))
        elif not (_fraction(node.left) or _fraction(node.right)):
            unknown.append((node.lineno, words))
    for line, column in sorted(spots, reverse=True):
        raw[line] = raw[line][:column] + b"/" + raw[line][column:]
    made = "\n".join(line.decode() for line in raw)
    return Divided(made, tuple(sorted(kept)), tuple(sorted(unknown)))


def _operator(node: ast.BinOp, raw: Sequence[bytes]) -> tuple[int, int] | None:
    """Line and byte of the stroke, where it stands on the line of both its sides."""
    line = (node.left.end_lineno or 1) - 1
    if node.right.lineno - 1 != line:
        return None
    at = raw[line].find(b"/", node.left.end_col_offset, node.right.col_offset)
    return None if at < 0 else (line, at)


def _whole_names(tree: ast.Module) -> frozenset[str]:
    """Names that are given plain whole numbers only."""
    whole: set[str] = set()
    other: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and _whole(node.value, frozenset()):
            whole |= {t.id for t in node.targets if isinstance(t, ast.Name)}
        elif isinstance(node, ast.Assign):
            other |= {n.id for t in node.targets for n in ast.walk(t) if isinstance(n, ast.Name)}
        elif isinstance(node, ast.AugAssign | ast.For) and isinstance(node.target, ast.Name):
            other.add(node.target.id)
        elif isinstance(node, ast.arg):
            other.add(node.arg)
    return frozenset(whole - other)


def _whole(node: ast.expr, names: frozenset[str]) -> bool:
    """Whether it is a whole number for certain."""
    match node:
        case ast.Constant(value=value):
            whole = isinstance(value, int) and not isinstance(value, bool)
        case ast.Name(id=name):
            whole = name in names
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() | ast.Mult() | ast.Div(), right=right):
            whole = _whole(left, names) and _whole(right, names)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            whole = _whole(operand, names)
        case _:
            whole = _counts(node)
    return whole


def _counts(node: ast.expr) -> bool:
    """``len(x)``, ``int(x)``, ``x.shape[0]``."""
    match node:
        case ast.Call(func=ast.Name(id="len" | "int")):
            return True
        case ast.Subscript(value=ast.Attribute(attr="shape"), slice=ast.Constant()):
            return True
    return False


def _fraction(node: ast.expr) -> bool:
    """Whether there is a number with a point, or what makes one, in it."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Constant) and isinstance(inner.value, float):
            return True
        if isinstance(inner, ast.Call) and isinstance(inner.func, ast.Name | ast.Attribute):
            name = inner.func.id if isinstance(inner.func, ast.Name) else inner.func.attr
            if name in (
                "float",
                "float32",
                "float64",
                "sqrt",
                "exp",
                "std",
                "mean",
                "norm",
                "rand",
            ):
                return True
    return False
