"""Capture of Keras 3: a compiled model and the arguments of ``fit`` as a recipe."""

from unstuck.capture.keras.fit import bound, build_for, capture_fit

__all__ = ["bound", "build_for", "capture_fit"]
