"""Keras needs its backend chosen before it is imported; the tests run on JAX."""

import os
import tempfile

from hypothesis import settings

from unstuck.trials.executors.worker import WORKER_ENVIRONMENT

os.environ["KERAS_BACKEND"] = "jax"
CACHE = tempfile.TemporaryDirectory(prefix="unstuck-tests-")
os.environ["UNSTUCK_CACHE"] = CACHE.name  # not the user's own
os.environ.setdefault("XLA_FLAGS", WORKER_ENVIRONMENT["XLA_FLAGS"])

settings.register_profile("untimed", deadline=None)  # a busy machine is no failure
settings.load_profile("untimed")
