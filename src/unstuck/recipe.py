"""The recipe: one training, described completely and without a framework.

Capture writes it, remedies turn one into another, checks read it, and the trial engine
trains it. Everything in it is plain data (numbers, strings, NumPy arrays, the framework's own
configuration dictionaries) apart from the user's own code, which travels as pickled bytes.

Shapes: ``N`` is the number of rows captured. Input ``i`` is ``(N, *shape_i)``, target ``j``
is ``(N,)`` or ``(N, *shape_j)`` exactly as the program passed it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import PurePath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unstuck.cells import Cells
from unstuck.transform import Transform

SET_APART = 80  # validation rows of which half can still judge

Array = NDArray[Any]
Config = Mapping[str, Any]


@dataclass(frozen=True)
class Place:
    """A span of the user's source, lines counted from 1, columns (in characters) from 0. In a
    notebook, lines count from the start of the ``cell``, code cells counted from 1."""

    file: str
    line: int
    column: int = 0
    end_line: int = 0
    end_column: int = 0
    cell: int = 0

    @property
    def where(self) -> str:
        """For people: ``train.py:12``, or ``book.ipynb, cell 3, line 5``."""
        name = PurePath(self.file).name
        return f"{name}, cell {self.cell}, line {self.line}" if self.cell else f"{name}:{self.line}"


class Feed(StrEnum):
    """How the program hands its rows to the training."""

    ARRAYS = "arrays"
    BATCHES = "batches"  # a generator, a PyDataset, a data loader: order and size are theirs


@dataclass(frozen=True)
class Data:
    """Rows, as the training receives them.

    ``weights`` are sample weights ``(N,)``, or ``(N, T)`` for each time, class weights included;
    ``output_weights`` are those of single outputs, where the program weighs outputs apart.
    ``drawn`` holds the same batches as they were at the moment the program made them; it differs
    from this data only where batches share memory. ``complete`` is false where more rows exist
    than were captured.
    """

    inputs: tuple[Array, ...]
    targets: tuple[Array, ...]
    weights: Array | None = None
    feed: Feed = Feed.ARRAYS
    complete: bool = True
    shared_memory: bool = False
    drawn: Data | None = None
    output_weights: tuple[Array, ...] = ()

    @property
    def rows(self) -> int:
        return len(self.inputs[0])

    def take(self, rows: Array | slice) -> Data:
        """The same data, reduced to (or reordered as) ``rows``."""
        return replace(
            self,
            inputs=tuple(x[rows] for x in self.inputs),
            targets=tuple(y[rows] for y in self.targets),
            weights=None if self.weights is None else self.weights[rows],
            drawn=None if self.drawn is None else self.drawn.take(rows),
            output_weights=tuple(w[rows] for w in self.output_weights),
        )


@dataclass(frozen=True)
class Layer:
    """One layer of the model, in the order of computation; shapes are without the batch axis.
    ``owns`` are the places of its weights in those of the model."""

    name: str
    kind: str
    config: Config
    input_shape: tuple[int | None, ...] = ()
    output_shape: tuple[int | None, ...] = ()
    parameters: int = 0
    trainable: bool = True
    place: Place | None = None
    owns: tuple[int, ...] = ()

    @property
    def activation(self) -> str:
        """The name of the activation: of ``activation=``, or of an activation layer."""
        if self.kind in ("ReLU", "LeakyReLU", "ELU", "PReLU", "Softmax"):
            return {"LeakyReLU": "leaky_relu", "PReLU": "leaky_relu"}.get(
                self.kind, self.kind.lower()
            )
        given = self.config.get("activation")
        if isinstance(given, Mapping):
            given = given.get("config") if isinstance(given.get("config"), str) else "custom"
        return str(given) if given else "linear"

    @property
    def units(self) -> int | None:
        """Output units or filters, where the layer has them."""
        found = self.config.get("units", self.config.get("filters"))
        return int(found) if found is not None else None


class ModelKind(StrEnum):
    SEQUENTIAL = "sequential"
    FUNCTIONAL = "functional"
    SUBCLASSED = "subclassed"


@dataclass(frozen=True)
class Model:
    """The network: its configuration as the framework serialises it, and its initial weights.

    ``custom`` is a pickled dictionary of the user's own classes and functions, by the names
    under which ``config`` refers to them. ``weights`` stand in the framework's order.
    ``warm`` tells that the weights were loaded or trained before, so fresh ones would be
    another program; ``given`` are the places of single weights that the program set itself, such
    as a pretrained embedding, and ``drawn`` of those that it drew at random for training.
    ``sample_output`` is the captured model's own answer, in inference mode, to the first rows of
    the data: the engine must reproduce it.
    """

    kind: ModelKind
    config: Config
    layers: tuple[Layer, ...]
    weights: tuple[Array, ...] = ()
    custom: bytes = b""
    warm: bool = False
    sample_output: tuple[Array, ...] = ()
    place: Place | None = None
    given: tuple[int, ...] = ()
    drawn: tuple[int, ...] = ()

    @property
    def output_layer(self) -> Layer:
        return self.layers[-1]

    @property
    def learned_layers(self) -> tuple[Layer, ...]:
        """Layers that own weights, in the order of computation."""
        return tuple(layer for layer in self.layers if layer.parameters)


@dataclass(frozen=True)
class Loss:
    """The objective. ``name`` is the framework's snake-case name, or the user's own.

    ``pickled`` carries a function or instance that the name alone does not give back.
    ``aligns_shapes`` is false for a loss that sees the raw shapes of target and output, which
    may broadcast: in Keras 3 a ``Loss`` subclass with its own ``call``. ``weights`` are those of
    several outputs, a list or a dictionary as the program gave them. ``unreached`` are the names
    of the model's outputs that no loss reads, and ``untrained`` those of the layers with weights
    that serve such outputs alone.
    """

    name: str
    from_logits: bool = False
    pickled: bytes = b""
    custom: bool = False
    aligns_shapes: bool = True
    place: Place | None = None
    weights: Any = None
    unreached: tuple[str, ...] = ()
    untrained: tuple[str, ...] = ()


@dataclass(frozen=True)
class Optimizer:
    """The optimizer's class name and configuration; ``learning_rate`` is the initial one.

    ``schedule`` is the configuration of a learning-rate schedule, where there is one.
    ``undecayed`` are the paths of the variables kept from weight decay; ``state`` holds the
    optimizer's own variables where it has trained before.
    """

    name: str
    config: Config
    learning_rate: float
    schedule: Config | None = None
    place: Place | None = None
    undecayed: tuple[str, ...] = ()
    state: tuple[Array, ...] = ()

    @property
    def settings(self) -> Config:
        """What it was made with; of one inside another (for scaled losses), the inner one's."""
        given: Config = self.config.get("config", {})
        inner = given.get("inner_optimizer")
        found: Config = inner.get("config", {}) if isinstance(inner, Mapping) else given
        return found


# Callbacks that change nothing of a training that stays finite.
HARMLESS = frozenset(
    {
        "History",
        "ProgbarLogger",
        "TensorBoard",
        "CSVLogger",
        "ModelCheckpoint",
        "BackupAndRestore",
        "TerminateOnNaN",
    }
)


def numbered(names: Sequence[str]) -> list[str]:
    """Names, each told from those like it before: A, B, "A 2"."""
    counts = [names[: i + 1].count(name) for i, name in enumerate(names)]
    return [n if c == 1 else f"{n} {c}" for n, c in zip(names, counts, strict=True)]


@dataclass(frozen=True)
class Fit:
    """The arguments of the training call. ``shuffle`` is of rows, or of whole batches where the
    program hands over batches. ``steps_per_epoch`` counts updates, partial last one
    included, and ``epochs`` those that are run, from number ``first_epoch`` on. ``callbacks``
    are class names; ``callback_configs`` their settings by name, or by name and number
    ("EarlyStopping 2") where a class has several. ``by`` is what stands at ``place``: a call of
    ``fit``, of ``train_on_batch``, or of a library that calls ``fit``."""

    epochs: int
    batch_size: int
    steps_per_epoch: int
    shuffle: bool = True
    validation_split: float = 0.0
    callbacks: tuple[str, ...] = ()
    callback_configs: Mapping[str, Config] = field(default_factory=dict)
    place: Place | None = None
    first_epoch: int = 0
    by: str = "fit"

    @property
    def steps(self) -> int:
        """Updates in the whole training."""
        return self.epochs * self.steps_per_epoch


@dataclass(frozen=True)
class Framework:
    name: str = "keras"
    version: str = ""
    backend: str = "jax"
    epsilon: float = 1e-7  # the small number of its losses and metrics
    floatx: str = "float32"  # its default precision


@dataclass(frozen=True)
class Forms:
    """The structures in which inputs, targets and weights of outputs are handed over: nested
    dictionaries and tuples of positions in ``Data``; None for a single array or a plain list."""

    inputs: Any = None
    targets: Any = None
    weights: Any = None


@dataclass(frozen=True)
class Compiled:
    """What else of ``compile`` changes a training. ``metrics`` are the program's own as pickled
    keyword arguments of ``compile``: callbacks may steer by them. ``measured`` are the settings of
    each metric named in ``Recipe.metrics``, in the same order; empty for one given by its name."""

    auto_scale_loss: bool = True
    jit: bool | str = "auto"
    eager: bool = False
    metrics: bytes = b""
    measured: tuple[Config, ...] = ()


@dataclass(frozen=True)
class Recipe:
    """One training, whole. ``before`` transforms each input and ``after`` each target; they
    are empty as captured and filled by remedies. ``obstacle`` names what keeps the compiled
    engine from training it (a custom training step, a callback with a will of its own).
    ``source`` is the program as it ran, to which all places belong. Where that is not as its
    author wrote it, ``original`` is, and ``lines`` gives the line of it for each of ``source``.
    ``stand_ins`` are the names of data sets in whose place generated data are trained on.
    ``cells`` are those of a notebook, of which ``original`` is the code. ``refusal`` holds the
    framework's own words where it would not train these rows as written: their shape does not
    fit the loss or a metric."""

    model: Model
    data: Data
    loss: Loss
    optimizer: Optimizer
    fit: Fit
    metrics: tuple[str, ...] = ()
    validation: Data | None = None
    before: tuple[tuple[Transform, ...], ...] = ()
    after: tuple[tuple[Transform, ...], ...] = ()
    framework: Framework = Framework()
    forms: Forms = Forms()
    compiled: Compiled = Compiled()
    source: str = ""
    script: str = ""
    original: str = ""
    lines: tuple[int, ...] = ()
    cells: Cells | None = None
    obstacle: str = ""
    refusal: str = ""
    notes: tuple[str, ...] = ()
    stand_ins: tuple[str, ...] = ()

    def set_apart(self) -> tuple[Data, Data | None] | None:
        """Validation rows to judge by, and those that may be trained on in another order: of what
        ``validation_split`` has taken, every second. None where there is no validation."""
        if self.validation is None:
            return None
        if not self.fit.validation_split or self.validation.rows < SET_APART:
            return self.validation, None
        even, odd = slice(0, None, 2), slice(1, None, 2)
        return self.validation.take(even), self.validation.take(odd)

    def written(self, place: Place | None) -> Place | None:
        """A place in the program as its author wrote it, for one in the program as it ran."""
        if place is None or place.file != self.script:
            return place
        line, end = self._author(place.line), self._author(place.end_line)
        if self.cells is None:
            return replace(place, line=line, end_line=end if place.end_line else 0)
        (cell, first), (_, last) = self.cells.at(line), self.cells.at(end)
        return replace(place, cell=cell, line=first, end_line=last if place.end_line else 0)

    def _author(self, line: int) -> int:
        return self.lines[min(max(line, 1), len(self.lines)) - 1] if self.lines else line

    def text_at(self, place: Place) -> str:
        """What the lines of a place, given as its author knows it, are counted in: the program, or
        a cell of it."""
        if self.cells is not None and 0 < place.cell <= len(self.cells.sources):
            return self.cells.sources[place.cell - 1]
        return self.original or self.source

    def line_at(self, place: Place) -> str:
        """The text of a line, given as its author knows it; "" where there is none."""
        lines = self.text_at(place).splitlines()
        known = place.file == self.script and 0 < place.line <= len(lines)
        return lines[place.line - 1].strip() if known else ""

    def trained_inputs(self, data: Data | None = None) -> tuple[Array, ...]:
        """The inputs as the network sees them, after ``before``."""
        inputs = (data or self.data).inputs
        return tuple(_forward(x, _of(self.before, i)) for i, x in enumerate(inputs))

    def trained_targets(self, data: Data | None = None) -> tuple[Array, ...]:
        """The targets as the loss sees them, after ``after``."""
        targets = (data or self.data).targets
        return tuple(_forward(y, _of(self.after, j)) for j, y in enumerate(targets))

    def answers(self, outputs: tuple[Array, ...]) -> tuple[Array, ...]:
        """Network outputs turned back into the program's own targets."""
        return tuple(_inverse(p, _of(self.after, j)) for j, p in enumerate(outputs))


def _of(chains: tuple[tuple[Transform, ...], ...], index: int) -> tuple[Transform, ...]:
    return chains[index] if index < len(chains) else ()


def _forward(values: Array, chain: tuple[Transform, ...]) -> Array:
    for transform in chain:
        values = transform.forward(np.asarray(values))
    return values


def _inverse(values: Array, chain: tuple[Transform, ...]) -> Array:
    for transform in reversed(chain):
        values = transform.inverse(np.asarray(values))
    return values
