"""Checks: one file for each fault, named after it and found by walking this folder.

A check reads a recipe (and a trace, where it needs one) and never a framework. Its firing and
silent cases stand in its own file; one test turns the cases of all checks into tests.
"""
