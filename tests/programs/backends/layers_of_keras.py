"""A program under capture: networks of Keras's own layers, one training each."""

import keras
import numpy as np
from keras import layers

rng = np.random.default_rng(0)
x = rng.normal(size=(40, 6)).astype("float32")
y = x.sum(axis=1)
classes = rng.integers(0, 3, 40)
images = rng.normal(size=(40, 8, 8, 1)).astype("float32")
series = rng.normal(size=(40, 5, 2)).astype("float32")
words = rng.integers(0, 20, (40, 7))


def train(model, rows, targets, loss, optimizer="adam", **arguments):
    """Each backend draws its own weights: here are the same for all."""
    draw = np.random.default_rng(1)
    for weight in model.trainable_variables:
        weight.assign(draw.normal(scale=0.3, size=tuple(weight.shape)))
    model.compile(optimizer=optimizer, loss=loss, metrics=arguments.pop("metrics", None))
    model.fit(rows, targets, verbose=0, **arguments)


# dense
train(
    keras.Sequential(
        [
            keras.Input((6,)),
            layers.Dense(8, activation="relu"),
            layers.Dropout(0.2),
            layers.Dense(1),
        ]
    ),
    x,
    y,
    "mse",
    keras.optimizers.SGD(0.05, momentum=0.9, nesterov=True),
    epochs=3,
    batch_size=8,
    validation_split=0.25,
    metrics=["mae"],
)
# convolution, with statistics of batches and class weights
train(
    keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(4, 3, padding="same"),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(3, activation="softmax"),
        ]
    ),
    images,
    classes,
    "sparse_categorical_crossentropy",
    class_weight={0: 1.0, 1: 2.0, 2: 0.5},
    metrics=["accuracy"],
)
# recurrent
train(
    keras.Sequential(
        [
            keras.Input((5, 2)),
            layers.Bidirectional(layers.LSTM(3, return_sequences=True)),
            layers.GRU(4),
            layers.Dense(1),
        ]
    ),
    series,
    y,
    "mae",
    keras.optimizers.RMSprop(keras.optimizers.schedules.ExponentialDecay(0.01, 10, 0.9)),
)
# embedding
train(
    keras.Sequential(
        [
            keras.Input((7,)),
            layers.Embedding(20, 4, mask_zero=True),
            layers.GlobalAveragePooling1D(),
            layers.Dense(1, activation="sigmoid"),
        ]
    ),
    words,
    (classes > 0).astype("float32"),
    "binary_crossentropy",
    "adamw",
)
# two inputs by name, two outputs with weights
left, right = keras.Input((3,), name="left"), keras.Input((3,), name="right")
hidden = layers.Dense(5, activation="tanh")(layers.Concatenate()([left, right]))
ends = {"sum": layers.Dense(1, name="sum")(hidden), "kind": layers.Dense(3, name="kind")(hidden)}
model = keras.Model({"left": left, "right": right}, ends)
draw = np.random.default_rng(1)
for weight in model.trainable_variables:
    weight.assign(draw.normal(size=tuple(weight.shape)))
model.compile(
    "sgd",
    {"sum": "mse", "kind": keras.losses.SparseCategoricalCrossentropy(from_logits=True)},
    loss_weights={"sum": 1.0, "kind": 0.5},
)
model.fit({"left": x[:, :3], "right": x[:, 3:]}, {"sum": y, "kind": classes}, verbose=0)
