"""What the rules change, what they leave, and what they name."""

from __future__ import annotations

import pytest
from old_and_new import PAIRS

from unstuck.modernize import modernize
from unstuck.modernize.python2 import parses
from unstuck.modernize.rules import FAMILIES

CASES = [(family, *pair) for family, pairs in PAIRS.items() for pair in pairs]
TODAY = [
    "from keras import Sequential, layers\nm = Sequential([layers.Dense(3, input_dim=2)])\n",
    "import keras\nm.fit(x, y, epochs=3)\nkeras.optimizers.Adam(learning_rate=0.1)\n",
    "from keras.layers import Conv2D\nConv2D(32, 3, 3)\n",  # a stride, as today
    "import keras.backend as K\nK.epsilon()\n",
    "def merge(a, mode): pass\nmerge([1], mode='concat')\n",
    "class A:\n    lr = 1\nprint(A().lr)\n",
    "from torch.optim import SGD\nSGD(p, lr=0.1)\n",
    "import keras\nprint(h.history['acc'])\nm.compile('sgd', metrics=['acc', 'accuracy'])\n",
    "from sklearn.svm import SVC\nimport keras\nSVC().fit(x, y)\nc.predict_proba(x)\n",
    "import keras\nlayers = 3\ndef f(K):\n    return K.sqrt(2)\n",
    "# nb_epoch and output_dim in a comment\nimport keras\nprint('nb_epoch=3')\n",
    "import keras\r\nx = 1\r\n",
    "",
]


@pytest.mark.parametrize(("family", "old", "new"), CASES)
def test_old_becomes_new(family: str, old: str, new: str) -> None:
    made = modernize(old)
    assert made.text == new, f"{family}: {[str(c) for c in made.changes]}"
    assert made.changes and not made.left


@pytest.mark.parametrize(("family", "old", "new"), CASES)
def test_twice_is_once(family: str, old: str, new: str) -> None:
    again = modernize(new)
    assert again.text == new, family
    assert not again.changes


@pytest.mark.parametrize("text", TODAY)
def test_what_is_not_old_stays(text: str) -> None:
    made = modernize(text)
    assert made.text == text
    assert made.notes() == ()


def test_every_family_has_cases_and_rows() -> None:
    apart = {"unused", "wrappers"}  # they have tests of their own
    assert set(PAIRS) | apart == {f.rule.__module__.rpartition(".")[2] for f in FAMILIES}
    assert all(family.rows for family in FAMILIES)


LEFT = [
    ("from keras.layers import MaxoutDense\nMaxoutDense(3)", 1, "largest of several"),
    ("import keras.backend as K\nf = K.function([a], [b])", 2, "graphs"),
    (
        "from keras.models import Sequential\nfrom keras.layers import Merge\n"
        "Merge([a, b], mode='concat')",
        3,
        "Sequential takes one input",
    ),
    ("import tensorflow as tf\ntf.Session()", 2, "pip install tensorflow"),
    ("from keras.layers import Dense\nDense(3, weights=[w])", 2, "set_weights"),
    ("from sklearn.datasets import load_boston", 1, "removed this data set"),
]


@pytest.mark.parametrize(("text", "line", "why"), LEFT)
def test_what_cannot_be_translated_is_named_with_its_line(text: str, line: int, why: str) -> None:
    left = modernize(text).left
    assert left and left[0].line == line
    assert any(why in one.why for one in left)


def test_tensorflow_stays_where_it_is_installed() -> None:
    text = (
        "import tensorflow as tf\nfrom tensorflow.keras import backend as K\nK.sqrt(tf.ones(3))\n"
    )
    assert modernize(text, tensorflow=True).text == text
    assert parses(modernize(text).text)


MIXED = """\
import tensorflow as tf
from tensorflow import data, keras
rows = tf.data.Dataset.range(3)
keras.Sequential([tf.keras.layers.Dense(1)])
"""


def test_a_program_that_needs_tensorflow_is_changed_only_where_that_is_asked_for() -> None:
    assert modernize(MIXED).text == MIXED
    partly = modernize(MIXED, partly=True)
    assert partly.text.splitlines()[-2:] == [
        "rows = tf.data.Dataset.range(3)",
        "keras.Sequential([keras.layers.Dense(1)])",
    ]
    assert "import tensorflow as tf" in partly.text
    assert "from tensorflow import data" in partly.text
    assert "import keras\n" in partly.text


def test_arguments_are_changed_where_tensorflow_is_installed_too() -> None:
    text = "from tensorflow.keras.optimizers import Adam\nAdam(lr=0.1)\n"
    new = "from tensorflow.keras.optimizers import Adam\nAdam(learning_rate=0.1)\n"
    assert modernize(text, tensorflow=True).text == new
