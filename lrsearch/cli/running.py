"""Runs a search for a command: shows its progress, prints its results, and returns an exit code."""

from __future__ import annotations

import shlex
import signal
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TypeAlias

from lrsearch.cli.live_report import LiveReport
from lrsearch.cli.notify import notify
from lrsearch.cli.output import print_run, say
from lrsearch.cli.run_options import RunOptions
from lrsearch.command import Consent, Program
from lrsearch.errors import LrSearchError, StorageError, TooManyFaults, UsageError
from lrsearch.executors import StopSwitch
from lrsearch.interfaces import Limits, Listener
from lrsearch.records import Event
from lrsearch.reporting.terminal import Display, make_display
from lrsearch.runs import Run, read_run, resume_run, run_search
from lrsearch.runs.tensorboard import TensorBoard
from lrsearch.spec import Spec
from lrsearch.store import run_argument

Job: TypeAlias = Callable[[Limits, Listener], Run]
_Watcher: TypeAlias = Display | TensorBoard | LiveReport

STOPPING = "stopping after the current step; finished trials are kept; press Ctrl-C again to leave at once"


def search_job(
    spec: Spec,
    strategy: str,
    *,
    name: str | None,
    runs_dir: Path,
    program: Program | None,
    started_by: tuple[str, ...],
    report: bool,
) -> Job:
    """Return a function that runs a new search."""
    return lambda limits, listener: run_search(
        spec,
        strategy,
        name=name,
        runs_dir=runs_dir,
        limits=limits,
        listener=listener,
        command=program,
        started_by=started_by,
        report=report,
    )


def resume_job(
    run: str,
    *,
    spec: Spec | None,
    changes: dict[str, object],
    runs_dir: Path,
    consent: Consent,
    plugins: Sequence[str],
    report: bool,
) -> Job:
    """Return a function that resumes a run."""
    return lambda limits, listener: resume_run(
        run,
        spec=spec,
        changes=changes,
        runs_dir=runs_dir,
        limits=limits,
        listener=listener,
        command=consent.program,
        trust=consent.trust,
        accept_changes=consent.accept_changes,
        plugins=plugins,
        report=report,
    )


def run_and_print(job: Job, options: RunOptions) -> int:
    """Run a search and print its results.

    Args:
        job: The function that runs the search.
        options: The options of the command.

    Returns:
        The exit code: 0 for success; 1 if no learning rate can be recommended, if the score is worse than `fail_below`,
        or after too many faults; 2 if the data changed during the search; 4 if the disk is full or fails; 128 plus the
        signal's number if a signal ended the search, such as 130 for Ctrl-C.
    """
    started: list[Run] = []
    code = 1
    try:
        code = _run(job, options, started)
    except LrSearchError as error:
        code = error.exit_code
        raise
    finally:
        folder = started[0].folder if started else None
        if options.notify and (problem := notify(options.notify, folder, code)):
            say(f"! --notify {shlex.join(options.notify)}: {problem}")
    return code


def _run(job: Job, options: RunOptions, started: list[Run]) -> int:
    """Run a search, print its results and return the exit code. The run is put into `started` when it begins."""
    progress = make_display(quiet=options.quiet, verbose=options.verbose)
    stop = StopSwitch(acknowledge=lambda: progress.note(STOPPING))
    watchers: list[_Watcher] = [progress]
    watchers += [TensorBoard(progress.note)] if options.tensorboard else []
    watchers += [LiveReport(progress.note)] if options.live else []
    try:
        with stop.on_signals(), progress:

            def begin(run: Run, n_trials: int) -> None:
                started.append(run)
                stop.arm()
                for watcher in watchers:
                    watcher.started(run, n_trials)

            note = (lambda _: None) if options.quiet else progress.note
            listener = Listener(started=begin, saw=partial(_show, watchers), download=progress.download, note=note)
            run = job(Limits(max_seconds=options.max_seconds, stop=stop), listener)
    except KeyboardInterrupt:
        # This was the second signal, or a signal before training began: stop at once. The log keeps all results.
        if started:
            _say_how_to_resume(started[0])
        else:
            say("the search was stopped before training began; nothing was written")
        return _signal_code(stop)
    except (StorageError, TooManyFaults, UsageError) as error:
        if not started:
            raise
        if not isinstance(error, StorageError):
            print_run(read_run(started[0].folder), options.form)
        say(*error.lines)
        _say_how_to_resume(started[0])
        return error.exit_code
    print_run(run, options.form)
    code = _end_code(run, stop)
    return 1 if code == 0 and run.finished and _is_too_low(run, options.fail_below) else code


def _is_too_low(run: Run, fail_below: float | None) -> bool:
    """Whether the score of a run is worse than a bound: the test score of a final training, or the expected score."""
    evidence, final = run.best_evidence, run.final
    score = None if evidence is None else evidence.recommendation.expected
    if run.manifest.final is not None:
        score = None if final is None else final.mean
    if fail_below is None:
        return False
    if score is not None and run.metric.oriented(score) >= run.metric.oriented(fail_below):
        return False
    found = "there is no score" if score is None else f"the score {run.metric.text(score, 4)} is worse"
    say(f"--fail-below {fail_below:g}: {found}")
    return True


def _show(watchers: Sequence[_Watcher], event: Event) -> None:
    for watcher in watchers:
        watcher.saw(event)


def _end_code(run: Run, stop: StopSwitch) -> int:
    """Return the exit code of a search that ended without an error. If the run is not finished, print how to resume."""
    if stop.should_stop():
        _say_how_to_resume(run)
        return _signal_code(stop)
    if not run.finished:
        _say_how_to_resume(run)
        return 0
    return 0 if run.best is not None else 1


def _signal_code(stop: StopSwitch) -> int:
    return 128 + (stop.signal_number or signal.SIGINT)


def _say_how_to_resume(run: Run) -> None:
    say(f"lrsearch resume {run_argument(run.path)}")
