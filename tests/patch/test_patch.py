"""Patches of small programs: what is edited, what is not, and that the result runs."""

from __future__ import annotations

import io
import runpy
import tempfile
import warnings
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path

import libcst
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripts import BY_ADDING, LOOP, SCRIPTS, SETTING

from unstuck.capture.script import capture_script
from unstuck.errors import PatchError
from unstuck.patch import Patch, apply_patch, write_patch
from unstuck.patch.source import Source
from unstuck.recipe import Place, Recipe
from unstuck.remedies import (
    BalanceClasses,
    BatchNormMomentum,
    ClassTargets,
    ClipGradients,
    ConstantRate,
    CopyBatches,
    DefaultInitializers,
    DropoutRate,
    DropRescaling,
    EqualWeights,
    FillMissing,
    FreshWeights,
    HiddenActivation,
    LastAxis,
    LastStep,
    LayerNorm,
    LeakyRelu,
    LinearOutput,
    LogTargets,
    MaskPadding,
    MatchShapes,
    MoveAxes,
    OptimizerDefaults,
    OutputUnits,
    PeriodFeatures,
    ProbabilityOutput,
    RemoveCallback,
    RemoveClipping,
    RemoveLayer,
    RemovePenalties,
    RemoveWeightDecay,
    ResizeEmbedding,
    SetBatchSize,
    SetRate,
    ShuffleRows,
    SoftmaxAxis,
    SpreadSteps,
    StandardizeInputs,
    StandardizeTargets,
    TrainAtAll,
    TrainLonger,
    Unfreeze,
    UnscaleIds,
    UseAdam,
    UseLoss,
    Widen,
)
from unstuck.remedy import Remedy

pytestmark = pytest.mark.slow


def _captured(folder: Path, text: str) -> Recipe:
    path = folder / "program.py"
    path.write_text(text)
    return capture_script(path).recipes[0]


@pytest.fixture(scope="module")
def recipes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Recipe]:
    return {n: _captured(tmp_path_factory.mktemp(n), text) for n, text in SCRIPTS.items()}


def _run(text: str, folder: Path) -> float:
    """What the program prints after MEAN. It runs in this process: another would take seconds to
    import Keras."""
    script, printed = folder / "patched.py", io.StringIO()
    script.write_text(text)
    with redirect_stdout(printed), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        runpy.run_path(str(script), run_name="__main__")
    return float(printed.getvalue().split("MEAN")[1].split()[0])


CURES: list[tuple[str, list[Remedy], list[str]]] = [
    (
        "add",
        [LinearOutput(), Widen(), StandardizeInputs(), StandardizeTargets(), SetRate(0.5)],
        ["    1,  # rectified\n))", "Dense(32, ", ".adapt(x)", "SGD(learning_rate=0.5)", "y_mean"],
    ),
    ("add", [LogTargets(), LeakyRelu(), TrainLonger()], ['"leaky_relu"', "expm1", "epochs=20"]),
    (
        "list",
        [LinearOutput(), Widen(), StandardizeInputs(), SetRate(0.1)],
        ['layers.Dense(32, "relu"),', "layers.Dense(1),", "Adam(0.1)", "        keras.layers.Norm"],
    ),
    (
        "functional",
        [StandardizeInputs(), StandardizeTargets(), ConstantRate(), TrainAtAll(3)],
        ["(val[0], (val[1] - y_mean) / y_std)", "SGD(0.01)", "epochs=6", "k.layers.Normalization("],
    ),
    ("text", [OutputUnits(4)], ["Dense(4, activation="]),
    ("functional", [UseAdam(), LinearOutput()], ['compile("adam", "mse")', "Dense(1)(h)"]),
    (
        "batches",
        [MatchShapes(), CopyBatches()],
        ["keras.layers.Reshape((1,))(keras.layers.Lambda(", "yield x.copy(), x.mean"],
    ),
    ("bits", [ClassTargets()], ["Dense(3, activation", "np.unique(labels", "likeliest"]),
    ("bits", [SpreadSteps()], ["Reshape((-1, 1))"]),
    (
        "bits",
        [PeriodFeatures(3, tuple(2.0**k for k in range(6)))],
        ["layers.Lambda(period_features)"],
    ),
    ("bits", [ProbabilityOutput("sigmoid")], ['activation="sigmoid"']),
    (
        "sequences",
        [HiddenActivation(), DropoutRate(), BatchNormMomentum(), LastAxis(), LastStep()],
        ['Dense(8, activation="relu")', "Dropout(0.2)", "(-1, momentum=0.9)", "(LSTM(4))"],
    ),
    (
        "sequences",
        [LayerNorm(), Unfreeze()],
        ["keras.layers.LayerNormalization()", "e=True", "= True"],
    ),
    (
        "one number",
        [StandardizeInputs(), StandardizeTargets()],
        ["    keras.Input((1,)),\n    keras.layers.Normalization(mean=[19.5], variance="],
    ),
    ("one number", [PeriodFeatures(2, (1.0,))], ["keras.Input((1,)),\n    keras.layers.Lambda("]),
    ("frame", [StandardizeInputs(), StandardizeTargets()], [".adapt(np.asarray(x))"]),
    (
        "each time",
        [LinearOutput(), LeakyRelu(), Widen(), StandardizeInputs()],
        ["(Dense(1))", 'TimeDistributed(Dense(32, activation="leaky_relu"))', ".adapt(x)"],
    ),
    (
        "settings",
        [DefaultInitializers(("first", "second")), RemovePenalties(), LeakyRelu()],
        [
            '3, activation="leaky_relu", name="first")',
            '"leaky_relu",\n        bias_initializer="zeros"',
        ],
    ),
    (
        "settings",
        [RemoveCallback("EarlyStopping"), SetBatchSize(8)],
        ["callbacks=[keras.callbacks.History()]", "batch_size=8"],
    ),
    ("settings", [OptimizerDefaults(("momentum",))], ["SGD(clipnorm=0.1, momentum=0.9, weight"]),
    ("settings", [RemoveWeightDecay()], ["SGD(clipnorm=0.1, momentum=1.0)"]),
    ("settings", [RemoveClipping()], ["SGD(momentum=1.0, weight_decay=0.3)"]),
    ("add", [ClipGradients()], ["keras.optimizers.SGD(global_clipnorm=1.0)"]),
    ("list", [ClipGradients(), SetBatchSize(8)], ["Adam(0.002, global_clipnorm=1.0)", "size=8"]),
    (
        "looped",
        [LeakyRelu(), DefaultInitializers(("dense", "dense_1")), RemoveCallback("EarlyStopping")],
        ['Dense(3, activation="leaky_relu"))', "stops = []"],
    ),
    (
        "text",
        [ShuffleRows(), EqualWeights(), ResizeEmbedding("ids", 30), MaskPadding("ids")],
        [
            "order = np.random.default_rng(0).permutation(len(ids))",
            "fit(np.asarray(ids)[order], np.asarray(labels)[order], epochs=1, verbose=0, "
            "shuffle=True,\n          validation_split",
            'Embedding(30, 4, name="ids", mask_zero=True)',
        ],
    ),
    ("text", [UnscaleIds(20)], ["keras.layers.Rescaling(20.00002)"]),
    ("text", [BalanceClasses((1.0, 0.5, 2.25))], ["class_weight={0: 1, 1: 0.5, 2: 2.25},\n"]),
    ("scaled", [DropRescaling("scaling")], ["(4,)),\n    keras.layers.Dense"]),
    ("in a line", [DropRescaling("scaling")], ["(4,)), keras.layers.Dense"]),
    ("by calls", [DropRescaling("scaling")], ["h = i\n"]),
    ("added", [DropRescaling("scaling")], ["(4,)))\nmodel.add(keras.layers.Dense"]),
    (
        "bits",
        [UseLoss("binary_crossentropy", "sigmoid")],
        ['compile("adam", "binary_crossentropy")', 'Dense(6, activation="sigmoid")'],
    ),
    ("add", [UseLoss("huber", "linear")], ['loss="huber"', "    1,  # rectified\n))"]),
    (
        "ended",
        [UseLoss("mean_squared_error"), RemoveLayer("drop"), SoftmaxAxis("soft")],
        ['compile("sgd", "mean_squared_error")', "(i)\no = keras", "Softmax(axis=-1, "],
    ),
    ("ended", [LinearOutput("logits")], ['Dense(3, name="logits")(i)']),
    ("dropped", [RemoveLayer("first")], ['activation="sigmoid")])\nmodel.add']),
    ("dropped", [RemoveLayer("second")], ['name="first")])\nmodel.compile']),
    ("set", [FreshWeights()], ["Dense(1)])\nmodel.compile("]),
    ("reshaped", [MoveAxes()], ["(n, 2, 9)  # rows", "np.transpose(series, (0, 2, 1))"]),
]


@pytest.mark.parametrize(("name", "cure", "words"), CURES)
def test_patched_programs_run(
    name: str, cure: list[Remedy], words: list[str], recipes: dict[str, Recipe], tmp_path: Path
) -> None:
    patch = write_patch(recipes[name], cure)
    assert patch.complete, patch.advice
    for word in words:
        assert word in patch.patched, patch.diff
    _run(patch.patched, tmp_path)


def test_missing_numbers_are_filled_before_fit(recipes: dict[str, Recipe], tmp_path: Path) -> None:
    recipe = recipes["add"]
    x = recipe.data.inputs[0].astype(float)
    x[0, 0] = np.nan
    patch = write_patch(replace(recipe, data=replace(recipe.data, inputs=(x,))), [FillMissing()])
    assert "x = np.where(np.isfinite(x), x, np.nanmedian(" in patch.patched
    _run(patch.patched, tmp_path)


def test_predictions_stay_in_the_programs_own_units(
    recipes: dict[str, Recipe], tmp_path: Path
) -> None:
    """Targets have a mean of about 17,000; two epochs leave the scaled network near its mean."""
    patch = write_patch(recipes["add"], [LinearOutput(), StandardizeInputs(), StandardizeTargets()])
    assert 8_000 < _run(patch.patched, tmp_path) < 28_000


def test_untouched_text_stays(recipes: dict[str, Recipe]) -> None:
    recipe = recipes["add"]
    patch = write_patch(recipe, [LinearOutput()])
    removed = [
        line for line in patch.diff.splitlines() if line.startswith("-") and line[1:2] != "-"
    ]
    assert removed == ["-    1,", '-    activation="relu",  # rectified']
    assert write_patch(recipe, []) == Patch(recipe.source, recipe.source, "")


def test_what_is_not_understood_becomes_advice(tmp_path: Path) -> None:
    recipe = _captured(tmp_path, LOOP)
    patch = write_patch(recipe, [Widen(), TrainLonger()])
    assert not patch.complete
    assert "2 layers are made on line 8" in patch.advice
    assert "epochs=10" in patch.patched
    assert "Dense(units, " in patch.patched


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (SETTING.replace("model.set_weights", "_ = model.set_weights"), "part of something else"),
        (SETTING + "model.set_weights(model.get_weights())\n", "not one call"),
    ],
)
def test_weights_set_in_another_form_are_left_to_people(
    tmp_path: Path, text: str, reason: str
) -> None:
    patch = write_patch(_captured(tmp_path, text), [FreshWeights()])
    assert patch.patched == text
    assert "leave out what sets the weights" in patch.advice
    assert reason in patch.advice


def test_applying(tmp_path: Path, recipes: dict[str, Recipe]) -> None:
    patch = write_patch(recipes["add"], [LinearOutput()])
    path = tmp_path / "program.py"
    path.write_bytes(BY_ADDING.replace("\n", "\r\n").encode())
    path.chmod(0o755)
    apply_patch(path, patch)
    assert path.read_bytes().decode() == patch.patched.replace("\n", "\r\n")
    assert path.stat().st_mode & 0o777 == 0o755
    path.write_text(BY_ADDING + "# changed since\n")
    with pytest.raises(PatchError, match="has changed"):
        apply_patch(path, patch)
    assert path.read_text().endswith("# changed since\n")
    assert [p.name for p in tmp_path.iterdir()] == ["program.py"]


@given(st.sets(st.sampled_from([r for name, cure, _ in CURES if name == "add" for r in cure])))
def test_any_cure_leaves_valid_python(cure: set[Remedy]) -> None:
    recipe = _cached_recipe()
    slots = [r.slot for r in cure]
    if len(set(slots)) < len(slots):
        return
    libcst.parse_module(write_patch(recipe, sorted(cure, key=lambda r: r.name)).patched)


_RECIPES: list[Recipe] = []


def _cached_recipe() -> Recipe:
    if not _RECIPES:
        with tempfile.TemporaryDirectory() as folder:
            _RECIPES.append(_captured(Path(folder), BY_ADDING))
    return _RECIPES[0]


def test_a_place_in_another_file_is_not_looked_for_here() -> None:
    source = Source("model = make(3)\n", "train.py")
    place = Place("train.py", 1, 8, 1, 15)
    assert source.code(source.call(place, "a layer")) == "make(3)"
    with pytest.raises(PatchError, match=r"a layer stands in another file, model\.py"):
        source.call(replace(place, file="code/model.py"), "a layer")


def test_broken_source() -> None:
    with pytest.raises(PatchError, match="cannot be parsed"):
        Source("x = (")
