"""Keras as an estimator of scikit-learn: as it was, in a class of the program's own.

Today's ``SKLearnClassifier`` is another one: it hands classes to the network one-hot, also where
there are two and one output, knows nothing of the arguments of the function that makes the
network, and its copies, which searches and folds train, forget those of ``fit`` (measured on
Keras 3.15.1).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from unstuck.modernize.calls import dotted
from unstuck.modernize.program import Program, Rewrite
from unstuck.patch.source import Edit

TITLE = "Estimators for scikit-learn"
HINT = r"Keras(Classifier|Regressor)"
WHY = "Keras has no such estimator any more; this class does what it did"
END_OF_LINE = re.compile(r"[^\n]*(?:\n|$)")
BEGINNING = '''\
import inspect
import keras
import numpy
import sklearn.base


class {name}(sklearn.base.{mixin}, sklearn.base.BaseEstimator):
    """As in Keras 2: what is given goes to build_fn and to fit, by name."""

    def __init__(self, build_fn=None, **given):
        self.build_fn, self.given = build_fn, given

    def get_params(self, deep=True):
        return dict(self.given, build_fn=self.build_fn)

    def set_params(self, **given):
        self.build_fn = given.pop("build_fn", self.build_fn)
        self.given.update(given)
        return self

    def given_to(self, function):
        named = {{"epochs" if k == "nb_epoch" else k: v for k, v in self.given.items()}}
        taken = inspect.signature(function).parameters
        return {{k: v for k, v in named.items() if k in taken}}

    def fit(self, x, y, **more):
        self.model = self.build_fn(**self.given_to(self.build_fn))
        return self.model.fit(x, {y}, **dict(self.given_to(self.model.fit), **more))

    def __sklearn_is_fitted__(self):
        return hasattr(self, "model")
'''
CLASSIFIER = """
    def encoded(self, y):
        y = numpy.asarray(y)
        if y.ndim == 2 and y.shape[1] > 1:
            self.classes_ = numpy.arange(y.shape[1])
            return y
        self.classes_, y = numpy.unique(y, return_inverse=True)
        one_hot = self.model.loss == "categorical_crossentropy"
        return keras.utils.to_categorical(y.ravel()) if one_hot else y.ravel()

    def predict_proba(self, x):
        p = self.model.predict(x, verbose=0)
        return numpy.hstack([1 - p, p]) if p.shape[1] == 1 else p

    def predict(self, x):
        return self.classes_[self.predict_proba(x).argmax(axis=-1)]
"""
REGRESSOR = """
    def predict(self, x):
        return numpy.squeeze(self.model.predict(x, verbose=0), axis=-1)
"""
KINDS = {
    "keras.wrappers.KerasClassifier": ("ClassifierMixin", "self.encoded(y)", CLASSIFIER),
    "keras.wrappers.KerasRegressor": ("RegressorMixin", "y", REGRESSOR),
}


def rows() -> Iterator[tuple[str, str, str]]:
    for old in KINDS:
        name = old.rpartition(".")[2]
        yield f"from keras.wrappers.scikit_learn import {name}", f"class {name}: ...", ""


def rule(program: Program) -> Iterator[Rewrite]:
    for node in program.every(cst.ImportFrom):
        if program.top(node) and not isinstance(node.names, cst.ImportStar):
            yield from _imported(program, node, list(node.names))
    for call, name in program.calls(KINDS):
        if isinstance(call.func, cst.Attribute):
            local, span = name.rpartition(".")[2], program.span(call.func)
            at = _after_imports(program)
            yield Rewrite((Edit(*span, local), Edit(at, at, _class(name, local))), span, WHY)


def _imported(
    program: Program, node: cst.ImportFrom, aliases: list[cst.ImportAlias]
) -> Iterator[Rewrite]:
    ours = {a: name for a in aliases if (name := _estimator(program, node, a))}
    if not ours:
        return
    start, end = program.span(node)
    rest = [a.with_changes(comma=cst.MaybeSentinel.DEFAULT) for a in aliases if a not in ours]
    if rest:
        words = program.module.code_for_node(node.with_changes(names=rest, lpar=None, rpar=None))
        edit = Edit(start, end, words)
    else:
        line = END_OF_LINE.match(program.text, end)
        edit = Edit(start, line.end() if line else end, "")
    classes = "".join(_class(name, _local(program, a)) for a, name in ours.items())
    at = _after_imports(program)
    yield Rewrite((edit, Edit(at, at, classes)), (start, edit.end), WHY)


def _estimator(program: Program, node: cst.ImportFrom, alias: cst.ImportAlias) -> str:
    """The full name of the estimator that is imported, or ""."""
    module = dotted(node.module).removeprefix("tensorflow.").removesuffix(".scikit_learn")
    name = f"{module}.{dotted(alias.name)}"
    return name if name in KINDS else ""


def _local(program: Program, alias: cst.ImportAlias) -> str:
    return program.code(alias.asname.name) if alias.asname else dotted(alias.name)


def _class(name: str, local: str) -> str:
    mixin, y, more = KINDS[name]
    return BEGINNING.format(name=local, mixin=mixin, y=y) + more + "\n"


def _after_imports(program: Program) -> int:
    last = 0
    for statement in program.module.body:
        simple = isinstance(statement, cst.SimpleStatementLine)
        first = statement.body[0] if isinstance(statement, cst.SimpleStatementLine) else None
        told = isinstance(first, cst.Expr) and isinstance(first.value, cst.SimpleString)
        if not simple or not (told or isinstance(first, cst.Import | cst.ImportFrom)):
            break
        line = END_OF_LINE.match(program.text, program.span(statement)[1])
        last = line.end() if line else last
    return last
