"""The ranked table, drawn by rich."""

from __future__ import annotations

from rich import box
from rich.table import Table
from rich.text import Text

from lrsearch.analysis import Ranking, Row

BAR = 15  # characters
BROKEN = frozenset({"collapsed", "diverged", "failed", "oom", "killed"})


def ranked_table(ranking: Ranking) -> Table:
    """One row for each learning rate, best first."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    has_arms = any(row.arm for row in ranking.rows)
    has_repeats = any(row.n > 1 for row in ranking.rows)
    table.add_column("rank", justify="right", no_wrap=True)
    if has_arms:
        table.add_column("arm", overflow="fold")
    table.add_column("lr", justify="right", no_wrap=True)
    table.add_column("val accuracy", no_wrap=True)
    table.add_column("", no_wrap=True)
    table.add_column("train", justify="right", no_wrap=True)
    table.add_column("val loss", justify="right", no_wrap=True)
    table.add_column("epoch", justify="right", no_wrap=True)
    table.add_column("seconds", justify="right", no_wrap=True)
    table.add_column("state", overflow="fold")
    scale = _bar_scale(ranking)
    for row in ranking.rows:
        state = _state(row, is_best=row is ranking.best)
        cells: list[str | Text] = [
            str(row.rank),
            *([Text(row.arm)] if has_arms else []),
            f"{row.lr:.2e}",
            _accuracy(row, has_repeats=has_repeats),
            _bar(row, scale),
            _number(row.train_accuracy, ".3f"),
            _number(row.val_loss, ".3f" if row.val_loss is None or row.val_loss < 1000 else ".1e"),
            "-" if row.best_epoch is None else str(row.best_epoch),
            f"{row.seconds:.1f}",
            state,
        ]
        table.add_row(*cells, style="dim" if row.state in BROKEN else None)
    return table


def _accuracy(row: Row, *, has_repeats: bool) -> str:
    if row.val_accuracy is None:
        return "-"
    spread = "" if row.val_accuracy_sd is None else f" ±{row.val_accuracy_sd:.3f}"
    return f"{row.val_accuracy:.3f}{spread}" if has_repeats else f"{row.val_accuracy:.3f}"


def _bar_scale(ranking: Ranking) -> float:
    return max((row.val_accuracy for row in ranking.rows if row.val_accuracy is not None), default=1.0) or 1.0


def _bar(row: Row, scale: float) -> Text:
    eighths = round((row.val_accuracy or 0.0) / scale * BAR * 8)
    full, part = divmod(eighths, 8)
    return Text("█" * full + " ▏▎▍▌▋▊▉"[part].strip(), style="cyan")


def _number(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)


def _state(row: Row, *, is_best: bool) -> Text:
    words = Text("best", style="bold green") if is_best else Text("" if row.state == "ok" else row.state)
    return words.append(f"{': ' if words.plain else ''}{row.message}") if row.message else words
