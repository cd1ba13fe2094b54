"""Prints the plan of a search, for `check`, --dry-run and --time."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from lrsearch.wording import counted, some_of

if TYPE_CHECKING:
    from lrsearch.runs.timing import ArmTime, SearchTimer
    from lrsearch.spec import Spec

MOST_LISTED = 200
"""Maximum number of rates that the plan lists. If there are more, it adds how many it leaves out."""


def print_plan(spec: Spec, strategy: str, *, time: bool = False) -> None:
    """Print the plan of a search to stdout.

    Args:
        spec: A checked spec.
        strategy: Name of the strategy.
        time: Whether to measure a few training steps and print how long the search will take.

    Raises:
        DataError: The files of `data.path` do not exist, or the images do not fit into memory.
        DeviceError: This machine does not have the device.
    """
    from lrsearch.cli.output import make_console
    from lrsearch.report.terminal import arms_line
    from lrsearch.spec import arm_specs
    from lrsearch.strategies import n_planned_rates

    _check_machine(spec)
    console, specs, total = make_console(), arm_specs(spec), 0.0
    if spec.arms:
        n_rates = sum(n_planned_rates(strategy, of_arm) for of_arm in specs.values())
        console.print(arms_line(spec.name, specs, n_rates), soft_wrap=True)
    with _timer(spec, strategy) if time else nullcontext() as timer:
        for arm, of_arm in specs.items():
            if arm:
                console.print()
            _print_arm(of_arm, strategy, arm or spec.name)
            if timer is not None:
                total += _print_time(of_arm, timer.time_of(arm))
    if spec.arms and time:
        console.print()
        console.print(f"time of all arms: about {_duration(total)}", soft_wrap=True)


def _timer(spec: Spec, strategy: str) -> AbstractContextManager[SearchTimer]:
    from lrsearch.runs.timing import search_timer  # loads torch

    return search_timer(spec, strategy)


def _check_machine(spec: Spec) -> None:
    """Raise an error if this machine lacks the files, the memory or the device of a search. Import torch if needed."""
    from lrsearch.data import check_files

    check_files(spec.data)
    if spec.run.device not in {"auto", "cpu"}:
        from lrsearch.training import load_trainer

        load_trainer().check_device(spec)


def _print_arm(spec: Spec, strategy: str, name: str) -> None:
    """Print the plan of one arm, or of a search without arms."""
    from lrsearch.cli.output import make_console
    from lrsearch.report.terminal import plan_line
    from lrsearch.runs import n_further
    from lrsearch.spec import AUTO
    from lrsearch.strategies import method_of, n_planned_rates, n_planned_trials, planned_rates, space_of
    from lrsearch.wording import distinct_rates

    console = make_console()
    rates, space = planned_rates(strategy, spec), space_of(spec)
    n_rates, n_trials = n_planned_rates(strategy, spec), n_planned_trials(strategy, spec)
    console.print(plan_line(name, spec, n_rates), soft_wrap=True)
    if spec.search.lr == AUTO:
        console.print("first a range test (search.lr: auto); it replaces the range and the rates below", soft_wrap=True)
    span = " .. ".join(distinct_rates([space.low, space.high]))
    console.print(
        f"{strategy}: {counted(n_rates, 'rate')} in {span} "
        f"({space.reason}), {counted(spec.search.repeats, 'seed')} each: {counted(n_trials, 'training')} of "
        f"{counted(spec.train.epochs, 'epoch')}",
        soft_wrap=True,
    )
    words = method_of(strategy).words(spec) or some_of(distinct_rates(rates or ()), MOST_LISTED)
    console.print(f"rates: {words}", soft_wrap=True)
    further = n_further(strategy, spec)
    if further:
        stages = ", ".join(f"{stage} {n:,}" for stage, n in further.items())
        console.print(f"then, at most: {stages} more trainings, if the results need them", soft_wrap=True)


def _print_time(spec: Spec, found: ArmTime) -> float:
    """Print the estimated time of one arm, and return the seconds of its planned trainings."""
    from lrsearch.cli.output import make_console
    from lrsearch.spec import AUTO

    plan = found.plan
    after = f", then at most {_duration(found.stages)} more" if found.stages else ""
    before = ", besides the range test" if spec.search.lr == AUTO else ""
    threads = f" with {counted(plan.threads.value, 'thread')}" if plan.device.value == "cpu" else ""
    workers = f", {counted(plan.jobs.value, 'worker')}" if plan.jobs.value > 1 else ""
    of_stack = f" of {plan.stack.value} trainings at a time" if plan.stack.value > 1 else ""
    make_console().print(
        f"time: about {_duration(found.search)}{before}{after}, on {plan.device.value}{threads}{workers} "
        f"({found.epoch:.2g} s an epoch{of_stack}, measured just now)",
        soft_wrap=True,
    )
    return found.search


def _duration(seconds: float) -> str:
    if seconds < 1:
        return "1 s or less"
    if seconds < 100:
        return f"{seconds:.0f} s"
    if seconds < 6000:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
