"""Keras imported quickly is Keras all the same. In processes of their own, which have none yet."""

from __future__ import annotations

import json
import subprocess
import sys

QUICKLY = """
import json, sys
from unstuck.keras_import import HEAVY, import_keras
import_keras()
early = sorted(set(HEAVY) & set(sys.modules))
import keras
"""
NAMES = """
parts = {}
for name in sorted(keras.__dir__()) + ["visualization", "wrappers"]:
    value = getattr(keras, name)
    if not name.startswith("_") and name != "src":
        parts[name] = sorted(vars(value)) if hasattr(value, "__path__") else []
print(json.dumps([early, parts]))
"""


def _printed(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()[-1]


def test_all_of_keras_is_there_and_little_else() -> None:
    early, quick = json.loads(_printed(QUICKLY + NAMES))
    _, plain = json.loads(_printed("import json, keras\nearly = []" + NAMES))
    assert early == []
    assert {name: set(found) - {"__getattr__"} for name, found in quick.items()} == {
        name: set(found) for name, found in plain.items()
    }


def test_parts_come_when_they_are_asked_for() -> None:
    code = """
from keras.wrappers import SKLearnClassifier
from sklearn.base import BaseEstimator
assert keras.wrappers.SKLearnClassifier is SKLearnClassifier
assert issubclass(SKLearnClassifier, BaseEstimator)
assert keras.src.wrappers.SKLearnClassifier is SKLearnClassifier
assert keras.visualization.plot_image_gallery.__module__.startswith("keras.")
try:
    keras.nothing
except AttributeError as error:
    print(error)
"""
    assert _printed(QUICKLY + code) == "module 'keras' has no attribute 'nothing'"


def test_a_package_that_is_loaded_already_stays() -> None:
    code = "import sklearn" + QUICKLY + "print(sys.modules['sklearn'] is sklearn, early)"
    assert _printed(code) == "True ['sklearn']"
