"""Runs one session of a run: trains the trials without a result, records them and writes the results."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from lrsearch.analysis.ranking import constant_score, sampler_score
from lrsearch.command import Program, describe, find_unit, wrong_name
from lrsearch.errors import TooManyFaults, UsageError
from lrsearch.executors import PolledContext, StopSwitch, make_executor
from lrsearch.interfaces import Given, Limits, Listener, MakeTrainer, Trainer
from lrsearch.records import Event, Result
from lrsearch.runs.counts import n_trials
from lrsearch.runs.reading import read_run, write_up
from lrsearch.runs.run import Run
from lrsearch.search import search
from lrsearch.store import (
    CheckpointFolder,
    HeldLock,
    RunFolder,
    TrialLog,
    beginning,
    run_argument,
    write_manifest,
)
from lrsearch.strategies import make_search
from lrsearch.training import make_trainers, worker_of


def go_on(
    folder: RunFolder,
    lock: HeldLock,
    make_trainer: Callable[..., Trainer],
    given: Given,
    limits: Limits,
    listener: Listener,
) -> Run:
    """Train the trials that have no result yet, then write the results.

    Args:
        folder: The run's folder.
        lock: Its lock, held by the caller.
        make_trainer: The function `make_trainer` of the trainer module.
        given: The user's own model, data or program, if any.
        limits: Limits that end the run before it is complete.
        listener: Callbacks during the run.

    Raises:
        StorageError: The files cannot be written; the run can be resumed.
        RunInUse: Another process took over the run, because somebody removed its lock file.
        TooManyFaults: Several trials in a row ended in a fault; results are written, and the run can be resumed.
        UsageError: The user's own data or network have changed since the search began; results are written, and the run
            can be resumed.
    """
    run, given = read_run(folder), given.in_folder(folder.path)
    seconds = run.spec.run.checkpoint_seconds
    is_final = given.final is not None
    checkpoints = (
        None
        if seconds is None and not is_final
        else CheckpointFolder(folder.checkpoints, math.inf if seconds is None else seconds, keeps_last=is_final)
    )
    manifest = run.manifest
    arms = {arm: (spec, worker_of(manifest.plan_of(arm), manifest.task_of(arm))) for arm, spec in run.arms.items()}
    make = partial(make_trainers, make_trainer, arms, checkpoints, given)
    started, finished = time.monotonic(), False
    fault: TooManyFaults | UsageError | None = None
    for remark in run.data_remarks:
        listener.note(f"! {remark}")
    for arm in run.arms:
        if (weights := manifest.plan_of(arm).class_weights) is not None:
            of_arm = f"{arm}: " if arm else ""
            listener.note(f"{of_arm}class weights: {weights.value} ({weights.reason})")
    if given.program is not None:
        listener = _saying_what_was_read(listener, run, given.program)
    listener.started(run, n_trials(run.manifest.strategy, run.spec))
    try:
        finished = _search(run, lock, make, checkpoints, limits, listener, given)
    except (TooManyFaults, UsageError) as error:
        fault = error
    lock.confirm()
    if finished and checkpoints and not is_final:
        checkpoints.clear()
    spent = run.manifest.train_seconds + time.monotonic() - started
    run = read_run(folder)
    manifest = replace(run.manifest, finished=finished, train_seconds=spent)
    if finished:
        manifest = replace(manifest, n_recorded=len(run.results))
    write_manifest(folder.manifest, manifest)
    run = replace(run, manifest=manifest)
    write_up(run)
    if fault is not None:
        raise fault
    return run


def _saying_what_was_read(listener: Listener, run: Run, program: Program) -> Listener:
    """Return a listener that also prints, once, the values of the metric that a program has reported."""
    has_said = False

    def saw(event: Event) -> None:
        nonlocal has_said
        listener.saw(event)
        if isinstance(event, Result) and event.score is not None and not has_said:
            has_said = True
            values = [point.metrics[run.metric.name] for point in event.points]
            text = describe(run.metric.name, values, minimize=run.metric.lower_is_better)
            listener.note(f"{text}{_unit_hint(run, program, values)}")

    return replace(listener, saw=saw)


def _unit_hint(run: Run, program: Program, values: Sequence[float]) -> str:
    """Return a hint at the flag --unit if the values look like another unit than the one that was given."""
    unit = find_unit(run.metric.name, [program.out_of_unit(value) for value in values])
    if unit is None or unit == program.unit:
        return ""
    if program.unit:
        return f"; these look like {'shares' if unit == 'share' else 'per cents'}: should it be --unit {unit}?"
    return f"; with --unit {unit}, differences are judged in points"


def _check_metric_name(run: Run, first: Result) -> None:
    """Check that the first training of a program reported the metric.

    With a wrong name, no training would have a score.

    Raises:
        UsageError: The training ended well, without the metric.
    """
    if (why := wrong_name(first)) is not None:
        how = f"lrsearch resume {run_argument(run.path)} --metric NAME"
        raise UsageError(
            f"the first training ended without the metric, so the search stops: {why}; to go on with another name: "
            f"{how}"
        )


def _search(
    run: Run,
    lock: HeldLock,
    make: MakeTrainer,
    checkpoints: CheckpointFolder | None,
    limits: Limits,
    listener: Listener,
    given: Given,
) -> bool:
    """Search and record until the run is complete or stopped. Return whether the run is complete."""
    manifest, folder = run.manifest, run.folder
    stop = limits.stop or StopSwitch()
    deadline = math.inf if limits.max_seconds is None else time.monotonic() + limits.max_seconds
    known: dict[str, dict[int, float]] = {arm: {} for arm in run.arms}
    for result in run.log:
        if not result.trial.stage:  # trials of the later stages were not proposed by the strategy
            known[result.trial.arm][result.trial.proposal] = result.trial.lr
    score_of = {arm: sampler_score(constant_score(run.metric, manifest.task_of(arm)), run.metric) for arm in run.arms}
    strategy = make_search(
        manifest.strategy,
        run.arms,
        sampler_score=lambda arm, result: score_of[arm](result),
        known=known,
        task_of=manifest.task_of,
    )
    with TrialLog(folder.log, folder.correct, beginning(manifest)) as log:

        def should_stop() -> bool:
            # Called at every step, so that a power failure costs one second of results at most.
            log.sync_when_due()
            return stop.should_stop()

        n_before = len(run.log)

        def record(result: Result) -> None:
            nonlocal n_before
            lock.confirm()
            log.append(result)
            if given.program is not None and not n_before:
                _check_metric_name(run, result)
            n_before += 1
            is_needed = given.final is not None or strategy.may_continue(result.trial)
            if checkpoints and result.is_final and not is_needed:
                checkpoints.drop(result.trial)

        return search(
            strategy,
            make_executor(manifest.plan, make, PolledContext(should_stop), run.spec.run.trial_timeout),
            known=run.standing,
            record=record,
            may_ask=lambda: time.monotonic() < deadline,
            should_stop=should_stop,
            observe=listener.saw,
            may_fail_often=given.program is not None,
            stack_size={arm: manifest.plan_of(arm).stack.value for arm in run.arms},
        )
