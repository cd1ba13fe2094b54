"""Shows a comparison to people: a table in a terminal, a picture, and an HTML page."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.table import Table
from rich.text import Text

from lrsearch.reporting.compare.comparison import Difference, Side, comparison_table
from lrsearch.reporting.page import render
from lrsearch.reporting.pictures import Form, side_by_side_picture
from lrsearch.wording import one_line, rate_among, rate_between

TITLE = "learning rates, side by side"


def sides_table(sides: Sequence[Side]) -> Table:
    """Make a table with one row for each side (an arm of a run), best first."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for name, of_text in {
        "rank": False,
        "run": True,
        "best lr": False,
        "recommended": False,
        head(sides): False,
        "interval": True,
        "seeds": False,
        "seconds": False,
        "compared with the best": True,
    }.items():
        table.add_column(name, justify="left" if of_text else "right", overflow="fold")
    for side, cells in zip(sides, comparison_table(sides), strict=True):
        table.add_row(*(Text(one_line(cell)) for cell in shown_cells(side, cells)), style=None if side.best else "dim")
    return table


def head(sides: Sequence[Side]) -> str:
    """Return the heading of the column with the scores."""
    heads = dict.fromkeys(side.run.metric.head for side in sides)
    return next(iter(heads)) if len(heads) == 1 else "score"


def shown_cells(side: Side, cells: dict[str, object]) -> list[str]:
    """Format the cells of the row of a side for people."""
    if side.best is None or side.evidence is None:
        return [str(cells["rank"]), side.label, "-", "-", "-", "-", "-", _seconds(cells), "every rate failed"]
    low, high, metric = side.best.score_low, side.best.score_high, side.run.metric
    tried = [row.lr for row in side.run.ranking.of_arm(side.arm)]
    words = "best" if cells["rank"] == 1 else "overlaps" if cells["overlaps"] else ""
    return [
        str(cells["rank"]),
        side.label,
        rate_among(side.best.lr, tried),
        rate_between(side.evidence.recommendation.lr, tried),
        "-" if side.best.score is None else metric.text(side.best.score),
        "-" if low is None or high is None else f"{metric.text(low)} to {metric.text(high)}",
        str(side.best.n),
        _seconds(cells),
        words,
    ]


def _seconds(cells: dict[str, object]) -> str:
    return f"{cells['seconds']:.1f}"


def difference_lines(differences: Sequence[Difference]) -> list[str]:
    """Write a line for each setting that differs. Settings that change how well a rate trains come first."""
    if not differences:
        return ["the settings are the same"]
    lines = []
    heads = {True: "different settings:", False: "different settings that do not change how well a rate trains:"}
    for matters, head in heads.items():
        of_kind = [difference for difference in differences if difference.matters is matters]
        if of_kind:
            lines += [head, *(f"  {difference.key}: {values_text(difference)}" for difference in of_kind)]
    return lines


def values_text(difference: Difference) -> str:
    """List the values of a setting.

    Name the sides that have each value; if these are more than three, only count them.
    """
    groups: dict[str, list[str]] = {}
    for label, value in difference.values.items():
        groups.setdefault("-" if value is None else str(value), []).append(label)
    return " | ".join(
        f"{value} ({', '.join(labels) if len(labels) <= 3 else f'{len(labels)} runs or arms'})"
        for value, labels in groups.items()
    )


def comparison_picture(sides: Sequence[Side], form: Form) -> bytes | None:
    """Draw the curve and the best rate of each side. Return None if no side has a rate that trained with every seed."""
    evidence = {side.label: side.evidence for side in sides if side.evidence is not None}
    return side_by_side_picture(evidence, TITLE, form) if evidence else None


def comparison_page(sides: Sequence[Side], differences: Sequence[Difference], warnings: Sequence[str]) -> str:
    """Return the comparison as one HTML page that needs no other files.

    Args:
        sides: The sides, best first.
        differences: The settings in which the sides differ.
        warnings: Reasons not to compare the sides, if the user compares them anyway.
    """
    picture = comparison_picture(sides, "svg")
    return render(
        "comparison.html.j2",
        {} if picture is None else {"arms": picture},
        title=TITLE,
        head=head(sides),
        warnings=warnings,
        rows=[shown_cells(side, cells) for side, cells in zip(sides, comparison_table(sides), strict=True)],
        differences=[(each.key, values_text(each), each.matters) for each in differences],
    )
