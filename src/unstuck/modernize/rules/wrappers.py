"""Keras as an estimator of scikit-learn."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from unstuck.modernize.calls import keywords, positional
from unstuck.modernize.program import Program, Refusal, Rewrite
from unstuck.patch.source import Edit

TITLE = "Estimators for scikit-learn"
HINT = r"Keras(Classifier|Regressor)"
NAMES = {
    "keras.wrappers.KerasClassifier": "SKLearnClassifier",
    "keras.wrappers.KerasRegressor": "SKLearnRegressor",
}
FITTED = (
    "epochs",
    "nb_epoch",
    "batch_size",
    "verbose",
    "callbacks",
    "validation_split",
    "class_weight",
    "shuffle",
    "validation_data",
    "initial_epoch",
    "sample_weight",
)
WHY = "the estimator has another name, and takes arguments of fit apart"
ENCODED = "classes reach the network one-hot, also where there are two: it needs an output each"


def rows() -> Iterator[tuple[str, str, str]]:
    for old, new in NAMES.items():
        name = old.rpartition(".")[2]
        differs = ENCODED if name.endswith("Classifier") else ""
        yield (
            f"{name}(build_fn=make, epochs=5)",
            f"{new}(lambda X, y, **given: make(**given), fit_kwargs=dict(epochs=5))",
            differs,
        )


def rule(program: Program) -> Iterator[Rewrite | Refusal]:
    for call, name in program.calls(NAMES):
        yield _estimator(program, call, NAMES[name])


def _estimator(program: Program, call: cst.Call, new: str) -> Rewrite:
    given, first = keywords(call), positional(call)
    make = given.get("build_fn") or given.get("model") or (first[0] if first else None)
    fitted = [f"{_today(k)}={program.code(a.value)}" for k, a in given.items() if k in FITTED]
    made = {
        k: program.code(a.value)
        for k, a in given.items()
        if k not in FITTED and k not in ("build_fn", "model")
    }
    words = [f"lambda X, y, **given: {program.code(make.value)}(**given)" if make else "None"]
    if made:
        inner = ", ".join(f"{k}={v}" for k, v in made.items())
        words.append(f"model_kwargs=dict({inner})")
    if fitted:
        words.append(f"fit_kwargs=dict({', '.join(fitted)})")
    more: tuple[Edit, ...] = ()
    if isinstance(call.func, cst.Attribute):
        name = f"{program.code(call.func.value)}.{new}"
    else:
        (name,), more = program.reach_names("keras.wrappers", new)
    span = program.span(call)
    edits: tuple[Edit, ...] = (Edit(*span, f"{name}({', '.join(words)})"), *more)
    return Rewrite(edits, span, WHY, ENCODED if "Classifier" in new else "")


def _today(keyword: str) -> str:
    return {"nb_epoch": "epochs"}.get(keyword, keyword)
