"""Converts the results to two tables of plain values: a row for each learning rate, and a row for each training."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import TypeAlias

from lrsearch.analysis.ranking import Ranking, Row, latest, scored_point
from lrsearch.records import CLASS_METRICS, EPOCH_METRICS, STEP_METRICS, Result
from lrsearch.wording import one_line

Cell: TypeAlias = str | int | float | bool | None

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
    """Make one row for each arm and learning rate, in the order of the ranking, with the columns `RATE_COLUMNS`."""
    return [rate_cells(row) for row in ranking.rows]


def rate_cells(row: Row) -> dict[str, Cell]:
    """Convert a row of the ranking to the columns `RATE_COLUMNS`. Seconds are rounded to the millisecond."""
    cells: dict[str, Cell] = {name: getattr(row, name) for name in RATE_COLUMNS}
    to_target = None if row.seconds_to_target is None else round(row.seconds_to_target, 3)
    return {**cells, "seconds": round(row.seconds, 3), "seconds_to_target": to_target}


def trial_table(results: Iterable[Result]) -> list[dict[str, Cell]]:
    """Make one row for each training, sorted by number, with the columns `TRIAL_COLUMNS`.

    If a trial was trained again, its last result counts. Losses, accuracies, gradient norms and step metrics are those
    of the scored epoch, or of the last epoch if there is no score.
    """
    return [_trial_cells(result) for result in latest(results)]


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
        **values(CLASS_METRICS),
    }
