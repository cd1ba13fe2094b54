"""Range tests alone, and before a search with `search.lr: auto`."""

import json
import math

import numpy as np
import pytest
import torch
from torch import nn

import lrsearch
from factories import stop_after
from lrsearch.analysis.range.ramp import Ramp
from lrsearch.errors import DataError, RangeUnclear, RunNotFound, TooManyFaults, UsageError
from lrsearch.interfaces import Limits, Listener
from lrsearch.range_test.api import RangeOptions, run_range
from lrsearch.range_test.testing import Interrupted
from lrsearch.spec import make_spec, spec_values
from lrsearch.store import find_run

ARMS = {"sgd": {"train.optimizer": {"name": "sgd", "momentum": 0.9}}, "adam": {"train.optimizer": "adam"}}


@pytest.fixture
def no_pictures(monkeypatch):
    """Pictures take a second for each arm: tests that are not about them leave them out."""
    monkeypatch.setattr("lrsearch.range_test.plot.range_pictures", lambda *_: {})


def arrays(n=240, **changes):
    """Images whose brightness depends on their class."""
    y = np.arange(n) % 3
    x = (np.random.default_rng(0).integers(0, 60, (n, 6, 6)) + 80 * y[:, None, None]).astype(np.uint8)
    return {"x_train": x, "y_train": y, **changes}


def test_digits_give_a_rate_that_trains(tmp_path, monkeypatch):
    """On real data the suggested rate trains, a second test suggests the same, and the folder records it."""
    found = lrsearch.run_range({}, runs_dir=tmp_path)
    suggestion = found.suggestion
    assert 0.02 < suggestion.lr < 0.5
    assert suggestion.low < 0.1 < suggestion.high
    assert found.path.name == "digits-range-001"
    assert {path.name for path in found.path.iterdir()} == {
        "range.json",
        "range.svg",
        "range.png",
        "spec.yaml",
        "found.yaml",
    }
    assert lrsearch.load_spec(found.path / "found.yaml") == found.searched
    written = json.loads((found.path / "range.json").read_text())
    assert written["suggestion"]["lr"] == suggestion.lr
    monkeypatch.setattr("lrsearch.range_test.plot.range_pictures", lambda *_: {})  # seen above
    again = lrsearch.run_range({}, runs_dir=tmp_path)
    assert again.findings == found.findings
    assert again.path.name == "digits-range-002"
    run = lrsearch.run_search({"search": {"lr": [suggestion.lr]}}, runs_dir=tmp_path)
    assert run.best.val_accuracy > 0.93


@pytest.mark.usefixtures("no_pictures")
def test_workers_find_what_one_process_finds(tmp_path):
    """The result does not depend on where the trials run."""
    options = RangeOptions(Ramp(steps=40), 2)
    inline, workers = (
        run_range({"run": {"executor": way, "jobs": 1, "engine": "single"}}, options, runs_dir=tmp_path)
        for way in ("inline", "processes")
    )
    assert inline.findings[""].curves == workers.findings[""].curves
    assert inline.findings[""].answer == workers.findings[""].answer


@pytest.mark.usefixtures("analytic")
def test_arms_are_tested_one_by_one(tmp_path):
    """Each arm has its own suggestion and its own pictures."""
    found = run_range({"arms": ARMS}, runs_dir=tmp_path)
    rates = {arm: finding.suggestion.lr for arm, finding in found.findings.items()}
    with pytest.raises(UsageError, match="the range test has 2 arms"):
        _ = found.suggestion
    assert rates["sgd"] == pytest.approx(10 * rates["adam"], rel=0.3)
    assert {"range-sgd.svg", "range-adam.png"} <= {path.name for path in found.path.iterdir()}
    assert set(json.loads((found.path / "range.json").read_text())["arms"]) == {"sgd", "adam"}


@pytest.mark.usefixtures("analytic")
@pytest.mark.parametrize("strategy", ["grid", "random", "bayes"])
def test_auto_searches_the_suggested_range(tmp_path, strategy):
    """Every rate is in the range; the run records it; bayes tries the suggestion first; a resume repeats no test."""
    said = []
    spec = {"search": {"lr": "auto", "trials": 5}}
    run = lrsearch.run_search(spec, strategy, runs_dir=tmp_path, listener=Listener(note=said.append))
    search = run.spec.search
    assert all(search.lr.low <= result.trial.lr <= search.lr.high for result in run.results)
    assert search.lr.low < search.suggested < search.lr.high
    assert "a range test" in run.manifest.plan.range.reason
    assert json.loads((run.path / "range.json").read_text())["suggestion"]["lr"] == search.suggested
    assert any("suggested lr" in line for line in said)
    if strategy == "bayes":
        assert run.results[0].trial.lr == search.suggested
    resumed = lrsearch.resume_run(run.name, spec=make_spec(spec), runs_dir=tmp_path)
    assert resumed.results == run.results
    larger = lrsearch.resume_run(
        run.name, spec=make_spec({"search": {"lr": "auto", "trials": 5, "repeats": 2}}), runs_dir=tmp_path
    )
    assert larger.spec.search.lr == search.lr
    assert len(larger.results) == 2 * len(run.results)


@pytest.mark.usefixtures("analytic")
def test_only_arms_with_auto_are_tested(tmp_path):
    """An arm that is added on a resume is tested then."""
    auto = {**ARMS["adam"], "search.lr": "auto", "search.points": 3}
    arms = {"sgd": {"search.lr": [0.1]}, "adam": auto}
    run = lrsearch.run_search({"arms": arms}, runs_dir=tmp_path)
    assert run.arms["sgd"].search.lr == (0.1,)
    assert run.arms["adam"].search.lr.high < 0.5
    assert "adam" in json.loads((run.path / "range.json").read_text())["arms"]
    more = make_spec({"name": run.spec.name, "arms": {**arms, "sgd2": {"search.lr": "auto", "search.points": 1}}})
    resumed = lrsearch.resume_run(run.name, spec=more, runs_dir=tmp_path)
    assert resumed.arms["adam"].search.lr == run.arms["adam"].search.lr
    assert resumed.arms["sgd2"].search.lr == (resumed.arms["sgd2"].search.suggested,)
    assert len(resumed.results) == 5
    # An arm that was tested later is recorded like one that was tested first.
    assert set(json.loads((run.path / "range.json").read_text())["arms"]) == {"adam", "sgd2"}
    assert "a range test" in resumed.manifest.plan_of("sgd2").range.reason
    assert "a range test" in resumed.manifest.plan_of("adam").range.reason


@pytest.mark.usefixtures("analytic")
def test_one_point_of_auto_is_the_suggestion(tmp_path):
    """A grid of one point trains at the suggested rate only."""
    spec = {"search": {"lr": "auto", "points": 1, "trials": 3, "repeats": 2}}
    run = lrsearch.run_search(spec, runs_dir=tmp_path)
    assert {result.trial.lr for result in run.results} == {run.spec.search.suggested}
    assert len(run.results) == 2
    for strategy in ("random", "bayes"):  # these strategies have no points
        assert len(lrsearch.run_search(spec, strategy, runs_dir=tmp_path).results) == 6


@pytest.mark.usefixtures("analytic", "no_pictures")
def test_the_scale_of_the_specs_range_is_kept(tmp_path):
    """One point of a list is dropped, because a range needs more."""
    linear = {"search": {"lr": {"low": 0.01, "high": 1.0, "scale": "linear"}}}
    assert run_range(linear, runs_dir=tmp_path).searched.search.lr.scale == "linear"
    assert run_range({"search": {"lr": [0.1], "points": 1}}, runs_dir=tmp_path).searched.search.points is None


@pytest.mark.usefixtures("analytic")
def test_a_time_limit_includes_the_range_test(tmp_path):
    """The search gets only the time that the range test has left."""
    run = lrsearch.run_search({"search": {"lr": "auto"}}, runs_dir=tmp_path, limits=Limits(max_seconds=1e-6))
    assert not run.finished
    assert len(run.results) == 0
    assert lrsearch.resume_run(run.name, runs_dir=tmp_path).finished


@pytest.mark.usefixtures("no_pictures")
def test_random_labels_have_no_suggestion(tmp_path):
    """A search ends with exit code 1; a range test reports it and is recorded."""
    rng = np.random.default_rng(1)
    noise = {"x_train": rng.integers(0, 255, (3000, 4, 4)).astype(np.uint8), "y_train": rng.integers(0, 10, 3000)}
    values = {"model": {"name": "mlp", "hidden": [4]}}
    found = run_range(values, RangeOptions(Ramp(high=0.1), 3), runs_dir=tmp_path, data=noise)
    assert found.suggestion is found.searched is None
    assert str(found.findings[""].answer).startswith("no suggestion: ")
    assert json.loads((found.path / "range.json").read_text())["message"].startswith("no suggestion")


@pytest.mark.usefixtures("analytic")
def test_no_search_without_a_suggestion(tmp_path, monkeypatch):
    """Nothing is written if the range test finds no rate."""
    monkeypatch.setattr("lrsearch.training.analytic._SHIFT", {"sgd": 1e-12})
    with pytest.raises(RangeUnclear, match="range test: no suggestion: no rate of the ramp"):
        lrsearch.run_search({"search": {"lr": "auto"}}, runs_dir=tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (RangeOptions(Ramp(low=0.1, high=0.01)), r"--low \(0.1\) must be below --high \(0.01\)"),
        (RangeOptions(Ramp(low=0.0)), r"--low: must be a number from 1e-30 to 1e\+30, got 0.0"),
        (RangeOptions(Ramp(low=1e-310)), "--low: must be a number from 1e-30"),
        (RangeOptions(Ramp(low="a")), "--low: must be a number from 1e-30"),
        (RangeOptions(Ramp(high=math.inf)), "--high: must be a number from .*, got inf"),
        (RangeOptions(Ramp(high=math.nan)), "--high: must be a number from .*, got nan"),
        (RangeOptions(Ramp(scale="square")), "--scale: must be log or linear, got square"),
        (RangeOptions(Ramp(steps=40.5)), "--steps: must be a whole number of at least 1, got 40.5"),
        (RangeOptions(Ramp(steps=10**6)), "--steps: must be at most 2,000, got 1,000,000"),
        (RangeOptions(n_seeds=10**8), "--seeds: must be at most 64, got 100,000,000"),
        (RangeOptions(Ramp(steps=10)), "--steps: 10 steps are too few"),
        (RangeOptions(n_seeds=0), "--seeds: must be a whole number of at least 1, got 0"),
    ],
)
def test_impossible_options_are_refused(tmp_path, options, said):
    """The message names the flag, before any data is opened."""
    with pytest.raises(UsageError, match=said):
        run_range({}, options, runs_dir=tmp_path / "runs")
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("values", "changes", "said"),
    [
        ({"data": {"batch_size": 500}}, {}, "data.batch_size: 500 exceeds the 160 training images"),
        ({"data": {"batch_size": 160}}, {}, "give only one step per epoch. A range test needs at least two"),
    ],
)
def test_too_few_data_are_refused(tmp_path, values, changes, said):
    """There are fewer images than a batch, or only one step in an epoch."""
    with pytest.raises(DataError, match=said):
        run_range(values, runs_dir=tmp_path, data=arrays(**changes), model=network)


def network(scale=1.0):
    """A network of the user."""
    model = nn.Sequential(nn.Flatten(), nn.Linear(36, 3))
    nn.init.constant_(model[1].bias, 0.0)
    model[1].weight.data *= scale
    return model


def test_a_loss_that_is_not_finite_at_once_is_not_the_rates_fault(tmp_path):
    """The message blames the data or the model."""
    with pytest.raises(DataError, match="Check the data and the model"):
        run_range({}, runs_dir=tmp_path, data=arrays(), model=lambda: network(math.inf))


def test_a_fault_ends_the_test(tmp_path):
    """If the model raises, its message is shown and nothing is written."""

    class Broken(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.ones(1))

        def forward(self, x):
            raise ValueError(f"cannot be: {len(x)} images")

    with pytest.raises(TooManyFaults, match="cannot be"):
        run_range({}, runs_dir=tmp_path, data=arrays(), model=Broken)
    assert not list(tmp_path.iterdir())


@pytest.mark.usefixtures("analytic")
def test_an_interrupted_test_writes_nothing(tmp_path):
    """This holds in the middle of the test."""
    with pytest.raises(Interrupted):
        run_range({}, runs_dir=tmp_path, **stop_after(1))
    assert not list(tmp_path.iterdir())


@pytest.mark.usefixtures("analytic", "no_pictures")
def test_a_range_test_cannot_be_shown_or_resumed(tmp_path):
    """The message says that it is a range test and no run."""
    path = run_range({}, runs_dir=tmp_path, name="mine").path
    for ref in ("mine", str(path)):
        with pytest.raises(RunNotFound, match="is a range test, not a run"):
            find_run(tmp_path, ref)
    assert spec_values(lrsearch.load_spec(path / "spec.yaml"))["name"] == "digits"
