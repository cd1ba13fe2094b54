"""The answer of a search in a few lines: what to take, what to expect of it, and how sure that is."""

from __future__ import annotations

from lrsearch.analysis.evidence import Evidence
from lrsearch.report.rates import short_rate


def answer_lines(evidence: Evidence, n_val: int, *, of_best_epochs: bool = False) -> list[str]:
    """What the evidence says of one arm.

    Args:
        evidence: Of the arm.
        n_val: Validation images.
        of_best_epochs: Whether each training was scored at its best epoch, which is optimistic.
    """
    found = evidence.recommendation
    n_rates = len(evidence.rates)
    best = f"best of {n_rates} rates observed" if n_rates > 1 else "observed"
    arm = f"arm {evidence.arm}, " if evidence.arm else ""
    optimistic = "; the best epoch of each run: optimistic" if of_best_epochs else ""
    seeds = f"mean over {evidence.n_seeds} seeds" if evidence.n_seeds > 1 else "one seed"
    first = (
        f"recommended {arm}lr {short_rate(found.lr)}: expected validation accuracy {found.expected:.3f} "
        f"({best} {evidence.observed:.3f} at {short_rate(evidence.leader)}; {seeds}, {n_val:,} images{optimistic})"
    )
    return [first, found.reason, limits_line(evidence)]


def limits_line(evidence: Evidence) -> str:
    """Between which rates the answer lies, and what the noise is."""
    found = evidence.recommendation
    parts = []
    if evidence.tied_low < evidence.tied_high:
        span = f"{short_rate(evidence.tied_low)} to {short_rate(evidence.tied_high)}"
        parts.append(f"{span} cannot be told apart")
    elif len(evidence.rates) > 1:
        parts.append(f"{short_rate(evidence.leader)} is better than every other rate tried")
    if found.low < found.high:
        plateau = f"{short_rate(found.low)} to {short_rate(found.high)}"
        parts.append(f"plateau {plateau} (within {found.margin * 100:.1f} points)")
    noise = f"noise of a training {evidence.noise.sd * 100:.2f} points"
    parts.append(noise if evidence.noise.is_measured else "seed noise not measured; --confirm 3 measures it")
    return " · ".join(parts)
