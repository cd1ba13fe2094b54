"""The main path with real strategies and the analytic trainer."""

import contextlib
import itertools

import pytest

from lrsearch.analysis.ranking import sampler_score
from lrsearch.errors import TooManyFaults
from lrsearch.executors import InlineExecutor, StopSwitch
from lrsearch.plans import Worker
from lrsearch.records import Lost, Point, Result, Trial
from lrsearch.search import FAULTS_IN_A_ROW, search, stacks
from lrsearch.spec import arm_specs, make_spec
from lrsearch.strategies import make_search, make_strategy
from lrsearch.training.analytic import make_trainer, prepare

SPEC = make_spec({"search": {"trials": 12, "points": 12}, "train": {"epochs": 3}})
TASK = prepare(SPEC).task


class RecordedSearch:
    """One search over a growing log, as a run folder would hold it."""

    def __init__(self, name, spec=SPEC, train=None):
        self.name, self.spec = name, spec
        self.log, self.events = [], []
        self.train = train or make_trainer(spec, Worker())
        self.trained = 0

    def run(self, *, stop_after=None, may_ask=lambda: True, stack_size=1):
        """Search until done, or until so many results are new."""
        stop = StopSwitch()
        n_before = len(self.log)

        def record(result):
            self.log.append(result)
            if stop_after is not None and len(self.log) - n_before >= stop_after:
                stop.stop()

        return search(
            make_strategy(
                self.name,
                self.spec,
                sampler_score=sampler_score(TASK.baseline("val_accuracy").constant),
                known={result.trial.proposal: result.trial.lr for result in self.log},
            ),
            InlineExecutor(lambda _: self.train, stop),
            known={result.trial.key: result for result in self.log if result.is_final},
            record=record,
            may_ask=may_ask,
            should_stop=stop.should_stop,
            observe=self.events.append,
            stack_size=stack_size,
        )

    def outcome(self):
        """What the log says, apart from times."""
        return [(r.trial.number, r.trial.lr, r.state, r.score, r.correct) for r in self.log]


@pytest.mark.parametrize("name", ["grid", "random", "bayes"])
def test_every_trial_is_recorded_once(name):
    """A search ends with one result for each trial, in order, and says that it is done."""
    recorded = RecordedSearch(name)
    assert recorded.run() is True
    assert [result.trial.number for result in recorded.log] == list(range(12))
    assert sum(isinstance(event, Result) for event in recorded.events) == 12
    assert sum(isinstance(event, Point) for event in recorded.events) == sum(len(r.points) for r in recorded.log)


@pytest.mark.parametrize("name", ["grid", "random", "bayes"])
@pytest.mark.parametrize("stop_after", [1, 3, 4, 7, 11])
def test_stopped_and_resumed_equals_uninterrupted(name, stop_after):
    """However often it is stopped, the same trials come out, none twice."""
    whole, pieces = RecordedSearch(name), RecordedSearch(name)
    whole.run()
    done = [pieces.run(stop_after=stop_after) for _ in range(12 // stop_after + 2)]
    assert done[-1] is True
    assert done[0] is False
    assert pieces.outcome() == whole.outcome()


@pytest.mark.parametrize("name", ["grid", "bayes"])
def test_batches_do_not_change_the_search(name):
    """Trials in stacks of five give what single ones give."""
    single, stacked = RecordedSearch(name), RecordedSearch(name)
    single.run()
    stacked.run(stack_size=5)
    assert stacked.outcome() == single.outcome()


def test_no_trial_starts_after_the_time_is_up():
    """`may_ask` ends the asking; what ran is recorded, and the search is not done."""
    recorded = RecordedSearch("grid")
    budget = itertools.count()
    assert recorded.run(may_ask=lambda: next(budget) < 5) is False
    assert len(recorded.log) == 5
    assert recorded.run() is True
    assert len(recorded.log) == 12


def test_a_trial_that_raises_is_failed_and_the_search_goes_on():
    """A bug in one training costs that training, and its message is kept."""
    inner = make_trainer(SPEC, Worker())

    def train(stack, context):
        if stack[0].number == 3:
            raise ZeroDivisionError("by hand")
        yield from inner(stack, context)

    recorded = RecordedSearch("grid", train=train)
    assert recorded.run() is True
    failed = [result for result in recorded.log if result.state == "failed"]
    assert [result.trial.number for result in failed] == [3]
    assert "ZeroDivisionError: by hand" in failed[0].message


class Losing(InlineExecutor):
    """An executor whose every worker dies, but for trials that are multiples of `spared`."""

    spared = 10**9

    def events(self):
        stack = self._queue.popleft()
        if stack[0].number and stack[0].number % self.spared == 0:
            yield Result(trial=stack[0], state="diverged")
        else:
            yield Lost(trials=stack, reason="worker 1 was killed by signal 9")


def lose(executor):
    """The log of a search that runs where workers die, and whether the search came to its end."""
    log = []
    done = False
    with contextlib.suppress(TooManyFaults):
        done = search(
            make_strategy("grid", SPEC, sampler_score=lambda _: None, known={}),
            executor,
            known={},
            record=log.append,
            may_ask=lambda: True,
            should_stop=lambda: False,
        )
    return log, done


def test_a_lost_batch_is_killed_and_three_in_a_row_end_the_search():
    """Trials of a worker that died are `killed`, with the reason; fault after fault is not the rates' doing."""
    log, done = lose(Losing(lambda _: None, StopSwitch()))
    assert not done
    assert len(log) == FAULTS_IN_A_ROW
    assert {(result.state, result.message) for result in log} == {("killed", "worker 1 was killed by signal 9")}


def test_faults_that_are_not_in_a_row_do_not_end_it():
    """A result in between shows that the machine can train."""
    executor = Losing(lambda _: None, StopSwitch())
    executor.spared = 2
    log, done = lose(executor)
    assert done
    assert sum(result.state == "killed" for result in log) > FAULTS_IN_A_ROW


def test_batches_hold_only_trials_that_are_alike():
    """A stack differs in nothing but rate and repeat."""
    trials = [
        Trial(number=i, proposal=i, lr=0.1, horizon=2, until=2 if i < 5 else 1, arm="a" if i < 3 else "b")
        for i in range(8)
    ]
    numbers = [[trial.number for trial in stack] for stack in stacks(trials, {"a": 2, "b": 3}.__getitem__)]
    assert numbers == [[0, 1], [2], [3, 4], [5, 6, 7]]


class Recorder(InlineExecutor):
    """An inline executor that remembers its stacks."""

    def __init__(self, make, context, slots):
        super().__init__(make, context)
        self.slots, self.stacks = slots, []

    def submit(self, stack):
        self.stacks.append([(trial.arm, trial.number) for trial in stack])
        super().submit(stack)


@pytest.mark.parametrize("slots", [1, 2, 3])
def test_no_batch_mixes_arms_or_is_smaller_than_it_need_be(slots):
    """Each arm has stacks of its own size, and the next arm begins when there is a slot for it."""
    arms = {"a": {"search.points": 5}, "b": {"search.points": 4, "train.epochs": 2}, "c": {"search.points": 3}}
    specs = arm_specs(make_spec({"train": {"epochs": 3}, "arms": arms}))
    trainers = {arm: make_trainer(spec, Worker()) for arm, spec in specs.items()}
    stop = StopSwitch()
    executor = Recorder(lambda _: lambda stack, context: trainers[stack[0].arm](stack, context), stop, slots)
    done = search(
        make_search("grid", specs, sampler_score=lambda _, result: result.score, known={}, task_of=lambda _: None),
        executor,
        known={},
        record=lambda _: None,
        may_ask=lambda: True,
        should_stop=stop.should_stop,
        stack_size={"a": 4, "b": 4, "c": 1},
    )
    assert done
    assert all(len({arm for arm, _ in stack}) == 1 for stack in executor.stacks)
    assert sorted(number for stack in executor.stacks for _, number in stack) == list(range(12))
    sizes = {arm: [len(stack) for stack in executor.stacks if stack[0][0] == arm] for arm in arms}
    assert sizes == {"a": [4, 1], "b": [4], "c": [1, 1, 1]}
