"""Worker processes: results as inline, workers that die, workers that end with their parent."""

import contextlib
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest

from lrsearch.errors import DataError
from lrsearch.executors import InlineExecutor, ProcessExecutor, StopSwitch
from lrsearch.executors.processes import _Ready, _Worker
from lrsearch.plans import Worker
from lrsearch.records import Lost, Point, Result, Started, Trial
from lrsearch.spec import make_spec
from lrsearch.training.analytic import make_trainer

SPEC = make_spec({"train": {"epochs": 3}})


def make_formula(index):
    """The formula, in whatever process."""
    return make_trainer(SPEC, Worker(index=index))


def make_mortal(folder, deaths, index):
    """A trainer whose worker is killed at trial 2, as often as `deaths` says; folder counts them."""
    train = make_trainer(SPEC, Worker(index=index))

    def mortal(stack, context):
        if stack[0].number == 2 and len(list(folder.iterdir())) < deaths:
            (folder / f"{time.monotonic_ns()}").touch()
            os.kill(os.getpid(), signal.SIGKILL)
        yield from train(stack, context)

    return mortal


def make_hanging(folder, index):
    """A trainer that hangs at trial 1 the first time, and tells in a file what share of the memory it had."""
    train = make_trainer(SPEC, Worker(index=index))

    def hanging(stack, context):
        if stack[0].number == 1:
            (folder / str(context.memory_share)).touch()
            if context.memory_share == 1.0:
                time.sleep(1000)
        yield from train(stack, context)

    return hanging


def make_endless(index):
    """A trainer that only ends when it is told to."""

    def endless(stack, context):
        while not context.should_stop():
            time.sleep(0.01)
        return
        yield stack, index

    return endless


def make_broken(index):
    """A trainer that cannot be made."""
    raise ValueError(f"no trainer in worker {index}")


def trials(n):
    """N trials at rising rates."""
    return [Trial(number=i, proposal=i, lr=0.001 * 2**i, horizon=3, until=3) for i in range(n)]


def run(executor, stacks):
    """All events of some stacks."""
    events = []
    with executor:
        for stack in stacks:
            executor.submit(stack)
        left = len(stacks)
        while left > 0:
            happened = list(executor.events())
            events += happened
            left -= sum(isinstance(event, Result) or (isinstance(event, Lost) and event.is_final) for event in happened)
    return events


def outcome(events):
    """Results by number, times apart."""
    results = sorted((e for e in events if isinstance(e, Result)), key=lambda result: result.trial.number)
    return [(r.trial, r.state, r.score, r.correct, len(r.points)) for r in results]


@pytest.mark.parametrize("slots", [1, 2])
def test_results_are_those_of_one_process(slots):
    """Whichever worker trained them, in whatever order."""
    stacks = [(trial,) for trial in trials(6)]
    inline = run(InlineExecutor(make_formula, StopSwitch()), stacks)
    processes = run(ProcessExecutor(make_formula, StopSwitch(), slots), stacks)
    assert outcome(processes) == outcome(inline)
    assert sum(isinstance(event, Point) for event in processes) == 18
    assert sum(isinstance(event, Started) for event in processes) == 6


def test_there_are_no_more_workers_than_stacks():
    """200 jobs for 3 stacks are 3 processes."""
    executor = ProcessExecutor(make_formula, StopSwitch(), 200)
    with executor:
        for trial in trials(3):
            executor.submit((trial,))
        assert len(multiprocessing.active_children()) == 3
        workers = list(executor._workers)
        n_results = 0
        while n_results < 3:
            n_results += sum(isinstance(event, Result) for event in executor.events())
    assert not multiprocessing.active_children()
    assert all(worker.is_ready for worker in workers)


def test_a_worker_that_is_killed_costs_one_try(tmp_path):
    """Its trial is tried again in a fresh worker; all others are as they were."""
    stacks = [(trial,) for trial in trials(5)]
    events = run(ProcessExecutor(partial(make_mortal, tmp_path, 1), StopSwitch(), 2), stacks)
    (lost,) = [event for event in events if isinstance(event, Lost)]
    assert not lost.is_final
    assert "SIGKILL" in lost.reason
    assert outcome(events) == outcome(run(InlineExecutor(make_formula, StopSwitch()), stacks))


def test_a_trial_that_kills_twice_is_lost(tmp_path):
    """And the search goes on."""
    stacks = [(trial,) for trial in trials(5)]
    events = run(ProcessExecutor(partial(make_mortal, tmp_path, 9), StopSwitch(), 2), stacks)
    (final,) = [event for event in events if isinstance(event, Lost) and event.is_final]
    assert [trial.number for trial in final.trials] == [2]
    assert [number for (trial, *_) in outcome(events) for number in [trial.number]] == [0, 1, 3, 4]


def test_a_worker_that_takes_too_long_is_ended(tmp_path):
    """As one that died: its trial is tried again with half the memory; no other trial is changed."""
    stacks = [(trial,) for trial in trials(3)]
    events = run(ProcessExecutor(partial(make_hanging, tmp_path), StopSwitch(), 1, timeout_seconds=3), stacks)
    (lost,) = [event for event in events if isinstance(event, Lost)]
    assert lost.reason == "a worker took longer than run.trial_timeout (3 s); trying again"
    assert {path.name for path in tmp_path.iterdir()} == {"1.0", "0.5"}
    assert outcome(events) == outcome(run(InlineExecutor(make_formula, StopSwitch()), stacks))


def test_the_start_of_a_worker_does_not_count(monkeypatch):
    """It opens the data, once: the limit counts from when it is ready; a start may take a minute more than that."""
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    executor = ProcessExecutor(make_formula, StopSwitch(), 2, timeout_seconds=5)
    ours, theirs = multiprocessing.Pipe()
    started, never = (_Worker(SimpleNamespace(kill=lambda: None), pipe, is_busy=True) for pipe in (ours, theirs))
    executor._workers += [started, never]
    late = []
    for seconds in (5.1, 64.9, 65.1, 69.8, 70.2):
        now[0] = seconds
        if seconds == 64.9:
            theirs.send(_Ready())
            assert list(executor._receive(started, stopping=False)) == []
        executor._end_late_workers()
        late.append((started.is_late, never.is_late))
    assert late == [(False, False), (False, False), (False, True), (False, True), (True, True)]


def test_a_trainer_that_cannot_be_made_fails_its_trials():
    """With the reason, and without an end of the search."""
    events = run(ProcessExecutor(make_broken, StopSwitch(), 1), [(trial,) for trial in trials(2)])
    results = [event for event in events if isinstance(event, Result)]
    assert [result.state for result in results] == ["failed", "failed"]
    assert "no trainer in worker 0" in results[0].message


def make_unusable(folder, index):
    """A trainer whose data have changed when it is made again, after its first worker was killed."""
    if any(folder.iterdir()):
        raise DataError("the data have changed")
    return make_mortal(folder, 1, index)


def test_a_worker_that_finds_other_data_ends_the_search(tmp_path):
    """It is no fault of a trial: the results so far stand, and none is added on other data."""
    seen = []
    with ProcessExecutor(partial(make_unusable, tmp_path), StopSwitch(), 1) as executor:
        for trial in trials(4):
            executor.submit((trial,))
        with pytest.raises(DataError, match="the data have changed"):
            seen += iter(lambda: list(executor.events()), [])
    assert sum(isinstance(event, Result) for events in seen for event in events) == 2


def test_told_to_stop_workers_give_up_their_trials():
    """Finished results come, unfinished trials leave none."""
    stop = StopSwitch()
    with ProcessExecutor(make_endless, stop, 2) as executor:
        for trial in trials(2):
            executor.submit((trial,))
        stop.stop()
        events = list(executor.events())
    assert not any(isinstance(event, Result) for event in events)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="counts processes in /proc")
def test_workers_end_with_a_parent_that_is_killed(tmp_path):
    """Nothing is left behind by SIGKILL."""
    environment = {**os.environ, "LRSEARCH_TRAINER": "analytic", "LRSEARCH_ANALYTIC_SECONDS": "30"}
    command = [sys.executable, "-m", "lrsearch", "grid", "-q", "--set", "run.executor=processes"]
    process = subprocess.Popen(command, cwd=tmp_path, env=environment, start_new_session=True)

    def members():
        """How many processes of the search's session live."""
        count = 0
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                state, _, _, session = stat.read_text().rpartition(")")[2].split()[:4]
                count += session == str(process.pid) and state != "Z"
        return count

    deadline = time.monotonic() + 60
    while members() < 4:  # the search, the fork server and its tracker, workers
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.kill()
    process.wait()
    deadline = time.monotonic() + 20
    while members():
        assert time.monotonic() < deadline, "workers outlive their parent"
        time.sleep(0.05)
