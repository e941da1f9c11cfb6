"""Watching a program's own ``fit`` from inside: a callback that people leave on."""
