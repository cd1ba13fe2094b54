"""A function of the user's as the training of a trial: `run_search(objective=...)`."""

import math

import pytest

import lrsearch
from lrsearch.errors import UsageError

SPEC = {"search": {"lr": [0.01, 0.1, 1.0]}}


def hill(lr, report, seed, scale=1.0):
    """Three epochs; best at 0.1."""
    for epoch in range(3):
        report(epoch=epoch, loss=1.0, val_acc=scale * math.exp(-((math.log10(lr) + 1) ** 2)) * (epoch + 1) / 3)


def search(tmp_path, objective=hill, spec=SPEC, **arguments):
    return lrsearch.run_search(
        spec, objective=objective, metric="val_acc", runs_dir=tmp_path, progress=False, **arguments
    )


@pytest.mark.parametrize("executor", ["inline", "processes"])
def test_a_function_is_searched_like_a_network(tmp_path, executor):
    """In this process and in workers; what it reports are the epochs, and its last value is the score."""
    run = search(tmp_path, spec={**SPEC, "run": {"executor": executor}})
    assert [row.lr for row in run.ranking.rows] == [0.1, 0.01, 1.0]
    assert (run.best.score, run.best.best_epoch) == (1.0, 3)
    assert run.results[1].points[0].metrics == {"loss": 1.0, "val_acc": pytest.approx(1 / 3)}
    assert run.manifest.task.name == "hill"
    assert "model" not in run.folder.spec.read_text()


def test_arguments_of_its_own_are_arms(tmp_path):
    """By their names, as placeholders of a command are."""
    run = search(tmp_path, spec={**SPEC, "arms": {"half": {"scale": 0.5}, "two": {"scale": 2}}})
    assert (run.best.arm, run.best.score) == ("two", 2.0)
    with pytest.raises(UsageError, match="the function has no argument size"):
        search(tmp_path, spec={**SPEC, "placeholders": {"size": 1}})


def test_a_returned_number_is_the_score(tmp_path):
    """With no report it is the only epoch; after reports it is one more, unless it is the last value."""
    run = search(tmp_path, lambda lr: lr)
    assert (run.best.lr, run.best.score, len(run.results[0].points)) == (1.0, 1.0, 1)

    def both(lr, report):
        report(val_acc=lr / 2)
        return lr

    (first, *_) = search(tmp_path, both).results
    assert [point.metrics["val_acc"] for point in first.points] == [0.005, 0.01]


def test_how_a_function_may_end(tmp_path):
    """Not finite and overflow are of the rate, other exceptions and no number are faults."""

    def ends(lr, report):
        if lr == 0.01:
            return math.nan
        if lr == 0.1:
            raise OverflowError("too large")
        return 0.5

    run = search(tmp_path, ends)
    assert [result.state for result in run.results] == ["diverged", "diverged", "ok"]
    assert [result.message for result in run.results][:2] == ["val_acc is nan", "OverflowError: too large"]

    def fails(lr, report):
        if lr < 1:
            report(acc=1)
            return None
        if lr == 1:
            raise ValueError("no such file")
        return 1.0

    run = search(tmp_path, fails, spec={"search": {"lr": [0.1, 1.0, 10.0]}})
    assert [result.state for result in run.results] == ["failed", "failed", "ok"]
    assert "no metric 'val_acc' was printed; there were acc" in run.results[0].message
    assert "ValueError: no such file" in run.results[1].message


def test_it_stops_at_its_next_report(tmp_path):
    """And has no result, so that a resume trains it anew."""
    stop = lrsearch.StopSwitch()

    def stops(lr, report):
        if lr == 0.1:
            stop.stop()
        try:
            report(val_acc=lr)
        except Exception:  # noqa: BLE001  (as a script of the user may)
            pytest.fail("a handler of its own caught the stop")
        return lr

    run = search(tmp_path, stops, limits=lrsearch.Limits(stop=stop), name="a")
    assert (len(run.results), run.finished) == (1, False)
    with pytest.raises(UsageError, match="a trains by a function; resume the run from Python"):
        lrsearch.resume_run("a", runs_dir=tmp_path, progress=False)
    run = lrsearch.resume_run("a", runs_dir=tmp_path, objective=lambda lr: lr, progress=False)
    assert [result.score for result in run.results] == [0.01, 0.1, 1.0]


@pytest.mark.parametrize(
    ("objective", "message"),
    [
        (3, "expected a function, got int"),
        (lambda rate: rate, "needs an argument named lr"),
    ],
)
def test_what_is_no_objective(tmp_path, objective, message):
    """A line each."""
    with pytest.raises(UsageError, match=message):
        search(tmp_path, objective)
    with pytest.raises(UsageError, match="not both"):
        search(tmp_path, command=["x"])
