"""Generated data that stand in for well-known sets which are not on this machine.

They have the shapes, types, ranges and numbers of rows of the real ones, and something to learn in
their manner: images are variations of a few shapes of each class, reviews and newswires lean
towards words of their class, prices are smooth functions of what is known of a house. How well a
network does on them says nothing about the real ones.
"""

from unstuck.capture.stand_ins.images import images
from unstuck.capture.stand_ins.tables import boston, california
from unstuck.capture.stand_ins.texts import newswires, reviews

__all__ = ["boston", "california", "images", "newswires", "reviews"]
