"""Results as JSON values: exact, valid JSON, and checked on the way back."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from factories import make_result
from lrsearch.records import EPOCH_METRICS, Point
from lrsearch.store.records_json import result_from_json, result_to_json, trial_from_json, trial_to_json
from lrsearch.store.shapes import ShapeError


def through_json(result):
    """What comes back from strict JSON."""
    return result_from_json(json.loads(json.dumps(result_to_json(result), allow_nan=False)))


def test_numbers_that_are_not_finite():
    """They are written as text, for JSON has no such number, and come back as numbers."""
    values = result_to_json(make_result(val_loss=math.inf))
    assert values["points"]["metrics"]["val_loss"] == ["inf", "inf"]
    assert through_json(make_result(val_loss=-math.inf)).points[0].val_loss == -math.inf
    assert math.isnan(through_json(make_result(val_loss=math.nan)).points[1].val_loss)


def test_metrics_that_some_epochs_lack():
    """A further metric may be missing from an epoch."""
    result = make_result()
    first, second = result.points
    result = replace(result, points=(replace(first, metrics={"top5": 0.5}), replace(second, metrics={"ece": 0.1})))
    assert through_json(result) == result


def test_overrides():
    """What an arm changes comes back as JSON values."""
    trial = replace(make_result().trial, overrides={"train.optimizer": {"name": "adam"}, "data.batch_size": 64})
    assert trial_from_json(json.loads(json.dumps(trial_to_json(trial)))) == trial


def test_bounds_of_pruning():
    """JSON has no keys that are numbers."""
    trial = replace(make_result().trial, stop_below={1: 0.5, 4: 0.75})
    values = json.loads(json.dumps(trial_to_json(trial)))
    assert values["stop_below"] == [[1, 0.5], [4, 0.75]]
    assert trial_from_json(values) == trial
    assert through_json(replace(make_result(), trial=trial)).trial == trial


def test_numbers_of_numpy():
    """A float32 that slipped in is written as the number that it is."""
    result = replace(make_result(), score=np.float32(0.1))
    assert through_json(result).score == float(np.float32(0.1))


def test_points_are_columns():
    """The names stand once, not once for each epoch."""
    values = result_to_json(make_result())
    assert values["points"]["epoch"] == [1, 2]
    assert set(values["points"]) == set(Point.__slots__) - {"trial"}
    assert set(values["points"]["metrics"]) == set(EPOCH_METRICS)


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        ({"state": "great"}, "state: must be 'ok', 'diverged', 'pruned', 'failed', 'oom' or 'killed', got \"great\""),
        ({"seconds": None}, "seconds: must be a number, got null"),
        ({"seconds": 10**400}, "seconds: must be a number, got 1000"),
        ({"score": math.nan}, "score: must be finite, got NaN"),
        ({"score": "0.9"}, 'score: must be a number, got "0.9"'),
        ({"score": None}, "score: must be a number, because the state is ok, got null"),
        ({"learned": 1}, "learned: must be true or false, got 1"),
        ({"trial": {}}, "trial.number: is missing"),
        ({"trial": 3}, "trial: must be an object, got 3"),
        ({"trial": {**trial_to_json(make_result().trial), "lr": 0}}, "trial.lr: must be at least 1e-40, got 0"),
        ({"trial": {**trial_to_json(make_result().trial), "lr": 1e-320}}, "trial.lr: must be at least 1e-40, got "),
        ({"trial": {**trial_to_json(make_result().trial), "lr": 1e300}}, "trial.lr: must be at most 1e+40, got 1e+300"),
        ({"trial": {**trial_to_json(make_result().trial), "lr": "inf"}}, 'trial.lr: must be a number, got "inf"'),
        ({"correct": "junk"}, 'correct: must be a list, got "junk"'),
        ({"correct": [0, 5]}, "correct: must be a list of 3, got [0, 5]"),
        ({"points": {"epoch": [1]}}, "points.lr: is missing"),
        (
            {"points": {"epoch": [1], "lr": [0.1], "seconds": [0.1], "metrics": {"val_accuracy": [1.5]}}},
            "points.metrics: must hold numbers from 0 to 1 for val_accuracy",
        ),
    ],
)
def test_what_is_no_result(damage, problem):
    """Values of another shape are refused, and the field is named."""
    with pytest.raises(ShapeError) as caught:
        result_from_json({**result_to_json(make_result()), **damage})
    assert str(caught.value).startswith(problem)


def test_epochs_that_do_not_rise():
    """They stand in the order in which they were trained."""
    values = result_to_json(make_result())
    values["points"]["epoch"] = [2, 2]
    with pytest.raises(ShapeError, match=r"points\.epoch: must rise"):
        result_from_json(values)


def test_columns_of_unequal_length():
    """An epoch cannot be missing from one column."""
    values = result_to_json(make_result())
    values["points"]["metrics"]["val_loss"].pop()
    with pytest.raises(ValueError, match="unequal length"):
        result_from_json(values)
