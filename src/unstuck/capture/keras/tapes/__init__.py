"""Loops by ``tf.GradientTape``: what each tape sees is told as a training.

``watched.py`` stands in the way of tapes, models, losses and optimizers. ``objective.py`` finds
which loss of which targets a program computes: the answer is held against the program's own number
in every update that is made. ``slopes.py`` gives the gradients where TensorFlow is not installed.
"""
