"""Division in Python 2: of two whole numbers it gave a whole number. Where they are that for
certain, ``//`` keeps it; where it is not known before they are there, a function decides."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass

from unstuck.modernize.words import Change

KEPT = "Python 2 divided whole numbers to a whole number, as `//` does"
DECIDED = "Python 2 divided whole numbers, and arrays of them, to whole numbers: `{}` decides"
UNKNOWN = (
    "where both sides are whole numbers, Python 2 dropped the fraction and Python 3 does not; "
    "it is not known here what they are"
)
FUTURE = re.compile(r"^\s*from __future__ import.*\bdivision\b", re.MULTILINE)
FUNCTION = '''\
def {}(a, b):
    """As Python 2 does: whole numbers, and arrays of them, to whole numbers."""
    kinds = [getattr(getattr(v, "dtype", None), "kind", type(v).__name__[0]) for v in (a, b)]
    return a // b if set(kinds) <= set("iub") else a / b


'''

Told = tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class Divided:
    """A text in which whole numbers are divided as in Python 2. ``kept`` are its certain divisions
    of them, ``decided`` those that a function decides, and ``unknown`` those that go over several
    lines, which stay, all by line as it was; the function takes up ``added`` lines before the line
    ``at`` (from 1)."""

    text: str
    kept: Told = ()
    decided: Told = ()
    unknown: Told = ()
    name: str = ""
    at: int = 1
    added: int = 0

    def lines(self, lines: Sequence[int]) -> list[int]:
        """For each line of the text that for which ``lines`` has those without the function."""
        first = self.at - 1
        return [*lines[:first], *[lines[first]] * self.added, *lines[first:]]

    def changes(self, lines: Sequence[int]) -> list[Change]:
        """One change for each."""
        found = [Change(lines[n - 1], w, w.replace("/", "//", 1), KEPT) for n, w in self.kept]
        for line, words in self.decided:
            now = words.replace(" / ", ", ").replace(" /= ", ", ")
            why = DECIDED.format(self.name)
            found.append(Change(lines[line - 1], words, f"{self.name}({now})", why))
        for line, words in self.unknown:
            found.append(Change(lines[line - 1], words, words, "it divides", UNKNOWN))
        return found


def whole_divisions(text: str) -> Divided:
    """The text with its divisions as Python 2 made them."""
    if FUTURE.search(text):
        return Divided(text)
    tree = ast.parse(text)
    names, name = _whole_names(tree), _fresh(tree)
    raw = [line.encode() for line in text.split("\n")]
    edits: list[tuple[int, int, int, bytes]] = []  # line, first byte, how many go, what comes
    kept: list[tuple[int, str]] = []
    decided: list[tuple[int, str]] = []
    unknown: list[tuple[int, str]] = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.BinOp | ast.AugAssign) or not isinstance(node.op, ast.Div):
            continue
        words = " ".join((ast.get_source_segment(text, node) or "").split())[:60]
        if isinstance(node, ast.BinOp) and _whole(node, names) and (at := _operator(node, raw)):
            edits.append((*at, 0, b"/"))
            kept.append((node.lineno, words))
        elif not any(_fraction(side) for side in _sides(node)):
            edits += _called(node, raw, name)
            (decided if node.lineno == node.end_lineno else unknown).append((node.lineno, words))
    for line, column, gone, new in sorted(edits, key=lambda e: e[:2], reverse=True):
        raw[line] = raw[line][:column] + new + raw[line][column + gone :]
    made_text = "\n".join(line.decode() for line in raw)
    told = tuple(sorted(kept)), tuple(sorted(decided)), tuple(sorted(unknown))
    return _with_function(made_text, tree, name, told) if decided else Divided(made_text, *told)


def _with_function(
    text: str, tree: ast.Module, name: str, told: tuple[Told, Told, Told]
) -> Divided:
    """The function goes before the first statement that imports nothing."""
    later = [s for s in tree.body if not _begins(s)]
    at = min(min(n.lineno for n in ast.walk(s) if hasattr(n, "lineno")) for s in later[:1])
    function, lines = FUNCTION.format(name), text.split("\n")
    lines[at - 1 : at - 1] = function.split("\n")[:-1]
    return Divided("\n".join(lines), *told, name, at, function.count("\n"))


def _begins(statement: ast.stmt) -> bool:
    told = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    return told or isinstance(statement, ast.Import | ast.ImportFrom)


def _fresh(tree: ast.Module) -> str:
    used = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
    used |= {n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.ClassDef)}
    return next(
        name for name in ("divided", "divided_", "divided__", "divided___") if name not in used
    )


def _sides(node: ast.BinOp | ast.AugAssign) -> tuple[ast.expr, ast.expr]:
    return (node.left, node.right) if isinstance(node, ast.BinOp) else (node.target, node.value)


def _called(
    node: ast.BinOp | ast.AugAssign, raw: Sequence[bytes], name: str
) -> list[tuple[int, int, int, bytes]]:
    """The edits that make a call of a division; none where it goes over several lines."""
    if node.lineno != node.end_lineno:
        return []
    line, start, end = node.lineno - 1, node.col_offset, node.end_col_offset or 0
    left, right = _sides(node)
    ends = left.end_col_offset or 0
    sign = raw[line].find(b"/", ends, right.col_offset)
    called, closing = name.encode() + b"(", (line, end, 0, b")")
    if isinstance(node, ast.AugAssign):
        target = raw[line][start:ends]
        opening = target + b" = " + called + target + b","
        return [(line, start, sign + len(b"/=") - start, opening), closing]
    first = ends + len(raw[line][ends:sign].rstrip())
    return [(line, start, 0, called), (line, first, sign + 1 - first, b","), closing]


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
