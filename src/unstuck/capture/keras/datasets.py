"""The data sets of ``keras.datasets``: those in Keras's cache, downloaded, or stand_ins."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np

from unstuck.capture import stand_ins
from unstuck.capture.surroundings.downloads import NoDataset, closed_network, is_network

Pair = tuple[Any, Any]


def _grey() -> tuple[Pair, Pair]:
    return stand_ins.images(60_000, 28, 1, 10, 10_000)


def _colours(classes: int) -> tuple[Pair, Pair]:
    (x, y), (x_test, y_test) = stand_ins.images(50_000, 32, 3, classes, 10_000)
    return (x, y[:, None]), (x_test, y_test[:, None])


def _many_colours(label_mode: str = "fine") -> tuple[Pair, Pair]:
    return _colours({"fine": 100, "coarse": 20}[label_mode])


# What stands in for the answer of ``load_data``, or for the file that it reads.
ANSWERS: dict[str, Callable[..., tuple[Pair, Pair]]] = {
    "mnist": lambda *_args, **_named: _grey(),
    "fashion_mnist": _grey,
    "cifar10": lambda: _colours(10),
    "cifar100": _many_colours,
}
FILES: dict[str, Callable[[], dict[str, Any]]] = {
    "imdb": stand_ins.reviews,
    "reuters": stand_ins.newswires,
    "boston_housing": stand_ins.boston,
    "california_housing": stand_ins.california,
}


def lead_datasets(folder: Path, stand_in: bool, stood_in: Callable[[str], None]) -> None:
    """Make each ``load_data`` of ``keras.datasets`` give the real data where they are on this
    machine; else, with ``stand_in``, generated ones, and ``stood_in`` hears the name; else what
    can be downloaded, or ``NoDataset``. ``folder`` takes generated files."""
    for name in (*ANSWERS, *FILES):
        module: Any = importlib.import_module(f"keras.datasets.{name}")
        module.load_data = _led(name, module.load_data, folder, stand_in, stood_in)


def _led(
    name: str,
    original: Callable[..., Any],
    folder: Path,
    stand_in: bool,
    stood_in: Callable[[str], None],
) -> Callable[..., Any]:
    @functools.wraps(original)
    def load_data(*args: Any, **named: Any) -> Any:
        try:
            with closed_network() if stand_in else nullcontext():
                return original(*args, **named)
        except Exception as error:
            if not is_network(error):
                raise
            if not stand_in:
                raise NoDataset(
                    f"would download keras.datasets.{name}, and that cannot be reached from here: "
                    "--stand-in trains on generated data of the same shape and type"
                ) from error
        stood_in(name)
        if name in ANSWERS:
            return ANSWERS[name](*args, **named)
        with _reading(original, FILES[name](), folder / f"{name}.npz"):
            return original(*args, **named)

    return load_data


@contextmanager
def _reading(original: Callable[..., Any], content: dict[str, Any], file: Path) -> Iterator[None]:
    """``load_data`` reads a file of its own making, so that all its arguments count."""
    if not file.is_file():
        np.savez(file, **content)
    names = original.__globals__
    download = names["get_file"]
    names["get_file"] = lambda *_args, **_named: str(file)
    try:
        yield
    finally:
        names["get_file"] = download
