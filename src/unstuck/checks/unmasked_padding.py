"""unmasked-padding: padding that a recurrent layer reads as if it were text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import dense, integers, layer, recipe, regression
from unstuck.checks._ids import looked_up
from unstuck.finding import Finding
from unstuck.recipe import Array, Layer, Recipe
from unstuck.remedies import MaskPadding
from unstuck.trace import Trace

# An LSTM begins with a forget gate of sigmoid(1) = 0.73 (Jozefowicz et al. 2015, the default of
# Keras), a GRU with one of 0.5: after eight steps less than a tenth of the state is left.
STEPS = 8
CELLS = ("LSTM", "GRU", "SimpleRNN")
PURE = 0.99  # of the rows have no zero ahead of their padding, so that zero is no word


def _padded(*, tail: bool, mask: bool = False, kind: str = "LSTM", kept: int = 40) -> Recipe:
    ids, lengths = integers(1, 60, 300, 40), integers(5, kept, 300, 1)
    steps = np.arange(40)
    there = steps < lengths if tail else steps >= 40 - lengths
    layers = [
        layer("Embedding", (40, 8), input_dim=60, output_dim=8, mask_zero=mask),
        layer(kind, (16,), units=16),
        dense(1, "sigmoid"),
    ]
    return recipe(ids * there, integers(0, 2, 300), layers, "binary_crossentropy")


def _through(*, keeps_mask: bool) -> Recipe:
    """Masked, with a layer of the user's own before the one that reads."""
    made = _padded(tail=True, mask=True)
    embedding, *others = made.model.layers
    own = Layer("own", "Scaled", {}, (40, 8), (40, 8), keeps_mask=keeps_mask)
    return replace(made, model=replace(made.model, layers=(embedding, own, *others)))


class UnmaskedPadding(Check):
    name = "unmasked-padding"
    summary = "Sequences padded with zeros at their end, read by a recurrent layer to the end."
    why = (
        "The last state comes after many steps of padding, and a recurrent layer begins with a "
        "memory of a few steps: what the sequence said has faded, and the gradient with it."
    )
    instead = (
        "Embedding(..., mask_zero=True), so that the layers after it skip the padding; or pad at "
        "the front, as pad_sequences does by default. A layer of your own passes a mask on where "
        "it says so: self.supports_masking = True in its __init__."
    )
    false_alarms = (
        "Padding at the front is harmless and not reported, nor are sequences that end less than "
        "eight steps before the last. A layer that returns every step may be read where it ends."
    )
    sources = (
        "Jozefowicz, Zaremba & Sutskever 2015: the bias of the forget gate",
        "keras.io/guides/understanding_masking_and_padding",
    )
    firing = (
        Case("an LSTM", lambda: _padded(tail=True)),
        Case("a GRU, short texts", lambda: _padded(tail=True, kind="GRU", kept=12)),
        Case("a mask that a layer of one's own ends", lambda: _through(keeps_mask=False)),
    )
    silent = (
        Case("masked", lambda: _padded(tail=True, mask=True)),
        Case("a mask that is passed on", lambda: _through(keeps_mask=True)),
        Case("padded at the front", lambda: _padded(tail=False)),
        Case("pooled", lambda: _padded(tail=True, kind="GlobalMaxPooling1D")),
        Case("a regression", regression),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        for embedding, ids in looked_up(recipe):
            reader, end = _reader(recipe, embedding)
            masked = bool(embedding.config.get("mask_zero"))
            guilty = end if masked else embedding
            if guilty is None or reader is None or ids.ndim != 2:
                continue
            after = _trailing(ids)
            steps = float(np.median(after))
            if steps < STEPS or not _is_padding(ids, after):
                continue
            share = float(after.mean() / ids.shape[1])
            lost = f": the mask ends at {guilty.name}, which does not pass it on" if masked else ""
            yield self.found(
                f"{share:.0%} of the steps are zeros at the end of sequences, {steps:g} in a "
                f"middling one, and {reader.name} reads through them to its last state{lost}",
                {"padding": share, "median_steps": steps, "length": ids.shape[1]},
                guilty.place,
                () if masked else (MaskPadding(embedding.name),),
                layer=guilty,
            )


def _reader(recipe: Recipe, embedding: Layer) -> tuple[Layer | None, Layer | None]:
    """The first recurrent layer after an embedding, if the last of them gives its last step; and
    the layer between the two at which a mask ends."""
    names = [x.name for x in recipe.model.layers]
    read: list[Layer] = []
    end: Layer | None = None
    for one in recipe.model.layers[names.index(embedding.name) + 1 :]:
        if one.kind in CELLS:
            read.append(one)
        elif not read and not one.keeps_mask and one.output_shape == one.input_shape:
            end = end or one
        elif one.kind not in ("Dropout", "SpatialDropout1D", "InputLayer"):
            break
    return (read[0] if read and not read[-1].config.get("return_sequences") else None), end


def _trailing(ids: Array) -> Array:
    """How many zeros each row ends in."""
    there = ids[:, ::-1] != 0
    return np.where(there.any(axis=1), there.argmax(axis=1), ids.shape[1])


def _is_padding(ids: Array, after: Array) -> bool:
    """Whether zeros stand at the end of rows of unlike lengths and hardly anywhere else."""
    inside = (ids == 0).sum(axis=1) - after
    return bool((inside == 0).mean() >= PURE and len(np.unique(after)) > 1)
