"""A whole search, from a spec to a run folder with its results: what the command line and a notebook both call."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

from lrsearch.budget import enlarged, n_at_once, n_trials
from lrsearch.catalog import MODELS
from lrsearch.errors import DeviceError, UsageError
from lrsearch.execution import preload
from lrsearch.records import Decision
from lrsearch.run import Run, read_run, write_up
from lrsearch.seams import Setup, Trainer
from lrsearch.session import Limits, Listener, go_on
from lrsearch.spec import Spec, change_spec, load_spec, make_spec, spec_values, spec_yaml
from lrsearch.store import (
    check_new,
    create_run,
    find_run,
    hold_lock,
    new_manifest,
    resumed_manifest,
    write_manifest,
    write_spec,
)
from lrsearch.strategies import planned_rates, space_of
from lrsearch.training import trainer_module

__all__ = ["Limits", "Listener", "resume_run", "run_search"]


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
    command: Sequence[str] = ("lrsearch.run_search",),
) -> Run:
    """Search for the best learning rate, and record it in a new run folder.

    Args:
        spec: What to search: a spec, a mapping or the path of a YAML file; None for the built-in spec.
        strategy: grid, random or bayes.
        name: The run's exact name; None for `<spec name>-<strategy>-<number>`.
        runs_dir: The folder of all runs.
        model: Builds a network of your own, (B, C, H, W) -> (B, classes), in place of `spec.model`.
        data: Arrays (or tensors) of your own in place of `spec.data.dataset`, as in an `.npz` of the data set `arrays`:
            x_train, y_train and, if any, x_val, y_val. A spec that is meant for them has `data.dataset: own`.
        limits: What ends it before it is done.
        listener: What to call while it goes on.
        command: What was asked for, to stand in `run.json`.

    Returns:
        The run: `run.best.lr` is the best rate, `run.ranking.rows` the table.

    Raises:
        LrSearchError: See `lrsearch.errors`; nothing is written for an error of usage.
    """
    if not isinstance(spec, Spec):
        spec = make_spec(spec) if isinstance(spec, Mapping) else load_spec(spec)
    # What cannot be is said before data are opened, or fetched.
    planned_rates(strategy, spec)
    if name is not None:
        check_new(Path(runs_dir), name)
    own = _own(model, data)
    setup, make_trainer = _prepare(spec, strategy, own, listener)
    space = space_of(setup.spec)
    decisions = {
        **setup.decisions,
        "range": Decision(f"{space.low!r} .. {space.high!r} {space.scale}", space.reason),
        **{f"own {key}": Decision(1, "given from Python") for key in own},
    }
    manifest = new_manifest(
        strategy=strategy,
        spec_values=spec_values(setup.spec),
        facts=setup.facts,
        decisions=decisions,
        command=command,
        n_trials=n_trials(strategy, setup.spec),
    )
    folder = create_run(
        Path(runs_dir),
        spec_name=setup.spec.name,
        strategy=strategy,
        name=name,
        spec_yaml=spec_yaml(setup.spec),
        manifest=manifest,
    )
    with hold_lock(folder.path):
        return go_on(folder, make_trainer, own, limits, listener)


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
) -> Run:
    """Complete a run: what has no result is trained, faults are tried once more, results are written.

    Args:
        run: A run's name, its folder, or "latest".
        spec: The spec as it stands today; it may differ from the run's in its budget alone.
        changes: Changes of the budget by dotted path: `search.trials`, `search.points`, `search.repeats`.
        runs_dir: The folder of all runs.
        model: The network of your own that the run was made with.
        data: The arrays of your own that the run was made with.
        limits: What ends it before it is done.
        listener: What to call while it goes on.

    Raises:
        LrSearchError: See `lrsearch.errors`.
    """
    folder = find_run(Path(runs_dir), str(run))
    with hold_lock(folder.path):
        old = read_run(folder)
        new = enlarged(old, spec, changes or {})
        if old.is_complete and new == old.spec:
            write_up(old)
            return old
        own = _own(model, data)
        if (made_with := {key for key in ("model", "arrays") if f"own {key}" in old.manifest.decisions}) != set(own):
            what = " and ".join(sorted(made_with)) or "nothing of its own"
            raise UsageError(f"{old.name} was made from Python with {what}; resume it with the same, from Python")
        warnings: tuple[str, ...] = ()
        decisions = old.manifest.decisions
        try:
            setup, make_trainer = _prepare(new, old.manifest.strategy, own, listener)
        except DeviceError as error:
            setup, make_trainer = _prepare(
                change_spec(new, _unresolved(old.manifest.decisions)), old.manifest.strategy, own, listener
            )
            new, decisions = setup.spec, {**decisions, **setup.decisions}
            warnings = (f"{error}; goes on on {new.run.device}: results may differ",)
        manifest = resumed_manifest(
            replace(old.manifest, decisions=decisions),
            n_trials=n_trials(old.manifest.strategy, new),
            facts=setup.facts,
            spec_values=spec_values(new),
            warnings=warnings,
        )
        write_manifest(folder.manifest, manifest)
        write_spec(folder, spec_yaml(new))
        return go_on(folder, make_trainer, own, limits, listener)


def _unresolved(decisions: Mapping[str, Decision]) -> dict[str, object]:
    """What is resolved anew on a machine that lacks a run's device."""
    precision = {"train.precision": "auto"} if decisions["precision"].reason.startswith("auto") else {}
    return {"run.device": "auto", **precision}


def _own(model: Callable[[], Any] | None, data: Mapping[str, Any] | None) -> dict[str, Any]:
    if data is not None and not isinstance(data, Mapping):
        raise UsageError(f"data: expected a mapping with x_train and y_train, got {type(data).__name__}")
    given = {"model": model, "arrays": data}
    return {key: value for key, value in given.items() if value is not None}


def _prepare(
    spec: Spec, strategy: str, own: Mapping[str, Any], listener: Listener
) -> tuple[Setup, Callable[..., Trainer]]:
    if spec.run.executor != "inline" and MODELS[spec.model.name].convolutional and not own:
        preload([trainer_module()])  # workers are likely: their imports run beside our own
    trainer = import_module(trainer_module())
    at_once = n_at_once(strategy, spec)
    return trainer.prepare(spec, at_once, progress=listener.download, **own), trainer.make_trainer
