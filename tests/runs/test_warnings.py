"""The warnings of a run, word by word: each is read once and says what to do."""

from dataclasses import replace

import pytest

from factories import make_result, make_run
from lrsearch.runs import run_search
from lrsearch.runs.warnings import run_warnings


@pytest.fixture
def run_of(tmp_path, monkeypatch):
    """A finished run of the formula by a spec's search section."""
    monkeypatch.setenv("LRSEARCH_TRAINER", "analytic")

    def run(arms=None, **search):
        return run_search({"name": "x", "search": search, "arms": arms or {}}, runs_dir=tmp_path, progress=False)

    return run


def unfinished(run, n_results):
    """The run as it was after so many results."""
    return replace(run, log=run.log[:n_results], manifest=replace(run.manifest, finished=False))


def test_a_run_that_was_stopped(run_of):
    """How much is done."""
    run = run_of(points=5)
    assert run_warnings(unfinished(run, 3)) == ["not finished: 3 of 5 trials are done"]


def test_a_run_that_was_stopped_before_its_stages_ended(run_of):
    """How much of the search is done, what comes then, and how much of that is done."""
    run = run_of(lr=[0.05, 0.1, 0.2], confirm=1)
    n_extra = sum(bool(result.trial.stage) for result in run.log)
    assert n_extra > 1
    assert run_warnings(unfinished(run, 4)) == [
        "not finished: 3 of 3 trials are done; the extra trials of confirm come after these trials (1 done so far)"
    ]


def test_arms_without_results_are_named(run_of):
    """The first few of many."""
    arms = {f"arm-{i}": {"train.epochs": 3 + i} for i in range(8)}
    run = run_of(lr=[0.1], arms=arms)
    assert run_warnings(unfinished(run, 1)) == [
        "not finished: 1 of 8 trials are done; no results yet for arm-1, arm-2, arm-3, arm-4, arm-5 and 2 more"
    ]


def test_faults_are_not_done(run_of):
    """A resume trains them again, so that 3 of 3 trials would be no reason to go on."""
    lrs = (0.1, 0.2, 0.3)
    results = [make_result(lr, number=i, state="failed", score=None) for i, lr in enumerate(lrs)]
    run = make_run(results, spec={"search": {"lr": list(lrs)}}, finished=False, n_trials=3)
    assert run_warnings(run)[0] == "not finished: 0 of 3 trials are done"


def test_faults_are_counted(run_of):
    """A fault is not held against a learning rate; the table tells what happened."""
    run = run_of(lr=[0.1, 0.2])
    log = (replace(run.log[0], state="oom", score=None, learned=None, message="80 GiB"), *run.log[1:])
    assert run_warnings(replace(run, log=log))[-1] == (
        "1 of 2 trials ended in a fault of the machine or the code, which does not count against their rates"
    )


@pytest.mark.parametrize(
    ("lrs", "line"),
    [
        ([1e-9, 1e-8], "no rate up to 1e-08 learned; search higher rates, or train for more epochs"),
        (
            [500.0, 900.0],
            "every rate from 500 upwards collapsed or diverged; search lower rates, or train for more epochs",
        ),
        (
            [1e-9, 900.0],
            "rates up to 1e-09 are too low, and rates from 900 upwards collapse; search between these rates",
        ),
    ],
)
def test_where_to_search_after_nothing_trained(run_of, lrs, line):
    """Higher, lower, or between."""
    assert run_warnings(run_of(lr=lrs)) == [line]
