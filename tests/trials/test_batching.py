"""Products and convolutions of lanes: the same numbers as JAX's own, in another form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jax import lax

from unstuck.trials.batching import lanes_in_mind

pytestmark = pytest.mark.slow

LANES = 3


def _random(*shape: int) -> np.ndarray:
    return np.random.default_rng(len(shape)).normal(size=shape).astype("float32")


def _with_gradients(function: Callable[..., Any]) -> Callable[..., Any]:
    def both(*operands: Any) -> Any:
        loss = lambda *given: (function(*given) ** 2).sum()  # noqa: E731
        return function(*operands), jax.grad(loss, (0, 1))(*operands)

    return both


def _agree(function: Callable[..., Any], *operands: Any, absent: str) -> None:
    usual = jax.vmap(_with_gradients(function))(*operands)
    with lanes_in_mind(small=True):
        written = jax.make_jaxpr(jax.vmap(_with_gradients(function)))(*operands)
        ours = jax.vmap(_with_gradients(function))(*operands)
    assert absent not in str(written)
    for a, b in zip(jax.tree.leaves(ours), jax.tree.leaves(usual), strict=True):
        assert a.shape == b.shape
        assert np.allclose(a, b, rtol=1e-4, atol=1e-4 * float(jnp.abs(b).max() + 1))


@pytest.mark.parametrize(
    ("left", "right", "axes"),
    [((4, 3), (3, 5), 1), ((4, 3), (3,), 1), ((2, 4, 3), (3, 5), 1), ((3,), (3,), 1)],
)
def test_small_products_are_written_out(
    left: tuple[int, ...], right: tuple[int, ...], axes: int
) -> None:
    function = lambda a, b: jnp.tensordot(a, b, axes)  # noqa: E731
    _agree(function, _random(LANES, *left), _random(LANES, *right), absent="dot_general")


def test_large_networks_keep_the_library_s_products() -> None:
    function = jax.vmap(jnp.dot)
    with lanes_in_mind(small=False):
        written = str(jax.make_jaxpr(function)(_random(LANES, 4, 3), _random(LANES, 3, 5)))
    assert "dot_general" in written


@settings(max_examples=8)
@given(
    size=st.lists(st.integers(5, 9), min_size=1, max_size=2),
    kernel=st.integers(1, 5),
    stride=st.integers(1, 2),
    dilation=st.integers(1, 2),
    padding=st.sampled_from(["SAME", "VALID"]),
    last=st.booleans(),
)
def test_convolutions_are_products_of_patches(
    size: list[int], kernel: int, stride: int, dilation: int, padding: str, *, last: bool
) -> None:
    space = "HW"[: len(size)]
    if padding == "VALID" and min(size) < (kernel - 1) * dilation + 1:
        kernel = 1
    order = f"N{space}C" if last else f"NC{space}"
    channels = (*size, 2) if last else (2, *size)

    def function(x: Any, w: Any) -> Any:
        return lax.conv_general_dilated(
            x,
            w,
            (stride,) * len(size),
            padding,
            rhs_dilation=(dilation,) * len(size),
            dimension_numbers=(order, f"{space}IO", order),
        )

    weights = _random(LANES, *(kernel for _ in size), 2, 3)
    _agree(function, _random(LANES, 4, *channels), weights, absent="conv_general_dilated")


def test_the_rules_are_put_back() -> None:
    with lanes_in_mind(small=True):
        pass
    written = str(jax.make_jaxpr(jax.vmap(jnp.dot))(_random(LANES, 4, 3), _random(LANES, 3, 5)))
    assert "dot_general" in written
