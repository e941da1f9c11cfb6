"""A recipe's model, made again by Keras."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import cloudpickle
import keras

from unstuck.errors import Unsupported, telling_line
from unstuck.recipe import Array, Loss, Recipe


def build(recipe: Recipe, seed: int | None = None, *, whole: bool = False) -> Any:
    """The compiled model of a recipe, with fresh weights drawn under ``seed``; ``whole`` with
    the program's own metrics, by which callbacks may steer.

    Raises:
        Unsupported: Keras cannot make this model or compile it here.
    """
    try:
        model = revived(recipe, seed)
        custom = _custom(recipe)
        optimizer = deepcopy(dict(recipe.optimizer.config))
        loss, given = recipe.loss, recipe.compiled
        metrics = cloudpickle.loads(given.metrics) if whole and given.metrics else {}
        with keras.saving.custom_object_scope(custom):
            model.compile(
                optimizer=keras.saving.deserialize_keras_object(optimizer, custom),
                loss=_loss(loss),
                loss_weights=deepcopy(loss.weights),
                run_eagerly=given.eager,
                jit_compile=False if given.eager else given.jit,
                auto_scale_loss=given.auto_scale_loss,
                **metrics,
            )
    except Exception as error:
        raise Unsupported(f"Keras could not make the model again: {first_line(error)}") from error
    return model


def _loss(loss: Loss) -> Any:
    if loss.pickled:
        return cloudpickle.loads(loss.pickled)
    return None if loss.name == "none" else loss.name


def keep_from_decay(model: Any, recipe: Recipe) -> None:
    """Tell the optimizer which variables the program keeps from weight decay. The optimizer
    knows them by identity, so ``model`` must be built."""
    optimizer = getattr(model.optimizer, "inner_optimizer", model.optimizer)
    paths = recipe.optimizer.undecayed
    kept = [v for v in model.trainable_variables if any(_same(v.path, p) for p in paths)]
    optimizer._exclude_from_weight_decay = {optimizer._var_key(v) for v in kept}
    optimizer._exclude_from_weight_decay_cache = {}


def _same(one: str, other: str) -> bool:
    """Whether two paths are of one variable: the name of a model may stand before them."""
    return f"/{one}".endswith(f"/{other}") or f"/{other}".endswith(f"/{one}")


def adopt(model: Any, recipe: Recipe, but: frozenset[int] = frozenset()) -> None:
    """Give a built model the program's own weights where they fit, ``but`` for those variables
    (by identity)."""
    assign(model.weights, recipe.model.weights, but)
    for layer in model._flatten_layers(include_self=False, recursive=True):
        if isinstance(layer, keras.layers.Normalization):  # keeps constants beside its weights
            layer.finalize_state()


def assign(variables: Any, values: tuple[Array, ...], but: frozenset[int] = frozenset()) -> None:
    """Give variables their values, where there are as many and the shapes are the same."""
    if len(variables) != len(values):
        return
    for variable, value in zip(variables, values, strict=True):
        if id(variable) not in but and tuple(variable.shape) == value.shape:
            variable.assign(value)


def revived(recipe: Recipe, seed: int | None) -> Any:
    """The model, not compiled."""
    keras.config.set_epsilon(recipe.framework.epsilon)
    keras.config.set_floatx(recipe.framework.floatx)
    if seed is not None:
        keras.utils.set_random_seed(seed)
    config = deepcopy(dict(recipe.model.config))  # reviving a model takes it apart
    config.pop("compile_config", None)
    custom = _custom(recipe)
    with keras.saving.custom_object_scope(custom):
        return keras.saving.deserialize_keras_object(config, custom, safe_mode=False)


def _custom(recipe: Recipe) -> dict[str, Any]:
    """The user's own classes and functions, by name."""
    found: dict[str, Any] = cloudpickle.loads(recipe.model.custom) if recipe.model.custom else {}
    return found


def first_line(error: Exception) -> str:
    """The line of an error's message that tells most, after its kind."""
    return f"{type(error).__name__}: {telling_line(error) or 'no message'}"


def structure(arrays: tuple[Array, ...], form: Any = None) -> Any:
    """What a model takes and gives: one array by itself, several as a list, or in the structure
    in which the program hands them over (see ``Forms``); None for no array."""
    if form is not None:
        return keras.tree.map_structure(lambda place: arrays[place], form)
    return arrays[0] if len(arrays) == 1 else list(arrays) or None
