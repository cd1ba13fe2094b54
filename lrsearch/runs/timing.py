"""Estimates how long a search will take: trains a few steps on this machine, in stacks and workers like the search."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from statistics import median
from typing import Any

from lrsearch.analysis.range import Ramp
from lrsearch.errors import TooManyFaults
from lrsearch.executors import PolledContext, make_executor
from lrsearch.interfaces import Context, Executor, Given, Trainer
from lrsearch.plans import Plan, Worker
from lrsearch.plugins import plugins_of
from lrsearch.records import Lost, Point, Result, Stack, Started, Task, Trial
from lrsearch.runs.counts import n_at_once, n_further, n_trials
from lrsearch.runs.preparation import prepare_search
from lrsearch.spec import Spec, arm_specs, change_spec, named_entries, optimizer_steps
from lrsearch.strategies import method_of
from lrsearch.training import load_trainer, make_trainers, step_trainer, worker_of

_SAFE_RATE = 1e-9  # a rate so small that no training diverges
_FORWARD_SHARE = 1 / 3  # share of a training step; the backward pass takes about twice as long
_FIRST_STEPS = 3  # their time tells how many steps fit into a second
_MEASURED_SECONDS = 1.0  # how long to time steps, and then whole epochs if they are short
_MOST_STEPS, _MOST_EPOCHS = 200, 5
_BY_STEPS = "steps"  # the stage of trials that count steps, not epochs


@dataclass(frozen=True, slots=True)
class ArmTime:
    """The estimated time of the search of one arm, in seconds.

    Attributes:
        search: Time of the planned trainings.
        stages: Time of all the trainings that the stages may add.
        epoch: Time of one epoch of a stack; a stack may have a single training.
        plan: The plan that was measured.
    """

    search: float
    stages: float
    epoch: float
    plan: Plan


@dataclass
class SearchTimer:
    """Measures how long each arm of a search takes, one arm at a time.

    Attributes:
        specs: The resolved spec of each arm.
        tasks: What each arm trains.
        plans: The plan of each arm.
        strategy: Name of the search strategy.
        executor: The executor of the search, inside its `with` block.
    """

    specs: Mapping[str, Spec]
    tasks: Mapping[str, Task]
    plans: Mapping[str, Plan]
    strategy: str
    executor: Executor
    _n_asked: int = field(default=0, init=False)

    def time_of(self, arm: str) -> ArmTime:
        """Estimate the time of an arm: train it for a few steps, with as many stacks at a time as in the search.

        Args:
            arm: Its name; "" for a search without arms.

        Raises:
            TooManyFaults: A trial ended in a fault of the machine or the code.
        """
        spec, plan = self.specs[arm], self.plans[arm]
        has_steps = step_trainer() is not None
        began = time.perf_counter()
        first = self._seconds(arm, 1, _BY_STEPS if has_steps else "")  # starts the workers and opens the data
        started = time.perf_counter() - began
        epoch = self._seconds_of_steps(arm) if has_steps else first
        if epoch < _MEASURED_SECONDS or plan.engine.value == "graph":  # graphs are recorded in epochs, not in steps
            n_epochs = _how_many(epoch, _MOST_EPOCHS) if epoch else 1
            epoch = self._seconds(arm, n_epochs) / n_epochs
        planned, at_once = n_trials(self.strategy, spec), n_at_once(self.strategy, spec)
        further = sum(n_further(self.strategy, spec).values())
        training = epoch * spec.train.epochs
        planned_training = epoch * method_of(self.strategy).epochs(spec)
        return ArmTime(
            search=started + planned_training * n_turns(planned, at_once, plan.stack.value, plan.jobs.value),
            stages=training * math.ceil(further / plan.stack.value / plan.jobs.value),
            epoch=epoch,
            plan=plan,
        )

    def _seconds_of_steps(self, arm: str) -> float:
        """Measure some steps, and return the time of an epoch of such steps; 0 if the sizes are not known."""
        step = self._seconds(arm, _FIRST_STEPS, _BY_STEPS) / _FIRST_STEPS
        if (n_steps := _how_many(step, _MOST_STEPS)) > _FIRST_STEPS:
            step = self._seconds(arm, n_steps, _BY_STEPS) / n_steps
        return step * self._steps(arm)

    def _steps(self, arm: str) -> float:
        """Return the time of an epoch and its validation, in training steps; 0 if the number of images is not known."""
        spec, task = self.specs[arm], self.tasks[arm]
        if task.n_train is None or task.n_val is None:
            return 0.0
        n_val_steps = task.n_val / (spec.data.batch_size * spec.train.accumulate)
        return optimizer_steps(spec, task.n_train) + _FORWARD_SHARE * n_val_steps

    def _seconds(self, arm: str, until: int, stage: str = "") -> float:
        """Train as many stacks at a time as the search will; return the median time of a stack, in seconds."""
        plan = self.plans[arm]
        n_members = plan.jobs.value * plan.stack.value
        for _ in range(plan.jobs.value):
            self.executor.submit(tuple(self._trial(arm, until, stage) for _ in range(plan.stack.value)))
        began: dict[int, float] = {}
        ended: dict[int, float] = {}
        first: dict[int, int] = {}
        while len(ended) < n_members:
            for event in self.executor.events():
                now = time.perf_counter()
                match event:
                    case Started(trials=trials):
                        began[trials[0].number] = now
                        first |= dict.fromkeys((trial.number for trial in trials), trials[0].number)
                    case Result(trial=trial) if event.is_final:
                        ended[trial.number] = now
                    case Result() | Lost():
                        reason = event.message if isinstance(event, Result) else event.reason
                        raise TooManyFaults(f"a step could not be timed: {reason}")
                    case Point():
                        pass
        return median(ended[number] - began[first[number]] for number in ended)

    def _trial(self, arm: str, until: int, stage: str) -> Trial:
        self._n_asked += 1
        return Trial(
            number=self._n_asked,
            proposal=self._n_asked,
            lr=_SAFE_RATE,
            horizon=until,
            until=until,
            arm=arm,
            stage=stage,
        )


@contextmanager
def search_timer(spec: Spec, strategy: str) -> Iterator[SearchTimer]:
    """Prepare a search for this machine, and yield a `SearchTimer`. No file is written.

    Args:
        spec: A checked spec.
        strategy: Name of the search strategy.

    Raises:
        LrSearchError: See `prepare_search`.
    """
    given = Given(plugins=plugins_of(named_entries(spec)))
    prepared = prepare_search(spec, strategy, given)
    specs = {
        arm: change_spec(of_arm, {"train.early_stopping": None}) for arm, of_arm in arm_specs(prepared.spec).items()
    }
    tasks = {arm: prepared.arms[arm].task if arm in prepared.arms else prepared.task for arm in specs}
    plans = {arm: prepared.arms[arm].plan if arm in prepared.arms else prepared.plan for arm in specs}
    arms = {arm: (of_arm, worker_of(plans[arm], tasks[arm])) for arm, of_arm in specs.items()}
    make = partial(make_trainers, _make_trainer, arms, None, given)
    with make_executor(prepared.plan, make, PolledContext(lambda: False)) as executor:
        yield SearchTimer(specs, tasks, plans, strategy, executor)


def n_turns(n_trainings: int, n_at_once: int, stack: int, jobs: int) -> int:
    """Count how many stacks train one after another in a search.

    Args:
        n_trainings: Trainings of the search.
        n_at_once: Trainings that are proposed before their results are needed.
        stack: Trainings in a stack.
        jobs: Stacks that train at the same time.

    Example:
        >>> n_turns(13, 13, stack=1, jobs=2), n_turns(13, 13, stack=13, jobs=1), n_turns(20, 4, stack=4, jobs=1)
        (7, 1, 5)
    """
    n_rounds, n_rest = divmod(n_trainings, n_at_once)
    return sum(n * math.ceil(math.ceil(size / stack) / jobs) for n, size in ((n_rounds, n_at_once), (1, n_rest)))


def _how_many(seconds: float, most: int) -> int:
    return max(1, min(most, int(_MEASURED_SECONDS / max(seconds, 1e-6))))


def _make_trainer(
    spec: Spec, worker: Worker, *, shared: MutableMapping[Any, Any] | None = None, **more: object
) -> Trainer:
    """Build a trainer in a worker. Trials of the stage `_BY_STEPS` count steps, all other trials count epochs."""
    module = load_trainer()
    by_epochs: Trainer = module.make_trainer(spec, worker, shared=shared, **more)
    make_steps = step_trainer()
    if make_steps is None:
        return by_epochs
    by_steps = make_steps(spec, worker, ramp=Ramp(), shared=shared, **more)

    def train(stack: Stack, context: Context) -> Iterator[Point | Result]:
        return (by_steps if stack[0].stage == _BY_STEPS else by_epochs)(stack, context)

    return train
