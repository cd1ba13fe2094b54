"""Weighs the evidence in the results of one arm of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lrsearch.analysis.evidence import Evidence, weigh, with_finding
from lrsearch.catalog import STRATEGIES
from lrsearch.records import Result
from lrsearch.strategies.space import space_of

if TYPE_CHECKING:
    from lrsearch.runs.run import Run


def weigh_arm(run: Run, arm: str, results: list[Result]) -> Evidence | None:
    """Return the evidence of an arm; None if no rate trained with every seed.

    Args:
        run: The run.
        arm: The name of the arm.
        results: The results of the arm that count.
    """
    spec = run.arms[arm]
    space = space_of(spec)
    is_drawn = space.rates is None and space.scale == "log" and STRATEGIES[run.manifest.strategy].is_drawn
    evidence = weigh(
        results,
        run.manifest.task_of(arm),
        arm,
        bounds=(space.low, space.high) if is_drawn else None,
        has_warmup=spec.train.warmup != 0,
        is_program=run.manifest.program is not None,
        ranking=run.order,
        metric=run.metric,
    )
    return with_finding(evidence, run.found[arm]) if arm in run.found else evidence
