"""Computes what a strategy plans for one arm before the search begins: rates and trainings. Does not import optuna."""

from __future__ import annotations

from lrsearch.spec import Spec
from lrsearch.strategies.method import method_of


def planned_rates(name: str, spec: Spec) -> tuple[float, ...] | None:
    """Return the rates that a search will try, in their order; None if the rates depend on results.

    Args:
        name: Name of the strategy.
        spec: A checked spec.

    Raises:
        UsageError: The name is unknown, or the strategy cannot search the spec's rates.
    """
    return method_of(name).rates(spec)


def n_planned_rates(name: str, spec: Spec) -> int:
    """Count the rates that a search will try, without stages. The errors are those of `planned_rates`."""
    planned_rates(name, spec)
    return method_of(name).n_rates(spec)


def n_planned_trials(name: str, spec: Spec) -> int:
    """Count the trainings that a search plans, without stages. The errors are those of `planned_rates`."""
    planned_rates(name, spec)
    return method_of(name).n_trials(spec)
