"""Arguments of layers, regularizers, callbacks and other parts that have other names today."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from unstuck.modernize.calls import keywords, literal
from unstuck.modernize.program import Program, Refusal, Rewrite

TITLE = "Arguments"
HINT = r"\b(keras|tensorflow)\b"
WHY = "the argument has another name"

WEIGHTED = {
    "init": "kernel_initializer",
    "W_regularizer": "kernel_regularizer",
    "b_regularizer": "bias_regularizer",
    "W_constraint": "kernel_constraint",
    "b_constraint": "bias_constraint",
    "bias": "use_bias",
}
CONVOLVED = {
    **WEIGHTED,
    "nb_filter": "filters",
    "filter_length": "kernel_size",
    "subsample_length": "strides",
    "subsample": "strides",
    "border_mode": "padding",
    "atrous_rate": "dilation_rate",
    "dim_ordering": "data_format",
}
RECURRENT = {
    **WEIGHTED,
    "output_dim": "units",
    "inner_init": "recurrent_initializer",
    "inner_activation": "recurrent_activation",
    "U_regularizer": "recurrent_regularizer",
    "U_constraint": "recurrent_constraint",
    "dropout_W": "dropout",
    "dropout_U": "recurrent_dropout",
}
POOLED = {
    "pool_length": "pool_size",
    "stride": "strides",
    "border_mode": "padding",
    "dim_ordering": "data_format",
}
NORMALIZED = {
    "beta_init": "beta_initializer",
    "gamma_init": "gamma_initializer",
    "running_mean_init": "moving_mean_initializer",
    "running_std_init": "moving_variance_initializer",
}


def _layers(names: str) -> tuple[str, ...]:
    return tuple(f"keras.layers.{name}" for name in names.split())


CONVOLUTIONS = _layers(
    "Conv1D Conv2D Conv3D Convolution1D Convolution2D Convolution3D SeparableConv2D "
    "SeparableConvolution2D SeparableConv1D Conv2DTranspose Conv3DTranspose DepthwiseConv2D "
    "ConvLSTM2D"
)
RENAMES: dict[tuple[str, ...], dict[str, str]] = {
    _layers("Dense TimeDistributedDense"): {**WEIGHTED, "output_dim": "units"},
    CONVOLUTIONS: CONVOLVED,
    _layers("SimpleRNN LSTM GRU"): RECURRENT,
    _layers("Embedding"): {
        "init": "embeddings_initializer",
        "W_regularizer": "embeddings_regularizer",
        "W_constraint": "embeddings_constraint",
    },
    _layers(
        "MaxPooling1D AveragePooling1D MaxPooling2D AveragePooling2D MaxPooling3D "
        "AveragePooling3D MaxPool2D AvgPool2D MaxPool1D"
    ): POOLED,
    _layers("Dropout SpatialDropout1D SpatialDropout2D SpatialDropout3D GaussianDropout"): {
        "p": "rate",
        "dim_ordering": "data_format",
    },
    _layers("GaussianNoise"): {"sigma": "stddev"},
    _layers("UpSampling1D"): {"length": "size"},
    _layers(
        "UpSampling2D UpSampling3D ZeroPadding2D ZeroPadding3D Cropping2D Cropping3D Flatten "
        "GlobalMaxPooling2D GlobalAveragePooling2D"
    ): {"dim_ordering": "data_format"},
    _layers("BatchNormalization"): NORMALIZED,
    _layers("Reshape"): {"dims": "target_shape"},
    _layers("LeakyReLU"): {"alpha": "negative_slope"},
    _layers("PReLU"): {"init": "alpha_initializer"},
    _layers("ReLU"): {"theta": "threshold"},
    _layers("Lambda"): {},
    _layers("Input InputLayer"): {"batch_input_shape": "batch_shape", "input_shape": "shape"},
    ("keras.Input",): {"batch_input_shape": "batch_shape"},
    ("keras.models.Model", "keras.Model"): {"input": "inputs", "output": "outputs"},
    ("keras.regularizers.l1", "keras.regularizers.L1"): {"l": "l1"},
    ("keras.regularizers.l2", "keras.regularizers.L2"): {"l": "l2"},
    ("keras.constraints.max_norm", "keras.constraints.MaxNorm"): {"m": "max_value"},
    ("keras.initializers.random_normal", "keras.initializers.RandomNormal"): {"scale": "stddev"},
    ("keras.callbacks.ReduceLROnPlateau",): {"epsilon": "min_delta"},
    ("keras.utils.to_categorical",): {"nb_classes": "num_classes"},
    ("keras.utils.plot_model",): {"to_layer_names": "show_layer_names"},
    ("keras.datasets.imdb.load_data", "keras.datasets.reuters.load_data"): {
        "nb_words": "num_words"
    },
    ("keras.src.legacy.preprocessing.text.Tokenizer",): {"nb_words": "num_words"},
}
# Arguments that are gone, and what that changes.
DROPPED: dict[tuple[str, ...], dict[str, str]] = {
    _layers("SimpleRNN LSTM GRU"): {"consume_less": "", "implementation": "", "unroll_": ""},
    _layers("Embedding"): {
        "input_length": "",
        "dropout": "whole words are no longer dropped from the input",
    },
    _layers("BatchNormalization"): {"mode": "", "weights": "its given weights are not set"},
    _layers("Conv2DTranspose Conv3DTranspose"): {"output_shape": ""},
    _layers("Activation Flatten Dropout"): {"input_length": ""},
    ("keras.callbacks.ModelCheckpoint",): {
        "period": "it saves after each epoch",
        "load_weights_on_restart": "",
    },
    ("keras.callbacks.TensorBoard",): {
        "write_grads": "",
        "batch_size": "",
        "embeddings_layer_names": "",
        "embeddings_data": "",
    },
    ("keras.datasets.imdb.load_data", "keras.datasets.reuters.load_data"): {"test_split_": ""},
    ("sklearn.impute.SimpleImputer",): {"axis": "it always works by columns", "verbose": ""},
    ("keras.utils.plot_model",): {},
}
# Values that have other names.
VALUES = {
    "data_format": {"th": "channels_first", "tf": "channels_last"},
    "kernel_initializer": {},
    "missing_values": {},
}
ORDER = {"dim_ordering": VALUES["data_format"], "data_format": VALUES["data_format"]}


def rows() -> Iterator[tuple[str, str, str]]:
    for names, renames in RENAMES.items():
        where = ", ".join(n.rpartition(".")[2] for n in names)
        for old, new in renames.items():
            yield f"{old}= of {where}", f"{new}=", ""
    for names, gone in DROPPED.items():
        where = ", ".join(n.rpartition(".")[2] for n in names)
        for old, differs in gone.items():
            if not old.endswith("_"):
                yield f"{old}= of {where}", "dropped", differs
    for old, new in ORDER["data_format"].items():
        yield f'data_format="{old}"', f'data_format="{new}"', ""
    yield "SimpleImputer(missing_values='NaN')", "missing_values=np.nan", ""
    yield "add_weight('name', shape)", "add_weight(name='name', shape=shape)", ""
    yield "get_output_shape_for", "compute_output_shape", ""


_RENAMES = {name: renames for names, renames in RENAMES.items() for name in names}
_DROPPED = {name: gone for names, gone in DROPPED.items() for name in names}


def rule(program: Program) -> Iterator[Rewrite | Refusal]:
    for call, name in program.calls({*_RENAMES, *_DROPPED}):
        yield from _renamed(program, call, name)
        yield from _dropped(program, call, name)
    for call, _ in program.methods("add_weight"):
        yield from _weight(program, call)
    for function in program.every(cst.FunctionDef):
        if function.name.value == "get_output_shape_for" and program.knows_keras:
            edit = program.put(function.name, "compute_output_shape")
            yield Rewrite((edit,), program.span(function.name), "the method has another name")


def _renamed(program: Program, call: cst.Call, name: str) -> Iterator[Rewrite]:
    given = keywords(call)
    for old, new in _RENAMES.get(name, {}).items():
        if old not in given or new in given:
            continue
        edits = [program.renamed(given[old], new)]
        value = ORDER.get(old, {}).get(literal(given[old].value) or "")
        if value:
            edits.append(program.valued(given[old], f"'{value}'"))
        yield Rewrite(tuple(edits), program.span(given[old]), WHY)
    if name.startswith("keras.layers.") and "data_format" in given:
        value = ORDER["data_format"].get(literal(given["data_format"].value) or "")
        if value:
            arg = given["data_format"]
            yield Rewrite((program.valued(arg, f"'{value}'"),), program.span(arg), WHY)
    if "missing_values" in given and literal(given["missing_values"].value) == "NaN":
        arg = given["missing_values"]
        yield Rewrite((program.valued(arg, "float('nan')"),), program.span(arg), "it is a value")


def _dropped(program: Program, call: cst.Call, name: str) -> Iterator[Rewrite]:
    given = keywords(call)
    gone = {k: given[k] for k in _DROPPED.get(name, {}) if k in given}
    if not gone:
        return
    differs = "; ".join(filter(None, (_DROPPED[name][k] for k in gone)))
    edits = program.dropped(call, gone.values())
    yield Rewrite(edits, program.span(call), f"{', '.join(gone)} is gone", differs)


def _weight(program: Program, call: cst.Call) -> Iterator[Rewrite]:
    """``self.add_weight('kernel', (3, 4))``, where the shape comes first today."""
    given = keywords(call)
    first = [a for a in call.args if a.keyword is None and not a.star]
    if not first or literal(first[0].value) is None or "name" in given:
        return
    edits = [program.named(first[0], "name")]
    if len(first) > 1:
        edits.append(program.named(first[1], "shape"))
    yield Rewrite(tuple(edits), program.span(call), "the name of a weight is given by keyword")
