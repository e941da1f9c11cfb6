"""How products of many lanes are written down.

Under ``vmap``, a matrix product of each lane becomes one batched product, and a convolution with
weights of its own for each lane a grouped convolution. XLA's CPU backend is slow at both for
small networks: a batched product calls a library once for each lane, which costs more than the
few multiplications, and a convolution inside a loop is not put into the form of its fast
kernels. So here a small product is written as multiplications and a sum, which XLA fuses into
one plain loop over all lanes, and a convolution as a product of patches (im2col, Chellapilla,
Puri & Simard 2006). The numbers are the same up to the order of sums.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from math import prod
from typing import Any

import jax.numpy as jnp
from jax import lax
from jax.interpreters import batching


@contextmanager
def lanes_in_mind(*, small: bool) -> Iterator[None]:
    """Trace with the rules of this module for ``vmap`` over lanes; products are written out in
    ``small`` networks only."""
    known = getattr(batching, "fancy_primitive_batchers", None)
    if known is None:  # a version of JAX that keeps them elsewhere: slower, and the same numbers
        yield
        return
    before = {p: known[p] for p in (lax.dot_general_p, lax.conv_general_dilated_p)}

    def usual(primitive: Any, values: Any, dims: Any, params: Any) -> Any:
        return before[primitive](None, values, dims, **params)

    def dot(values: Any, dims: Any, **params: Any) -> Any:
        done = _dot(values, dims, params) if small else None
        return done or usual(lax.dot_general_p, values, dims, params)

    def convolution(values: Any, dims: Any, **params: Any) -> Any:
        done = _convolution(values, dims, params)
        return done or usual(lax.conv_general_dilated_p, values, dims, params)

    batching.primitive_batchers[lax.dot_general_p] = dot
    batching.primitive_batchers[lax.conv_general_dilated_p] = convolution
    try:
        yield
    finally:
        known.update(before)


def _dot(values: Any, dims: Any, params: Any) -> Any:
    """The product of each lane as a sum of products; None where it is itself a batched one."""
    (left, right), ((lc, rc), (lb, rb)) = _lanes_first(values, dims), params["dimension_numbers"]
    if left is None or lb or rb:
        return None
    left, right = _contracted_last(left, lc), _contracted_last(right, rc)
    lanes, *rows, inner = left.shape
    columns = right.shape[1:-1]
    left = left.reshape(lanes, *rows, *(1 for _ in columns), inner)
    right = right.reshape(lanes, *(1 for _ in rows), *columns, inner)
    wanted = params.get("preferred_element_type") or left.dtype
    return jnp.sum(left * right, axis=-1, dtype=wanted), 0


def _contracted_last(operand: Any, contracted: Any) -> Any:
    """``(lanes, ..., k)``: the axes that are summed over as one, the last."""
    axes = [d + 1 for d in contracted]
    kept = [d for d in range(1, operand.ndim) if d not in axes]
    moved = jnp.transpose(operand, (0, *kept, *axes))
    return moved.reshape(*moved.shape[: 1 + len(kept)], -1)


def _lanes_first(values: Any, dims: Any) -> tuple[Any, Any]:
    """Both operands with their lanes in front; nothing if one of them has none."""
    if any(d is None for d in dims):
        return None, None
    left, right = (jnp.moveaxis(v, d, 0) for v, d in zip(values, dims, strict=True))
    return left, right


def _convolution(values: Any, dims: Any, params: Any) -> Any:
    """The convolution of each lane as a product of patches; None where it is a grouped one."""
    left, right = _lanes_first(values, dims)
    grouped = params["feature_group_count"] > 1 or params["batch_group_count"] > 1
    if left is None or grouped:
        return None
    numbers = params["dimension_numbers"]
    place = [d + 1 for d in numbers.lhs_spec[2:]]
    kernel = [right.shape[d + 1] for d in numbers.rhs_spec[2:]]
    padded = _padded(left, place, params)
    strides, dilation = params["window_strides"], params["rhs_dilation"]
    size = [
        (padded.shape[d] - (k - 1) * r - 1) // s + 1
        for d, k, r, s in zip(place, kernel, dilation, strides, strict=True)
    ]
    if min(size) < 1:
        return None
    if prod(kernel) <= prod(size):
        patches = _stacked(padded, place, kernel, dilation, size, strides)
        found = _by_kernel(patches, right, numbers)
    else:
        patches = _stacked(padded, place, size, strides, kernel, dilation)
        found = _by_position(patches, right, numbers)
    return _arranged(found, size, numbers), 0


def _padded(left: Any, place: list[int], params: Any) -> Any:
    config = [(0, 0, 0)] * left.ndim
    for d, (low, high), dilation in zip(
        place, params["padding"], params["lhs_dilation"], strict=True
    ):
        config[d] = (low, high, dilation - 1)
    return lax.pad(left, jnp.zeros((), left.dtype), config)


def _stacked(
    left: Any, place: list[int], offsets: Any, jumps: Any, counts: Any, strides: Any
) -> Any:
    """For each offset, ``counts`` values from there on; offsets on a new axis, the last but one."""
    slices = []
    for offset in product(*(range(n) for n in offsets)):
        window = [slice(None)] * left.ndim
        for d, o, jump, n, stride in zip(place, offset, jumps, counts, strides, strict=True):
            window[d] = slice(o * jump, o * jump + (n - 1) * stride + 1, stride)
        slices.append(left[tuple(window)])
    return jnp.stack(slices, axis=-2)


def _after_stack(dim: int, ndim: int) -> int:
    """Where an axis of an operand with lanes is once the last has the stack before it."""
    return dim + 1 if dim == ndim - 1 else dim


def _by_kernel(patches: Any, right: Any, numbers: Any) -> Any:
    """``(lanes, batch, *size, out)`` from patches that stack the kernel's places."""
    ndim = patches.ndim - 1
    batch, feature, *space = (_after_stack(d + 1, ndim) for d in numbers.lhs_spec)
    out, into, *kernel = (d + 1 for d in numbers.rhs_spec)
    weights = jnp.transpose(right, (0, *kernel, into, out))
    weights = weights.reshape(len(weights), -1, *weights.shape[-2:])
    contracted = ((ndim - 1, feature), (1, 2))
    found = lax.dot_general(patches, weights, (contracted, ((0,), (0,))))
    kept = sorted([batch, *space])
    order = [kept.index(d) + 1 for d in (batch, *space)]
    return jnp.transpose(found, (0, *order, found.ndim - 1))


def _by_position(patches: Any, right: Any, numbers: Any) -> Any:
    """``(lanes, batch, positions, out)`` from patches that stack the output's positions."""
    ndim = patches.ndim - 1
    batch, feature, *space = (_after_stack(d + 1, ndim) for d in numbers.lhs_spec)
    _, into, *kernel = (d + 1 for d in numbers.rhs_spec)
    contracted = ((feature, *space), (into, *kernel))
    found = lax.dot_general(patches, right, (contracted, ((0,), (0,))))
    stacked_first = ndim - 1 < batch
    return jnp.swapaxes(found, 1, 2) if stacked_first else found


def _arranged(found: Any, size: list[int], numbers: Any) -> Any:
    """``(lanes, batch, ..., out)`` in the order of axes that is asked for."""
    found = found.reshape(*found.shape[:2], *size, found.shape[-1])
    axes = [1, found.ndim - 1, *range(2, 2 + len(size))]
    order = [0] * len(numbers.out_spec)
    for axis, spot in zip(axes, numbers.out_spec, strict=True):
        order[spot] = axis
    return jnp.transpose(found, (0, *order))
