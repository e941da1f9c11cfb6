"""Trials: trainings of a recipe under remedies, over many seeds, as fast as the machine allows.

``plan`` decides what is trained and judged, ``lower`` turns a recipe into pure functions,
``engine`` trains all seeds of all arms of one shape in one compiled loop, ``measure`` scores,
``reduce`` looks for the smallest cure, and ``executors`` decides where all that runs.
"""
