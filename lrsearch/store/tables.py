"""Converts the results to two tables of plain values: a row for each learning rate, and a row for each training."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain
from typing import TypeAlias

from lrsearch.analysis.ranking import Ranking, Row, latest, scored_point
from lrsearch.records import CLASS_METRICS, EPOCH_METRICS, NUMBER_METRICS, STEP_METRICS, Result
from lrsearch.wording import one_line

Cell: TypeAlias = str | int | float | bool | Mapping[str, object] | None
"""A plain value; the cells of the column `overrides` are mappings."""

RATE_COLUMNS = (
    "rank",
    "arm",
    "lr",
    "val_accuracy",
    "val_accuracy_sd",
    "n",
    "train_accuracy",
    "val_loss",
    "best_epoch",
    "state",
    "seconds",
    "message",
    "arm_rank",
    "epochs_to_target",
    "seconds_to_target",
    "val_accuracy_low",
    "val_accuracy_high",
    "tied",
    "verdict",
    "confirmed",
    "metric",
    "score",
    "score_sd",
    "score_low",
    "score_high",
)
OVERRIDES = "overrides"
"""The last column of both tables: values of spec keys that the trials of a row change, by dotted path. The column is
left out if no trial changes a key."""

TRIAL_COLUMNS = (
    "number",
    "proposal",
    "stage",
    "arm",
    "lr",
    "repeat",
    "state",
    "learned",
    "score",
    "scored_epoch",
    "epochs",
    "train_loss",
    "train_accuracy",
    "val_loss",
    "val_accuracy",
    "grad_norm",
    *STEP_METRICS,
    "seconds",
    "message",
    *CLASS_METRICS,
)


def csv_text(text: str) -> str:
    """Prepare text for a CSV: on one line, invisible characters escaped, an apostrophe before a possible formula.

    Example:
        >>> csv_text("=1+2"), csv_text("two  words")
        ("'=1+2", 'two words')
    """
    line = one_line(" ".join(text.split()))
    return f"'{line}" if line.startswith(("=", "+", "-", "@")) else line


def rate_table(ranking: Ranking) -> list[dict[str, Cell]]:
    """Make one row for each row of the ranking, in the same order, with the columns `rate_columns`."""
    return [rate_cells(row, with_overrides=ranking.has_overrides) for row in ranking.rows]


def rate_columns(ranking: Ranking) -> tuple[str, ...]:
    """Return the columns of the table of rates: `RATE_COLUMNS`, and `overrides` if some row has any."""
    return (*RATE_COLUMNS, OVERRIDES) if ranking.has_overrides else RATE_COLUMNS


def rate_cells(row: Row, *, with_overrides: bool = False) -> dict[str, Cell]:
    """Convert a row of the ranking to the columns `rate_columns`. Seconds are rounded to the millisecond."""
    cells: dict[str, Cell] = {name: getattr(row, name) for name in RATE_COLUMNS}
    to_target = None if row.seconds_to_target is None else round(row.seconds_to_target, 3)
    overrides: dict[str, Cell] = {OVERRIDES: dict(row.overrides)} if with_overrides else {}
    return {**cells, "seconds": round(row.seconds, 3), "seconds_to_target": to_target, **overrides}


def trial_table(results: Iterable[Result]) -> list[dict[str, Cell]]:
    """Make one row for each training, sorted by number, with the columns `trial_columns`.

    If a trial was trained again, its last result counts. Losses, accuracies, gradient norms and step metrics belong to
    the scored epoch, or to the last epoch if there is no score.
    """
    last = latest(results)
    columns = trial_columns(last)
    return [{name: _trial_cells(result)[name] for name in columns} for result in last]


def trial_columns(results: Iterable[Result]) -> tuple[str, ...]:
    """Return the columns of the table of trainings.

    These are `TRIAL_COLUMNS`, the `NUMBER_METRICS` of a regression, and `overrides` if some trial has any.
    """
    results = list(results)
    is_regression = any(NUMBER_METRICS.keys() & point.metrics.keys() for each in results for point in each.points[:1])
    has_overrides = any(result.trial.overrides for result in results)
    return (*TRIAL_COLUMNS, *(NUMBER_METRICS if is_regression else ()), *([OVERRIDES] if has_overrides else []))


def _trial_cells(result: Result) -> dict[str, Cell]:
    trial, point = result.trial, scored_point(result)

    def values(*groups: Iterable[str]) -> dict[str, Cell]:
        return {name: point.metrics.get(name) if point else None for name in chain(*groups)}

    return {
        "number": trial.number,
        "proposal": trial.proposal,
        "stage": trial.stage,
        "arm": trial.arm,
        "lr": trial.lr,
        "repeat": trial.repeat,
        "state": result.state,
        "learned": result.learned,
        "score": result.score,
        "scored_epoch": result.scored_epoch,
        "epochs": result.points[-1].epoch if result.points else 0,
        **values(EPOCH_METRICS, STEP_METRICS),
        "seconds": round(result.seconds, 3),
        "message": result.message,
        **values(CLASS_METRICS, NUMBER_METRICS),
        OVERRIDES: dict(result.trial.overrides),
    }
