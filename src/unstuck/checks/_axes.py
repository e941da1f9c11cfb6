"""Reshapes that take axes out of their order, as checks tell them."""

from __future__ import annotations

from collections.abc import Iterator

from unstuck.recipe import Recipe, Reshape


def renamed(recipe: Recipe, *, mixes_rows: bool) -> Iterator[Reshape]:
    """The first reshape of each input that renamed axes, with or without that of the rows."""
    for rows in recipe.data.inputs:
        found = [
            r
            for r in recipe.data.reshapes
            if r.order and r.mixes_rows == mixes_rows and r.made[1:] == rows.shape[1:]
        ]
        yield from found[:1]


def said(reshape: Reshape) -> str:
    """What it did, in shapes."""
    given, made = (f"({', '.join(map(str, s))})" for s in (reshape.given, reshape.made))
    return f"{given} is reshaped to {made}, which moves no number"
