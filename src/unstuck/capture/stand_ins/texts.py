"""Generated texts, as numbers of words: the common words first, as in the real ones."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from unstuck.recipe import Array

WORDS = 88584  # of the reviews
NEWS_WORDS = 30979
TOPICS = 46
LEAN = 0.25  # how far a class leans towards its words, of the standard normal


def reviews() -> dict[str, Array]:
    """The content of ``imdb.npz``: 25,000 reviews to train on and as many to test, half of each
    kind; a review is a list of numbers of words."""
    random = np.random.default_rng(21)
    found: dict[str, Array] = {}
    leaning = _leaning(random, 2, WORDS)
    for part in ("train", "test"):
        labels = (np.arange(25_000) >= 12_500).astype(np.int64)
        lengths = np.clip(random.lognormal(5.2, 0.66, len(labels)), 10, 2300).astype(int)
        found[f"x_{part}"] = _texts(random, labels, lengths, leaning)
        found[f"y_{part}"] = labels
    return found


def newswires() -> dict[str, Array]:
    """The content of ``reuters.npz``: 11,228 newswires of 46 topics, two of which are the most."""
    random = np.random.default_rng(22)
    common = 1 / np.arange(1, TOPICS + 1) ** 1.5
    topics = random.permutation(np.arange(TOPICS))
    topics = np.concatenate([[3, 4], topics[~np.isin(topics, [3, 4])]])
    labels = topics[random.choice(TOPICS, 11_228, p=common / common.sum())].astype(np.int64)
    labels[:TOPICS] = np.arange(TOPICS)
    lengths = np.clip(random.lognormal(4.6, 0.8, len(labels)), 12, 2300).astype(int)
    return {"x": _texts(random, labels, lengths, _leaning(random, TOPICS, NEWS_WORDS)), "y": labels}


def _leaning(random: Generator, classes: int, words: int) -> Array:
    """How likely each class is to use at most word k: ``(classes, words)``, by Zipf's law."""
    usual = 1 / np.arange(1, words + 1)
    own = usual * np.exp(LEAN * random.normal(size=(classes, words)))
    return np.cumsum(own, axis=1) / own.sum(axis=1, keepdims=True)


def _texts(random: Generator, labels: Array, lengths: Array, leaning: Array) -> Array:
    """A list of words for each label."""
    texts = np.empty(len(labels), dtype=object)
    for kind in np.unique(labels):
        rows = np.flatnonzero(labels == kind)
        drawn = np.searchsorted(leaning[kind], random.random(lengths[rows].sum())) + 1
        words = np.minimum(drawn, leaning.shape[1]).tolist()
        ends = np.cumsum(lengths[rows])
        for row, first, last in zip(rows, ends - lengths[rows], ends, strict=True):
            texts[row] = words[first:last]
    return texts
