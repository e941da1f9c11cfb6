"""The programs that XLA compiles for a lowered recipe: training all lanes for a stretch of steps,
and predicting with all of them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

from unstuck.cache import PROGRAMS, cache_folder
from unstuck.trials.initial import State
from unstuck.trials.lower import Lowered
from unstuck.trials.plan import is_small

PROGRAM_BYTES = 256 * 2**20


def keep_programs() -> None:
    """Keep compiled programs in the cache folder: the next check of a like program finds them."""
    settings = {
        "jax_compilation_cache_dir": str(cache_folder() / PROGRAMS),
        "jax_compilation_cache_max_size": PROGRAM_BYTES,
        "jax_persistent_cache_min_compile_time_secs": 0.05,
        "jax_persistent_cache_min_entry_size_bytes": -1,
    }
    for name, value in settings.items():
        jax.config.update(name, value)  # type: ignore[no-untyped-call]


def flat_draws() -> AbstractContextManager[None]:
    """Meanwhile, JAX draws random numbers in a row and shapes them after: the same distributions,
    and XLA compiles a draw of four dimensions in a tenth of the time."""
    context: AbstractContextManager[None] = jax.threefry_partitionable(False)
    return context


def _kept_with(make: Callable[[Lowered], Any]) -> Callable[[Lowered], Any]:
    """One compiled function for each lowered recipe, kept with it."""
    name = f"_compiled_{make.__name__}"

    def get(lowered: Lowered) -> Any:
        if name not in lowered.__dict__:
            lowered.__dict__[name] = make(lowered)
        return lowered.__dict__[name]

    return get


def _options(lowered: Lowered) -> dict[str, str] | None:
    """How XLA is to compile: on a CPU, small networks without calls into its library of kernels,
    each of which costs more than the few numbers that it would work on."""
    if jax.default_backend() == "cpu" and is_small(lowered.recipe):
        return {"xla_cpu_experimental_ynn_fusion_type": ""}
    return None


@_kept_with
def advance(lowered: Lowered) -> Any:
    """A function of states, laid out data, orders and two step numbers, that trains all lanes
    from the one to the other: states and the sum of each lane's losses."""

    def lane(data: Any, rows: Any, number: Any, state: State) -> tuple[State, Any]:
        if lowered.folded:
            x, y, _ = jax.tree.map(lambda leaf: leaf[number], data)
            return lowered.step(state, x, y, rows)
        return lowered.step(state, *jax.tree.map(lambda leaf: leaf[number, rows], data))

    def stretch(
        state: State, data: Any, full: Any, last: Any, walk: Any, sets: Any, begin: int, end: int
    ) -> tuple[State, Any]:
        batches = full.shape[1]
        per_epoch = batches + (last.shape[1] > 0)

        def many(state: State, rows: Any) -> Any:
            return jax.vmap(partial(lane, data))(rows, sets, state)

        def body(step: Any, carry: Any) -> Any:
            state, total = carry
            epoch, batch = step // per_epoch, step % per_epoch
            order = walk[:, epoch % walk.shape[1]]

            def whole(state: State) -> Any:
                return many(state, full[order, jnp.minimum(batch, batches - 1)])

            if last.shape[1]:
                state, loss = jax.lax.cond(
                    batch == batches, lambda s: many(s, last[order]), whole, state
                )
            else:
                state, loss = whole(state)
            return state, total + loss

        return jax.lax.fori_loop(begin, end, body, (state, jnp.zeros(len(sets))))

    return jax.jit(stretch, donate_argnums=0, compiler_options=_options(lowered))


@_kept_with
def evaluate(lowered: Lowered) -> Any:
    """A function of states, batches laid out (whole ones, and a smaller last one) and their
    numbers: what ``evaluate`` of Keras gives for every lane, by name."""

    def one(state: State, metrics: Any, batch: Any) -> tuple[Any, Any]:
        logs, after = lowered.model.test_step((state[0], state[1], metrics), batch)
        return after[2], logs

    def lane(state: State, batches: Any, number: Any) -> Any:
        whole, last = jax.tree.map(lambda leaf: leaf[number], batches)
        metrics, logs = lowered.metrics, {}
        if whole is not None:
            metrics, each = jax.lax.scan(partial(one, state), metrics, whole)
            logs = jax.tree.map(lambda leaf: leaf[-1], each)
        return logs if last is None else one(state, metrics, last)[1]

    return jax.jit(jax.vmap(lane, in_axes=(0, None, 0)))


@_kept_with
def predict(lowered: Lowered) -> Any:
    """A function of states and laid out rows: the outputs of every lane."""

    def answers(state: State, rows: Any, sets: Any) -> Any:
        return jax.vmap(lambda s, n: lowered.predict(s, jax.tree.map(lambda x: x[n], rows)))(
            state, sets
        )

    return jax.jit(answers)
