"""Runs a whole search, from a spec to a run folder with results. The command line and notebooks call this module."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from lrsearch.command import Consent, Objective, Program, as_program, program_of_objective
from lrsearch.errors import UsageError
from lrsearch.executors import leave_if_imported_again
from lrsearch.final.finish import finish_training
from lrsearch.interfaces import Given, Limits, Listener
from lrsearch.plugins import plugins_of
from lrsearch.range_test import Request, find_ranges, make_request
from lrsearch.reporting.terminal import search_progress, shows_progress
from lrsearch.runs.budget import enlarged
from lrsearch.runs.new_run import check_rates, make_run, ready
from lrsearch.runs.preparation import prepare_search, with_range_tests
from lrsearch.runs.reading import read_run, write_up
from lrsearch.runs.resumption import (
    check_given,
    load_plugins_again,
    prepare_resumption,
    program_of,
    write_resumption,
)
from lrsearch.runs.run import Run
from lrsearch.runs.session import go_on
from lrsearch.spec import Spec, named_entries
from lrsearch.store import find_run, hold_lock
from lrsearch.training import kept_torch_state

__all__ = ["Limits", "Listener", "resume_run", "run_search"]


@shows_progress(search_progress)
def run_search(
    spec: Spec | Mapping[str, object] | str | Path | None = None,
    strategy: str = "grid",
    *,
    name: str | None = None,
    runs_dir: str | Path = "runs",
    model: Callable[[], Any] | None = None,
    data: Mapping[str, Any] | None = None,
    limits: Limits = Limits(),
    listener: Listener = Listener(),
    progress: bool = True,  # noqa: ARG001  (`shows_progress` reads it)
    command: Sequence[str] | Program | None = None,
    objective: Objective | None = None,
    plugins: Sequence[str | Path] = (),
    metric: str | Mapping[str, object] | None = None,
    started_by: Sequence[str] = ("lrsearch.run_search",),
    report: bool = False,
) -> Run:
    """Search for the best learning rate, and record it in a new run folder.

    Args:
        spec: What to search: a spec, a mapping or the path of a YAML file; None for the built-in spec.
        strategy: grid, random, bayes or auto.
        name: The run's exact name; None for `<spec name>-<strategy>-<number>`.
        runs_dir: The folder of all runs.
        model: Builds a network of your own, (B, C, H, W) -> (B, classes), in place of `spec.model`.
        data: Arrays (or tensors) of your own in place of `spec.data.dataset`, as in an `.npz` of the data set `arrays`:
            x_train, y_train and, if any, x_val, y_val. A spec that always gets its arrays from Python has
            `data.dataset: own`.
        limits: Limits that end the run before it is complete.
        listener: Callbacks during the run. With a listener, no progress is shown.
        progress: Whether to show progress on stderr, as the command line does.
        command: The command of a program that trains in place of a network, with `{lr}` where the rate belongs. No
            shell reads the command. A `Program` has more settings, such as the files with its metrics.
        objective: A function that trains in place of a network. The function gets the arguments that it names among lr,
            seed, repeat, epochs and report. The function calls `report(epoch=3, val_acc=0.91)` for each epoch, or
            returns the score.
        plugins: Files of Python whose networks, data sets and the like the spec names.
        metric: The metric that ranks the rates, as in `search.metric`. For a program, name a metric that the program
            prints.
        started_by: The command line that `run.json` records.
        report: Whether to write report.html and plots/ too, which takes a second or two.

    Returns:
        The run: `run.recommended` is the rate to take, `run.best` the rate that was observed best,
        `run.ranking.rows` the table of the rates, `run.evidence` the evidence in the results of each arm.

    Raises:
        LrSearchError: See `lrsearch.errors`. After a `UsageError` nothing has been written.
    """
    leave_if_imported_again()
    given = Given(model, data, _program(command, objective))
    request = make_request(spec, given, runs_dir, name, metric, plugins)
    return start_run(request, strategy, limits, listener, started_by, report=report)


def start_run(
    request: Request,
    strategy: str,
    limits: Limits,
    listener: Listener,
    started_by: Sequence[str],
    *,
    report: bool = False,
) -> Run:
    """Search, or train the network to keep, in a new run folder. See `run_search` for the arguments.

    Args:
        request: The checked request.
        strategy: Name of the strategy.
        limits: Limits that end the run before it is complete.
        listener: Callbacks during the run.
        started_by: The command line that `run.json` records.
        report: Whether to write report.html and plots/ too.
    """
    request = replace(request, spec=ready(request.spec, strategy, request.given.program, listener.note))
    check_rates(request.spec, strategy)
    with kept_torch_state(request.given):
        ranges = find_ranges(request.spec, strategy, request.given, limits, listener)
        prepared = prepare_search(ranges.spec, strategy, request.given, listener.download, listener.note)
        prepared = with_range_tests(prepared, ranges.tested)
        folder = make_run(request, strategy, prepared, ranges, started_by, pictures=report)
        with hold_lock(folder.path) as lock:
            run = go_on(folder, lock, prepared.make_trainer, request.given, ranges.limits, listener)
            return _completed(run, request.given, listener, report=report)


@shows_progress(search_progress)
def resume_run(
    run: str | Path,
    *,
    spec: Spec | None = None,
    changes: Mapping[str, object] | None = None,
    runs_dir: str | Path = "runs",
    model: Callable[[], Any] | None = None,
    data: Mapping[str, Any] | None = None,
    limits: Limits = Limits(),
    listener: Listener = Listener(),
    progress: bool = True,  # noqa: ARG001  (`shows_progress` reads it)
    command: Sequence[str] | Program | None = None,
    objective: Objective | None = None,
    plugins: Sequence[str | Path] = (),
    trust: bool = False,
    accept_changes: bool = False,
    report: bool = False,
) -> Run:
    """Complete a run: train the trials without a result, retry faults once, and write the results.

    Args:
        run: A run's name, its folder, or "latest".
        spec: The changed spec. It may have a larger budget and more arms, but no other training settings.
        changes: Changes by dotted path: of the budget (`search.trials`, `search.points`, `search.repeats`), or of
            `data.path` and `data.root` if the data have moved.
        runs_dir: The folder of all runs.
        model: The network of your own that the run was made with.
        data: The arrays of your own that the run was made with.
        limits: Limits that end the run before it is complete.
        listener: Callbacks during the run. With a listener, no progress is shown.
        progress: Whether to show progress on stderr, as the command line does.
        command: The command of the program that the run was made with; None for the command that the run recorded.
        objective: The function that the run was made with.
        plugins: The plugins that the run was made with, if their files are at another place now.
        trust: Whether to run a recorded program or plugin that you have not started on this machine before.
        accept_changes: Whether to go on although the program's command, or a file of it or of a plugin, has changed.
        report: Whether to write report.html and plots/ too.

    Raises:
        LrSearchError: See `lrsearch.errors`.
    """
    leave_if_imported_again()
    folder = find_run(Path(runs_dir), str(run))
    with hold_lock(folder.path) as lock:
        old = read_run(folder)
        enlarged_spec = enlarged(old, spec, changes or {})
        if old.is_complete and enlarged_spec == old.spec and not old.lacks_final:
            write_up(old)
            return _with_report(old) if report else old
        consent = Consent(_program(command, objective), trust=trust, accept_changes=accept_changes)
        program, program_changes = program_of(old, consent)
        program_changes += load_plugins_again(old, plugins, trusted=trust, accept_changes=accept_changes)
        enlarged_spec = enlarged(old, spec, changes or {})  # with the options that the plugins have now
        used = plugins_of(named_entries(enlarged_spec))
        given, strategy = Given(model, data, program, used, final=old.manifest.final), old.manifest.strategy
        check_given(old, given)
        with kept_torch_state(given):
            ranges = find_ranges(enlarged_spec, strategy, given, limits, listener)  # range tests of new arms
            resumption = prepare_resumption(old, strategy, ranges, given, listener, program_changes)
            write_resumption(old, resumption, ranges, pictures=report)
            done = go_on(folder, lock, resumption.prepared.make_trainer, given, ranges.limits, listener)
            return _completed(done, given, listener, report=report)


def _program(command: Sequence[str] | Program | None, objective: Objective | None) -> Program | None:
    if objective is None:
        return as_program(command)
    if command is not None:
        raise UsageError("give a command or an objective, not both")
    return program_of_objective(objective)


def _completed(run: Run, given: Given, listener: Listener, *, report: bool) -> Run:
    """Test the network of a final training, or write the report of a search."""
    plan = run.manifest.final
    if plan is None:
        return _with_report(run) if report else run
    if run.lacks_final and run.finished:
        finish_training(run.folder, run.manifest, plan, run.spec, run.results, given, listener.download)
    return run


def _with_report(run: Run) -> Run:
    """Write the report of a run."""
    from lrsearch.reporting.page import write_report  # loads matplotlib

    write_report(run)
    return run
