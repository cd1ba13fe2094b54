"""A whole search, from a spec to a run folder with its results: what the command line and a notebook both call."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from lrsearch.errors import DeviceError, UsageError
from lrsearch.interfaces import Limits, Listener
from lrsearch.range_test import (
    Tested,
    add_range_files,
    as_spec,
    given_own,
    range_files,
    test_where_auto,
    told_range,
    with_ranges,
)
from lrsearch.records import Decision
from lrsearch.runs.budget import enlarged, n_trials
from lrsearch.runs.preparation import Prepared, prepare_search
from lrsearch.runs.run import Run, read_run, write_up
from lrsearch.runs.session import go_on
from lrsearch.spec import Spec, arm_specs, change_arms, change_spec, spec_values, spec_yaml
from lrsearch.store import (
    ArmPlan,
    Manifest,
    check_new,
    create_run,
    find_run,
    hold_lock,
    new_manifest,
    resumed_manifest,
    write_manifest,
    write_spec,
)
from lrsearch.strategies import planned_rates

__all__ = ["Limits", "Listener", "resume_run", "run_search"]

_GIVEN = Decision(1, "given from Python")


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
    report: bool = False,
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
        report: Whether to write report.html and plots/ too, which takes a second or two.

    Returns:
        The run: `run.recommended` is the rate to take, `run.best` the rate that was observed best,
        `run.ranking.rows` the table, `run.evidence` what it supports.

    Raises:
        LrSearchError: See `lrsearch.errors`; nothing is written for an error of usage.
    """
    spec = as_spec(spec)
    # What cannot be is said before data are opened, or fetched.
    for arm, of_arm in arm_specs(spec).items():
        try:
            planned_rates(strategy, of_arm)
        except UsageError as error:
            raise UsageError(f"arm {arm}: {error}" if arm else str(error)) from None
    if name is not None:
        check_new(Path(runs_dir), name)
    own = given_own(model, data)
    started = time.monotonic()
    tested = test_where_auto(spec, own, limits, listener)
    spec, limits = with_ranges(spec, tested, strategy), limits.less(time.monotonic() - started)
    prepared = prepare_search(spec, strategy, own, listener.download)
    manifest = new_manifest(
        strategy=strategy,
        spec_values=spec_values(prepared.spec),
        facts=prepared.facts,
        decisions={**told_range(prepared.decisions, tested.get("")), **{f"own {key}": _GIVEN for key in own}},
        arms=_told_arms(prepared, tested),
        command=command,
        n_trials=n_trials(strategy, prepared.spec),
    )
    folder = create_run(
        Path(runs_dir),
        spec_name=prepared.spec.name,
        strategy=strategy,
        name=name,
        spec_yaml=spec_yaml(prepared.spec),
        manifest=manifest,
        more=range_files(tested, spec, pictures=report) if tested else None,
    )
    with hold_lock(folder.path):
        run = go_on(folder, prepared.make_trainer, own, limits, listener)
        return _reported(run) if report else run


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
    report: bool = False,
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
        report: Whether to write report.html and plots/ too.

    Raises:
        LrSearchError: See `lrsearch.errors`.
    """
    folder = find_run(Path(runs_dir), str(run))
    with hold_lock(folder.path):
        old = read_run(folder)
        new = enlarged(old, spec, changes or {})
        if old.is_complete and new == old.spec:
            write_up(old)
            return _reported(old) if report else old
        own = given_own(model, data)
        if (made_with := {key for key in ("model", "arrays") if f"own {key}" in old.manifest.decisions}) != set(own):
            what = " and ".join(sorted(made_with)) or "nothing of its own"
            raise UsageError(f"{old.name} was made from Python with {what}; resume it with the same, from Python")
        manifest, strategy = old.manifest, old.manifest.strategy
        warnings: tuple[str, ...] = ()
        started = time.monotonic()
        tested = test_where_auto(new, own, limits, listener)  # of arms that are new
        new, limits = with_ranges(new, tested, strategy), limits.less(time.monotonic() - started)
        try:
            prepared = prepare_search(new, strategy, own, listener.download)
        except DeviceError as error:
            prepared = prepare_search(_unresolved(new, manifest), strategy, own, listener.download)
            new = prepared.spec
            warnings = (f"{error}; goes on on {new.run.device}: results may differ",)
            manifest = replace(
                manifest,
                decisions={**manifest.decisions, **prepared.decisions},
                arms={arm: _replanned(plan, prepared.arms[arm]) for arm, plan in manifest.arms.items()},
            )
        if len(new.arms) > len(old.spec.arms):  # what was resolved for those that are new is kept too
            new = prepared.spec
        manifest = resumed_manifest(
            manifest,
            n_trials=n_trials(strategy, new),
            facts=prepared.facts,
            arms=_told_arms(prepared, tested),
            spec_values=spec_values(new),
            warnings=warnings,
        )
        if tested:
            add_range_files(folder, tested, new, pictures=report)
        write_manifest(folder.manifest, manifest)
        write_spec(folder, spec_yaml(new))
        done = go_on(folder, prepared.make_trainer, own, limits, listener)
        return _reported(done) if report else done


def _told_arms(prepared: Prepared, tested: Mapping[str, Tested]) -> dict[str, ArmPlan]:
    """The plans of the arms, with the range tests as reasons of what they found."""
    plans = prepared.arms.items()
    return {arm: replace(plan, decisions=told_range(plan.decisions, tested.get(arm))) for arm, plan in plans}


def _reported(run: Run) -> Run:
    from lrsearch.report.page import write_report  # loads matplotlib

    write_report(run)
    return run


def _unresolved(spec: Spec, manifest: Manifest) -> Spec:
    """The spec with what is resolved anew on a machine that lacks a run's device."""
    of_arms = {arm: _open_precision({**manifest.decisions, **plan.decisions}) for arm, plan in manifest.arms.items()}
    of_all = {} if spec.arms else _open_precision(manifest.decisions)
    return change_spec(change_arms(spec, of_arms), {"run.device": "auto", **of_all})


def _open_precision(decisions: Mapping[str, Decision]) -> dict[str, object]:
    return {"train.precision": "auto"} if decisions["precision"].reason.startswith("auto") else {}


def _replanned(then: ArmPlan, now: ArmPlan) -> ArmPlan:
    return ArmPlan(facts=then.facts, decisions={**then.decisions, **now.decisions})
