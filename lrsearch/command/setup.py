"""Prepares a program to train the trials of a search, and builds the trainer that runs it.

`training.registry` loads this.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from lrsearch.command.checks import check_program
from lrsearch.command.jobs import n_gpus, plan_jobs
from lrsearch.command.metrics import warning_of
from lrsearch.command.objective import make_objective_trainer
from lrsearch.command.placeholders import near_misses
from lrsearch.command.program import Call, Program, call_of
from lrsearch.command.pruning import pruner
from lrsearch.command.trainer import make_command_trainer
from lrsearch.errors import UsageError
from lrsearch.interfaces import Given, Setup, Trainer
from lrsearch.plans import Worker
from lrsearch.records import Baseline, Result, Task, Trial
from lrsearch.spec import BUILT_IN_PLACEHOLDERS, Spec, arm_specs, search_metric


def prepare(spec: Spec, n_at_once: int = 1, *, given: Given, **unused: object) -> Setup:  # noqa: ARG001, D417  (the interface's signature)
    """Check a program and its spec, and choose how many trials run at the same time.

    Args:
        spec: The spec of an arm.
        n_at_once: Number of trials that can start before the search needs their results.
        given: Holds the program.

    Raises:
        UsageError: The program cannot be started, or its command does not fit the spec.
    """
    program = _program_of(given)
    check_program(program, spec)
    metric, chance = search_metric(spec), program.chance
    baseline = Baseline() if chance is None else Baseline(constant=program.in_unit(chance))
    task = Task(
        name=program.label,
        n_val=program.n_val,
        metrics={metric.name: baseline},
        remarks=tuple(remarks(program, spec)),
    )
    return Setup(spec=spec, task=task, plan=plan_jobs(program, spec))


def make_trainer(spec: Spec, worker: Worker, *, given: Given, **unused: object) -> Trainer:  # noqa: ARG001  (the interface's signature)
    """Build the function that trains by running the program. See `make_command_trainer`."""
    program, metric = _program_of(given), search_metric(spec)
    prune = pruner(metric.name, lower_is_better=metric.lower_is_better)
    if program.objective is not None:
        return make_objective_trainer(
            program, metric.name, spec.seed, settings=lambda _: spec.placeholders, prune=prune
        )
    return make_command_trainer(
        program,
        metric.name,
        spec.seed,
        settings=lambda _: spec.placeholders,
        prune=prune,
        worker=worker.index,
        n_devices=0 if program.gpus_per_trial is None else n_gpus(os.environ),
    )


def check_device(spec: Spec) -> None:
    """Accept every device: the program chooses its own."""


def planned_calls(program: Program, spec: Spec, rates: Sequence[float]) -> list[Call]:
    """Return the command of each trial that a search plans, in their order. The folders are the folders of a new run.

    Args:
        program: The program.
        spec: The spec of an arm.
        rates: The rates, in the order of their trials.
    """
    program = replace(program, trials=program.trials or str(Path("runs", "RUN", "trials")))
    epochs, repeats = spec.train.epochs, range(spec.search.repeats)
    trials = [
        Trial(number=number, proposal=proposal, lr=lr, repeat=repeat, horizon=epochs, until=epochs)
        for number, (proposal, lr, repeat) in enumerate(
            (proposal, lr, repeat) for proposal, lr in enumerate(rates) for repeat in repeats
        )
    ]
    return [call_of(program, trial, spec.seed, spec.placeholders) for trial in trials]


def train_once(program: Program, spec: Spec, lr: float) -> Result:
    """Run a program for one epoch at a rate.

    Args:
        program: The program, with the folder of its trials.
        spec: The spec of an arm.
        lr: The learning rate.
    """
    trial = Trial(number=0, proposal=0, lr=lr, horizon=1, until=1)
    train = make_command_trainer(program, search_metric(spec).name, spec.seed, settings=lambda _: spec.placeholders)
    results = [event for event in train((trial,), _NeverStopped()) if isinstance(event, Result)]
    return results[0]


class _NeverStopped:
    memory_share = 1.0

    def should_stop(self) -> bool:
        return False


def remarks(program: Program, spec: Spec) -> Iterator[str]:
    """Yield warnings about a program and its metric, one line each."""
    own = dict.fromkeys(name for of_arm in arm_specs(spec).values() for name in of_arm.placeholders)
    if program.objective is None:
        yield from near_misses([*program.command, program.template or ""], [*BUILT_IN_PLACEHOLDERS, *own])
    if warning := warning_of(search_metric(spec).name):
        yield warning
    if spec.search.prune != "none" and program.metric_files:
        yield "search.prune has no effect: the metric is read from files when the program has ended"
    if spec.search.repeats > 1 and "seed" not in program.placeholders:
        if program.objective is not None:
            yield "the function has no argument seed, so repeats differ only if the function draws a new seed each time"
        else:
            yield (
                "the command has no {seed}, so repeats differ only if the program draws a new seed each time, or reads "
                "LRSEARCH_SEED"
            )


def _program_of(given: Given) -> Program:
    if given.program is None:
        raise UsageError("no program was given")
    return given.program
