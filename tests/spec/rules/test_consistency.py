"""Rules between values, and the rules that later stages use again."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrsearch.catalog import DATASETS
from lrsearch.errors import SpecError
from lrsearch.spec import (
    image_shape,
    make_choice,
    make_spec,
    model_problem,
    spec_warnings,
    training_size,
    validation_size,
)


@given(st.integers(2, 10**9), st.none() | st.floats(0, 1, exclude_min=True, exclude_max=True))
def test_validation_size_leaves_both_parts(n, fraction):
    """Neither part of the split is ever empty."""
    assert 1 <= validation_size(n, fraction) <= n - 1


@pytest.mark.parametrize(
    ("n", "fraction", "expected"),
    [(1500, None, 500), (600, None, 200), (4000, None, 500), (60_000, None, 6000), (1500, 0.2, 300), (10, 0.01, 1)],
)
def test_validation_size(n, fraction, expected):
    """A tenth, but at least 500 images where that leaves two thirds."""
    assert validation_size(n, fraction) == expected


def test_model_problem():
    """The words for a model that is too big for its images, which the stage that sees the files uses too."""
    deep = make_choice("model", "convnet", depth=4)
    assert model_problem(deep, (3, 17, 17)) is None
    assert model_problem(deep, (3, 32, 16)) == (
        "model 'convnet' of depth 4 needs images of at least 17x17; the data set has 32x16"
    )
    assert model_problem(make_choice("model", "mlp"), (1, 1, 1)) is None


def test_what_only_files_know():
    """Of arrays neither shape nor size is known, and nothing is said of either."""
    spec = make_spec({"data": {"dataset": "arrays", "path": "x.npz", "batch_size": 10**9}, "model": "resnet18"})
    assert image_shape(spec.data.dataset) is None
    assert training_size(spec) is None


def test_what_the_options_know():
    """Of synthetic images both are in the options."""
    spec = make_spec({"data": {"dataset": {"name": "synthetic", "shape": [2, 9, 8], "size": 300}}})
    assert image_shape(spec.data.dataset) == (2, 9, 8)
    assert training_size(spec) == 200


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, []),
        ({"search": {"lr": {"low": 0.1, "high": 1}}}, []),
        (
            {"search": {"lr": {"low": 1, "high": 1.1}}},
            ["search.lr: 1 to 1.1 is 0.041 decades wide, so all rates will score almost the same"],
        ),
        (
            {"search": {"lr": {"low": 1e-30, "high": 1e30}}},
            ["search.lr: 1e-30 to 1e+30 is 60 decades wide, so most of these rates will not train"],
        ),
        (
            {"search": {"lr": [0.1], "points": 4}},
            ["search.points has no effect, because search.lr is a list"],
        ),
        (
            {"run": {"executor": "inline", "jobs": 2}},
            ["run.jobs has no effect, because with run.executor inline all trials train in one process"],
        ),
        ({"run": {"executor": "inline", "jobs": 1}}, []),
        (
            {"train": {"epochs": 3, "early_stopping": {"patience": 3}}},
            [
                (
                    "train.early_stopping has no effect, because its patience (3 epochs) is not shorter than the run "
                    "(3 epochs)"
                )
            ],
        ),
        (
            {"train": {"schedule": "one-cycle", "warmup": 0.1}},
            [
                (
                    "train.warmup: one-cycle already starts at a low rate, so the rate drops when the warm-up ends; "
                    "set train.warmup to 0"
                )
            ],
        ),
        ({"train": {"schedule": "cyclic", "warmup": {"steps": 0}}}, []),
    ],
)
def test_warnings(values, expected):
    """Row 34 and its like: odd, allowed, and said."""
    assert spec_warnings(make_spec(values)) == expected


def test_a_limit_of_time_needs_a_process():
    """A training in the search's own process cannot be ended from outside."""
    assert make_spec({"run": {"trial_timeout": 60}}).run.trial_timeout == 60
    with pytest.raises(SpecError, match=r"run\.trial_timeout: a time limit needs worker processes"):
        make_spec({"run": {"trial_timeout": 60, "executor": "inline"}})
    with pytest.raises(SpecError, match=r"run\.trial_timeout: must be above 0"):
        make_spec({"run": {"trial_timeout": 0}})


def test_a_model_takes_examples_of_one_kind(monkeypatch):
    """A data set of a kind that no model takes is refused."""
    monkeypatch.setitem(DATASETS, "digits", replace(DATASETS["digits"], kind="sentences"))
    with pytest.raises(SpecError, match="model 'mlp' takes images and rows; digits has sentences"):
        make_spec({})
