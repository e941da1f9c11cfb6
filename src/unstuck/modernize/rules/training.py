"""``fit``, ``fit_generator`` and their kind, ``compile``, ``predict_classes``."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from unstuck.modernize.calls import keywords, literal, positional
from unstuck.modernize.program import Program, Refusal, Rewrite
from unstuck.patch.source import Edit

TITLE = "Training and predicting"
HINT = r"nb_epoch|_generator\b|predict_classes|predict_proba|\.fit\(|\.compile\(|\.evaluate\("
GENERATORS = {
    "fit_generator": "fit",
    "evaluate_generator": "evaluate",
    "predict_generator": "predict",
}
# Positions of the arguments behind the generator, as Keras 1 and 2 have them.
POSITIONS = {
    "fit_generator": (
        "steps_per_epoch",
        "epochs",
        "verbose",
        "callbacks",
        "validation_data",
        "validation_steps",
        "class_weight",
    ),
    "evaluate_generator": ("steps", "callbacks"),
    "predict_generator": ("steps", "callbacks"),
}
RENAMED = {"nb_epoch": "epochs"}
SAMPLES = {
    "samples_per_epoch": "steps_per_epoch",
    "nb_val_samples": "validation_steps",
    "val_samples": "steps",
}
KERAS_1 = ("nb_epoch", *SAMPLES, "nb_worker", "pickle_safe", "max_q_size")
GONE = {
    "nb_worker": "",
    "workers": "",
    "pickle_safe": "",
    "use_multiprocessing": "",
    "max_q_size": "",
    "max_queue_size": "",
    "show_accuracy": "the accuracy is a metric of compile",
}
OF_COMPILE = {
    "class_mode": "",
    "theano_mode": "",
    "sample_weight_mode": "weights of samples may have a time axis without it",
    "target_tensors": "",
}
STEPS = "an epoch was so many samples; it is so many batches"
UNKNOWN = "an epoch was so many samples, and now it is as many batches: divide by the batch size"
BUFFERS = (
    "batches waited in a queue, so that a generator which fills the same arrays again changed "
    "those that were waiting; now each is used as it is made"
)


def rows() -> Iterator[tuple[str, str, str]]:
    yield "fit(nb_epoch=5)", "fit(epochs=5)", ""
    for old, new in GENERATORS.items():
        yield f"{old}(batches)", f"{new}(batches)", ""
    for old, new in SAMPLES.items():
        yield f"{old}=n", f"{new}=-(-n // batch_size)", f"{STEPS}; n where the size is not seen"
    for old, differs in {**GONE, **OF_COMPILE}.items():
        yield f"{old}=", "dropped", differs
    yield (
        "predict_classes(x)",
        "(predict(x) > 0.5).astype('int32') or predict(x).argmax(axis=-1)",
        "",
    )
    yield "predict_proba(x)", "predict(x)", ""
    yield "class_weight='auto'", "dropped", "Keras 1 read it as no weights too"


def rule(program: Program) -> Iterator[Rewrite | Refusal]:
    if not program.knows_keras:
        return
    for call, name in program.methods("fit", "evaluate", "predict", *GENERATORS):
        yield from _trained(program, call, name)
    for call, _ in program.methods("compile"):
        yield from _without(program, call, OF_COMPILE)
    for call, _ in program.methods("predict_classes"):
        yield _classes(program, call)
    for call, _ in program.methods("predict_proba"):
        if _of_model(program, call):
            assert isinstance(call.func, cst.Attribute)
            edit = program.put(call.func.attr, "predict")
            yield Rewrite((edit,), program.span(call), "predict gives probabilities")


def _trained(program: Program, call: cst.Call, name: str) -> Iterator[Rewrite]:
    given = keywords(call)
    assert isinstance(call.func, cst.Attribute)
    if name in GENERATORS:
        yield _generated(program, call, name)
        return
    if "nb_epoch" in given:
        edit = program.renamed(given["nb_epoch"], "epochs")
        yield Rewrite((edit,), program.span(given["nb_epoch"]), "epochs are called epochs")
    if name != "predict" or any(k in given for k in ("workers", "max_queue_size")):
        yield from _without(program, call, GONE)
    if "class_weight" in given and literal(given["class_weight"].value) == "auto":
        edits = program.dropped(call, [given["class_weight"]])
        yield Rewrite(edits, program.span(call), "'auto' meant nothing")


def _without(program: Program, call: cst.Call, gone: dict[str, str]) -> Iterator[Rewrite]:
    given = keywords(call)
    found = [k for k in gone if k in given]
    if found:
        edits = program.dropped(call, [given[k] for k in found])
        differs = "; ".join(filter(None, (gone[k] for k in found)))
        yield Rewrite(edits, program.span(call), f"{', '.join(found)} is gone", differs)


def _generated(program: Program, call: cst.Call, name: str) -> Rewrite:
    """``fit_generator`` and its kind: ``fit`` takes batches today. Later arguments had other
    positions, so that they are given by name."""
    assert isinstance(call.func, cst.Attribute)
    given, first = keywords(call), positional(call)
    edits = [program.put(call.func.attr, GENERATORS[name])]
    differs: list[str] = []
    samples = any(k in given for k in KERAS_1)
    for arg, keyword in zip(first[1:], POSITIONS[name], strict=False):
        edits.append(program.named(arg, keyword))
        if samples and keyword in SAMPLES.values():
            edits.append(_counted(program, call, arg, differs))
    for old, new in SAMPLES.items():
        if old in given:
            edits.append(program.renamed(given[old], new))
            edits.append(_counted(program, call, given[old], differs))
    if "nb_epoch" in given:
        edits.append(program.renamed(given["nb_epoch"], "epochs"))
    if "generator" in given and not first:
        edits.append(program.renamed(given["generator"], "x"))
    gone = [given[k] for k in GONE if k in given]
    edits += program.dropped(call, gone)
    why = f"{GENERATORS[name]} takes batches"
    if name == "fit_generator" and _refills(program):
        differs.append(BUFFERS)
    return Rewrite(tuple(edits), program.span(call), why, "; ".join(dict.fromkeys(differs)))


def _refills(program: Program) -> bool:
    """Whether a generator makes an array before its loop and fills it anew within."""
    for function in program.every(cst.FunctionDef):
        made, filled, yields = set[str](), set[str](), False
        for node in program.every(cst.AssignTarget):
            if program.around(node, cst.FunctionDef) is not function:
                continue
            looped = program.around(node, cst.While)
            target = node.target
            while isinstance(target, cst.Subscript):
                target = target.value
            if isinstance(target, cst.Name) and looped is None and target is node.target:
                made.add(target.value)
            elif isinstance(target, cst.Name) and looped is not None:
                (filled.add if target is not node.target else made.discard)(target.value)
        for node in program.every(cst.Yield):
            yields = yields or program.around(node, cst.FunctionDef) is function
        if yields and made & filled:
            return True
    return False


def _counted(program: Program, call: cst.Call, arg: cst.Arg, differs: list[str]) -> Edit:
    """A number of samples as one of batches, rounded up as Keras 1 did."""
    size = _batch_size(program, call)
    text = program.code(arg.value)
    differs.append(STEPS if size else UNKNOWN)
    simple = isinstance(arg.value, cst.Name | cst.Integer | cst.Attribute | cst.Call)
    number = text if simple else f"({text})"
    return program.valued(arg, f"-(-{number} // {size})" if size else text)


def _batch_size(program: Program, call: cst.Call) -> str:
    """The batch size of a generator: its own argument, or a name of the program that says so."""
    if call.args:
        source = call.args[0].value
        for inner in [source, *_assigned(program, source)]:
            if isinstance(inner, cst.Call):
                given = keywords(inner)
                if "batch_size" in given:
                    return _factor(program, given["batch_size"].value)
                default = _default(program, inner)
                if default:
                    return default
                if isinstance(inner.func, cst.Attribute) and inner.func.attr.value.startswith(
                    "flow"
                ):
                    return "32"
    for target in program.every(cst.AssignTarget):
        if isinstance(target.target, cst.Name) and program.top(target):
            name = target.target.value
            if re.fullmatch(r"batch_?size|nb_batch|BATCH_?SIZE", name):
                return name
    return ""


def _default(program: Program, call: cst.Call) -> str:
    """The batch size that a generator of the program's own has by default."""
    for function in program.every(cst.FunctionDef):
        if isinstance(call.func, cst.Name) and function.name.value == call.func.value:
            for i, parameter in enumerate(function.params.params):
                if re.fullmatch("batch_?size", parameter.name.value) and parameter.default:
                    first = positional(call)
                    value = first[i].value if len(first) > i else parameter.default
                    return _factor(program, value)
    return ""


def _assigned(program: Program, node: cst.BaseExpression) -> Iterator[cst.BaseExpression]:
    """What a name is given, wherever."""
    if not isinstance(node, cst.Name):
        return
    for target in program.every(cst.AssignTarget):
        if isinstance(target.target, cst.Name) and target.target.value == node.value:
            outer = program.parent(target)
            if isinstance(outer, cst.Assign):
                yield outer.value


def _factor(program: Program, node: cst.BaseExpression) -> str:
    text = program.code(node)
    return text if isinstance(node, cst.Name | cst.Integer | cst.Attribute) else f"({text})"


def _of_model(program: Program, call: cst.Call) -> bool:
    """Whether it is a Keras model that predicts, and no estimator of scikit-learn's."""
    assert isinstance(call.func, cst.Attribute)
    values = [program.name(node) for node, _ in program.uses()]
    estimators = any(n.startswith(("sklearn.", "xgboost.")) and n[8:].find(".") > 0 for n in values)
    owner = call.func.value
    made = [program.name(v.func) for v in _assigned(program, owner) if isinstance(v, cst.Call)]
    if any(n.startswith("keras.") and "wrappers" not in n for n in made):
        return True
    return not estimators and not any("wrappers" in n for n in values)


def _classes(program: Program, call: cst.Call) -> Rewrite:
    """The class of each row: the largest output, or for a single output whether it is above 0.5.
    Which of them is seen where all last activations of the program are of one kind."""
    assert isinstance(call.func, cst.Attribute)
    start, end = program.span(call)
    name = program.put(call.func.attr, "predict")
    text = program.text
    one = re.search(r"['\"]sigmoid['\"]", text) and re.search(
        r"Dense\(\s*(units=|output_dim=)?1\b", text
    )
    if re.search(r"softmax", text) and not one:
        edits: tuple[Edit, ...] = (Edit(end, end, ".argmax(axis=-1)"),)
    elif one and not re.search(r"softmax", text):
        edits = (Edit(start, start, "("), Edit(end, end, ' > 0.5).astype("int32")'))
    else:
        either = 'p.argmax(axis=-1) if p.shape[-1] > 1 else (p > 0.5).astype("int32")'
        edits = (Edit(start, start, f"(lambda p: {either})("), Edit(end, end, ")"))
    return Rewrite((name, *edits), (start, end), "the class is found from the prediction")
