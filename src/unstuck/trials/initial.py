"""Where trials begin: fresh weights for each seed, as the framework would draw them.

Making a model anew for every seed costs tens of milliseconds, more than training a small one. So
the initializers are noted while one model is built, and called again for each seed. A model in
which weights are set in another way (by a layer of one's own, say) is made anew for each seed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import jax
import keras
import numpy as np

from unstuck.recipe import Recipe
from unstuck.trials.build import build

State = tuple[list[Any], list[Any], list[Any]]
Noted = dict[int, tuple[Any, Any, Any]]
SEED_STATE = "seed_generator_state"
OURS = ("keras.", "unstuck.layers")
RANDOM = ("random_bits", "threefry2x32")


@contextmanager
def noting() -> Iterator[Noted]:
    """Meanwhile, the variables that layers add are noted, by identity, with their initializers and
    the values that these gave, as far as they were asked for by then."""
    noted: Noted = {}
    original = keras.Layer.add_weight

    def add_weight(
        layer: Any, shape: Any = None, initializer: Any = None, *args: Any, **named: Any
    ) -> Any:
        variable = original(layer, shape, initializer, *args, **named)
        default = "glorot_uniform" if "float" in str(variable.dtype) else "zeros"
        drawn = keras.initializers.get(initializer or default)
        noted[id(variable)] = variable, drawn, getattr(variable, "_value", None)
        return variable

    keras.Layer.add_weight = add_weight
    try:
        yield noted
    finally:
        keras.Layer.add_weight = original


def begin(model: Any, noted: Noted | None, recipe: Recipe, seeds: Sequence[int]) -> State:
    """The states in which trainings of ``recipe`` under ``seeds`` begin; seeds on the first axis.
    ``noted`` is None where weights come from elsewhere than their initializers.

    Seed 0 has the weights that the program itself drew; others have fresh ones from each
    variable's own initializer. Weights that training does not touch, such as the statistics of an
    adapted ``Normalization``, are the program's own; the random states are not.
    """
    drawn = None if noted is None else _drawn(model, noted, seeds)
    if drawn is None:
        states = [_made(model, recipe, seed) for seed in seeds]
        state = jax.tree.map(lambda *leaves: np.stack(leaves), *states)
    else:
        state = _with_own(model, recipe, seeds, drawn)
    return *state[:2], _resumed(state[2], recipe)


def _resumed(fresh: list[Any], recipe: Recipe) -> list[Any]:
    """The optimizer's variables as they were left, where it has trained before."""
    left = recipe.optimizer.state
    if [v.shape[1:] for v in fresh] != [v.shape for v in left]:
        return fresh
    return [_repeated(np.asarray(w, v.dtype), len(v)) for v, w in zip(fresh, left, strict=True)]


def as_drawn(model: Any, noted: Noted) -> bool:
    """Whether every weight of a model that was just made is what its initializer gave. Layers of
    Keras and our own set none; the others could."""
    parts = [*model._flatten_layers(include_self=False), model.optimizer]
    if any(getattr(part, "_custom_weights", None) is not None for part in parts):
        return False
    others = [p for p in parts if not type(p).__module__.startswith(OURS)]
    own = [] if type(model).__module__.startswith(OURS) else model.weights
    weights = [*own, *(v for part in others for v in getattr(part, "weights", ()))]
    return model.optimizer not in others and all(
        id(v) in noted and _is_given(noted[id(v)][2], v) for v in weights
    )


def _is_given(first: Any, variable: Any) -> bool:
    """Whether a variable has the value that it had at ``first``; one that got its value later was
    made within a call, where nothing can be set."""
    return first is None or first is variable._value


def _drawn(model: Any, noted: Noted, seeds: Sequence[int]) -> State | None:
    """All seeds at once; None where some variable is not drawn by an initializer of Keras."""
    variables = model.trainable_variables
    if any(id(v) not in noted or noted[id(v)][0] is not v for v in variables):
        return None
    initializers = [noted[id(v)][1] for v in variables]
    if not all(_redrawable(i, v) for i, v in zip(initializers, variables, strict=True)):
        return None

    pairs = list(zip(initializers, variables, strict=True))
    trainable = [_draws(i, v, number, seeds) for number, (i, v) in enumerate(pairs)]
    model.optimizer.build(variables)
    lanes = len(seeds)
    other = [_repeated(v.value, lanes) for v in model.non_trainable_variables]
    for number, v in enumerate(model.non_trainable_variables):
        if SEED_STATE in v.path:
            other[number] = _random_states(v, number, seeds)
    return trainable, other, [_repeated(v.value, lanes) for v in model.optimizer.variables]


def _redrawable(initializer: Any, variable: Any) -> bool:
    """Whether it is Keras's own and draws under a seed that we can set, or draws nothing."""
    if type(initializer).__module__.startswith("keras."):
        return isinstance(getattr(initializer, "seed", None), int | None)
    try:
        program = str(
            jax.make_jaxpr(lambda: initializer(tuple(variable.shape), dtype=variable.dtype))()
        )
    except (TypeError, ValueError):
        return False
    draws = any(name in program for name in RANDOM)  # what NumPy draws stands in no program
    return not draws and np.array_equal(
        _value(initializer, variable), _value(initializer, variable)
    )


def _draws(initializer: Any, variable: Any, number: int, seeds: Sequence[int]) -> Any:
    """The values of one variable, seeds on the first axis. Where the program has fixed the seed
    of the initializer, or it draws nothing, all are the same."""
    if not hasattr(initializer, "seed") or initializer.get_config().get("seed") is not None:
        return _repeated(_value(initializer, variable), len(seeds))
    keys = np.array([(seed, number) for seed in seeds], dtype=np.uint32)
    config = json.dumps(keras.saving.serialize_keras_object(initializer), sort_keys=True)
    draw = _drawing(config, tuple(variable.shape), str(variable.dtype))
    return np.asarray(draw(keys))


@lru_cache(maxsize=256)
def _drawing(config: str, shape: tuple[int, ...], dtype: str) -> Any:
    """A compiled function from keys ``(n, 2)`` to values ``(n, *shape)``."""

    def draw(key: Any) -> Any:
        initializer = keras.saving.deserialize_keras_object(json.loads(config))
        initializer.seed = key
        return initializer(shape, dtype=dtype)

    return jax.jit(jax.vmap(draw))


def _value(initializer: Any, variable: Any) -> Any:
    return np.asarray(initializer(tuple(variable.shape), dtype=variable.dtype))


def _repeated(value: Any, lanes: int) -> Any:
    return np.broadcast_to(value, (lanes, *np.shape(value)))


def _random_states(variable: Any, number: int, seeds: Sequence[int]) -> Any:
    """Random states ``(lanes, 2)``: a seed of its own for each lane, and a count of 0."""
    seeded = [np.random.default_rng([seed, number]).integers(2**32) for seed in seeds]
    states = np.stack([seeded, np.zeros(len(seeds))], axis=1)
    return states.astype(variable.dtype)


def _with_own(model: Any, recipe: Recipe, seeds: Sequence[int], drawn: State) -> State:
    """Drawn states with the program's own weights where they belong."""
    trainable, other, optimizer = drawn
    known = captured(model, recipe)
    whole = len(known) == len(model.weights)
    keep = [recipe.model.warm or (seed == 0 and whole) for seed in seeds]
    given = {id(model.weights[place]) for place in recipe.model.given if known} & set(known)
    for number, v in enumerate(model.trainable_variables):
        if id(v) in given:
            trainable[number] = _repeated(known[id(v)], len(seeds))
        elif id(v) in known and any(keep):
            trainable[number] = np.array(trainable[number])
            trainable[number][keep] = known[id(v)]
    for number, v in enumerate(model.non_trainable_variables):
        if id(v) in known:
            other[number] = _repeated(known[id(v)], len(seeds))
    return trainable, other, optimizer


def _made(lowered: Any, recipe: Recipe, seed: int) -> State:
    """The state of one seed, from a model made for it."""
    model = build(recipe, seed)
    if not model.built:
        model.build(lowered.input_shape)
    known = captured(model, recipe)
    whole = len(known) == len(model.weights)
    keep = recipe.model.warm or (seed == 0 and whole)
    given = {id(model.weights[place]) for place in recipe.model.given if known}
    trainable = [
        known.get(id(v), v.value) if keep or id(v) in given else v.value
        for v in model.trainable_variables
    ]
    other = [known.get(id(v), v.value) for v in model.non_trainable_variables]
    model.optimizer.build(model.trainable_variables)
    return trainable, other, [v.value for v in model.optimizer.variables]


def captured(model: Any, recipe: Recipe) -> dict[int, Any]:
    """The captured weights that fit, by the identity of the model's variables."""
    if len(model.weights) != len(recipe.model.weights):
        return {}
    pairs = zip(model.weights, recipe.model.weights, strict=True)
    return {id(v): np.asarray(w, v.dtype) for v, w in pairs if tuple(v.shape) == w.shape}
