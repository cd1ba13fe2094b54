"""Prints the plan of a search, for `check`, --dry-run and --time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lrsearch.catalog import DATASETS
from lrsearch.wording import counted, some_of

if TYPE_CHECKING:
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
        DataError: The files of `data.path` do not exist.
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
    for arm, of_arm in specs.items():
        if arm:
            console.print()
        total += _print_arm(of_arm, strategy, arm or spec.name, time=time)
    if spec.arms and time:
        console.print()
        console.print(f"time of all arms: about {_duration(total)}", soft_wrap=True)


def _check_machine(spec: Spec) -> None:
    """Raise an error if this machine lacks the files or the device of a spec. Import slow modules only if needed."""
    if spec.data.path is not None or DATASETS[spec.data.dataset.name].from_python:
        from lrsearch.data import check_files

        check_files(spec.data)
    if spec.run.device not in {"auto", "cpu"}:
        from lrsearch.training import load_trainer

        load_trainer().check_device(spec)


def _print_arm(spec: Spec, strategy: str, name: str, *, time: bool) -> float:
    """Print the plan of one arm, or of a search without arms.

    Returns:
        The estimated time of the search in seconds; 0 if `time` is false.
    """
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
    if not time:
        return 0.0
    from lrsearch.training.timing import epoch_seconds

    seconds, device = epoch_seconds(spec)
    total = seconds * spec.train.epochs * n_trials
    more = seconds * spec.train.epochs * sum(further.values())
    after = f", then at most {_duration(more)} more" if further else ""
    console.print(
        f"time: about {_duration(total)}{after} on {device} ({seconds:.2g} s an epoch, from a few measured steps)",
        soft_wrap=True,
    )
    return total


def _duration(seconds: float) -> str:
    if seconds < 1:
        return "1 s or less"
    if seconds < 100:
        return f"{seconds:.0f} s"
    if seconds < 6000:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
