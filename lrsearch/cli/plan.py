"""Prints the plan of a search, for `check`, --dry-run and --time."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from lrsearch.wording import counted, duration, some_of

if TYPE_CHECKING:
    from lrsearch.command import Program
    from lrsearch.reporting.terminal import Trained
    from lrsearch.runs.timing import ArmTime, SearchTimer
    from lrsearch.spec import Spec

MOST_LISTED = 200
"""Maximum number of rates that the plan lists. With more rates, the plan says how many rates it leaves out."""


def print_plan(spec: Spec, strategy: str, *, time: bool = False, program: Program | None = None) -> None:
    """Print the plan of a search to stdout.

    Args:
        spec: A checked spec.
        strategy: Name of the strategy.
        time: Whether to measure a few training steps and print how long the search will take.
        program: The program that trains; None for the network of the spec.

    Raises:
        DataError: The files of `data.path` do not exist, or the images do not fit into memory.
        DeviceError: This machine does not have the device.
    """
    from lrsearch.cli.output import make_console
    from lrsearch.executors import cluster_of
    from lrsearch.reporting.terminal import Trained, arms_line
    from lrsearch.runs import budget, ready
    from lrsearch.spec import arm_specs
    from lrsearch.strategies import n_planned_rates

    if cluster_of(spec) is not None:
        _print_cluster(spec, program)
    elif program is None:
        _check_machine(spec)
    else:
        _check_program(program, spec)
    trained = Trained(program=program)
    console = make_console()
    spec = ready(spec, strategy, program, partial(console.print, soft_wrap=True))
    specs, total = arm_specs(spec), 0.0
    if spec.arms:
        n_rates = sum(n_planned_rates(strategy, of_arm) for of_arm in specs.values())
        budgets = [n for of_arm in specs.values() if (n := budget(strategy, of_arm)) is not None]
        console.print(arms_line(spec.name, specs, n_rates, trained, sum(budgets) or None), soft_wrap=True)
    with _timer(spec, strategy) if time and program is None else nullcontext() as timer:
        for arm, of_arm in specs.items():
            if arm:
                console.print()
            _print_arm(of_arm, strategy, arm or spec.name, trained)
            if timer is not None:
                total += _print_time(of_arm, timer.time_of(arm))
    if time and program is not None:
        from lrsearch.cli.program_time import print_program_time

        print_program_time(program, spec, strategy)
    elif spec.arms and time:
        console.print()
        console.print(f"time of all arms: about {duration(total)}", soft_wrap=True)


def _timer(spec: Spec, strategy: str) -> AbstractContextManager[SearchTimer]:
    from lrsearch.runs.timing import search_timer  # loads torch

    return search_timer(spec, strategy)


def _print_cluster(spec: Spec, program: Program | None) -> None:
    """Connect to the cluster of a spec, and print what it has."""
    from lrsearch.cli.output import make_console
    from lrsearch.executors.on_ray import cluster_lines
    from lrsearch.interfaces import Given

    for line in cluster_lines(spec, Given(program=program)):
        make_console().print(line, soft_wrap=True, markup=False, highlight=False)


def _check_machine(spec: Spec) -> None:
    """Raise an error if this machine lacks the files, the memory or the device of a search. Import torch if needed."""
    from lrsearch.data import check_files

    check_files(spec.data)
    if spec.run.device not in {"auto", "cpu"}:
        from lrsearch.training import load_trainer

        load_trainer().check_device(spec)


def _check_program(program: Program, spec: Spec) -> None:
    """Raise an error if the program cannot be started or its command does not fit. Print warnings about the program."""
    from lrsearch.cli.output import say
    from lrsearch.command import check_program, remarks

    check_program(program, spec)
    for remark in remarks(program, spec):
        say(f"! {remark}")


def _print_arm(spec: Spec, strategy: str, name: str, trained: Trained) -> None:
    """Print the plan of one arm, or of a search without arms."""
    from lrsearch.cli.output import make_console
    from lrsearch.reporting.terminal import plan_line
    from lrsearch.runs import budget, n_further
    from lrsearch.spec import AUTO
    from lrsearch.strategies import method_of, n_planned_rates, n_planned_trials, planned_rates, space_of
    from lrsearch.wording import distinct_rates

    console = make_console()
    rates, space = planned_rates(strategy, spec), space_of(spec)
    n_rates, n_trials = n_planned_rates(strategy, spec), n_planned_trials(strategy, spec)
    console.print(plan_line(name, spec, n_rates, trained, budget(strategy, spec)), soft_wrap=True)
    if spec.search.lr == AUTO:
        console.print(
            "a range test comes first (search.lr: auto) and replaces the range and the rates below", soft_wrap=True
        )
    low, *_, high = distinct_rates([space.low, *(rates or ()), space.high])
    has_epochs = trained.program is None or "epochs" in trained.program.placeholders
    epochs, until = counted(spec.train.epochs, "epoch"), method_of(strategy).epochs(spec)
    length = f" of {epochs if until == spec.train.epochs else f'{until} of {epochs}'}" if has_epochs else ""
    console.print(
        f"{strategy}: {counted(n_rates, 'rate')} in {low} .. {high} "
        f"({space.reason}), {counted(spec.search.repeats, 'seed')} each: {counted(n_trials, 'training')}{length}",
        soft_wrap=True,
    )
    words = method_of(strategy).words(spec) or some_of(distinct_rates(rates or ()), MOST_LISTED)
    console.print(f"rates: {words}", soft_wrap=True)
    if trained.program is not None:
        _print_commands(trained.program, spec, rates)
    further = n_further(strategy, spec)
    if further:
        stages = ", ".join(f"{n:,} to {stage}" for stage, n in further.items())
        console.print(f"then, if the results need more trainings, at most {stages}", soft_wrap=True)


def _print_commands(program: Program, spec: Spec, rates: Sequence[float] | None) -> None:
    """Print the command of each planned trial. Rates that are not known yet stay placeholders."""
    from lrsearch.cli.output import make_console
    from lrsearch.command import planned_calls, without_secrets
    from lrsearch.reporting.terminal import command_line

    console = make_console()
    if rates is None:
        console.print(f"command: {command_line(program)}", soft_wrap=True)
        return
    calls = planned_calls(program, spec, rates)
    for call in calls[:MOST_LISTED]:
        shown = replace(program, command=without_secrets(call.arguments))
        console.print(command_line(shown), soft_wrap=True)
    if len(calls) > MOST_LISTED:
        console.print(f"and {counted(len(calls) - MOST_LISTED, 'more command')}")


def _print_time(spec: Spec, found: ArmTime) -> float:
    """Print the estimated time of one arm, and return the seconds of its planned trainings."""
    from lrsearch.cli.output import make_console
    from lrsearch.spec import AUTO

    plan = found.plan
    after = f", then at most {duration(found.stages)} more" if found.stages else ""
    before = ", besides the range test" if spec.search.lr == AUTO else ""
    threads = f" with {counted(plan.threads.value, 'thread')}" if plan.device.value == "cpu" else ""
    workers = f", {counted(plan.jobs.value, 'worker')}" if plan.jobs.value > 1 else ""
    of_stack = f" of {plan.stack.value} trainings at a time" if plan.stack.value > 1 else ""
    epoch = f"{found.epoch:.2g} s" if found.epoch < 10 else duration(found.epoch)
    make_console().print(
        f"time: about {duration(found.search)}{before}{after}, on {plan.device.value}{threads}{workers} "
        f"(an epoch{of_stack} takes {epoch}, measured just now)",
        soft_wrap=True,
    )
    return found.search
