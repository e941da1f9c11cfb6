"""What a program does with its predictions, read from its source and not run.

A value is a prediction where it comes from ``predict`` by steps that keep its numbers: indexing,
reshaping, loops, assignments, functions that return it. Anything else (a comparison, a score, a
difference) ends the trail, so that rounding a score for print is not taken for decoding.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

PREDICTING = frozenset({"predict", "predict_on_batch"})
KEEPING = frozenset(
    {"array", "asarray", "clip", "concatenate", "copy", "enumerate", "flatten", "float"}
    | {"float32", "float64", "inverse_transform", "item", "list", "numpy", "ravel", "reshape"}
    | {"reversed", "squeeze", "tolist", "transpose", "tuple", "zip"}
)
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_Bindings = list[tuple[ast.expr, ast.expr]]


def decodings(source: str, functions: frozenset[str]) -> Iterator[tuple[ast.Call, str]]:
    """Calls of ``functions`` on predictions, with the name of each. ``int`` covers ``astype(int)``;
    rounding to some digits is for print and not reported. Source that is no Python has none."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return
    flow = _Flow(tree)
    for nodes, names in flow.scopes():
        for node in nodes:
            if isinstance(node, ast.Call):
                name, value = _applied(node)
                if name in functions and value is not None and flow.predicts(value, names):
                    yield node, name


def _applied(call: ast.Call) -> tuple[str, ast.expr | None]:
    """The function that a call applies, and to what."""
    name, args = _name(call.func), call.args
    method = isinstance(call.func, ast.Attribute) and not _is_module(call.func.value)
    if name == "map" and len(args) == 2:
        return _name(args[0]), args[1]
    if name == "astype" and args and method:
        text = ast.unparse(args[0])
        return ("int" if "int" in text else "", call.func.value)  # type: ignore[attr-defined]
    value = call.func.value if method else args[0] if args else None  # type: ignore[attr-defined]
    digits = name != "argmax" and (args[0 if method else 1 :] or call.keywords)
    return ("", None) if digits else (name, value)


def _is_module(node: ast.expr) -> bool:
    """``np``, ``math`` and their like: a short name that is not itself a prediction."""
    return isinstance(node, ast.Name) and node.id in {"np", "numpy", "math", "tf", "jnp", "ops"}


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _inside(scope: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a scope, without those of functions and classes in it."""
    for node in ast.iter_child_nodes(scope):
        yield node
        if not isinstance(node, _SCOPES):
            yield from _inside(node)


def _bindings(nodes: list[ast.AST]) -> _Bindings:
    """Every target with the value, or the sequence of values, that it is bound to."""
    found: _Bindings = []
    for node in nodes:
        if isinstance(node, ast.Assign):
            found += [pair for target in node.targets for pair in _paired(target, node.value)]
        elif isinstance(node, ast.AnnAssign | ast.NamedExpr | ast.AugAssign) and node.value:
            found.append((node.target, node.value))
        elif isinstance(node, ast.For | ast.AsyncFor | ast.comprehension):
            found += _paired(node.target, node.iter)
    return found


def _paired(target: ast.expr, value: ast.expr) -> _Bindings:
    """Names of a tuple with their parts of ``zip`` and ``enumerate``, or of another tuple."""
    if not isinstance(target, ast.Tuple):
        return [(target, value)]
    if isinstance(value, ast.Call) and _name(value.func) == "enumerate" and value.args:
        parts: list[ast.expr] = [ast.Constant(0), value.args[0]]
    elif isinstance(value, ast.Call) and _name(value.func) == "zip":
        parts = value.args
    else:
        parts = value.elts if isinstance(value, ast.Tuple) else []
    if len(parts) != len(target.elts):
        parts = [ast.Constant(0)] * len(target.elts)
    pairs = zip(target.elts, parts, strict=True)
    return [pair for one, part in pairs for pair in _paired(one, part)]


class _Flow:
    """Where the predictions of one program go."""

    def __init__(self, tree: ast.Module) -> None:
        self.tree = tree
        self.functions: frozenset[str] = frozenset()
        self.functions = frozenset(
            name
            for scope, nodes, names in self._all()
            if (name := self._returns(scope, nodes, names))
        )

    def scopes(self) -> Iterator[tuple[list[ast.AST], frozenset[str]]]:
        """The nodes of every scope, with the names that hold predictions in it."""
        for _, nodes, names in self._all():
            yield nodes, names

    def _all(self) -> Iterator[tuple[ast.AST, list[ast.AST], frozenset[str]]]:
        outer = list(_inside(self.tree))
        known = self._names(outer, frozenset())
        yield self.tree, outer, known
        for scope in ast.walk(self.tree):
            if isinstance(scope, _SCOPES):
                nodes = list(_inside(scope))
                given = {a.arg for a in nodes if isinstance(a, ast.arg)}
                own = {t.id for t, _ in _bindings(nodes) if isinstance(t, ast.Name)} | given
                yield scope, nodes, self._names(nodes, known - own)

    def _names(self, nodes: list[ast.AST], inherited: frozenset[str]) -> frozenset[str]:
        """Names that hold a prediction wherever they are bound."""
        bound = [(t.id, value) for t, value in _bindings(nodes) if isinstance(t, ast.Name)]
        held = inherited
        while more := {name for name, value in bound if self.predicts(value, held)} - held:
            held |= more
        while wrong := {n for n, value in bound if n in held and not self.predicts(value, held)}:
            held -= wrong
        return held

    def _returns(self, scope: ast.AST, nodes: list[ast.AST], names: frozenset[str]) -> str:
        """The name of a function all of whose results are predictions; "" for another."""
        if not isinstance(scope, ast.FunctionDef):
            return ""
        given = [n.value for n in nodes if isinstance(n, ast.Return)]
        return scope.name if given and all(v and self.predicts(v, names) for v in given) else ""

    def predicts(self, node: ast.expr, names: frozenset[str]) -> bool:
        """Whether an expression is a prediction, its numbers as they came."""
        match node:
            case ast.Name():
                return node.id in names
            case (
                ast.Subscript(value=inner)
                | ast.Starred(value=inner)
                | ast.Attribute(attr="T", value=inner)
                | ast.ListComp(elt=inner)
                | ast.GeneratorExp(elt=inner)
            ):
                return self.predicts(inner, names)
            case ast.List(elts=parts) | ast.Tuple(elts=parts):
                return any(self.predicts(part, names) for part in parts)
            case ast.BinOp(op=ast.Add() | ast.Mult() | ast.Div(), left=left, right=right):
                written = isinstance(left, ast.Constant) or isinstance(right, ast.Constant)
                return not written and any(self.predicts(side, names) for side in (left, right))
        return isinstance(node, ast.Call) and self._call_predicts(node, names)

    def _call_predicts(self, call: ast.Call, names: frozenset[str]) -> bool:
        name = _name(call.func)
        method = isinstance(call.func, ast.Attribute)
        if (name in PREDICTING and method) or (name in self.functions and not method):
            return True
        if name not in KEEPING:
            return False
        given = [*call.args, *([call.func.value] if isinstance(call.func, ast.Attribute) else [])]
        return any(self.predicts(value, names) for value in given)
