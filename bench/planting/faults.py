"""Faults by the names of their checks, each a change of a healthy plan; None where it has no
place in that kind of program."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import keras
import numpy as np

from bench.planting.programs import Plan
from unstuck.recipe import Array

Fault = Callable[[Plan], Plan | None]
FAULTS: dict[str, Fault] = {}


def fault(name: str) -> Callable[[Fault], Fault]:
    """Enter a fault under the name of its check."""

    def enter(change: Fault) -> Fault:
        FAULTS[name] = change
        return change

    return enter


def _continuous(plan: Plan) -> bool:
    return all(x.dtype.kind == "f" for x in plan.x)


def _first(plan: Plan, x: Array) -> tuple[Array, ...]:
    return (x, *plan.x[1:])


# -- data ----------------------------------------------------------------------------------


@fault("unscaled-inputs")
def unscaled_inputs(plan: Plan) -> Plan | None:
    if not _continuous(plan):
        return None
    return replace(plan, x=tuple(x * 300.0 + 5000.0 for x in plan.x))


@fault("unscaled-targets")
def unscaled_targets(plan: Plan) -> Plan | None:
    return replace(plan, y=plan.y * 5e4 + 2e5) if plan.is_regression else None


@fault("skewed-targets")
def skewed_targets(plan: Plan) -> Plan | None:
    return replace(plan, y=np.exp(3 * plan.y)) if plan.is_regression else None


@fault("non-finite-data")
def non_finite(plan: Plan) -> Plan | None:
    if not _continuous(plan):
        return None
    x = plan.x[0].copy()
    x.reshape(len(x), -1)[3, 0] = np.nan
    return replace(plan, x=_first(plan, x))


@fault("labels-out-of-range")
def labels_out_of_range(plan: Plan) -> Plan | None:
    return replace(plan, y=plan.y + 1) if plan.classes > 2 else None


@fault("signed-labels")
def signed_labels(plan: Plan) -> Plan | None:
    return replace(plan, y=2 * plan.y - 1) if plan.head_activation == "sigmoid" else None


@fault("misaligned-labels")
def misaligned(plan: Plan) -> Plan | None:
    return replace(plan, y=np.roll(plan.y, 1, axis=0))


@fault("no-signal")
def no_signal(plan: Plan) -> Plan | None:
    return replace(plan, y=np.random.default_rng(0).permutation(plan.y))


@fault("tail-validation-split")
def tail_split(plan: Plan) -> Plan | None:
    if plan.classes < 3:
        return None
    order = np.argsort(plan.y, kind="stable")
    x = tuple(one[order] for one in plan.x)
    return replace(plan, x=x, y=plan.y[order], fit={"validation_split": 0.3})


@fault("unshuffled-training")
def unshuffled(plan: Plan) -> Plan | None:
    order = np.argsort(plan.y, kind="stable")
    x = tuple(one[order] for one in plan.x)
    return replace(plan, x=x, y=plan.y[order], fit={"shuffle": False})


@fault("token-out-of-range")
def token_out_of_range(plan: Plan) -> Plan | None:
    return replace(plan, x=(plan.x[0] + 30,)) if plan.kind == "embedding" else None


@fault("zeroed-weights")
def zeroed_weights(plan: Plan) -> Plan | None:
    if plan.classes < 3:
        return None
    weights = {k: 0.0 if k < plan.classes - 1 else 1.0 for k in range(plan.classes)}
    return replace(plan, fit={"class_weight": weights})


# -- objective -----------------------------------------------------------------------------


@fault("double-activation")
def double_activation(plan: Plan) -> Plan | None:
    if plan.classes < 3:
        return None
    return replace(plan, after=keras.layers.Activation("softmax"), rate=0.001)


@fault("logits-as-probabilities")
def logits(plan: Plan) -> Plan | None:
    return None if plan.is_regression else replace(plan, head_activation=None)


@fault("single-unit-softmax")
def single_softmax(plan: Plan) -> Plan | None:
    return replace(plan, head_activation="softmax") if plan.head_activation == "sigmoid" else None


@fault("softmax-wrong-axis")
def wrong_axis(plan: Plan) -> Plan | None:
    if plan.classes < 3:
        return None
    return replace(plan, head_activation=None, after=keras.layers.Softmax(axis=0))


@fault("rectified-logits")
def rectified(plan: Plan) -> Plan | None:
    if plan.classes < 3:
        return None
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    return replace(plan, head_activation="relu", loss=loss)


@fault("dropout-on-output")
def dropout_on_output(plan: Plan) -> Plan | None:
    return replace(plan, after=keras.layers.Dropout(0.5)) if plan.is_regression else None


@fault("broadcast-loss")
def broadcast(plan: Plan) -> Plan | None:
    return replace(plan, loss=_Unaligned()) if plan.is_regression else None


@keras.saving.register_keras_serializable("bench")
class _Unaligned(keras.losses.Loss):  # type: ignore[misc]
    """Compares (N,) with (N, 1)."""

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return keras.ops.mean(keras.ops.square(keras.ops.squeeze(y_true) - y_pred))


@fault("bounded-output")
def bounded(plan: Plan) -> Plan | None:
    if not plan.is_regression:
        return None
    return replace(plan, y=plan.y * 5, head_activation="tanh")


@fault("relu-output")
def relu_output(plan: Plan) -> Plan | None:
    return replace(plan, head_activation="relu") if plan.is_regression else None


@fault("output-units-mismatch")
def units_mismatch(plan: Plan) -> Plan | None:
    return replace(plan, head=3) if plan.is_regression else None


@fault("accuracy-for-regression")
def accuracy(plan: Plan) -> Plan | None:
    return replace(plan, metrics=("accuracy",)) if plan.is_regression else None


# -- optimizer -----------------------------------------------------------------------------


@fault("learning-rate-too-high")
def too_high(plan: Plan) -> Plan | None:
    return replace(plan, rate=3.0)


@fault("learning-rate-too-low")
def too_low(plan: Plan) -> Plan | None:
    return replace(plan, rate=1e-7)


@fault("decayed-learning-rate")
def decayed(plan: Plan) -> Plan | None:
    schedule = keras.optimizers.schedules.ExponentialDecay(0.003, 2, 0.5)
    return replace(plan, rate=schedule)


@fault("too-few-updates")
def too_few(plan: Plan) -> Plan | None:
    return replace(plan, epochs=1, batch=len(plan.y) // 2)


@fault("excessive-regularization")
def penalised(plan: Plan) -> Plan | None:
    return replace(plan, penalty=10.0)


@fault("over-clipped-gradients")
def clipped(plan: Plan) -> Plan | None:
    slow = {"momentum": 0.9, "clipnorm": 1e-5}  # Adam would not mind
    return replace(plan, optimizer="SGD", rate=0.05, settings=slow)


@fault("extreme-optimizer-settings")
def extreme(plan: Plan) -> Plan | None:
    return replace(plan, settings={"epsilon": 1e4})


@fault("unsuitable-batch-size")
def huge_batch(plan: Plan) -> Plan | None:
    return replace(plan, batch=len(plan.y))


# -- initialization and gradient flow ------------------------------------------------------


@fault("symmetric-initialization")
def symmetric(plan: Plan) -> Plan | None:
    return replace(plan, initializer=keras.initializers.Constant(0.1))


@fault("oversized-initialization")
def oversized(plan: Plan) -> Plan | None:
    return replace(plan, initializer=keras.initializers.RandomNormal(stddev=100.0))


@fault("undersized-initialization")
def undersized(plan: Plan) -> Plan | None:
    return replace(plan, initializer=keras.initializers.RandomNormal(stddev=1e-7))


@fault("vanishing-gradients")
def vanishing(plan: Plan) -> Plan | None:
    return replace(plan, activation="sigmoid", units=(16,) * 10)


# -- architecture --------------------------------------------------------------------------


@fault("missing-nonlinearity")
def linear(plan: Plan) -> Plan | None:
    return replace(plan, activation=None) if plan.kind in ("dense regression", "binary") else None


@fault("too-narrow")
def narrow(plan: Plan) -> Plan | None:
    return replace(plan, units=(1, 1))


@fault("excessive-dropout")
def dropout(plan: Plan) -> Plan | None:
    return replace(plan, dropout=0.95)


@fault("lagging-batch-norm")
def lagging(plan: Plan) -> Plan | None:
    return replace(plan, momentum=0.99999)


@fault("frozen-layers")
def frozen(plan: Plan) -> Plan | None:
    return replace(plan, frozen=True)


@fault("mixed-samples")
def mixed(plan: Plan) -> Plan | None:
    if plan.kind != "recurrent":
        return None
    return replace(plan, body=_mixing)


def _mixing(plan: Plan, inputs: list[Any]) -> Any:
    steps, width = inputs[0].shape[1:]
    turned = keras.layers.Lambda(
        lambda t: keras.ops.reshape(keras.ops.transpose(t, (1, 0, 2)), (-1, steps, width)),
        output_shape=(steps, width),
    )(inputs[0])
    return plan.stack(keras.layers.GRU(16)(turned))


@fault("blocked-gradient")
def blocked(plan: Plan) -> Plan | None:
    body = plan.body

    def stopped(plan: Plan, inputs: list[Any]) -> Any:
        stop = keras.layers.Lambda(keras.ops.stop_gradient, output_shape=lambda shape: shape)
        return stop(body(plan, inputs))

    return replace(plan, body=stopped, epochs=max(plan.epochs // 4, 3))
