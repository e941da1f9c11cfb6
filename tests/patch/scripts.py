"""Small programs in the ways that people write them, to be patched."""

from __future__ import annotations

DATA = """\
x = np.random.default_rng(0).integers(0, 90, (40, 4)) * 1.0
y = x.sum(axis=1) * 100
"""
BY_ADDING = f"""\
import numpy as np
from keras import Input
from keras.layers import Dense
from keras.models import Sequential

{DATA}
model = Sequential()  # the net
model.add(Input(shape=(4,)))
model.add(Dense(2, activation="relu"))
model.add(Dense(
    1,
    activation="relu",  # rectified
))
model.compile("sgd", loss="mse")
history = model.fit(x, y, epochs=2, verbose=0)
print("MEAN", float(np.mean(model.predict(x, verbose=0))), model.evaluate(x, y, verbose=0))
"""
BY_LIST = f"""\
import keras
import numpy

np = numpy
{DATA}
def main():
    layers = keras.layers
    model = keras.Sequential([
        keras.Input((4,)),
        layers.Dense(2, "relu"),
        layers.Dense(1, "relu"),
    ])
    model.compile(optimizer=keras.optimizers.Adam(0.002), loss="mse")
    model.fit(x, y, 2, verbose=0) if False else model.fit(x, y, epochs=2, verbose=0)
    print("MEAN", float(numpy.mean(model.predict(x, verbose=0))))


main()
"""
FUNCTIONAL = f"""\
import numpy as np
import keras as k

{DATA}
rate = k.optimizers.schedules.ExponentialDecay(0.01, 1, 0.5)
i = k.Input((4,))
h = k.layers.Dense(2, activation="relu")(i)
o = k.layers.Dense(1, activation="relu")(h)
model = k.Model(i, o)
model.compile(k.optimizers.SGD(rate), "mse")
val = (x[:9], y[:9])
model.fit(x, y, epochs=2, verbose=0, validation_data=val)
print("MEAN", float(np.mean(model.predict(x, verbose=0))))
"""
BATCHES = """\
import keras
import numpy as np

class Own(keras.losses.Loss):
    def call(self, a, b):
        return keras.ops.mean(keras.ops.square(a - b))

def draw(size=8):
    x = np.zeros((size, 2))
    while True:
        x[:] = np.random.rand(size, 2)
        yield x, x.mean(axis=1, keepdims=True)

i = keras.Input((2,))
o = keras.layers.Lambda(lambda v: v[:, 0])(keras.layers.Dense(1)(i))
model = keras.Model(i, o)
model.compile(loss=Own(), optimizer="rmsprop")
model.fit(draw(), steps_per_epoch=5, epochs=1, verbose=0)
print("MEAN", float(np.mean(model.predict(np.ones((3, 2)), verbose=0))))
"""
BITS = """\
import numpy as np
from keras import Input, layers, models

bits = np.random.default_rng(0).integers(0, 2, (60, 6))
labels = ((bits @ 2 ** np.arange(6) % 3)[:, None] >> np.arange(6)) & 1
model = models.Sequential([Input((6,)), layers.Reshape((1, -1)), layers.LSTM(4),
                           layers.Dense(6, activation="softmax")])
model.compile("adam", "categorical_crossentropy")
model.fit(bits, labels, epochs=1, verbose=0)
print("MEAN", float(np.mean(model.predict(bits, verbose=0))))
"""
SEQUENCES = """\
import numpy as np
from keras import Input, Sequential
from keras.layers import LSTM, BatchNormalization, Bidirectional, Dense, Dropout

x = np.random.default_rng(0).normal(size=(40, 6, 3))
y = x.sum(axis=(1, 2))[:, None]
model = Sequential()
model.add(Input((6, 3)))
model.add(BatchNormalization(1, momentum=0.999))
model.add(Bidirectional(LSTM(4, return_sequences=True)))
model.add(Dropout(0.9))
model.add(Dense(8))
model.add(Dense(1, trainable=False))
model.layers[0].trainable = False
model.compile("adam", "mse")
model.fit(x, y, epochs=1, verbose=0)
print("MEAN", float(np.mean(model.predict(x, verbose=0))))
"""
EACH_TIME = """\
import numpy as np
from keras import Input, Sequential
from keras.layers import Dense, TimeDistributed

x = np.random.default_rng(0).normal(size=(40, 6, 3))
y = x.sum(axis=2, keepdims=True)
model = Sequential()
model.add(Input((6, 3)))
model.add(TimeDistributed(Dense(4, activation="relu")))
model.add(TimeDistributed(Dense(1, activation="relu")))
model.compile("adam", "mse")
model.fit(x, y, epochs=1, verbose=0)
print("MEAN", float(np.mean(model.predict(x, verbose=0))))
"""
ONE_NUMBER = """\
import numpy as np
from keras.layers import Dense
from keras.models import Sequential

x = np.arange(40)
y = x % 2
model = Sequential([
    Dense(4, activation="tanh", input_shape=(1,)),
    Dense(1),
])
model.compile("adam", "mse")
model.fit(x, y, epochs=1, verbose=0)
print("MEAN", float(np.mean(model.predict(x, verbose=0))))
"""
FRAME = """\
import numpy as np
import pandas as pd
from keras.layers import Dense
from keras.models import Sequential

x = pd.DataFrame({"a": np.arange(40.0), "b": np.arange(40.0) % 7})
y = x["a"] + x["b"]
model = Sequential()
model.add(Dense(4, activation="tanh", input_dim=2))
model.add(Dense(1))
model.compile("adam", "mse")
model.fit(x, y, epochs=1, verbose=0)
print("MEAN", float(np.mean(model.predict(x, verbose=0))))
"""
SETTINGS = f"""\
import keras
import numpy as np
from keras import layers
from keras.callbacks import CSVLogger, EarlyStopping

{DATA}
model = keras.Sequential([
    keras.Input((4,)),
    layers.Dense(3, activation="tanh", kernel_initializer="ones", name="first"),
    layers.Dense(
        2,
        "sigmoid",
        bias_initializer="zeros",
        kernel_initializer="zeros",  # all alike
        kernel_regularizer="l2", activity_regularizer=keras.regularizers.L1(0.1),
        name="second",
    ),
    layers.Dense(1),
])
optimizer = keras.optimizers.SGD(clipnorm=0.1, momentum=1.0, weight_decay=0.3)
model.compile(optimizer, "mse")
stop = EarlyStopping("loss", patience=0)
model.fit(x, y, epochs=2, batch_size=40, verbose=0, callbacks=[stop, keras.callbacks.History()])
print("MEAN", float(np.mean(model.predict(x, verbose=0))))
"""
LOOPED = f"""\
import keras
import numpy as np
{DATA}
model = keras.Sequential([keras.Input((4,))])
for _ in range(2):
    model.add(keras.layers.Dense(3, activation="tanh", kernel_initializer="ones"))
model.add(keras.layers.Dense(1))
model.compile("sgd", "mse")
stops = [keras.callbacks.EarlyStopping("loss")]
model.fit(x, y, callbacks=stops)
print("MEAN", float(np.mean(model.predict(x, verbose=0))))
"""

TEXT = """\
import numpy as np
from keras import Input, layers, models

ids = np.random.default_rng(0).integers(1, 20, (450, 6))
labels = np.repeat([0, 1, 2], 150)
model = models.Sequential()
model.add(Input((6,)))
model.add(layers.Embedding(20, 4, name="ids"))
model.add(layers.LSTM(4))
model.add(layers.Dense(3, activation="softmax"))
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(ids, labels, epochs=1, verbose=0, shuffle=False, class_weight={0: 0, 1: 1, 2: 1},
          validation_split=0.2)
print("MEAN", float(np.mean(model.predict(ids, verbose=0))))
"""
SCALED = """\
import keras
import numpy as np

x = np.random.default_rng(0).uniform(size=(60, 4))
y = list(x.sum(axis=1) > 2)
model = keras.Sequential([
    keras.Input((4,)),
    keras.layers.Rescaling(1 / 255, name="scaling"),
    keras.layers.Dense(1, activation="sigmoid"),
])
model.compile("adam", "binary_crossentropy")
model.fit(x, np.array(y) * 1, epochs=1, verbose=0)
print("MEAN", float(np.mean(model.predict(x, verbose=0))))
"""
IN_A_LINE = (
    SCALED.replace("[\n    keras.I", "[keras.I").replace(",\n    ", ", ").replace(",\n]", "]")
)
BY_CALLS = SCALED.replace(
    "keras.Sequential([\n    keras.Input((4,)),\n    ", "i = keras.Input((4,))\nh = "
)
BY_CALLS = (
    BY_CALLS.replace('"scaling"),\n    ', '"scaling")(i)\no = ')
    .replace('"sigmoid"),\n])', '"sigmoid")(h)\nmodel = keras.Model(i, o)')
    .replace("model = i = ", "i = ")
)
ADDED = (
    SCALED.replace("([\n    keras.Input((4,)),", "()\nmodel.add(keras.Input((4,)))")
    .replace(
        '    keras.layers.Rescaling(1 / 255, name="scaling"),',
        'model.add(keras.layers.Rescaling(1 / 255, name="scaling"))',
    )
    .replace(
        '    keras.layers.Dense(1, activation="sigmoid"),\n])',
        'model.add(keras.layers.Dense(1, "sigmoid"))',
    )
)
ENDED = f"""\
import numpy as np
import keras

{DATA}
i = keras.Input((4,))
h = keras.layers.Dense(3, activation="relu", name="logits")(i)
h = keras.layers.Dropout(0.5, name="drop")(h)  # on the output
o = keras.layers.Softmax(axis=0, name="soft")(h)
model = keras.Model(i, o)
model.compile("sgd", keras.losses.CategoricalCrossentropy(label_smoothing=0.1))
model.fit(x, np.eye(3)[y.astype(int) % 3], epochs=1, verbose=0)
print("MEAN", float(np.mean(model.predict(x, verbose=0))))
"""
DROPPED = f"""\
import keras
import numpy as np

{DATA}
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, activation="sigmoid"),
                          keras.layers.Dropout(0.2, name="first")])
model.add(keras.layers.GaussianNoise(0.1, name="second"))
model.compile(loss="mse", optimizer="sgd")
model.fit(x, y, epochs=1, verbose=0)
print("MEAN", float(np.mean(model.predict(x, verbose=0))))
"""
SETTING = f"""\
import keras
import numpy as np

{DATA}
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.set_weights([0 * w for w in model.get_weights()])  # all alike
model.compile("sgd", "mse")
model.fit(x, y, epochs=1, verbose=0)
print("MEAN", float(np.mean(model.predict(x, verbose=0))))
"""
LOOP = f"""\
import keras
import numpy as np
{DATA}
model = keras.Sequential([keras.Input((4,))])
for units in (2, 3):
    model.add(keras.layers.Dense(units, activation="relu"))
model.add(keras.layers.Dense(1))
model.compile("sgd", "mse")
model.fit(x, y, epochs=1)
"""

RESHAPED = """\
import keras
import numpy as np

rng = np.random.default_rng(0)
y = rng.normal(size=40)

def prepare(n):
    series = rng.normal(size=(2, 9, n)).reshape(n, 2, 9)  # rows first
    return np.reshape(series, (-1, 9, 2))

model = keras.Sequential([keras.Input((9, 2)), keras.layers.Flatten(), keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(prepare(40), y, epochs=1, verbose=0, validation_data=(prepare(8), y[:8]))
print("MEAN", float(np.mean(model.predict(prepare(9), verbose=0))))
"""
SCRIPTS = {
    "add": BY_ADDING,
    "list": BY_LIST,
    "functional": FUNCTIONAL,
    "batches": BATCHES,
    "bits": BITS,
    "sequences": SEQUENCES,
    "each time": EACH_TIME,
    "one number": ONE_NUMBER,
    "frame": FRAME,
    "settings": SETTINGS,
    "looped": LOOPED,
    "text": TEXT,
    "scaled": SCALED,
    "in a line": IN_A_LINE,
    "by calls": BY_CALLS,
    "added": ADDED,
    "ended": ENDED,
    "dropped": DROPPED,
    "set": SETTING,
    "reshaped": RESHAPED,
}
