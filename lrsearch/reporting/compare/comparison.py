"""Checks that runs can be compared, finds the settings in which they differ, and makes the table of the comparison."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lrsearch.analysis.evidence import Evidence
from lrsearch.analysis.ranking import Row
from lrsearch.catalog import MODELS, OPTIMIZERS, SCHEDULES, VAL_ACCURACY, Entry, Metric
from lrsearch.reporting.terminal import command_line, named
from lrsearch.spec import Choice, Spec, changes_scores, flatten, written_values

if TYPE_CHECKING:
    from lrsearch.runs import Run

_SAME_SPLIT = ("data.split_seed", "data.val_fraction")


@dataclass(frozen=True, slots=True)
class Side:
    """One arm of one run in a comparison.

    Attributes:
        label: The unique name in tables: the run and the arm. If two runs have the same name, the label shows the
            folder of the run.
        run: The run.
        arm: Name of the arm; "" if the run has none.
        best: The row of the best rate of the arm; None if no rate trained with every seed.
        evidence: The evidence in the results of the arm; None if no rate trained with every seed.
    """

    label: str
    run: Run
    arm: str
    best: Row | None
    evidence: Evidence | None


@dataclass(frozen=True, slots=True)
class Difference:
    """A setting in which the sides differ.

    Attributes:
        key: Dotted path in the spec, or a property of the machine: torch, processor or device.
        values: The value of each side, by label.
        matters: Whether the setting changes how well a learning rate trains. False if it only changes which rates are
            tried, or on which machine they are trained.
    """

    key: str
    values: Mapping[str, object]
    matters: bool


def make_sides(runs: Sequence[Run]) -> list[Side]:
    """Return the arms of all runs, sorted by the mean score of their best rate, best first."""
    names = [run.name for run in runs]
    shown = {run.path: run.name if names.count(run.name) == 1 else str(run.path) for run in runs}
    sides = [
        Side(
            label=f"{shown[run.path]}: {arm}" if arm else shown[run.path],
            run=run,
            arm=arm,
            best=run.ranking.best_of(arm),
            evidence=run.evidence.get(arm),
        )
        for run in runs
        for arm in run.arms
    ]
    return sorted(sides, key=_place)


def _place(side: Side) -> tuple[bool, float]:
    score = None if side.best is None else side.best.score
    return score is None, 0.0 if score is None else -side.run.metric.oriented(score)


def why_not_comparable(sides: Sequence[Side]) -> list[str]:
    """List the reasons why the scores of the sides cannot be compared, one line each; empty if they can be.

    Scores can be compared if all are values of one metric, and if all sides were validated on the same images: the same
    data set, split in the same way. The number of training images may differ, like any other setting.
    """
    first, lines = sides[0], []
    task = first.run.manifest.task_of(first.arm)
    for side in sides[1:]:
        other = side.run.manifest.task_of(side.arm)
        if side.run.metric != first.run.metric:
            lines.append(f"{side.label} is ranked by {side.run.metric.name}, {first.label} by {first.run.metric.name}")
        if (task.name, task.shape, task.n_classes) != (other.name, other.shape, other.n_classes):
            lines.append(f"{side.label} was trained on {_data(side)}, {first.label} on {_data(first)}")
            continue
        differing = [key for key in _SAME_SPLIT if _flat(side).get(key) != _flat(first).get(key)]
        if differing or task.n_val != other.n_val:
            what = f"{_count(other.n_val)} images, not {_count(task.n_val)}"
            if differing:
                what = f"{' and '.join(differing)} differ{'' if len(differing) > 1 else 's'}"
            lines.append(f"{side.label} was validated on other images than {first.label}: {what}")
        elif task.fingerprint != other.fingerprint and (
            task.n_train == other.n_train or _flat(side).get("data.path") != _flat(first).get("data.path")
        ):
            lines.append(f"{side.label} has other images or labels than {first.label}, because the fingerprints differ")
    return lines


def _data(side: Side) -> str:
    task = side.run.manifest.task_of(side.arm)
    shape = "" if task.shape is None else "x".join(map(str, task.shape))
    classes = "" if task.n_classes is None else f"{task.n_classes} classes"
    known = ", ".join(filter(None, [shape, classes]))
    return f"{task.name} ({known})" if known else task.name


def _count(number: int | None) -> str:
    return "an unknown number of" if number is None else f"{number:,}"


def find_differences(sides: Sequence[Side]) -> list[Difference]:
    """Find the settings and the properties of the machine in which the sides differ.

    Differences that change how well a learning rate trains come first.
    """
    flats = {side.label: _flat(side) for side in sides}
    for key, (read, catalog) in _CHOICES.items():
        choices = {side.label: read(side.run.arms[side.arm]) for side in sides}
        if len({choice.name for choice in choices.values()}) > 1:  # their options cannot be compared one by one
            for label, flat in flats.items():
                of_choice = [inner for inner in flat if _is_within(inner, (key,))]
                for inner in of_choice:
                    del flat[inner]
                flat[key] = named(choices[label], catalog[choices[label].name])
    keys = dict.fromkeys(key for flat in flats.values() for key in flat)
    found = []
    for key in keys:
        values = {label: flat.get(key) for label, flat in flats.items()}
        if any(value != next(iter(values.values())) for value in values.values()):
            found.append(Difference(key, values, key == _COMMAND or changes_scores(key)))
    for name in ("torch", "processor", "device"):
        values = {side.label: _made_with(side, name) for side in sides}
        if len(set(values.values())) > 1:
            found.append(Difference(name, values, matters=False))
    return sorted(found, key=lambda difference: not difference.matters)


def _made_with(side: Side, name: str) -> object:
    manifest = side.run.manifest
    if name == "device":
        return manifest.plan_of(side.arm).device.value
    return manifest.versions.get(name) or manifest.platform.get(name)


def _is_within(key: str, sections: Sequence[str]) -> bool:
    return any(key == section or key.startswith(f"{section}.") for section in sections)


def _flat(side: Side) -> dict[str, object]:
    """Return the values of the side's spec by dotted key, and the command of its program, if any."""
    recorded, spec = side.run.manifest.program, side.run.arms[side.arm]
    flat = flatten(written_values(spec, of_program=recorded is not None))
    return flat if recorded is None else {_COMMAND: command_line(recorded.program), **flat}


_COMMAND = "command"
"""The key under which the command of a program is compared."""


_CHOICES: Mapping[str, tuple[Callable[[Spec], Choice], Mapping[str, Entry]]] = {
    "model": (lambda spec: spec.model, MODELS),
    "train.optimizer": (lambda spec: spec.train.optimizer, OPTIMIZERS),
    "train.schedule": (lambda spec: spec.train.schedule, SCHEDULES),
}
"""The keys that choose a model, an optimizer or a schedule by name. Each name has its own options."""

COLUMNS = (
    *("rank", "run", "arm", "best_lr", "recommended_lr", "val_accuracy", "val_accuracy_low", "val_accuracy_high"),
    *("overlaps", "n", "tied_low", "tied_high", "expected", "breaks_from", "seconds"),
    *("metric", "score", "score_low", "score_high"),
)
"""Columns of a comparison as CSV and JSON. `overlaps`: whether the interval of the row overlaps the interval of the
first row. If it does, the difference between the two scores may be chance. `tied_low` and `tied_high`: the lowest and
the highest of the row's tied rates."""


def comparison_table(sides: Sequence[Side]) -> list[dict[str, object]]:
    """Return one row for each side, best first, with a value for each of `COLUMNS`. Shares are in [0, 1]."""
    return [_cells(place, side, sides[0]) for place, side in enumerate(sides, start=1)]


def _cells(place: int, side: Side, first: Side) -> dict[str, object]:
    cells: dict[str, object] = dict.fromkeys(COLUMNS)
    cells |= {"rank": place, "run": side.run.name, "arm": side.arm}
    cells["seconds"] = round(sum(row.seconds for row in side.run.ranking.of_arm(side.arm)), 3)
    if side.best is None or side.evidence is None:
        return cells
    best, evidence = side.best, side.evidence
    return cells | {
        "best_lr": best.lr,
        "recommended_lr": evidence.recommendation.lr,
        "val_accuracy": best.val_accuracy,
        "val_accuracy_low": best.val_accuracy_low,
        "val_accuracy_high": best.val_accuracy_high,
        "overlaps": overlaps(best, first.best, side.run.metric),
        "n": best.n,
        "tied_low": evidence.tied_low,
        "tied_high": evidence.tied_high,
        "expected": evidence.recommendation.expected,
        "breaks_from": evidence.breaks_from,
        "metric": best.metric,
        "score": best.score,
        "score_low": best.score_low,
        "score_high": best.score_high,
    }


def overlaps(row: Row, first: Row | None, metric: Metric = VAL_ACCURACY) -> bool | None:
    """Whether a row's interval overlaps the first row's interval. If it does, their difference may be chance."""
    if first is None or row.score_low is None or row.score_high is None:
        return None
    if first.score_low is None or first.score_high is None:
        return None
    best = max(map(metric.oriented, (row.score_low, row.score_high)))
    return best >= min(map(metric.oriented, (first.score_low, first.score_high)))
