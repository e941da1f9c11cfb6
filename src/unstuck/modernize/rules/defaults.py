"""Rates of optimizers that are given by name alone, in programs that show their age.

Keras up to 2.3 took other rates than today's where a program gives none; Adadelta's was a
thousand times as high. A program that has names of Keras 1 in it was written for those.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from unstuck.modernize.calls import keywords, literal, positional
from unstuck.modernize.program import Program, Refusal, Rewrite
from unstuck.patch.source import Edit

TITLE = "Rates of optimizers, where none is given"
HINT = r"(?i)\b(adagrad|adadelta|adamax|nadam)\b"
RATES = {"Adagrad": "0.01", "Adadelta": "1.0", "Adamax": "0.002", "Nadam": "0.002"}
# Words that only programs for Keras before 2.4 have.
AGED = re.compile(
    r"\b(nb_epoch|output_dim\s*=|border_mode|nb_filter|dim_ordering|samples_per_epoch|nb_classes\s*="
    r"|W_regularizer|init\s*=\s*['\"]|Convolution2D|keras\.layers\.(core|convolutional|recurrent"
    r"|normalization|embeddings|advanced_activations|pooling|noise)|keras\.objectives"
    r"|image_dim_ordering)\b|merge\([^)]*mode\s*="
)
WHY = "Keras of that time took this rate where none was given"
DIFFERS = "today's default is 0.001, which is written out as the old one"


def rows() -> Iterator[tuple[str, str, str]]:
    for name, rate in RATES.items():
        yield f"{name}(), '{name.lower()}' in a program for Keras 1", f"{name}({rate})", DIFFERS


def rule(program: Program) -> Iterator[Rewrite | Refusal]:
    own = re.search(r"^\s*(from|import) keras\b", program.text, re.MULTILINE)
    if not (own and AGED.search(program.text)):
        return
    for call, name in program.calls({f"keras.optimizers.{n}": n for n in RATES}):
        given = keywords(call)
        open_ = not any(a.star for a in call.args) and not positional(call)
        if open_ and not ({"lr", "learning_rate", "decay"} & set(given)):
            rate = RATES[name.rpartition(".")[2]]
            edit = program.first(call, f"learning_rate={rate}")
            yield Rewrite((edit,), program.span(call), WHY, DIFFERS)
    for call, _ in program.methods("compile"):
        yield from _named(program, call)


def _named(program: Program, call: cst.Call) -> Iterator[Rewrite]:
    given, first = keywords(call), positional(call)
    arg = given.get("optimizer") or (first[0] if first else None)
    wanted = (literal(arg.value) or "").lower() if arg is not None else ""
    for name, rate in RATES.items():
        if arg is not None and wanted == name.lower():
            optimizers, more = program.reach("keras.optimizers")
            made = f"{optimizers}.{name}({rate})"
            edits: tuple[Edit, ...] = (program.valued(arg, made), *more)
            yield Rewrite(edits, program.span(arg), WHY, DIFFERS)
