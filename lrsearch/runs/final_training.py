"""Trains the network to keep, at the rate that a search recommends: `run_training`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from lrsearch.command import Consent
from lrsearch.errors import StorageError, UsageError
from lrsearch.executors import leave_if_imported_again
from lrsearch.final import of_run, of_spec, without_expectation
from lrsearch.interfaces import Given, Limits, Listener
from lrsearch.range_test import make_request
from lrsearch.reporting.terminal import search_progress, shows_progress
from lrsearch.runs.api import start_run
from lrsearch.runs.reading import read_run
from lrsearch.runs.resumption import check_given, load_plugins_again, program_of
from lrsearch.runs.run import Run
from lrsearch.spec import Spec, change_spec, changes_scores, differences
from lrsearch.store import LATEST, RunFolder, find_run, list_runs, read_manifest


@shows_progress(search_progress)
def run_training(
    run: str | Path | None = None,
    *,
    spec: Spec | Mapping[str, object] | str | Path | None = None,
    changes: Mapping[str, object] | None = None,
    lr: float | None = None,
    epochs: int | None = None,
    seeds: int = 1,
    with_validation: bool = False,
    name: str | None = None,
    runs_dir: str | Path = "runs",
    model: Callable[[], Any] | None = None,
    data: Mapping[str, Any] | None = None,
    plugins: Sequence[str | Path] = (),
    trust: bool = False,
    accept_changes: bool = False,
    limits: Limits = Limits(),
    listener: Listener = Listener(),
    progress: bool = True,  # noqa: ARG001  (`shows_progress` reads it)
    started_by: Sequence[str] = ("lrsearch.run_training",),
) -> Run:
    """Train the network to keep, test it once, and write its weights.

    The new folder holds `weights.safetensors`, `model.py` (the network in plain torch), `card.md` and `final.json`. A
    program runs once for each seed, and its network is what it wrote into its own folder, `{dir}`.

    Args:
        run: The search whose recommended rate is trained: its name, its folder, or "latest". Its best arm is trained.
        spec: The spec to train, in place of a run; then `lr` is needed.
        changes: Changes of the spec by dotted path. After a change of the training, the search expects no score.
        lr: The learning rate; None for the recommended one.
        epochs: Number of epochs; None for those of the spec.
        seeds: Number of networks to train, each with its own seed, >= 1.
        with_validation: Whether to train on the validation examples too.
        name: The exact name of the new folder; None for `<spec name>-train-<number>`.
        runs_dir: The folder of all runs.
        model: The network of your own that the search was made with.
        data: The arrays of your own that the search was made with, with `x_test` and `y_test` for the test.
        plugins: Files of Python whose networks and data sets the spec names; those of a run are loaded again.
        trust: Whether to run a recorded program or plugin that you have not started on this machine before.
        accept_changes: Whether to go on although the program's command, or a file of it or of a plugin, has changed.
        limits: Limits that end the training before it is complete. `resume_run` continues it.
        listener: Callbacks during the training. With a listener, no progress is shown.
        progress: Whether to show progress on stderr, as the command line does.
        started_by: The command line that `run.json` records.

    Returns:
        The run of the training: `run.final` is its result, with the scores on the test part.

    Raises:
        UsageError: Neither or both of `run` and `spec` are given, the search recommends no rate, or the name is taken.
        LrSearchError: See `lrsearch.errors`.
    """
    leave_if_imported_again()
    if (run is None) == (spec is None):
        raise UsageError("run_training: give a run or a spec")
    program = None
    options: dict[str, Any] = {"lr": lr, "epochs": epochs, "seeds": seeds, "with_validation": with_validation}
    if run is not None:
        found = read_run(_find_search(Path(runs_dir), str(run)))
        if str(run) == LATEST:
            started_by = _with_name(started_by, found.name)
        if found.manifest.final is not None:
            raise UsageError(f"{found.name} is a final training itself; name the search before it")
        program, _ = program_of(found, Consent(None, trust=trust, accept_changes=accept_changes), is_training=True)
        load_plugins_again(found, plugins, trusted=trust, accept_changes=accept_changes)
        check_given(found, Given(model, data, program))
        spec_of_arm = change_spec(found.best_spec, changes or {})
        chosen = of_run(str(found.path.absolute()), spec_of_arm, found.best_evidence, **options)
        if any(changes_scores(path) for path, *_ in differences(found.best_spec, spec_of_arm)):
            chosen = without_expectation(chosen)
    else:
        request = make_request(spec, Given(model, data), runs_dir, name, None, plugins)
        if request.spec.arms:
            raise UsageError("run_training: the spec has arms; train the spec of one arm")
        chosen = of_spec(change_spec(request.spec, changes or {}), **options)
    request = make_request(chosen.spec, Given(model, data, program, final=chosen.plan), runs_dir, name, None)
    return start_run(request, "grid", limits, listener, started_by)


def _with_name(command: Sequence[str], name: str) -> Sequence[str]:
    """Name the search in the recorded command: `latest`, which `lrsearch train` alone means, is another one later."""
    if list(command[:2]) != ["lrsearch", "train"]:
        return command
    if LATEST in command:
        return [name if word == LATEST else word for word in command]
    return [*command[:2], name, *command[2:]]


def _find_search(runs_dir: Path, ref: str) -> RunFolder:
    """Find the search that the user names. `latest` is the newest run that can be read and is a search."""
    if ref == LATEST:
        for run in reversed(list_runs(runs_dir)):
            with suppress(StorageError):
                if read_manifest(run.manifest).final is None:
                    return run
    return find_run(runs_dir, ref)
