"""Converts results to plain JSON values and back, compactly and without loss. A line of the log contains these values.

Epochs are stored as columns, one list for each quantity. A finite float is written by `repr`, so that reading it gives
the same bits. JSON has no number for other floats, so they are the text "nan", "inf" or "-inf". Empty values are left
out.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping, Sequence
from itertools import pairwise, repeat
from typing import Any, TypeAlias

from lrsearch.records import EPOCH_METRICS, Point, Result, Trial
from lrsearch.store.log_lines import FORMAT
from lrsearch.store.shapes import ResultShape, ShapeError, check_shape

Json: TypeAlias = dict[str, Any]


def trial_to_json(trial: Trial) -> Json:
    """Convert a trial to JSON values. Its overrides must be JSON values already."""
    values: Json = {
        "number": trial.number,
        "proposal": trial.proposal,
        "arm": trial.arm,
        "lr": _number(trial.lr),
        "repeat": trial.repeat,
        "horizon": trial.horizon,
        "until": trial.until,
    }
    bounds = [[epoch, _number(score)] for epoch, score in trial.stop_below.items()]
    further = {"overrides": dict(trial.overrides), "stage": trial.stage, "stop_below": bounds}
    return values | {name: value for name, value in further.items() if value}


def trial_from_json(values: Mapping[str, Any]) -> Trial:
    """Convert the JSON values from `trial_to_json` back to a trial. Their shape must have been checked."""
    return Trial(
        number=values["number"],
        proposal=values["proposal"],
        arm=values["arm"],
        lr=float(values["lr"]),
        repeat=values["repeat"],
        horizon=values["horizon"],
        until=values["until"],
        overrides=values.get("overrides", {}),
        stage=values.get("stage", ""),
        stop_below={int(epoch): float(score) for epoch, score in values.get("stop_below", ())},
    )


def result_to_json(result: Result, version: int = FORMAT) -> Json:
    """Convert a result to JSON values, without `correct` and `values`. A separate file holds these.

    Args:
        result: The result. All its points must have the number of `result.trial`, because these numbers are not stored.
        version: Format of the log. In format 1, the main metrics (`EPOCH_METRICS`) have keys of their own.
    """
    values: Json = {
        "trial": trial_to_json(result.trial),
        "state": result.state,
        "score": None if result.score is None else _number(result.score),
        "scored_epoch": result.scored_epoch,
        "learned": result.learned,
        "seconds": _number(result.seconds),
    }
    if result.untrained_loss is not None:
        values["untrained_loss"] = _number(result.untrained_loss)
    if result.message:
        values["message"] = result.message
    if result.ended is not None:
        values["ended"] = result.ended
    if result.points:
        values["points"] = _points_to_json(result.points, version)
    return values


def result_from_json(found: Mapping[str, Any], correct: bytes | None = None, values: bytes | None = None) -> Result:
    """Convert the JSON values from `result_to_json`, of any format, back to a result.

    Args:
        found: The JSON values.
        correct: The bits for each image, from the side file.
        values: The value for each image, from the side file.

    Raises:
        ShapeError: The values do not have the form that `result_to_json` writes; the error names the field.
    """
    check_shape(ResultShape, found)
    if found["state"] == "ok" and found["score"] is None:
        raise ShapeError("score: must be a number, because the state is ok, got null")
    trial = trial_from_json(found["trial"])
    return Result(
        trial=trial,
        state=found["state"],
        points=_points_from_json(found["points"], trial.number) if found.get("points") else (),
        score=None if found["score"] is None else float(found["score"]),
        scored_epoch=found["scored_epoch"],
        learned=found["learned"],
        untrained_loss=float(found["untrained_loss"]) if found.get("untrained_loss") is not None else None,
        seconds=float(found["seconds"]),
        message=found.get("message", ""),
        correct=correct,
        values=values,
        ended=found.get("ended"),
    )


def _points_to_json(points: Sequence[Point], version: int) -> Json:
    columns: Json = {"epoch": [point.epoch for point in points]}
    if version == 1:
        for name in EPOCH_METRICS:
            columns[name] = [_number(point.metrics.get(name, math.nan)) for point in points]
    columns["lr"] = [_number(point.lr) for point in points]
    columns["seconds"] = [_number(point.seconds) for point in points]
    names = sorted({name for point in points for name in point.metrics} - columns.keys())
    if names:
        # null means that an epoch has no such metric. "nan" means that the epoch has the metric and its value is NaN.
        columns["metrics"] = {
            name: [_number(point.metrics[name]) if name in point.metrics else None for point in points]
            for name in names
        }
    return columns


def _points_from_json(columns: Mapping[str, Any], number: int) -> tuple[Point, ...]:
    if any(later <= earlier for earlier, later in pairwise(columns["epoch"])):
        raise ShapeError("points.epoch: must rise from one epoch to the next")
    main = {name: columns[name] for name in EPOCH_METRICS if name in columns}  # in a log of format 1
    metrics = _metrics_from_json({**main, **columns.get("metrics", {})}, len(columns["epoch"]))
    filled: dict[str, Sequence[object]] = {name: list(map(float, columns[name])) for name in ("lr", "seconds")}
    filled |= {"trial": [number] * len(metrics), "epoch": columns["epoch"], "metrics": metrics}
    if any(len(column) != len(metrics) for column in filled.values()):
        raise ShapeError("points: columns of unequal length")
    # Set the slots column by column. The constructor of a frozen dataclass would take three times as long, and a log
    # of 10,000 trials has 200,000 points.
    points = tuple(map(object.__new__, repeat(Point, len(metrics))))
    for name, column in filled.items():
        deque(map(getattr(Point, name).__set__, points, column), maxlen=0)
    return points


def _metrics_from_json(columns: Mapping[str, Sequence[float | str | None]], n_points: int) -> list[dict[str, float]]:
    if not columns:
        return [{} for _ in range(n_points)]
    if any(len(column) != n_points for column in columns.values()):
        raise ShapeError("points: columns of unequal length")
    if any(None in column for column in columns.values()):
        rows = [zip(columns, row, strict=True) for row in zip(*columns.values(), strict=True)]
        return [{name: float(value) for name, value in row if value is not None} for row in rows]
    numbers = [map(float, column) for column in columns.values()]  # type: ignore[arg-type]  # none of them is None
    return [dict(zip(columns, row, strict=True)) for row in zip(*numbers, strict=True)]


def _number(value: float) -> float | str:
    # float() converts numpy numbers. When the values are read back, float() also accepts the texts "nan" and "inf".
    plain = float(value)
    return plain if math.isfinite(plain) else repr(plain)
