"""Counts trainings: those that a search plans, those that stages may add, and those that can start at the same time."""

from __future__ import annotations

from lrsearch.spec import Spec, arm_specs
from lrsearch.strategies import (
    MOST_DECADES,
    POINTS_PER_DECADE,
    method_of,
    n_planned_rates,
    n_planned_trials,
)


def n_trials(strategy: str, spec: Spec) -> int:
    """Count the trainings that a search plans, summed over its arms."""
    return sum(n_planned_trials(strategy, arm) for arm in arm_specs(spec).values())


def n_further(strategy: str, spec: Spec) -> dict[str, int]:
    """Return the maximum number of trainings that each stage may add, summed over the arms; leave out unused stages.

    The stages are those of the strategy itself, then those that follow it.
    """
    most: dict[str, int] = {}
    for arm in arm_specs(spec).values():
        search, n_rates = arm.search, n_planned_rates(strategy, arm)
        of_arm = {
            **method_of(strategy).n_further(arm),
            "extend": search.extend * 2 * MOST_DECADES * POINTS_PER_DECADE * search.repeats,
            "refine": search.refine * search.repeats,
        }
        n_rates += (of_arm["extend"] + of_arm["refine"]) // search.repeats
        of_arm["confirm"] = min(search.confirm, n_rates) * search.max_repeats
        of_arm["named"] = len(search.named) * search.repeats
        most |= {stage: most.get(stage, 0) + n for stage, n in of_arm.items() if n}
    return most


def budget(strategy: str, spec: Spec) -> int | None:
    """Return the maximum number of trainings that a search without arms spends; None if it has no such budget."""
    return method_of(strategy).budget(spec)


def n_at_once(strategy: str, spec: Spec) -> int:
    """Count the trainings that a search without arms can start before it needs results."""
    planned, of_round = n_trials(strategy, spec), method_of(strategy).round_size(spec)
    return planned if of_round is None else min(planned, of_round)
