"""The estimated time of a search: from its own plan, with its stacks, workers, rounds and stages."""

import pytest

from factories import make_plan, make_result, make_task
from lrsearch.errors import TooManyFaults
from lrsearch.records import Started
from lrsearch.runs import timing
from lrsearch.runs.timing import SearchTimer, n_turns, search_timer
from lrsearch.spec import make_spec


class Machine:
    """An executor and a clock: a step of a stack takes `step` seconds, an epoch `epoch`, the first stack 5 s more."""

    def __init__(self, monkeypatch, *, step, epoch=None, state="ok"):
        self.now, self.step, self.epoch, self.state = 0.0, step, epoch, state
        self.queue, self.trained = [], []
        self.is_cold = True
        monkeypatch.setattr(timing.time, "perf_counter", lambda: self.now)

    def submit(self, stack):
        self.queue.append(stack)

    def events(self):
        yield from (Started(trials=stack) for stack in self.queue)
        by_steps = self.queue[0][0].stage != ""
        seconds = self.step if by_steps else self.epoch
        self.now += self.queue[0][0].until * seconds + 5 * self.is_cold
        self.is_cold = False
        self.trained.append((len(self.queue), len(self.queue[0]), self.queue[0][0].until, by_steps))
        for stack in self.queue:
            for trial in stack:
                yield make_result(trial=trial, state=self.state, losses=(), message="no memory")
        self.queue = []


def timer_of(machine, values, strategy="grid", *, n_train=1000, n_val=600, jobs=1, stack=1):
    """What times a search without arms."""
    task = make_task(n_train=n_train, n_val=n_val)
    return SearchTimer({"": make_spec(values)}, {"": task}, {"": make_plan(jobs=jobs, stack=stack)}, strategy, machine)


def test_a_search_is_timed_as_it_will_run(monkeypatch):
    """14 trainings of 10 epochs by two workers: 7 turns. An epoch has 100 steps of 0.1 s, and 60 validation batches."""
    machine = Machine(monkeypatch, step=0.1)
    values = {"data": {"batch_size": 10}, "train": {"epochs": 10}, "search": {"points": 14}}
    found = timer_of(machine, values, jobs=2).time_of("")
    assert found.epoch == pytest.approx(0.1 * (100 + 60 / 3))
    assert found.search == pytest.approx(5.1 + 7 * 10 * 12)
    assert found.stages == 0
    assert machine.trained == [(2, 1, 1, True), (2, 1, 3, True), (2, 1, 10, True)]


def test_short_epochs_are_timed_whole(monkeypatch):
    """What an epoch does beside its steps counts: here 0.5 s, where its steps take 0.12 s. A stack trains together."""
    machine = Machine(monkeypatch, step=0.001, epoch=0.5)
    values = {"data": {"batch_size": 10}, "train": {"epochs": 10}, "search": {"points": 14, "refine": 3}}
    found = timer_of(machine, values, stack=14).time_of("")
    assert (found.epoch, found.stages) == (pytest.approx(0.5), pytest.approx(5.0))
    assert found.search == pytest.approx(5.001 + 5.0)
    assert machine.trained[-2:] == [(1, 14, 200, True), (1, 14, 5, False)]


def test_rounds_of_bayes_wait_for_each_other(monkeypatch):
    """20 rates, 4 at a time, by 3 workers: 5 rounds of two turns."""
    values = {"data": {"batch_size": 10}, "train": {"epochs": 1}, "search": {"trials": 20, "batch": 4}}
    found = timer_of(Machine(monkeypatch, step=1.0), values, "bayes", jobs=3).time_of("")
    assert found.search == pytest.approx(5 + 1 + 5 * 2 * 120)


@pytest.mark.parametrize(
    ("counts", "turns"),
    [((13, 13, 1, 2), 7), ((13, 13, 13, 1), 1), ((22, 4, 4, 1), 6), ((22, 4, 1, 2), 11), ((1, 1, 1, 8), 1)],
)
def test_turns(counts, turns):
    """The last round may be smaller."""
    n_trainings, n_at_once, stack, jobs = counts
    assert n_turns(n_trainings, n_at_once, stack=stack, jobs=jobs) == turns


def test_a_fault_while_timing_is_told(monkeypatch):
    """With its message."""
    with pytest.raises(TooManyFaults, match="a step could not be timed: no memory"):
        timer_of(Machine(monkeypatch, step=1.0, state="failed"), {}).time_of("")


@pytest.mark.parametrize("model", ["mlp", "cnn"])
def test_the_engines_of_torch_are_timed(model):
    """A stack in this process, and trainings one at a time in workers; nothing is written."""
    spec = make_spec({"model": model, "search": {"lr": [1e29, 1e30]}, "train": {"early_stopping": {"patience": 1}}})
    with search_timer(spec, "grid") as timer:
        found = timer.time_of("")
    assert 0 < found.epoch < 60
    assert found.plan.engine.value == ("population" if model == "mlp" else "single")


def test_each_arm_has_its_own_time(analytic):
    """By its name."""
    spec = make_spec({"arms": {"short": {"train.epochs": 1}, "long": {"train.epochs": 9}}})
    with search_timer(spec, "grid") as timer:
        assert all(timer.time_of(arm).search >= 0 for arm in spec.arms)
