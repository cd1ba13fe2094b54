"""The result of a final training as a record and as a file, and the interval that its search expects."""

import json
import math

import numpy as np
import pytest

from lrsearch.errors import StorageError
from lrsearch.final import FinalTest, read_final
from lrsearch.final.record import FINAL_FILE, expected_interval, write_final
from lrsearch.plans import FinalPlan

PLAN = FinalPlan(expected=0.9, expected_sd=0.004, seed_sd=0.006)


def test_the_interval_adds_all_four_variances():
    """Seeds of the search, seeds of the training, validation examples, test examples."""
    low, high = expected_interval(PLAN, spread=0.3, n_val=500, n_test=900, n_seeds=4)
    sd = math.sqrt(0.004**2 + 0.006**2 / 4 + 0.09 / 500 + 0.09 / 900)
    assert (low + high) / 2 == pytest.approx(0.9)
    assert high - low == pytest.approx(2 * 1.96 * sd)


@pytest.mark.parametrize("unknown", ["expected", "expected_sd", "seed_sd", "spread", "n_val"])
def test_what_is_not_known_gives_no_interval(unknown):
    """No part is taken as 0."""
    plan = (
        FinalPlan(**{"expected": 0.9, "expected_sd": 0.0, "seed_sd": 0.0, unknown: None})
        if hasattr(PLAN, unknown)
        else PLAN
    )
    values = {"spread": 0.3, "n_val": 500, **({unknown: None} if not hasattr(PLAN, unknown) else {})}
    assert expected_interval(plan, **values, n_test=900, n_seeds=1) is None


def test_the_interval_covers_simulated_tests():
    """True accuracies vary by seed, and validation and test are samples: about 95 % lie inside."""
    rng = np.random.default_rng(0)
    true, seed_sd, n_val, n_test, inside = 0.93, 0.005, 500, 1000, 0
    for _ in range(2000):
        searched, trained = np.clip(rng.normal(true, seed_sd, 2), 0, 1)
        expected = rng.binomial(n_val, searched) / n_val
        score = rng.binomial(n_test, trained) / n_test
        plan = FinalPlan(expected=expected, expected_sd=seed_sd, seed_sd=seed_sd)
        spread = math.sqrt(score * (1 - score))
        low, high = expected_interval(plan, spread=spread, n_val=n_val, n_test=n_test, n_seeds=1)
        inside += low <= score <= high
    assert 0.93 <= inside / 2000 <= 0.97


def test_the_file_gives_back_the_record(tmp_path):
    """Every field; before the training is finished there is no file, and no record."""
    test = FinalTest(
        scores=(0.9, 0.92), n_test=100, low=0.85, high=0.95, seed=1, n_looks=2, files=("weights.safetensors", "card.md")
    )
    assert read_final(tmp_path) is None
    write_final(tmp_path, test)
    assert read_final(tmp_path) == test
    assert (test.mean, test.is_expected) == (pytest.approx(0.91), True)


@pytest.mark.parametrize(
    ("changed", "message"),
    [({"scores": "high"}, "scores: must be a list"), ({"n_looks": 0}, "n_looks: must be"), ({"format": 9}, "format")],
)
def test_an_edited_file_is_refused_in_a_line(tmp_path, changed, message):
    """The field and what to do."""
    write_final(tmp_path, FinalTest())
    path = tmp_path / FINAL_FILE
    path.write_text(json.dumps({**json.loads(path.read_text()), **changed}))
    with pytest.raises(StorageError) as raised:
        read_final(tmp_path)
    assert message in str(raised.value)
    assert f"restore the file from a copy, or remove it: then `lrsearch resume {tmp_path}` tests" in str(raised.value)


def test_a_result_of_another_training_is_refused(tmp_path):
    """A copied file would show the scores of another rate. A file of an older version names no run."""
    write_final(tmp_path, FinalTest(scores=(0.9,), n_test=10), "0a0b0c0d")
    assert read_final(tmp_path, "0a0b0c0d").scores == (0.9,)
    with pytest.raises(StorageError, match="was written by another training"):
        read_final(tmp_path, "ffffffff")
    write_final(tmp_path, FinalTest(scores=(0.9,), n_test=10))
    assert read_final(tmp_path, "ffffffff").scores == (0.9,)


@pytest.mark.parametrize(
    ("test", "message"),
    [
        (FinalTest(scores=(97.5,), n_test=10), "scores: must be from 0 to 1, got 97.5"),
        (FinalTest(scores=(0.9,), n_test=10, low=0.95, high=0.8), "low (0.95) must not be above high (0.8)"),
        (FinalTest(scores=(0.9,), n_test=10, seed=7), "seed: must be below the number of scores, 1, got 7"),
    ],
)
def test_an_impossible_result_is_refused(tmp_path, test, message):
    """Scores, interval and seed; a loss may be above 1."""
    write_final(tmp_path, test)
    with pytest.raises(StorageError) as raised:
        read_final(tmp_path, is_share=True)
    assert message in str(raised.value)
    write_final(tmp_path, FinalTest(scores=(97.5,), n_test=10))
    assert read_final(tmp_path).mean == 97.5


def test_a_test_without_expectation_is_neither_inside_nor_outside():
    """None in each unknown case."""
    assert FinalTest(scores=(0.9,), n_test=10).is_expected is None
    assert FinalTest(low=0.8, high=0.9).is_expected is None
    assert FinalTest(scores=(0.7,), n_test=10, low=0.8, high=0.9).is_expected is False
