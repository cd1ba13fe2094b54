"""Writes a comparison as JSON and CSV for programs, and as Markdown for notes."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence

from lrsearch.reporting.compare.comparison import COLUMNS, Difference, Side, comparison_table
from lrsearch.reporting.compare.page import difference_lines, head, shown_cells
from lrsearch.store import csv_text, markdown_text
from lrsearch.wording import one_line

FORMAT = 1


def comparison_json(sides: Sequence[Side], differences: Sequence[Difference], warnings: Sequence[str] = ()) -> str:
    """Return a JSON document: `format` (1), `sides` (the columns of the CSV, best first), `differences` and `warnings`.

    A difference has a `key`, `matters` (whether the setting changes how well a learning rate trains), and `values`, one
    for each side in the order of `sides`. `warnings` lists the reasons not to compare the sides, if the user compares
    them anyway.
    """
    document = {
        "format": FORMAT,
        "sides": comparison_table(sides),
        "differences": [
            {"key": each.key, "matters": each.matters, "values": [each.values[side.label] for side in sides]}
            for each in differences
        ],
        "warnings": list(warnings),
    }
    return json.dumps(document, indent=2, allow_nan=False) + "\n"


def comparison_csv(sides: Sequence[Side]) -> str:
    """Return a CSV table with one line for each side, best first. A value that does not exist is empty."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for cells in comparison_table(sides):
        writer.writerow({name: csv_text(cell) if isinstance(cell, str) else cell for name, cell in cells.items()})
    return text.getvalue()


def comparison_md(sides: Sequence[Side], differences: Sequence[Difference], warnings: Sequence[str] = ()) -> str:
    """Return the table, the warnings and the differences as Markdown."""
    heads = (
        "rank",
        "run",
        "best lr",
        "recommended",
        head(sides),
        "interval",
        "seeds",
        "seconds",
        "compared with the best",
    )
    rows = [shown_cells(side, cells) for side, cells in zip(sides, comparison_table(sides), strict=True)]
    lines = [f"| {' | '.join(map(markdown_text, cells))} |" for cells in (heads, ["---"] * len(heads), *rows)]
    warned = ["", *(f"- {markdown_text(warning)}" for warning in warnings)] if warnings else []
    # Use a fence for the code block. After a list, Markdown reads indented lines as part of the last item.
    block = ["", "```text", *map(one_line, difference_lines(differences)), "```"]
    return "\n".join([*lines, *warned, *block]) + "\n"
