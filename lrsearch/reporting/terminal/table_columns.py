"""Makes the columns of a table of rates from the rows of a ranking: scores with their bars, losses, states."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from rich.text import Text

from lrsearch.analysis.ranking import Ranking, Row
from lrsearch.catalog import Metric
from lrsearch.command import in_short
from lrsearch.reporting.terminal.table_layout import OVERRIDES, SCORE, TO_TARGET, Column
from lrsearch.wording import distinct_rates, one_line

BAR = 15  # width of the longest bar, in characters


def make_columns(rows: Sequence[Row], ranking: Ranking) -> list[Column]:
    """Make the columns of a table with one row for each learning rate."""
    metric, share_of = ranking.metric, _bar_share(rows, ranking)
    rates = distinct_rates([row.lr for row in rows], scientific=True)
    has_arms = any(row.arm for row in rows)
    firsts = [not place or rows[place - 1].arm != row.arm for place, row in enumerate(rows)]
    arms = Column(
        "arm", [Text(one_line(row.arm) if is_first else "") for row, is_first in zip(rows, firsts, strict=True)]
    )
    overrides = Column(OVERRIDES, [Text(one_line(row.overrides_words)) for row in rows])
    has_repeats = any(row.n > 1 for row in rows)
    return [
        *([arms] if has_arms else []),
        Column("rank", [Text("-" if row.rank is None else str(row.rank)) for row in rows], right=True),
        Column("lr", [Text(rate) for rate in rates], right=True),
        *([overrides] if ranking.has_overrides else []),
        Column(metric.head, [Text(_score(row, metric, has_repeats=has_repeats)) for row in rows], name=SCORE),
        Column("", [_bar(share_of(row)) for row in rows]),
        Column("train", [Text(_number(row.train_accuracy, ".3f")) for row in rows], right=True),
        _other(rows, metric),
        Column("epoch", [Text("-" if row.best_epoch is None else str(row.best_epoch)) for row in rows], right=True),
        *([Column(TO_TARGET, [Text(_to_target(row)) for row in rows], right=True)] if has_arms else []),
        Column("seconds", [Text(f"{row.seconds:.1f}") for row in rows], right=True),
        Column("state", [_state(row, is_best=row is ranking.best_of(row.arm)) for row in rows]),
    ]


def _to_target(row: Row) -> str:
    if row.epochs_to_target is None or row.seconds_to_target is None:
        return "-"
    return f"{row.epochs_to_target} ep, {row.seconds_to_target:.1f} s"


def _loss(value: float | None) -> str:
    return _number(value, ".3f" if value is None or value < 1000 else ".1e")


def _other(rows: Sequence[Row], metric: Metric) -> Column:
    """Make the column of the validation loss, or of the validation accuracy if the loss is the score."""
    if metric.name == "val_loss":
        cells = [Text(_number(row.val_accuracy, ".3f")) for row in rows]
        return Column("val accuracy", cells, right=True, name="val loss")
    return Column("val loss", [Text(_loss(row.val_loss)) for row in rows], right=True)


def _score(row: Row, metric: Metric, *, has_repeats: bool) -> str:
    if row.score is None:
        return "-"
    score = metric.text(row.score)
    if not has_repeats or row.score_low is None or row.score_high is None:
        spread = "" if row.score_sd is None else f" sd {metric.text(row.score_sd)}"
        return f"{score}{spread if has_repeats else ''}"
    return f"{score} ±{metric.text(max(row.score - row.score_low, row.score_high - row.score))}"


def _bar_share(rows: Sequence[Row], ranking: Ranking) -> Callable[[Row], float]:
    """Return a function that gives the length of a row's bar, in [0, 1].

    The best score has length 1. The bar starts at 0 for an accuracy or another share where higher is better, otherwise
    at the score of the best constant prediction, or at the worst score if the score of that prediction is not known.
    """
    metric = ranking.metric
    levels = [metric.oriented(row.score) for row in rows if row.score is not None]
    best = max(levels, default=0.0)
    if metric.grows_from_zero:
        none = 0.0
    else:
        none = min(levels, default=0.0) if ranking.constant is None else metric.oriented(ranking.constant)
    longest = best - none if best > none else 1.0

    def share(row: Row) -> float:
        level = none if row.score is None else metric.oriented(row.score)
        return min(max((level - none) / longest, 0.0), 1.0)

    return share


def _bar(share: float) -> Text:
    full, part = divmod(round(share * BAR * 8), 8)
    return Text("█" * full + " ▏▎▍▌▋▊▉"[part].strip(), style="cyan")


def _number(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)


def _state(row: Row, *, is_best: bool) -> Text:
    tied = Text("tied", style="green") if row.tied else Text("")
    words = Text("best", style="bold green") if is_best else tied if row.state == "ok" else Text(row.state)
    if row.verdict in {"unstable", "overfitting"} and row.verdict not in words.plain:
        words.append(f"{', ' if words.plain else ''}{row.verdict}")
    if row.confirmed:
        words.append(f"{', ' if words.plain else ''}confirmed")
    return words.append(f"{': ' if words.plain else ''}{one_line(in_short(row.message))}") if row.message else words


def arm_state(row: Row, best: Row | None, tied: Collection[str]) -> Text:
    """Write the state of an arm: that of its best row; without one, that of its first row."""
    if row is best or row.state != "ok":
        return _state(row, is_best=row is best)
    return Text("tied" if row.arm in tied else "")
