"""Loops by ``tf.GradientTape``: what each tape sees is told as a training.

``watched.py`` stands in the way of models, losses and optimizers, ``tape.py`` in that of tapes, or
in their place. ``objective.py`` finds which loss of which targets a program computes, among what
``scope.py`` sees at hand: the answer is held against the program's own number in every update that
is made. ``clipping.py`` reads what is done to gradients as a setting of the optimizer,
``slopes.py`` gives the gradients where TensorFlow is not installed, and ``step.py`` asks whether a
``train_step`` does what Keras's own does.
"""
