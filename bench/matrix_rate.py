"""The machine's rate of large float32 matrix products, on as many threads as the engine uses:
one process a core, one thread each, all at once."""

from __future__ import annotations

import os
import time

from bench import command

SIZE = 2048
SECONDS = 2.0


def main() -> None:
    chosen = command.arguments(__doc__).parse_args()
    command.head()
    size, seconds = (128, 0.1) if chosen.quick else (SIZE, SECONDS)
    for workers in sorted({1, os.cpu_count() or 1}):
        print(f"{workers} processes: {matrix_rate(workers, size, seconds) / 1e9:,.0f} GFLOP/s")


def matrix_rate(workers: int, size: int = SIZE, seconds: float = SECONDS) -> float:
    """Floating point operations a second, all processes together."""
    from loky import ProcessPoolExecutor

    from unstuck.trials.executors.worker import WORKER_ENVIRONMENT

    with ProcessPoolExecutor(workers, env=WORKER_ENVIRONMENT) as pool:
        until = time.time() + 4 * seconds  # by then all have compiled
        rates = [pool.submit(_rate, size, until, seconds) for _ in range(workers)]
        return sum(rate.result() for rate in rates)


def _rate(size: int, begin: float, seconds: float) -> float:
    import jax.numpy as jnp

    one = jnp.ones((size, size), jnp.float32)
    jnp.dot(one, one).block_until_ready()
    time.sleep(max(0.0, begin - time.time()))
    began, done = time.perf_counter(), 0
    while time.perf_counter() - began < seconds:
        jnp.dot(one, one).block_until_ready()
        done += 1
    return 2.0 * size**3 * done / (time.perf_counter() - began)


if __name__ == "__main__":
    main()
