"""Capture: a program, or a model and its data, as a recipe. One folder for each framework."""
