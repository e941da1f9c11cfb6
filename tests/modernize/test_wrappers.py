"""Keras's old estimators: a class of the program's own that does what they did."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from unstuck.modernize import modernize

X = np.random.default_rng(0).normal(size=(60, 2)).astype("float32")
NAMES = np.array(["no", "yes"])[(X[:, 0] > 0).astype(int)]


def _made(text: str) -> dict[str, Any]:
    scope: dict[str, Any] = {}
    exec(modernize(text).text, scope)
    return scope


def _network(units: int = 1, hidden: int = 4) -> Any:
    network = keras.Sequential([keras.Input((2,)), keras.layers.Dense(hidden, "relu")])
    network.add(keras.layers.Dense(units, "sigmoid" if units == 1 else "softmax"))
    network.compile("adam", "binary_crossentropy" if units == 1 else "categorical_crossentropy")
    return network


@pytest.fixture(scope="module")
def classifier() -> Any:
    return _made("from keras.wrappers.scikit_learn import KerasClassifier")["KerasClassifier"]


@pytest.mark.parametrize("units", [1, 2])
def test_two_classes_in_one_unit_or_two(classifier: Any, units: int) -> None:
    made = classifier(build_fn=_network, units=units, epochs=1, verbose=0)
    history = made.fit(X, NAMES)
    assert len(history.history["loss"]) == 1
    assert set(made.predict(X)) <= {"no", "yes"}
    assert made.predict_proba(X).shape == (60, 2)
    assert 0.0 <= made.score(X, NAMES) <= 1.0


def test_copies_keep_what_they_were_given(classifier: Any) -> None:
    made = classifier(build_fn=_network, nb_epoch=2, batch_size=60, verbose=0)
    search = GridSearchCV(made, {"hidden": [3, 5]}, cv=2).fit(X, NAMES)
    best = search.best_estimator_
    assert best.model.layers[0].units == search.best_params_["hidden"]
    assert len(best.model.history.epoch) == 2
    assert len(cross_val_score(made, X, NAMES, cv=2)) == 2


def test_a_regressor_gives_one_number_a_row() -> None:
    old = "import keras.wrappers.scikit_learn as wrap\nmade = wrap.KerasRegressor(epochs=1)"
    made = _made(old)["made"].set_params(build_fn=_network, verbose=0)
    steps = make_pipeline(StandardScaler(), made).fit(X, X[:, 0] > 0)
    assert steps.predict(X).shape == (60,)


def test_other_names_of_the_import_stay() -> None:
    old = "from keras.wrappers import SKLearnClassifier, KerasClassifier as Old\nOld(f)\n"
    text = modernize(old).text
    assert text.startswith("from keras.wrappers import SKLearnClassifier\nimport inspect\n")
    assert "class Old(" in text and text.endswith("Old(f)\n")
