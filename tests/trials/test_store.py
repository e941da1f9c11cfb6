"""Kept work: keyed by what defines it, whole after a kill, and never in the way."""

from __future__ import annotations

import multiprocessing
import os
import signal
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from unstuck.cache import cache_folder
from unstuck.capture.keras import capture_fit
from unstuck.recipe import Place, Recipe
from unstuck.remedies import UseAdam, Widen
from unstuck.trial import NOTHING, Arm, Ending, Outcome
from unstuck.trials import store
from unstuck.trials.identity import digest, recipe_digests, trial_keys
from unstuck.trials.store import Store, open_store

ROWS = np.random.default_rng(0).normal(size=(40, 2)).astype("float32")


def _key(digests: tuple[str, str], arm: Arm, seed: int) -> str:
    return trial_keys(digests, replace(arm, seeds=(seed,)))[seed]


def _recipe(rows: np.ndarray = ROWS) -> Recipe:
    """A training as a program makes it: its weights are drawn anew each time."""
    keras.backend.clear_session()  # names of layers are counted anew, as in a new process
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    return capture_fit(model, rows, rows.sum(axis=1), epochs=2, batch_size=10)


def _outcome(seed: int) -> Outcome:
    return Outcome(seed, Ending.FINISHED, 8, 0.5, ((4, 1.0, 0.2), (8, 0.9, 0.5)))


def test_what_is_put_is_found(tmp_path: Path) -> None:
    kept = Store(tmp_path / "a" / "trials.sqlite")
    kept.put({"x": _outcome(1), "y": _outcome(2)})
    again = Store(tmp_path / "a" / "trials.sqlite")
    assert again.get(["y", "x", "z"]) == {"x": _outcome(1), "y": _outcome(2)}
    assert again.extent().rows == 2
    again.clear()
    assert again.extent().rows == 0
    assert again.get(["x"]) == {}


def test_nothing_is_kept_without_a_file() -> None:
    kept = open_store(keep=False)
    kept.put({"x": 1})
    assert kept.get(["x"]) == {}


def test_the_folder_can_be_chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNSTUCK_CACHE", str(tmp_path))
    assert cache_folder() == tmp_path
    open_store().put({"x": 1})
    assert (tmp_path / "trials.sqlite").is_file()


def test_what_was_not_used_for_longest_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "LIMIT", 4000)
    kept = Store(tmp_path / "trials.sqlite")
    for number in range(10):
        kept.put({str(number): b"." * 900})
        assert "0" in kept.get(["0"])
    assert kept.extent().size <= 4000
    assert "1" not in kept.get(["1"])


@pytest.mark.parametrize("damage", ["not a database at all, but text " * 100, None])
def test_a_damaged_file_is_told_once_and_in_nobody_s_way(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], damage: str | None
) -> None:
    path = tmp_path / "trials.sqlite"
    if damage is None:
        path.mkdir()
    else:
        path.write_text(damage)
    kept = Store(path)
    kept.put({"x": 1})
    assert kept.get(["x"]) == {}
    assert capsys.readouterr().err.count("nothing is kept") == 1


def _writes(path: Path, first: int, count: int) -> None:
    for number in range(first, first + count):
        Store(path).put({str(number): _outcome(number)})


def test_two_checks_at_once(tmp_path: Path) -> None:
    path = tmp_path / "trials.sqlite"
    context = multiprocessing.get_context("spawn")
    both = [context.Process(target=_writes, args=(path, first, 40)) for first in (0, 1000)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert [one.exitcode for one in both] == [0, 0]
    assert Store(path).extent().rows == 80


def test_a_kill_loses_no_more_than_what_was_being_written(tmp_path: Path) -> None:
    path = tmp_path / "trials.sqlite"
    writer = multiprocessing.get_context("spawn").Process(target=_writes, args=(path, 0, 10**6))
    writer.start()
    while Store(path).extent().rows < 20:
        pass
    os.kill(writer.pid or 0, signal.SIGKILL)
    writer.join()
    rows = Store(path).extent().rows
    assert len(Store(path).get([str(number) for number in range(rows)])) == rows


def test_a_program_run_again_has_the_same_trials_but_for_its_own_weights() -> None:
    arm = Arm(frozenset({UseAdam(), Widen(32)}), (0, 1), 8)
    one, other = recipe_digests(_recipe()), recipe_digests(_recipe())
    assert _key(one, arm, 1) == _key(other, arm, 1)
    assert _key(one, arm, 0) != _key(other, arm, 0)


def test_places_and_notes_make_no_other_trial() -> None:
    recipe = _recipe()
    moved = replace(
        recipe, notes=("a note",), fit=replace(recipe.fit, place=Place("other.py", 99)), script="b"
    )
    assert recipe_digests(recipe) == recipe_digests(moved)


def test_what_changes_a_training_makes_another_trial() -> None:
    recipe = _recipe()
    arm = Arm(NOTHING, (1,), 8)
    others = [
        _recipe(ROWS + np.float32(1e-3)),
        replace(recipe, fit=replace(recipe.fit, batch_size=20)),
        replace(recipe, optimizer=replace(recipe.optimizer, learning_rate=0.02)),
        replace(recipe, loss=replace(recipe.loss, name="mae")),
    ]
    keys = {_key(recipe_digests(r), arm, 1) for r in (recipe, *others)}
    keys |= {_key(recipe_digests(recipe), replace(arm, steps=9), 1)}
    keys |= {_key(recipe_digests(recipe), replace(arm, remedies=frozenset({UseAdam()})), 1)}
    keys |= {_key(recipe_digests(recipe), arm, 2)}
    assert len(keys) == len(others) + 4


def test_digests_tell_structures_apart() -> None:
    values = [(1, (2, 3)), (1, 2, 3), ((1, 2), 3), "1", 1, 1.0, True, None, [1, [2]], {"a": 1}]
    values += [np.zeros(2), np.zeros((2, 1)), np.zeros(2, "float32"), b"1"]
    assert len({digest(value) for value in values}) == len(values)
