"""Benchmarks: scripts that print ratios measured in one run. They are no tests: none asserts a
time."""

import os

os.environ.setdefault("KERAS_BACKEND", "jax")  # the backend on which trials run
