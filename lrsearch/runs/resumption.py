"""Prepares a run to be resumed: the run's spec with today's budget, prepared again for this machine."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lrsearch.command import Consent, Program, program_to_resume, record
from lrsearch.data import named_path
from lrsearch.errors import DataError, DeviceError, UsageError
from lrsearch.interfaces import Given, Listener
from lrsearch.plans import Plan
from lrsearch.plugins import plugins_to_resume, record_plugins
from lrsearch.range_test import FoundRanges, add_range_files
from lrsearch.records import NetworkFacts, Task
from lrsearch.runs.counts import n_trials
from lrsearch.runs.preparation import Prepared, prepare_search, with_range_tests
from lrsearch.runs.run import Run
from lrsearch.spec import Spec, arm_specs, change_arms, change_spec, search_metric, written_values, written_yaml
from lrsearch.store import (
    ArmPlan,
    Manifest,
    enter_folder,
    file_argument,
    machine,
    package_versions,
    resumed_manifest,
    run_argument,
    write_manifest,
    write_spec,
)


@dataclass(frozen=True)
class Resumption:
    """A run that can go on.

    Attributes:
        prepared: The search, ready for this machine.
        spec: The spec that the run has from now on.
        manifest: The manifest that the run has from now on.
    """

    prepared: Prepared
    spec: Spec
    manifest: Manifest


def check_given(run: Run, given: Given) -> None:
    """Check that a resume has a model and data from Python if, and only if, the run had them.

    Raises:
        UsageError: A model or data are missing, or the user passed a model or data to a run without them.
    """
    made_with = run.manifest.given
    if made_with == given.names:
        return
    if made_with:
        what = " and ".join(sorted(made_with))
        raise UsageError(f"{run.name} was made with your own {what}; resume the run from Python with the same {what}")
    raise UsageError(
        f"{run.name} uses the model and the data of its spec; resume the run without model=... and data=..."
    )


def program_of(run: Run, consent: Consent, *, is_training: bool = False) -> tuple[Program | None, tuple[str, ...]]:
    """Return the program that a resume runs, None for a network, and warnings about what has changed.

    Args:
        run: The run.
        consent: What the user allows.
        is_training: Whether a final training runs the program. The command line cannot give it the program again.

    Raises:
        UsageError: The program may not be run again, or the user named a program for the run of a network.
    """
    recorded = run.manifest.program
    if recorded is not None:
        whole = f"run the program yourself at the recommended rate: {recorded.line}"
        if not is_training:
            enter = enter_folder(recorded.program.folder)
            argument = file_argument(run.path.absolute()) if enter else run_argument(run.path)
            whole = f"give the whole command: {enter}lrsearch resume {argument} -- {recorded.line}"
        return program_to_resume(run.name, recorded, consent, whole=whole)
    if consent.program is not None:
        raise UsageError(f"{run.name} trains a network of its spec; resume the run without a program behind `--`")
    return None, ()


def load_plugins_again(
    run: Run, given: Sequence[str | Path], *, trusted: bool, accept_changes: bool
) -> tuple[str, ...]:
    """Load the plugins that a resume needs, and return warnings about what has changed.

    Args:
        run: The run.
        given: Plugins that the user gives again, because their files are at another place now.
        trusted: Whether to load plugins that the user has not used on this machine before.
        accept_changes: Whether to go on although files of plugins have changed.

    Raises:
        UsageError: See `lrsearch.plugins.plugins_to_resume`.
    """
    recorded = run.manifest.plugins
    return plugins_to_resume(run.name, recorded, given, trusted=trusted, accept_changes=accept_changes)


def prepare_resumption(
    run: Run,
    strategy: str,
    ranges: FoundRanges,
    given: Given,
    listener: Listener,
    changes: tuple[str, ...] = (),
) -> Resumption:
    """Prepare a run for this machine again, if possible in the same way as when it began.

    Args:
        run: The run before the resume.
        strategy: The run's strategy.
        ranges: The spec with today's budget, and the range tests of new arms.
        given: The user's own model and data, if any.
        listener: Its `download` is called as the bytes of a download arrive.
        changes: Warnings about changes of the program that trains, one line each.

    Raises:
        LrSearchError: See `prepare_search`.
        DataError: The data differ from the data that the run began with.
        UsageError: A network is not the one that the run began with.
    """
    spec, manifest = ranges.spec, run.manifest
    _check_data_path(run, spec)
    warnings: tuple[str, ...] = ()
    try:
        prepared = prepare_search(spec, strategy, given, listener.download, listener.note)
    except DeviceError as error:
        prepared = prepare_search(_for_any_device(spec, manifest), strategy, given, listener.download)
        spec = prepared.spec
        warnings = (f"{error}; the run continues on {spec.run.device}, so results may differ",)
        manifest = _with_plans_of(manifest, prepared)
    _check_networks(run, prepared)
    if len(spec.arms) > len(run.spec.arms):  # keep what was resolved for the new arms
        spec = prepared.spec
    if spec.data != run.spec.data:  # the data have moved: record whole paths, so that the next resume can be anywhere
        data = prepared.spec.data
        spec = change_spec(spec, {"data.path": data.path, "data.test_path": data.test_path, "data.root": data.root})
    prepared = with_range_tests(prepared, ranges.tested)
    manifest = resumed_manifest(
        manifest,
        n_trials=n_trials(strategy, spec),
        task=prepared.task,
        arms=prepared.arms,
        spec_values=written_values(spec, of_program=given.program is not None),
        warnings=(*warnings, *changes),
    )
    if given.program is not None:
        manifest = replace(manifest, program=record(given.program))
    if given.plugins:
        manifest = replace(manifest, plugins=record_plugins(given.plugins))
    if search_metric(spec) != run.metric:
        manifest = _with_tasks_of(manifest, prepared)
    if given.model is not None:
        manifest = _with_network(manifest, prepared.task.network)
    return Resumption(prepared, spec, manifest)


def _check_data_path(run: Run, spec: Spec) -> None:
    """Check that the files of your own data are where the run says.

    Raises:
        DataError: The files are not there; the message says how to give their new path.
    """
    for arm in arm_specs(spec).values():
        if arm.data.path is not None and not os.path.lexists(named_path(arm.data.path)):
            resume = f"lrsearch resume {run_argument(run.path)} --set data.path=PATH"
            raise DataError(
                f"data.path: {arm.data.path}: no such file or folder; if the data have moved, give their new path: "
                f"{resume}"
            )


def write_resumption(run: Run, resumption: Resumption, ranges: FoundRanges, *, pictures: bool) -> None:
    """Write the range tests of new arms, the manifest and the spec into the folder of a run.

    Args:
        run: The run.
        resumption: The prepared resumption.
        ranges: The range tests of new arms.
        pictures: Whether to draw the range tests.

    Raises:
        StorageError: The files cannot be written.
    """
    if ranges.tested:
        add_range_files(run.folder, ranges.tested, resumption.spec, pictures=pictures)
    write_manifest(run.folder.manifest, resumption.manifest)
    is_program = resumption.manifest.program is not None
    write_spec(run.folder, written_yaml(resumption.spec, of_program=is_program))


def _check_networks(run: Run, prepared: Prepared) -> None:
    """Check that each network is the one that the run was made with.

    A run of an older lrsearch, without these fingerprints, accepts any network. With other versions of packages, or on
    another machine, the same seed may draw other weights. In that case only names and shapes are compared.
    """
    manifest = run.manifest
    comparable = (package_versions(), machine()) == (manifest.versions, manifest.platform)
    for arm in run.arms:
        now = (prepared.arms[arm].task if arm in prepared.arms else prepared.task).network
        difference = _difference(manifest.task_of(arm).network, now, comparable=comparable)
        if difference is None:
            continue
        of_arm = f"arm {arm}: " if arm else ""
        remedy = "resume the run with its own network"
        if manifest.plugins:
            remedy = "restore the files of its plugins"
        elif "model" not in manifest.given:
            remedy = f"resume the run with lrsearch {manifest.versions.get('lrsearch', 'of the version that made it')}"
        raise UsageError(
            f"{run.name}: {of_arm}the network is not the one that the run was made with, because {difference}; "
            f"{remedy}, or start a new run"
        )


def _difference(then: NetworkFacts | None, now: NetworkFacts | None, *, comparable: bool) -> str | None:
    if then is None or now is None:
        return None
    if then.shapes != now.shapes:
        return "its weights have other names or shapes"
    if comparable and None not in {then.start, now.start} and then.start != now.start:
        return "it has other layers, or begins with other weights"
    return None


def _with_network(manifest: Manifest, network: NetworkFacts | None) -> Manifest:
    """Record the fingerprints of your own network in a run of an older lrsearch that has no fingerprints."""

    def known(task: Task) -> Task:
        return replace(task, network=task.network or network)

    arms = {name: replace(arm, task=known(arm.task)) for name, arm in manifest.arms.items()}
    return replace(manifest, task=known(manifest.task), arms=arms)


def _for_any_device(spec: Spec, manifest: Manifest) -> Spec:
    """Return the spec for a machine without the run's device: `auto` takes the place of what `auto` once chose."""
    of_arms = {arm: _open_precision(of_arm.plan) for arm, of_arm in manifest.arms.items()}
    of_all = {} if spec.arms else _open_precision(manifest.plan)
    return change_spec(change_arms(spec, of_arms), {"run.device": "auto", **of_all})


def _open_precision(plan: Plan) -> Mapping[str, object]:
    return {"train.precision": "auto"} if plan.precision.is_auto else {}


def _with_tasks_of(manifest: Manifest, prepared: Prepared) -> Manifest:
    """Return a manifest with the tasks of this session, which know the scores of the new metric."""
    arms = {arm: replace(then, task=prepared.arms[arm].task) for arm, then in manifest.arms.items()}
    return replace(manifest, task=prepared.task, arms=arms)


def _with_plans_of(manifest: Manifest, prepared: Prepared) -> Manifest:
    """Return a manifest with the plans that were made on this machine. Its arms keep their tasks."""
    arms = {arm: ArmPlan(task=then.task, plan=prepared.arms[arm].plan) for arm, then in manifest.arms.items()}
    return replace(manifest, plan=prepared.plan, arms=arms)
