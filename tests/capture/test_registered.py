"""What a program registers with Keras: the recipe takes what its model names, and no more."""

from __future__ import annotations

from typing import Any

import cloudpickle
import keras
import numpy as np
import pytest

from unstuck.capture.keras import capture_fit
from unstuck.recipe import Recipe


class Elsewhere(keras.layers.Layer):
    """Of another model of the same program."""


class Term:
    """A part that a layer keeps in a list, where nothing but its configuration names it."""

    def get_config(self) -> dict[str, Any]:
        return {}


class Sum(keras.layers.Layer):
    """A layer of several terms."""

    def __init__(self, terms: list[Term], **named: Any) -> None:
        super().__init__(**named)
        self.terms = terms

    def call(self, x: Any) -> Any:
        return x

    def get_config(self) -> dict[str, Any]:
        terms = [keras.saving.serialize_keras_object(term) for term in self.terms]
        return {**super().get_config(), "terms": terms}


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in (Elsewhere, Term):
        monkeypatch.setitem(keras.saving.get_custom_objects(), f"lab>{kind.__name__}", kind)


def _captured(*layers: keras.Layer) -> Recipe:
    model = keras.Sequential([keras.Input((2,)), *layers, keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    return capture_fit(model, np.ones((4, 2)), np.ones(4), epochs=1)


def test_what_is_registered_for_another_model_stays_out() -> None:
    assert _captured().model.custom == b""


def test_what_the_model_names_comes_along() -> None:
    custom = cloudpickle.loads(_captured(Sum([Term()])).model.custom)
    assert "lab>Term" in custom
    assert "lab>Elsewhere" not in custom
