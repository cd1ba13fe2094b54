"""The metrics: their values, their words, and that the training reports them."""

from __future__ import annotations

import math
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrsearch.analysis.ranking import constant_score
from lrsearch.catalog import METRICS, VAL_ACCURACY, computed_metrics, find_metric
from lrsearch.data import describe
from lrsearch.data.arrays import Arrays
from lrsearch.data.split import split
from lrsearch.spec import make_spec
from lrsearch.training.setup import reported

LABELS = np.array([0, 0, 0, 0, 1, 1, 2, 2])
ANSWERS = np.array([0, 0, 0, 1, 1, 0, 0, 0])
LOSSES = np.array([0.1, 0.2, 0.3, 1.0, 0.5, 2.0, 3.0, 4.9], dtype=np.float32)


def test_values():
    """By hand: right are 3 of 4, 1 of 2 and 0 of 2; the answers are 6, 2 and 0."""
    found = computed_metrics(LABELS, ANSWERS, LOSSES)
    assert found["val_accuracy"] == 0.5
    assert found["val_loss"] == pytest.approx(1.5)
    assert found["balanced_accuracy"] == pytest.approx((3 / 4 + 1 / 2 + 0) / 3)
    assert found["macro_f1"] == pytest.approx((6 / 10 + 2 / 4 + 0 / 2) / 3)


def test_a_class_that_nobody_shows_or_names_does_not_count():
    """Class 1 has neither images nor answers."""
    found = computed_metrics(np.array([0, 0, 2]), np.array([0, 2, 2]), np.zeros(3))
    assert found["balanced_accuracy"] == pytest.approx((1 / 2 + 1) / 2)
    assert found["macro_f1"] == pytest.approx((2 / 3 + 2 / 3) / 2)


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=60))
def test_shares_are_shares_and_names_of_classes_do_not_matter(pairs):
    """Each is in [0, 1], 1 if all is right, and the same if the classes are renamed."""
    labels, answers = np.array(pairs).T
    losses = np.ones(labels.size)
    found = computed_metrics(labels, answers, losses)
    shares = [name for name in found if METRICS[name].grows_from_zero]
    assert all(0 <= found[name] <= 1 for name in shares)
    renamed = computed_metrics(4 - labels, 4 - answers, losses)
    assert [renamed[name] for name in shares] == pytest.approx([found[name] for name in shares])
    perfect = computed_metrics(labels, labels, losses)
    assert [perfect[name] for name in shares] == [1.0] * len(shares)


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_every_metric_is_reported_and_travels(metric):
    """The training reports it; the record survives a worker process; what it says of itself fits together."""
    assert all(metric.name in reported(task) for task in metric.tasks)
    assert pickle.loads(pickle.dumps(metric)) == metric  # noqa: S301  (our own bytes)
    assert metric.oriented(metric.oriented(0.3)) == 0.3
    assert (metric.oriented(1.0) > metric.oriented(2.0)) is metric.lower_is_better
    assert (metric.examples is not None) == (metric.noise != "measured")


def test_scores_of_constant_answers():
    """They are measured on the validation labels: the most frequent class as the answer to every image."""
    images, labels = np.zeros((120, 1, 2, 2), np.uint8), np.repeat([0, 1, 2], [72, 36, 12])
    arrays = Arrays(x_train=images, y_train=labels, x_val=None, y_val=None, n_classes=3)
    task = describe(split(arrays, make_spec({"data": {"val_fraction": 0.5, "batch_size": 20}}).data), "x", "images")
    found = {name: constant_score(metric, task) for name, metric in METRICS.items()}
    assert found["val_accuracy"] == pytest.approx(0.6)
    assert found["balanced_accuracy"] == pytest.approx(1 / 3)
    assert found["macro_f1"] == pytest.approx(2 * 0.6 / 1.6 / 3)
    entropy = -sum(share * math.log(share) for share in (0.6, 0.3, 0.1))
    assert found["val_loss"] == pytest.approx(entropy)
    assert found["train_loss"] == pytest.approx(entropy)
    assert constant_score(find_metric("perplexity", "min"), task) is None
    assert constant_score(VAL_ACCURACY, None) is None


def test_words():
    """Shares have points, losses nats; another metric has no unit."""
    loss, own = METRICS["val_loss"], find_metric("perplexity", "min")
    assert (VAL_ACCURACY.text(0.9712), VAL_ACCURACY.difference(0.0025, 2)) == ("0.971", "0.25 points")
    assert [loss.text(value) for value in (0.1234567, 1e-5, 12345.0, 0.0)] == ["0.1235", "1e-05", "1.23e+04", "0.0000"]
    assert (loss.difference(0.0213), own.difference(0.0213)) == ("0.021 nats", "0.021")
    assert (loss.axis_label, VAL_ACCURACY.axis_label) == ("validation loss (nats)", "validation accuracy")


def test_a_metric_of_the_training():
    """It needs a goal; a built-in name keeps its own."""
    assert find_metric("perplexity", "min").lower_is_better
    assert find_metric("val_loss", "max") is METRICS["val_loss"]
    with pytest.raises(KeyError):
        find_metric("perplexity")


def test_values_that_are_not_finite_stay_so():
    """The trainer must see them."""
    assert math.isnan(computed_metrics(LABELS, ANSWERS, LOSSES * math.nan)["val_loss"])
