"""Shows the result of a range test as text: a table of the methods, the answer, and lines to paste into a spec."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rich import box
from rich.table import Table

from lrsearch.analysis.range import LRSEARCH_METHOD, PROBE_STEPS, Finding, Suggestion
from lrsearch.wording import counted, distinct_rates, rate_among


def suggestion_table(finding: Finding) -> Table:
    """Make a table with a row for each method: its rate, and the lowest and highest rate that single seeds give."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for title in ("method", "lr", "range over seeds", "how it reads the curve"):
        table.add_column(title, justify="right" if title == "lr" else "left", overflow="fold")
    rates = [reading.lr for reading in finding.readings.values() if reading.lr is not None]
    for name, reading in finding.readings.items():
        rate = "-" if reading.lr is None else rate_among(reading.lr, rates)
        style = "bold" if name == LRSEARCH_METHOD else ""
        table.add_row(name, rate, _spread(reading.by_seed), reading.formula, style=style)
    return table


def _spread(by_seed: Sequence[float | None]) -> str:
    given = [lr for lr in by_seed if lr is not None]
    none = f", none from {len(by_seed) - len(given)} of {len(by_seed)} seeds" if len(given) < len(by_seed) else ""
    if not given:
        return "none from any seed"
    decades = math.log10(max(given) / min(given))
    return f"{' .. '.join(distinct_rates([min(given), max(given)]))} ({decades:.1f} decades{none})"


def answer_line(finding: Finding) -> str:
    """Return the answer in one line: the suggested rate and range, or why there is no suggestion."""
    found = finding.answer
    if not isinstance(found, Suggestion):
        return str(found)
    n_seeds = len(next(iter(finding.probes.values())))
    low, lr, high = distinct_rates([found.low, found.lr, found.high])
    return (
        f"suggested lr {lr}; search {low} .. {high} "
        f"({len(finding.probes)} rates probed for {PROBE_STEPS} steps with {counted(n_seeds, 'seed')})"
    )


def block_lines(found: Suggestion, arm: str = "") -> list[str]:
    """Return YAML lines to paste into a spec, so that a search tries the suggested range.

    Args:
        found: The suggestion.
        arm: Name of the arm that was tested; "" for a spec without arms.

    Example:
        >>> block_lines(Suggestion(0.02, 0.002, 0.2))
        ['search:', '  lr: {low: 0.002, high: 0.2}', '  suggested: 0.02']
    """
    low, lr, high = distinct_rates([found.low, found.lr, found.high])
    if arm:
        return ["arms:", f"  {arm}:", f"    search.lr: {{low: {low}, high: {high}}}", f"    search.suggested: {lr}"]
    return ["search:", f"  lr: {{low: {low}, high: {high}}}", f"  suggested: {lr}"]
