"""The measure: one scale for arms that answer in different forms."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from unstuck.checks._cases import classifier, dense, integers, layer, normal, recipe
from unstuck.recipe import Data, Loss, Recipe
from unstuck.trials.baselines import baselines
from unstuck.trials.measure import measure_of
from unstuck.trials.split import Split


def test_class_ids_may_be_answered_as_probabilities_or_as_ids() -> None:
    made = classifier()
    ids = made.data.targets[0]
    measure = measure_of(made)
    probabilities = np.eye(3)[ids][None]
    assert measure.score((probabilities,), made.data.targets) == 1.0
    assert measure.score((ids.reshape(1, -1, 1).astype(float),), made.data.targets) == 1.0
    assert measure.score((1.0 + ids.reshape(1, -1, 1),), made.data.targets) == 0.0


def test_labels_in_another_form_than_the_loss_reads_are_still_classes() -> None:
    ids = integers(0, 3, 200)
    rows, layers = np.eye(3)[ids], [dense(3, "softmax")]
    for y, loss in (
        (ids, "categorical_crossentropy"),
        (ids[:, None], "binary_crossentropy"),
        (rows, "sparse_categorical_crossentropy"),
    ):
        measure = measure_of(recipe(normal(200, 2), y, layers, loss))
        assert measure.name == "accuracy"
        assert measure.score((rows[None],), (y,)) == 1.0


def test_numbers_of_an_image_are_taken_together() -> None:
    """A pixel that hardly changes says little of the whole; of single quantities, each counts."""
    x = normal(200, 4) * np.array([1.0, 1.0, 1.0, 1e-4])
    autoencoder = measure_of(recipe(x, x, [dense(4)]))
    values = measure_of(recipe(normal(200, 3), x, [dense(4)]))
    answer = x.copy()
    answer[:, 3] += 0.01
    assert autoencoder.name == values.name == "r2"
    assert autoencoder.score((answer[None],), (x,)) > 0.99
    assert values.score((answer[None],), (x,)) < -100
    assert autoencoder.constant((x,), (x,)) == pytest.approx(0.0, abs=1e-9)


def test_more_outputs_than_targets_are_judged_by_those_that_come_nearest() -> None:
    """A mean and the logarithm of a variance, under the likelihood of a normal distribution."""
    y, own = normal(200), Loss("likelihood", custom=True, pickled=b"x")
    made = recipe(normal(200, 2), y, [dense(2)], own)
    made = replace(made, model=replace(made.model, sample_output=(np.zeros((32, 2)),)))
    measure = measure_of(made)
    assert measure.name == "r2"
    spread = np.full(200, -3.0)
    assert measure.score((np.stack([y, spread], axis=1)[None],), (y,)) == 1.0
    assert measure.score((np.stack([spread, y], axis=1)[None],), (y,)) == 1.0
    assert measure.score((np.stack([spread, spread], axis=1)[None],), (y,)) < 0
    weighed = np.stack([y, np.abs(y)], axis=1)
    assert measure.score((y[None, :, None],), (weighed,)) == 1.0
    assert measure.constant((y,), (y,)) == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("one_hot", [False, True])
def test_classes_that_the_program_weighs_count_alike(one_hot: bool) -> None:
    ids = (np.arange(400) % 10 == 0).astype(int)
    y, loss = (np.eye(2)[ids], "categorical_crossentropy") if one_hot else (ids, "mse")
    made = recipe(normal(400, 2), y, [dense(2 if one_hot else 1, "sigmoid")], loss)
    weighed = replace(made, data=replace(made.data, weights=np.where(ids, 9.0, 1.0)))
    commonest = np.eye(2)[0 * ids][None] if one_hot else np.zeros((1, 400, 1))
    plain, balanced = measure_of(made), measure_of(weighed)
    assert (plain.name, balanced.name) == ("accuracy", "balanced accuracy")
    assert plain.score((commonest,), (y,)) == pytest.approx(0.9)
    assert balanced.score((commonest,), (y,)) == balanced.constant((y,), (y,)) == 0.5
    one_row = replace(weighed, data=replace(weighed.data, weights=np.arange(400.0)))
    assert measure_of(one_row).name == "accuracy"


def test_few_rows_of_a_class_tell_as_little_as_few_rows() -> None:
    ids = (np.arange(400) % 10 == 0).astype(int)
    made = recipe(normal(400, 2), ids, [dense(1, "sigmoid")])
    weighed = replace(made, data=replace(made.data, weights=np.where(ids, 9.0, 1.0)))
    rows = Split(made.data, made.data, "all of them", is_sample=True)
    assert measure_of(made).sample(rows) == 400
    assert measure_of(weighed).sample(rows) == 144  # 4 / (1/40 + 1/360)


def test_to_copy_its_inputs_is_no_baseline_for_an_autoencoder() -> None:
    x = normal(200, 4)
    made = recipe(x, x, [dense(4)])
    assert set(baselines(measure_of(made), made.data, made.data)) == {"constant"}
    other = recipe(x, x[:, ::-1], [dense(4)])
    assert "linear" in baselines(measure_of(other), other.data, other.data)


def test_signs_under_a_binary_loss_are_labels() -> None:
    signs = 2 * integers(0, 2, 200) - 1
    made = recipe(normal(200, 2), signs, [dense(1, "sigmoid")], "binary_crossentropy")
    measure = measure_of(made)
    assert measure.name == "accuracy"
    assert measure.score(((signs[None, :, None] > 0) * 1.0,), (signs,)) == 1.0


@pytest.mark.parametrize("loss", ["hinge", "mean_squared_error"])
@pytest.mark.parametrize("lower", [-1, 0])
def test_signs_are_judged_by_their_sign(loss: str, lower: int) -> None:
    """Keras turns labels of 0 and 1 into signs for a hinge, and for no other loss."""
    x = normal(200, 2)
    labels = (x[:, 0] > 0).astype(int)
    y = labels if lower == 0 else 2 * labels - 1
    made = recipe(x, y, [dense(1)], loss)
    measure, near_zero = measure_of(made), (0.2 * labels - 0.1)[None, :, None]
    right = lower < 0 or loss == "hinge"
    assert measure.name == "accuracy"
    assert (measure.score((near_zero,), (y,)) == 1.0) == right
    assert max(baselines(measure, made.data, made.data).values()) > 0.9


def test_each_time_that_is_no_padding_counts_alike() -> None:
    classes = integers(0, 3, 50, 4)
    y = np.eye(3)[classes]
    y[:, 3] = 0  # padding
    made = recipe(normal(50, 4, 2), y, [dense(3, "softmax")], "categorical_crossentropy")
    measure = measure_of(made)
    answers = np.eye(3)[classes]
    answers[:, 3] = 1 / 3
    wrong = answers.copy()
    wrong[:, 0] = np.roll(wrong[:, 0], 1, axis=-1)
    assert measure.score((np.stack([answers, wrong]),), (y,)) == pytest.approx([1.0, 2 / 3])
    share = np.bincount(classes[:, :3].ravel()).max() / 150
    assert measure.constant((y,), (y,)) == pytest.approx(share)


def test_a_distance_may_point_either_way() -> None:
    same = integers(0, 2, 60)
    loss = Loss("contrastive", custom=True)
    measure = measure_of(recipe(normal(60, 4), same, [layer("Lambda", (1,))], loss))
    near, far = np.where(same == 1, 0.2, 3.0), np.where(same == 1, 3.0, 0.2)
    one_off = np.where(np.arange(60) == np.flatnonzero(same)[0], 9.0, near)
    scores = measure.score((np.stack([near, far, one_off, np.ones(60)])[:, :, None],), (same,))
    commonest = max(same.mean(), 1 - same.mean())
    assert scores == pytest.approx([1.0, 1.0, 59 / 60, commonest])


def _heads(*parts: str, logits: tuple[bool, ...] = ()) -> Recipe:
    """A number that is the sum of the inputs, and the label of its sign."""
    x = normal(300, 3)
    y = x.sum(axis=1)
    data = Data((x,), (1e5 * y, (y > 0).astype(float)))
    loss = Loss(parts[0], pickled=b"both", parts=parts, logits=logits)
    return recipe(x, y, [dense(1), dense(1, "sigmoid")], loss, data=data)


MSE, BINARY = "mean_squared_error", "binary_crossentropy"


def test_of_several_outputs_the_worst_counts() -> None:
    made = _heads(MSE, BINARY)
    measure, (y, labels) = measure_of(made), made.data.targets
    assert measure.kinds == ("r2", "accuracy")
    right, wrong = y[None, :, None], np.zeros((1, 300, 1))
    assert measure.score((right, labels[None, :, None]), made.data.targets) == 1.0
    assert measure.score((wrong, labels[None, :, None]), made.data.targets) < 0.1
    assert measure.score((right, wrong), made.data.targets) < 0.6


def test_an_output_that_no_loss_reads_counts_for_nothing() -> None:
    made = _heads(MSE, "")
    measure = measure_of(made)
    given = made.data.targets[0][None, :, None], np.full((1, 300, 7), np.nan)
    assert measure.score(given, made.data.targets) == 1.0
    found = baselines(measure, made.data, made.data)
    assert found["linear"] > 0.999
    assert found["constant"] == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("logits", [False, True])
def test_each_output_has_its_own_threshold(logits: bool) -> None:
    made = _heads(MSE, BINARY, logits=(False, logits))
    y, labels = (target[None, :, None] for target in made.data.targets)
    given = (labels - 0.5) * 0.2 + (0.0 if logits else 0.5)
    assert measure_of(made).score((y, given), made.data.targets) == 1.0
    assert baselines(measure_of(made), made.data, made.data)["linear"] > 0.95


def test_simple_learners_predict_each_of_several_targets() -> None:
    made = _heads(MSE, BINARY)
    found = baselines(measure_of(made), made.data, made.data)
    assert set(found) == {"constant", "linear", "neighbours", "boosted trees"}
    assert found["linear"] > 0.95


def test_targets_with_numbers_missing_leave_the_constant() -> None:
    made = _heads(MSE, "")
    holed = made.data.targets[0].copy()
    holed[3] = np.nan
    data = replace(made.data, targets=(holed, made.data.targets[1]))
    assert set(baselines(measure_of(made), data, data)) == {"constant"}


def test_a_learner_that_cannot_do_one_target_is_left_out() -> None:
    made = _heads(MSE, "sparse_categorical_crossentropy")
    ids = np.arange(300) % 50
    made = replace(made, data=replace(made.data, targets=(made.data.targets[0], ids)))
    assert set(baselines(measure_of(made), made.data, made.data)) == {
        "constant",
        "linear",
        "neighbours",
    }


def test_wide_rows_are_asked_of_random_trees() -> None:
    x, ids = normal(120, 150), integers(0, 3, 120)
    x[:, :40] += 3 * ids[:, None]
    made = recipe(x, ids, [dense(3, "softmax")], "sparse_categorical_crossentropy")
    assert baselines(measure_of(made), made.data, made.data)["random trees"] > 0.9
    values = recipe(x, x[:, :2], [dense(2)])
    assert baselines(measure_of(values), values.data, values.data)["random trees"] > 0.9


def test_a_constant_is_of_a_class_that_is_trained_on() -> None:
    """The commonest class of the rows that judge may be another by chance, but not one unseen."""
    made = classifier()
    measure = measure_of(made)
    train, judged = np.repeat([0, 1], [6, 4]), np.repeat([0, 1, 2], [1, 3, 6])
    assert measure.constant((train,), (judged,)) == pytest.approx(0.3)
    assert measure.constant((judged,), (judged,)) == pytest.approx(0.6)
