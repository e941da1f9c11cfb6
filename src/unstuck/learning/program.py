"""A program that trains the same network from nothing, for people to read and change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

from unstuck.learning.learned import Learned
from unstuck.learning.networks import Network
from unstuck.recipe import Recipe
from unstuck.transform import Bits, Classes, Ln, Scale, Transform
from unstuck.trials.build import revived

GIVEN = {
    "Dense": ("units", "activation"),
    "GRU": ("units",),
    "Multiplication": ("units",),
    "Addition": ("units",),
    "Sine": ("units",),
    "Concatenate": (),
}
OWN = frozenset({"Multiplication", "Addition", "Sine"})


def program(learned: Learned) -> str:
    """The program, as text. What it prints at its end is the share of its rows that it gets
    right."""
    network, recipe, problem = learned.network, learned.recipe, learned.problem
    return f'''"""{problem.sentence}: {network.sentence}."""

{_imports(revived(recipe, 0))}

random = np.random.default_rng(0)
{problem.code}{_arranged(network)}


{_training(network, recipe)}

found = answers(model.predict(encoded(x), verbose=0)).reshape(len(y))
allowed = np.maximum({problem.right.within}, {problem.right.relative} * np.abs(y))
print(f"{{np.mean(np.abs(found - y) <= allowed):.2%}} right")
'''


def training(network: Network, recipe: Recipe) -> str:
    """The part of a program that trains the network, on rows ``x`` with answers ``y`` ``(n,)``."""
    return f"{_imports(revived(recipe, 0))}\n\n\n{_training(network, recipe)}\n"


def _imports(model: Any) -> str:
    own = sorted({type(layer).__name__ for layer in model.layers} & OWN)
    imports = "import keras\nimport numpy as np"
    return f"{imports}\n\nfrom unstuck.layers import {', '.join(own)}" if own else imports


def _training(network: Network, recipe: Recipe) -> str:
    fit, clip = recipe.fit, f", clipnorm={network.clip}" if network.clip else ""
    targets = ["targets = y[:, None]", *_forward(network.after, "targets").splitlines()]
    return f'''def encoded(x):
    """Raw inputs as the network takes them."""
{_indented(_forward(network.before, "x"))}
    return x


def answers(p):
    """What the network gives as raw answers."""
{_indented(_inverse(network.after, "p"))}
    return p


{chr(10).join(targets)}

{_layers(revived(recipe, 0))}
rate = keras.optimizers.schedules.CosineDecay({network.rate}, {fit.steps})
model.compile(keras.optimizers.AdamW(rate, weight_decay={network.decay}{clip}), "{network.loss}")
model.fit(
    encoded(x),
    targets,
    batch_size={fit.batch_size},
    epochs={fit.epochs},
    shuffle={fit.shuffle},
    verbose=2,
)'''


def _arranged(network: Network) -> str:
    if not network.shortest_first:
        return ""
    rows = network.steps * network.batch
    return f"""
from unstuck.learning.networks import shortest_first

order = shortest_first(x[:, 0], {rows})
x, y = x[order], y[order]"""


def _layers(model: Any) -> str:
    """The layers as lines of Keras's functional interface."""
    names: dict[str, str] = {}
    lines = []
    for number, layer in enumerate(model.layers):
        kind = type(layer).__name__
        if kind == "InputLayer":
            name = "inputs"
            lines.append(f"inputs = keras.Input({tuple(layer.output.shape[1:])})")
        else:
            name = f"hidden{number}" if layer is not model.layers[-1] else "outputs"
            taken = [names[t._keras_history.operation.name] for t in _inputs(layer)]
            given = f"[{', '.join(taken)}]" if kind == "Concatenate" else taken[0]
            lines.append(f"{name} = {_made(layer, kind)}({given})")
        names[layer.name] = name
    return "\n".join([*lines, "model = keras.Model(inputs, outputs)"])


def _inputs(layer: Any) -> list[Any]:
    found: list[Any] = keras.tree.flatten(layer.input)
    return found


def _made(layer: Any, kind: str) -> str:
    config = layer.get_config()
    given = [config[name] for name in GIVEN[kind]]
    written = ", ".join(repr(v) for v in given if v not in ("linear", None)).replace("'", '"')
    return f"{'' if kind in OWN else 'keras.layers.'}{kind}({written})"


def _numbers(values: Sequence[float]) -> str:
    return str(values[0]) if len(set(values)) == 1 else f"np.array({list(values)})"


def _indented(lines: str) -> str:
    return "\n".join(f"    {line}" for line in lines.splitlines()) or "    pass"


def _forward(chain: tuple[Transform, ...], name: str) -> str:
    return "\n".join(f"{name} = {_encoding(step, name)}" for step in chain)


def _inverse(chain: tuple[Transform, ...], name: str) -> str:
    return "\n".join(f"{name} = {_decoding(step, name)}" for step in reversed(chain))


def _encoding(step: Transform, name: str) -> str:
    match step:
        case Scale(offset, spread):
            moved = f"({name} - {_numbers(offset)})" if any(offset) else name
            return f"{moved} / {_numbers(spread)}"
        case Ln():
            return f"np.log({name})"
        case Bits(count, steps):
            bits = f"({name}.astype(np.int64) >> np.arange({count - 1}, -1, -1)) % 2"
            return f"({bits})[:, :, None]" if steps else bits
        case Classes(table):
            values = [row[0] for row in table]
            return f"({name} == np.array({values})).astype(float)"
    raise NotImplementedError(type(step).__name__)


def _decoding(step: Transform, name: str) -> str:
    match step:
        case Scale(offset, spread):
            moved = f" + {_numbers(offset)}" if any(offset) else ""
            return f"{name} * {_numbers(spread)}{moved}"
        case Ln():
            return f"np.exp({name})"
        case Classes(table):
            return f"np.array({[row[0] for row in table]})[np.argmax({name}, axis=-1)]"
    raise NotImplementedError(type(step).__name__)
