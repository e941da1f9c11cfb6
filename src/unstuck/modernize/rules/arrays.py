"""NumPy's removed names, and sequences where it was given a lazy one."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from unstuck.modernize.calls import positional
from unstuck.modernize.program import Program, Refusal, Rewrite
from unstuck.patch.source import Edit

TITLE = "NumPy"
HINT = r"\bnumpy\b"
ALIASES = {
    "int": "int",
    "float": "float",
    "bool": "",  # a type of its own again since NumPy 2.0
    "object": "object",
    "str": "str",
    "complex": "complex",
    "unicode": "str",
    "float_": "np.float64",
    "complex_": "np.complex128",
    "string_": "np.bytes_",
    "unicode_": "np.str_",
    "Inf": "np.inf",
    "Infinity": "np.inf",
    "infty": "np.inf",
    "PINF": "np.inf",
    "NaN": "np.nan",
    "NAN": "np.nan",
    "product": "np.prod",
    "cumproduct": "np.cumprod",
    "sometrue": "np.any",
    "alltrue": "np.all",
    "round_": "np.round",
    "in1d": "np.isin",
    "trapz": "np.trapezoid",
    "msort": "np.sort",
    "float96": "np.longdouble",
}
SEQUENCES = tuple(
    f"numpy.{name}"
    for name in (
        "vstack",
        "hstack",
        "dstack",
        "stack",
        "column_stack",
        "concatenate",
        "array",
        "asarray",
    )
)
LAZY = ("map", "zip", "filter")
WHY = "NumPy removed the name"
LISTED = "NumPy takes a list there, nothing lazy"


def rows() -> Iterator[tuple[str, str, str]]:
    for old, new in ALIASES.items():
        if new:
            yield f"np.{old}", new, ""
    for name in SEQUENCES:
        short = name.replace("numpy", "np")
        yield f"{short}(map(f, rows))", f"{short}(list(map(f, rows)))", ""
    yield "np.random.random_integers(a, b)", "np.random.randint(a, b + 1)", ""
    yield "np.asscalar(x)", "x.item()", ""


def rule(program: Program) -> Iterator[Rewrite | Refusal]:
    for node, name in program.uses():
        short = name.removeprefix("numpy.")
        if name == f"numpy.{short}" and ALIASES.get(short) and isinstance(node, cst.Attribute):
            new = ALIASES[short]
            root = program.code(node.value)
            words = new.replace("np.", f"{root}.", 1)
            yield Rewrite((program.put(node, words),), program.span(node), WHY)
    for call, name in program.calls({*SEQUENCES, "numpy.random.random_integers", "numpy.asscalar"}):
        if name in SEQUENCES:
            yield from _listed(program, call)
        elif name.endswith("asscalar") and call.args:
            words = f"{program.code(call.args[0].value)}.item()"
            yield Rewrite((program.put(call, words),), program.span(call), WHY)
        else:
            yield from _inclusive(program, call)


def _listed(program: Program, call: cst.Call) -> Iterator[Rewrite]:
    first = positional(call)
    if not first:
        return
    value = first[0].value
    start, end = program.span(first[0])[0], program.span(value)[1]
    maker = program.code(value.func) if isinstance(value, cst.Call) else ""
    if maker in LAZY and not program.makes(maker):
        edits = (Edit(start, start, "list("), Edit(end, end, ")"))
    elif isinstance(value, cst.GeneratorExp):
        inner = program.text[start:end]
        own = inner.startswith("(") and inner.endswith(")") and len(call.args) > 1
        edits = (
            (Edit(start, start + 1, "["), Edit(end - 1, end, "]"))
            if own
            else (Edit(start, start, "["), Edit(end, end, "]"))
        )
    else:
        return
    yield Rewrite(edits, program.span(call), LISTED)


def _inclusive(program: Program, call: cst.Call) -> Iterator[Rewrite]:
    """``random_integers`` drew its upper end too, and from 1 where it is given one end."""
    first = positional(call)
    if not first or len(first) != len([a for a in call.args if a.keyword is None]):
        return
    func = call.func
    assert isinstance(func, cst.Attribute)
    edits = [program.put(func.attr, "randint")]
    last = first[1] if len(first) > 1 else first[0]
    end = program.span(last.value)[1]
    edits.append(Edit(end, end, " + 1"))
    if len(first) == 1:
        start = program.span(last)[0]
        edits.append(Edit(start, start, "1, "))
    yield Rewrite(tuple(edits), program.span(call), "the upper end is no longer drawn")
