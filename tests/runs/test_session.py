"""One stretch of work on a run: what it trains, records and writes, and what ends it early."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from types import SimpleNamespace

import pytest

from factories import stop_after
from lrsearch.errors import RunInUse, TooManyFaults
from lrsearch.executors import StopSwitch
from lrsearch.interfaces import Limits, Listener
from lrsearch.records import Point, Result, Started
from lrsearch.runs import load_run, resume_run, run_search
from lrsearch.store import hold_lock
from lrsearch.training import analytic as formula

SPEC = {"train": {"epochs": 2}, "search": {"lr": [0.3, 0.1, 0.03, 0.01, 0.003]}}
ARMS = {**SPEC, "arms": {"a": {"train.schedule": "cosine"}, "b": {"train.optimizer": "adam"}}}

pytestmark = pytest.mark.usefixtures("analytic")


@pytest.fixture
def clock(monkeypatch):
    """A clock of the session's own: a test moves it on."""
    now = [1000.0]
    monkeypatch.setattr("lrsearch.runs.session.time", SimpleNamespace(monotonic=lambda: now[0]))
    return now


@pytest.fixture
def break_at(monkeypatch):
    """Make trainings of some rates raise, for as long as the test wants."""
    whole: Callable[..., object] = formula.make_trainer
    broken: set[float] = set()

    def make_trainer(spec, worker, **own):
        train = whole(spec, worker, **own)

        def breaking(stack, context):
            if stack[0].lr in broken:
                raise ValueError(f"no training at {stack[0].lr}")
            yield from train(stack, context)

        return breaking

    monkeypatch.setattr(formula, "make_trainer", make_trainer)
    return broken


def test_the_listener_hears_things_in_order(tmp_path):
    """Once that it begins, with the run as it stands; then of each trial its start, its epochs, its result."""
    heard = []
    listener = Listener(started=lambda run, n: heard.append((len(run.results), n)), saw=heard.append)
    run = run_search(SPEC, runs_dir=tmp_path, listener=listener)
    begun, *events = heard
    assert begun == (0, 5)
    assert len(events) == 5 * 4
    for number in range(5):
        started, first, second, result = events[4 * number : 4 * number + 4]
        assert isinstance(started, Started)
        assert [trial.number for trial in started.trials] == [number]
        assert [(point.trial, point.epoch) for point in (first, second)] == [(number, 1), (number, 2)]
        assert result == run.results[number]


def test_a_result_is_in_the_log_before_it_is_heard(tmp_path):
    """Whatever a listener does, nothing is lost."""
    logged = []

    def saw(event):
        if isinstance(event, Result):
            logged.append(len(load_run("latest", runs_dir=tmp_path).log))

    run_search(SPEC, runs_dir=tmp_path, listener=Listener(saw=saw))
    assert logged == [1, 2, 3, 4, 5]


def test_a_run_that_another_process_took_over_is_not_written_to(tmp_path):
    """Its lock was removed, and another process holds one: the first stops before its next result."""
    others, held = contextlib.ExitStack(), []

    def take_over(event):
        if isinstance(event, Result) and not held:
            (tmp_path / "x" / ".lock").unlink()
            held.append(others.enter_context(hold_lock(tmp_path / "x")))

    with others, pytest.raises(RunInUse, match="another process took over the run, so this process stops"):
        run_search(SPEC, runs_dir=tmp_path, name="x", listener=Listener(saw=take_over))
    assert len(load_run(tmp_path / "x").results) == 1


def test_a_resume_tells_the_listener_what_stands(tmp_path):
    """And hears of what it lacks alone."""
    cut = run_search(SPEC, runs_dir=tmp_path, **stop_after(2))
    begun, heard = [], []
    listener = Listener(started=lambda run, n: begun.append((len(run.results), n)), saw=heard.append)
    resume_run(cut.path, listener=listener)
    assert begun == [(2, 5)]
    assert [event.trial.lr for event in heard if isinstance(event, Result)] == [0.03, 0.01, 0.003]


@pytest.mark.parametrize("n", [1, 3, 4])
def test_a_switch_ends_it_and_what_is_done_is_kept(tmp_path, n):
    """In the log, in the results, and in the manifest as not finished; the rest is for a resume."""
    cut = run_search(SPEC, runs_dir=tmp_path, **stop_after(n))
    assert (cut.finished, len(cut.log)) == (False, n)
    assert len((cut.path / "trials.csv").read_text().splitlines()) == 1 + n
    assert not load_run(cut.path).manifest.finished
    done = resume_run(cut.path)
    assert done.finished
    assert len(done.log) == 5


def test_a_trial_that_was_stopped_leaves_no_result(tmp_path):
    """It is trained from its last checkpoint, or anew."""
    stop = StopSwitch()
    listener = Listener(saw=lambda event: stop.stop() if isinstance(event, Point) and event.trial == 1 else None)
    cut = run_search(SPEC, runs_dir=tmp_path, limits=Limits(stop=stop), listener=listener)
    assert [result.trial.number for result in cut.log] == [0]


@pytest.mark.parametrize("spec", [SPEC, ARMS])
@pytest.mark.parametrize("strategy", ["grid", "random"])
def test_a_limit_of_time_that_is_over_starts_nothing(tmp_path, spec, strategy):
    """A resume without it trains all."""
    run = run_search(spec, strategy, runs_dir=tmp_path, limits=Limits(max_seconds=0.0))
    assert (run.finished, run.results, run.best) == (False, (), None)
    whole = run_search(spec, strategy, runs_dir=tmp_path)
    assert resume_run(run.path).results == whole.results


def test_a_limit_of_time_starts_nothing_more_when_it_is_over(tmp_path, clock):
    """What has begun is trained to its end."""

    def saw(event):
        clock[0] += isinstance(event, Result)

    run = run_search(SPEC, runs_dir=tmp_path, limits=Limits(max_seconds=2.5), listener=Listener(saw=saw))
    assert (run.finished, len(run.log)) == (False, 3)


def test_the_time_of_all_stretches_adds_up(tmp_path, clock):
    """In the manifest, in seconds."""

    def started(_run, _n):
        clock[0] += 0.5  # a listener's time counts

    first = {**stop_after(2)}
    stop_at_two = first["listener"].saw

    def saw(event):
        clock[0] += isinstance(event, Result)
        stop_at_two(event)

    cut = run_search(SPEC, runs_dir=tmp_path, limits=first["limits"], listener=Listener(started=started, saw=saw))
    assert cut.manifest.train_seconds == 2.5
    done = resume_run(cut.path, listener=Listener(started=started, saw=saw))
    assert done.manifest.train_seconds == 2.5 + 3.5


def test_faults_in_a_row_end_it_with_results_written(tmp_path, break_at):
    """The error says what was wrong, and the run can be resumed once that is mended."""
    break_at.update(SPEC["search"]["lr"][1:])
    with pytest.raises(TooManyFaults, match=r"3 trials in a row .*no training at 0\.01"):
        run_search(SPEC, runs_dir=tmp_path, name="x")
    broken = load_run("x", runs_dir=tmp_path)
    assert [result.state for result in broken.log] == ["ok", "failed", "failed", "failed"]
    assert len((broken.path / "trials.csv").read_text().splitlines()) == 1 + 4
    break_at.clear()
    done = resume_run(broken.path)
    assert [result.state for result in done.results] == ["ok"] * 5
    assert len(done.log) == 4 + 4


def test_a_fault_is_tried_once_more(tmp_path, break_at):
    """By a resume; after a second failure it stands, with its message."""
    break_at.add(0.03)
    run = run_search(SPEC, runs_dir=tmp_path)
    assert (run.finished, run.is_complete, len(run.log)) == (True, False, 5)
    for _ in range(2):
        run = resume_run(run.path)
        assert (run.is_complete, len(run.log)) == (True, 6)
    (failed,) = [result for result in run.results if result.state == "failed"]
    assert "no training at 0.03" in failed.message


def test_checkpoints_go_when_the_search_is_done(tmp_path):
    """And stay when it is not."""
    cut = run_search(SPEC, runs_dir=tmp_path, **stop_after(2))
    cut.folder.checkpoints.mkdir(exist_ok=True)
    (cut.folder.checkpoints / "left-over.safetensors").touch()
    cut = resume_run(cut.path, **stop_after(1))
    assert list(cut.folder.checkpoints.iterdir())
    assert not resume_run(cut.path).folder.checkpoints.exists()
