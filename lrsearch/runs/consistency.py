"""Checks that the files of a run folder fit together: spec, manifest and log. Somebody may have edited a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lrsearch.catalog import Metric, described_entries
from lrsearch.errors import SpecError, StorageError, UsageError
from lrsearch.records import Result
from lrsearch.runs.counts import budget, n_trials
from lrsearch.spec import Spec, arm_specs, make_spec, search_metric
from lrsearch.store import LogContents, Manifest, RunFolder, why_not_of
from lrsearch.strategies.planned import planned_rates
from lrsearch.wording import counted

_ADVICE = "(changed by hand, or by an older version?); restore the file from a copy, or start a new run"


def spec_of(folder: RunFolder, manifest: Manifest) -> Spec:
    """Return the spec that the manifest of a run holds.

    Raises:
        StorageError: The spec is not valid, its arms are not those of the manifest, or the strategy cannot search it.
    """
    try:
        with described_entries(manifest.plugin_entries):
            spec = make_spec(manifest.spec, source=f"{folder.manifest}: spec")
    except SpecError as error:
        problem, n_more = error.problems[0], len(error.problems) - 1
        more = f", and {counted(n_more, 'more problem')}" if n_more else ""
        raise StorageError(f"{' '.join(str(problem).split())}{more} {_ADVICE}") from None
    unlike = set(spec.arms) ^ set(manifest.arms)
    if unlike:
        where = "arms" if min(unlike) in spec.arms else "spec.arms"
        raise StorageError(f"{folder.manifest}: {where}: arm '{min(unlike)}' is missing {_ADVICE}")
    for of_arm in arm_specs(spec).values():
        try:
            planned_rates(manifest.strategy, of_arm)
        except UsageError as error:
            raise StorageError(f"{folder.manifest}: strategy: {error} {_ADVICE}") from None
    planned = n_trials(manifest.strategy, spec)
    if manifest.n_trials not in {None, planned} and budget(manifest.strategy, spec) is None:
        raise StorageError(
            f"{folder.manifest}: n_trials: must be {planned}, as the spec plans, got {manifest.n_trials} (changed by "
            f"hand?); write {planned} again. A resume with a larger budget trains more"
        )
    return spec


def check_beginning(folder: RunFolder, manifest: Manifest, contents: LogContents) -> None:
    """Check that a log belongs to its run, and that run.json still has the settings with which the log began.

    Raises:
        StorageError: The log is that of another run, or run.json was changed.
    """
    if (why := why_not_of(manifest, contents.begun)) is not None:
        raise StorageError(
            f"{folder.log}: does not fit run.json: {why} (changed by hand, or copied?); restore both files from a "
            "copy, or start a new run"
        )


def fitting(
    folder: RunFolder, manifest: Manifest, spec: Spec, results: Sequence[Result]
) -> tuple[tuple[Result, ...], list[str]]:
    """Check that the results of a log belong to this run, and return them.

    Args:
        folder: The run's folder.
        manifest: Its manifest.
        spec: Its spec.
        results: The results in its log.

    Returns:
        The results, and notes for the user. A result has a bit, and perhaps a value, for each validation image. If the
        number of bits or values is wrong, all bits and values of the result are left out, and a note says so.

    Raises:
        StorageError: A result belongs to no arm of the run, its schedule is longer than a training of the run, or its
            score is impossible, or is not the metric in its scored epoch.
    """
    arms = arm_specs(spec)
    sizes = {arm: manifest.task_of(arm).n_val for arm in arms}
    metric = search_metric(spec)
    is_share = metric.scale == "share"
    n_odd = 0
    found: list[Result] = []
    for result in results:
        if result.trial.arm not in sizes:
            raise StorageError(
                f"{folder.log}: trial {result.trial.number}: arm '{result.trial.arm}' is not an arm of this run; "
                "restore trials.jsonl or run.json from a copy"
            )
        n_epochs = arms[result.trial.arm].train.epochs
        if result.trial.horizon > n_epochs:  # it would be ranked before all others, which are shorter
            raise StorageError(
                f"{folder.log}: trial {result.trial.number}: horizon: must be at most {counted(n_epochs, 'epoch')}, "
                f"got {result.trial.horizon} (changed by hand?); restore trials.jsonl or run.json from a copy"
            )
        if is_share and result.score is not None and not 0 <= result.score <= 1:
            raise StorageError(
                f"{folder.log}: trial {result.trial.number}: score: must be from 0 to 1, got {result.score:g} "
                "(changed by hand?); restore trials.jsonl from a copy"
            )
        if (why := _why_not_scored(result, metric)) is not None:
            raise StorageError(
                f"{folder.log}: trial {result.trial.number}: score: {why} (changed by hand?); restore trials.jsonl and "
                "run.json from a copy"
            )
        n_val = sizes[result.trial.arm]
        is_odd = n_val is not None and any(
            of_images is not None and len(of_images) != length
            for of_images, length in ((result.correct, (n_val + 7) // 8), (result.values, 4 * n_val))
        )
        n_odd += is_odd
        found.append(replace(result, correct=None, values=None) if is_odd else result)
    notes = []
    if n_odd:
        odd = f"{counted(n_odd, 'record')} ignored, because the number of validation images does not match"
        notes.append(f"{folder.correct}: {odd}; the run can still be resumed")
    return tuple(found), notes


def _why_not_scored(result: Result, metric: Metric) -> str | None:
    """Say how a score differs from what the scored epoch measured; None if both agree, or if no epochs are known."""
    if result.score is None or not result.points:
        return None
    point = next((point for point in result.points if point.epoch == result.scored_epoch), None)
    if point is None:
        return f"the scored epoch, {result.scored_epoch}, is not in the log"
    measured = point.metrics.get(metric.name)
    if measured is None:
        return f"epoch {point.epoch} has no {metric.name}"
    return None if measured == result.score else f"must be the {metric.name} of epoch {point.epoch}, {measured:g}"
