"""The command `runs`: lists every run and range test in a table."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from lrsearch.cli.options import RunsDir
from lrsearch.wording import one_line, rate_among

if TYPE_CHECKING:
    from lrsearch.runs import Run


def runs(runs_dir: RunsDir = Path("runs")) -> None:
    """List the runs, newest last, then the range tests.

    Example: [bold]lrsearch runs[/bold]
    """
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from lrsearch.cli.output import make_console, say
    from lrsearch.errors import LrSearchError
    from lrsearch.range_test import list_range_tests
    from lrsearch.runs import read_run
    from lrsearch.store import list_runs, runs_dir_option

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("run", "strategy", "started (UTC)", "trials", "best lr", "score", "state"):
        table.add_column(column)
    for folder in list_runs(runs_dir):
        try:
            run = read_run(folder)
            is_finished = run.finished and not run.lacks_final
        except LrSearchError as error:
            table.add_row(Text(one_line(folder.name)), "", "", "", "", "", Text(one_line(f"cannot be read: {error}")))
            continue
        best = run.best
        table.add_row(
            Text(one_line(run.name)),
            run.manifest.strategy if run.manifest.final is None else "train",
            _minute(run.manifest.created),
            _progress(run),
            "-" if best is None else _rate(best.lr, best.arm, [row.lr for row in run.ranking.of_arm(best.arm)]),
            "-" if best is None or best.score is None else f"{run.metric.head} {run.metric.text(best.score)}",
            "finished" if is_finished else "not finished",
        )
    for test in list_range_tests(runs_dir):
        found = [_rate(lr, arm) for arm, lr in test.suggestions.items() if lr]
        state = "finished" if found else "no suggestion" if test.suggestions else "cannot be read"
        table.add_row(
            Text(one_line(test.name)),
            "range",
            _minute(test.created),
            "",
            Text(one_line(", ".join(found) or "-")),
            "",
            state,
        )
    if not table.row_count:
        say(f"no runs under {runs_dir}/ yet; `lrsearch grid{runs_dir_option(runs_dir)}` makes one")
        return
    make_console().print(table)


def _minute(time: str) -> str:
    """Format a time of the manifest without its seconds."""
    return time[:16].replace("T", " ")


def _rate(lr: float, arm: str, others: Iterable[float] = ()) -> str:
    """Format a rate with enough digits to differ from the other rates, followed by the name of its arm, if any."""
    text = rate_among(lr, others, scientific=True)
    return f"{text} ({arm})" if arm else text


def _progress(run: Run) -> str:
    """Format the numbers of finished and of planned trials. Later stages may add trials that were not planned."""
    done, planned = len(run.results), run.manifest.n_trials
    return f"{done}" if planned is None or done > planned else f"{done}/{planned}"
