"""Runs a range test as a search. Its trials train for only a few steps."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from lrsearch.analysis.range import FEWEST_STEPS, Finding, Ramp, Unclear
from lrsearch.catalog import unread
from lrsearch.errors import DataError, RangeUnclear, TooManyFaults, UsageError
from lrsearch.executors import StopSwitch, make_executor, preload_workers, prepare_arms
from lrsearch.interfaces import NOTHING_GIVEN, Context, Given, Setup, Trainer
from lrsearch.range_test.strategy import RangeTestStrategy
from lrsearch.records import RAMP, Event, Result, Started
from lrsearch.search import search
from lrsearch.spec import (
    AUTO,
    HIGHEST_RATE,
    LOWEST_RATE,
    LrRange,
    Spec,
    arm_specs,
    change_arms,
    change_spec,
    optimizer_steps,
)
from lrsearch.training import load_trainer, make_trainers, step_trainer, trainer_name, worker_of

MOST_SEEDS, MOST_STEPS = 64, 2000
"""The maximum numbers of seeds and steps. The numbers are low, because a range test should take only seconds."""

N_AT_ONCE = 36
"""Approximate number of trials that a range test proposes at a time: 12 rates with 3 seeds each."""


@dataclass(frozen=True, slots=True)
class RangeOptions:
    """The options of a range test.

    Attributes:
        ramp: How the rate rises.
        n_seeds: Number of ramps. Each ramp has its own initial weights and batches.
    """

    ramp: Ramp = field(default_factory=Ramp)
    n_seeds: int = 5


class Interrupted(Exception):
    """The range test was stopped early; its results are discarded."""


def check_options(options: RangeOptions) -> None:
    """Check the options. The check needs no data, so a mistake is found before a download.

    Raises:
        UsageError: An option is wrong; the message names its flag.
    """
    ramp = options.ramp
    for name, count, most in (("--seeds", options.n_seeds, MOST_SEEDS), ("--steps", ramp.steps, MOST_STEPS)):
        if not isinstance(count, int) or count < 1:
            raise UsageError(f"{name}: must be a whole number of at least 1, got {count}")
        if count > most:
            raise UsageError(f"{name}: must be at most {most:,}, got {count:,}")
    for name, rate in (("--low", ramp.low), ("--high", ramp.high)):
        if not isinstance(rate, int | float) or not LOWEST_RATE <= rate <= HIGHEST_RATE:
            raise UsageError(f"{name}: must be a number from {LOWEST_RATE:g} to {HIGHEST_RATE:g}, got {rate}")
    if ramp.scale not in {"log", "linear"}:
        raise UsageError(f"--scale: must be log or linear, got {ramp.scale}")
    if ramp.low >= ramp.high:
        raise UsageError(f"--low ({ramp.low:g}) must be below --high ({ramp.high:g})")
    if ramp.steps < FEWEST_STEPS:
        raise UsageError(
            f"--steps: {ramp.steps} steps are too few for a ramp from {ramp.low:g} to {ramp.high:g}; give at least "
            f"{FEWEST_STEPS} (100 to 200 are usual)"
        )


def find_range(
    setup: Setup,
    options: RangeOptions,
    *,
    arm: str = "",
    given: Given = NOTHING_GIVEN,
    stop: Context | None = None,
    observe: Callable[[Event], None] = lambda _: None,
) -> Finding:
    """Run the range test of one arm: train ramps, then probe the rates in their bracket. Write no files.

    Args:
        setup: The result of a trainer's `prepare`.
        options: Options that passed `check_options`.
        arm: Name of the tested arm; "" if the spec has no arms.
        given: The user's own model and data, if any.
        stop: A switch that stops the test.
        observe: Called with each event.

    Raises:
        UsageError: The trainer cannot train single steps.
        DataError: The training part is too small, or the loss of a ramp is not finite at its first step.
        TooManyFaults: A trial ended in a fault of the machine or the code.
        Interrupted: The switch stopped the test.
    """
    if setup.task.n_train is not None:
        _check_size(setup.spec, setup.task.n_train)
    constant = setup.task.baseline("train_loss").constant
    strategy = RangeTestStrategy(
        options.ramp, n_seeds=options.n_seeds, untrained_loss=math.inf if constant is None else constant, arm=arm
    )
    stop, make_trainer = stop or StopSwitch(), partial(_make_steps(), ramp=options.ramp)
    arms = {arm: (setup.spec, worker_of(setup.plan, setup.task))}
    make = partial(make_trainers, make_trainer, arms, None, given)
    search(
        strategy,
        make_executor(setup.plan, make, stop, setup.spec.run.trial_timeout),
        known={},
        record=_refuse,
        may_ask=lambda: True,
        should_stop=stop.should_stop,
        observe=observe,
        stack_size=setup.plan.stack.value,
    )
    if strategy.finding is None:
        raise Interrupted
    return strategy.finding


def _make_steps() -> Callable[..., Trainer]:
    make = step_trainer()
    if make is None:
        raise UsageError(
            f"{trainer_name()} cannot train single steps, so there is no range test; set search.lr to a range, such as "
            "{low: 1e-4, high: 1}"
        )
    return make


@dataclass(frozen=True)
class Tested:
    """The finished range test of one arm.

    Attributes:
        setup: The tested spec, its task, and the plan for this machine.
        finding: The result of the test.
    """

    setup: Setup
    finding: Finding


class StageNotes:
    """Watches the events of a range test, and reports each stage in one line when the stage starts."""

    def __init__(self, note: Callable[[str], None]) -> None:
        """Begin to watch before the first stage.

        Args:
            note: Called with each line.
        """
        self._note, self._stage = note, ("", "")

    def saw(self, event: Event) -> None:
        """Take an event. If the event begins a new stage, report this stage."""
        if isinstance(event, Started) and (event.trials[0].arm, event.trials[0].stage) != self._stage:
            self._stage = event.trials[0].arm, event.trials[0].stage
            of_arm = f" of {self._stage[0]}" if self._stage[0] else ""
            self._note(f"range test{of_arm}: {'ramps' if self._stage[1] == RAMP else 'probes'}")


def run_tests(
    specs: Mapping[str, Spec],
    options: RangeOptions,
    *,
    given: Given = NOTHING_GIVEN,
    stop: Context | None = None,
    download: Any = None,  # noqa: ANN401  (a callback of the data room)
    observe: Callable[[Event], None] = lambda _: None,
) -> dict[str, Tested]:
    """Run a range test for each arm, one after another.

    Args:
        specs: The spec of each arm, from `arm_specs`.
        options: Options that passed `check_options`.
        given: The user's own model and data, if any.
        stop: A switch that stops the tests.
        download: Called while the bytes of a download arrive; see `lrsearch.data.Progress`.
        observe: Called with each event.

    Raises:
        LrSearchError: The errors of the trainer's `prepare` and of `find_range`.
    """
    preload_workers(specs.values(), given, trainer_name())
    module = load_trainer()
    _make_steps()  # before the data are opened
    setups = prepare_arms(module.prepare, specs, dict.fromkeys(specs, N_AT_ONCE), given, download)
    tested = {}
    for arm, setup in setups.items():
        tested[arm] = Tested(setup, find_range(setup, options, arm=arm, given=given, stop=stop, observe=observe))
    return tested


def with_ranges(spec: Spec, tested: Mapping[str, Tested], strategy: str) -> Spec:
    """Write the suggested ranges into a spec, as a strategy needs them. Every test must suggest a range.

    Raises:
        RangeUnclear: A test suggests no range.
    """
    for arm, test in tested.items():
        if isinstance(test.finding.answer, Unclear):
            raise RangeUnclear(
                f"{f'arm {arm}: ' if arm else ''}range test: {test.finding.answer}, or set search.lr to a range"
            )
    return with_suggestions(spec, {arm: test.finding for arm, test in tested.items()}, strategy)


def with_suggestions(spec: Spec, findings: Mapping[str, Finding], strategy: str = "grid") -> Spec:
    """Set `search.lr` and `search.suggested` of a spec to the suggested range and rate.

    An arm keeps its values if its test suggests nothing. With `search.lr: auto` and `search.points: 1`, the suggested
    rate becomes the only rate of a grid.

    Args:
        spec: A checked spec.
        findings: The result of each arm, by name; a spec without arms has the single key "".
        strategy: Name of the strategy that will search.
    """
    specs = arm_specs(spec)
    of_arms: dict[str, dict[str, object]] = {}
    for arm, finding in findings.items():
        if (found := finding.suggestion) is not None:
            search = specs[arm].search
            scale = search.lr.scale if isinstance(search.lr, LrRange) else "log"
            changes: dict[str, object] = {"search.lr": {"low": found.low, "high": found.high, "scale": scale}}
            if search.points == 1 and search.lr == AUTO and unread(strategy, "search.points") is None:
                changes = {"search.lr": [found.lr]}
            elif search.points == 1:  # a grid over a range needs at least 2 points
                changes["search.points"] = None
            of_arms[arm] = {**changes, "search.suggested": found.lr}
    return change_spec(spec, of_arms[""]) if "" in of_arms else change_arms(spec, of_arms)


def _check_size(spec: Spec, n_train: int) -> None:
    batch = spec.data.batch_size
    if batch > n_train:
        raise DataError(f"data.batch_size: {batch} exceeds the {n_train} training images")
    if optimizer_steps(spec, n_train) < 2:
        raise DataError(
            f"data.batch_size: the {n_train} training images give only one step per epoch. A range test needs at "
            "least two: with one, every step and every seed would train on the same images. Lower "
            "data.batch_size or train.accumulate"
        )


def _refuse(result: Result) -> None:
    """Raise an error if a trial ended in a fault, or if the loss of a ramp is not finite at its first step.

    The first loss is measured before the first update of the weights, so the learning rate cannot be the cause.
    """
    if not result.is_final:
        raise TooManyFaults(f"the range test stopped, because a trial ended as {result.state}: {result.message}")
    first = result.points[0].train_loss if result.points else float("nan")
    if result.trial.stage == RAMP and not math.isfinite(first):
        raise DataError(
            f"the loss is {first} at the first step, before the first update of the weights. The learning rate is not "
            "the cause. Check the data and the model for values that are not finite, and for weights that are too large"
        )
