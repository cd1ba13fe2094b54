"""Makes what a notebook shows of a run: the ranking as a pandas DataFrame, and the picture of an arm."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lrsearch.errors import UsageError
from lrsearch.store import rate_columns, rate_table

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame

    from lrsearch.runs.run import Run


def data_frame(run: Run) -> DataFrame:
    """Return the ranking of a run as a DataFrame; see `Run.table`."""
    try:
        from pandas import DataFrame
    except ImportError:
        raise UsageError("Run.table() needs pandas: pip install pandas; without it, use run.ranking.rows") from None
    columns = list(rate_columns(run.ranking))
    frame = DataFrame(rate_table(run.ranking), columns=columns)
    # Make a column without any value a column of NaN. pandas would give it the type object.
    return frame.dropna(axis="columns", how="all").reindex(columns=columns)


def figure_of(run: Run, arm: str | None) -> Figure:
    """Plot the metric of an arm against the learning rate; see `Run.plot`."""
    from lrsearch.reporting.pictures import accuracy_figure  # loads matplotlib

    if arm is not None and arm not in run.arms:
        names = ", ".join(filter(None, run.arms)) or "none"
        raise UsageError(f"{run.name} has no arm {arm}; its arms are {names}")
    ranked = run.ranking.arms  # the arms that have results, best first
    if not ranked or (arm is not None and arm not in ranked):
        raise UsageError(
            f"{run.name}: nothing to plot, because no training{f' of {arm}' if arm else ''} has finished yet"
        )
    return accuracy_figure(run, ranked[0] if arm is None else arm)
