"""How it is trained: loss, optimizer, the calls of ``compile`` and ``fit``, and on what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from unstuck.recipe.data import Array
from unstuck.recipe.model import Config
from unstuck.recipe.place import Place

BY_HAND = "GradientTape"  # what stands in the place of ``fit`` in a loop of gradients


@dataclass(frozen=True)
class Loss:
    """The objective. ``name`` is the framework's snake-case name, or the user's own.

    ``pickled`` carries a function or instance that the name alone does not give back.
    ``aligns_shapes`` is false for a loss that sees the raw shapes of target and output, which
    may broadcast: in Keras 3 a ``Loss`` subclass with its own ``call``. ``weights`` are those of
    several outputs, a list or a dictionary as the program gave them. ``unreached`` are the names
    of the model's outputs that no loss reads, and ``untrained`` those of the layers with weights
    that serve such outputs alone. Where outputs have losses of their own, ``parts`` are their
    names, one for each of ``Data.targets`` ("" for an output that none reads), and ``logits``
    whether each was told ``from_logits``. ``outputs`` are the names of several outputs, as far as
    they are known.
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
    parts: tuple[str, ...] = ()
    logits: tuple[bool, ...] = ()
    outputs: tuple[str, ...] = ()

    def called(self, output: int) -> str:
        """The name of one of several outputs; where that is not known, its number."""
        return self.outputs[output] if self.outputs else f"output {output + 1}"

    def takes_logits(self, output: int) -> bool:
        """Whether the loss of one output was told ``from_logits``."""
        return self.logits[output] if self.logits else self.from_logits


@dataclass(frozen=True)
class Optimizer:
    """The optimizer's class name and configuration; ``learning_rate`` is the initial one.

    ``schedule`` is the configuration of a learning-rate schedule, where there is one.
    ``undecayed`` are the paths of the variables kept from weight decay; ``state`` holds the
    optimizer's own variables where it has trained before. ``course`` holds the rate of a schedule
    of the program's own at some steps, from 0 on.
    """

    name: str
    config: Config
    learning_rate: float
    schedule: Config | None = None
    place: Place | None = None
    undecayed: tuple[str, ...] = ()
    state: tuple[Array, ...] = ()
    course: tuple[tuple[int, float], ...] = ()

    @property
    def peak(self) -> float:
        """The highest rate: the initial one, or that to which a schedule warms up."""
        warm = (self.schedule or {}).get("config", {}).get("warmup_target") or 0.0
        return max(self.learning_rate, float(warm), *(rate for _, rate in self.course))

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
    ``fit``, of ``train_on_batch``, or of a library that calls ``fit``; or the loop is
    ``BY_HAND``."""

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
    def by_hand(self) -> bool:
        """Whether the program itself computes its loss and gives gradients to an optimizer."""
        return self.by == BY_HAND

    @property
    def steps(self) -> int:
        """Updates in the whole training."""
        return self.epochs * self.steps_per_epoch


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
class Framework:
    name: str = "keras"
    version: str = ""
    backend: str = "jax"
    epsilon: float = 1e-7  # the small number of its losses and metrics
    floatx: str = "float32"  # its default precision
