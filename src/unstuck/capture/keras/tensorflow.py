"""What a program asks of TensorFlow beyond its Keras, where TensorFlow is not installed.

Modernising writes what Keras has too in Keras's names. Here is what else programs use before and
around ``fit`` and what has a plain meaning without TensorFlow: data sets, questions about devices,
decorators that only make things faster.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import nullcontext, suppress
from importlib.util import find_spec
from typing import Any

import keras
import numpy as np

from unstuck.capture.keras.tf_data import Dataset
from unstuck.capture.keras.tf_functions import FUNCTIONS
from unstuck.capture.keras.tf_series import windows_of_series
from unstuck.capture.surroundings.provided import PROVIDED, as_it_is
from unstuck.recipe import Array

VERSION = "2.16.1"  # the first whose Keras is Keras 3


class OneDevice:
    """A strategy of distribution that has a single device."""

    num_replicas_in_sync = 1

    def __init__(self, *_args: Any, **_named: Any) -> None:
        self.scope = nullcontext


def _always(answer: Callable[[], Any]) -> Callable[..., Any]:
    return lambda *_args, **_named: answer()


_DEVICES = ("list_physical_devices", "list_logical_devices", "get_visible_devices")
_SETTINGS = (
    "autograph.set_verbosity",
    "config.experimental.enable_op_determinism",
    "config.experimental.set_memory_growth",
    "config.experimental.set_virtual_device_configuration",
    "config.experimental_run_functions_eagerly",
    "config.optimizer.set_jit",
    "config.run_functions_eagerly",
    "config.set_visible_devices",
    "config.threading.set_inter_op_parallelism_threads",
    "config.threading.set_intra_op_parallelism_threads",
    "data.experimental.enable_debug_mode",
    "debugging.set_log_device_placement",
)
_ANSWERS: dict[str, Any] = {
    "__version__": VERSION,
    "version.VERSION": VERSION,
    "data.AUTOTUNE": -1,
    "data.experimental.AUTOTUNE": -1,
    "data.Dataset": Dataset,
    "device": _always(nullcontext),
    "distribute.MirroredStrategy": OneDevice,
    "distribute.get_strategy": OneDevice,
    "executing_eagerly": _always(lambda: True),
    "function": as_it_is,
    "get_logger": _always(lambda: logging.getLogger("tensorflow")),
    "name_scope": _always(nullcontext),
    "print": print,
    "test.gpu_device_name": _always(str),
    "test.is_built_with_cuda": _always(bool),
    "test.is_gpu_available": _always(bool),
    **{f"config.{name}": _always(list) for name in _DEVICES},
    **{f"config.experimental.{name}": _always(list) for name in _DEVICES},
    **{name: _always(lambda: None) for name in _SETTINGS},
    **FUNCTIONS,
}


def provide_tensorflow() -> None:
    """Answer in its place where it is not installed."""
    if find_spec("tensorflow") is not None:
        return
    PROVIDED.update({f"tensorflow.{name}": value for name, value in _ANSWERS.items()})
    for module in (keras.utils, keras.preprocessing):
        module.timeseries_dataset_from_array = windows_of_series
    _let_tensors_be_asked_for_numbers()


def _let_tensors_be_asked_for_numbers() -> None:
    """``.numpy()``, which tensors of TensorFlow have and arrays of JAX lack. No array is made for
    it: that would start JAX before the program has said how."""
    with suppress(ImportError):  # a version of JAX that keeps its arrays elsewhere
        from jax._src.array import ArrayImpl  # noqa: PLC0415

        ArrayImpl.numpy = _numbers  # type: ignore[attr-defined]


def _numbers(tensor: Any) -> Array:
    return np.asarray(tensor)
