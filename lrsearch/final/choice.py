"""Chooses the spec of a final training, and what its search expects of it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from lrsearch.analysis.evidence import Evidence
from lrsearch.errors import UsageError
from lrsearch.plans import FinalPlan
from lrsearch.spec import Spec, change_spec
from lrsearch.wording import rounded, short_rate

_Z = 1.96  # standard errors from the middle of a 95 % interval to its ends

ALONE: dict[str, object] = {
    "search.suggested": None,
    "search.points": None,
    "search.extend": False,
    "search.refine": 0,
    "search.confirm": 0,
    "search.named": [],
    "run.engine": "auto",
    "run.executor": "auto",
    "run.jobs": "auto",
}
"""Keys that were set for a search of many trainings, with their values for a final training."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A final training that can begin.

    Attributes:
        spec: Its spec, with a single rate.
        plan: What the training does beside its spec, and the score that the search expects.
    """

    spec: Spec
    plan: FinalPlan


def of_run(
    search: str,
    spec: Spec,
    evidence: Evidence | None,
    *,
    lr: float | None,
    epochs: int | None,
    seeds: int,
    with_validation: bool,
) -> Chosen:
    """Choose the final training after a search.

    Args:
        search: Folder of the search.
        spec: Spec of its best arm.
        evidence: Evidence of this arm; None if no rate trained with every seed.
        lr: The rate; None for the recommended rate.
        epochs: Number of epochs; None for those of the spec.
        seeds: Number of seeds, >= 1.
        with_validation: Whether to train on the validation examples too.

    Raises:
        UsageError: The search recommends no rate, and `lr` is None.
        SpecError: A value is not allowed.
    """
    if lr is None and evidence is None:
        raise UsageError(f"{search}: the search recommends no rate; name one with --lr")
    rate = rounded(evidence.recommendation.lr, 4) if lr is None and evidence is not None else lr
    plan = FinalPlan(search=search, reason="the rate that you gave", with_validation=with_validation)
    if lr is None and evidence is not None:
        plan = _expectation(plan, evidence)
    chosen = Chosen(_alone(spec, rate, epochs, seeds), plan)
    # The search has measured no trainings of another length.
    return chosen if epochs in {None, spec.train.epochs} else without_expectation(chosen)


def of_spec(spec: Spec, *, lr: float | None, epochs: int | None, seeds: int, with_validation: bool) -> Chosen:
    """Choose the final training of a spec, without a search. The arguments and the errors are those of `of_run`."""
    if lr is None:
        raise UsageError(
            "train: a spec has no recommended rate; give the rate with --lr, or name a run in place of SPEC"
        )
    plan = FinalPlan(reason="the rate that you gave", with_validation=with_validation)
    return Chosen(_alone(spec, lr, epochs, seeds), plan)


def without_expectation(chosen: Chosen) -> Chosen:
    """Return the final training without a score to expect, because its search trained in another way."""
    return replace(chosen, plan=replace(chosen.plan, expected=None, expected_sd=None, seed_sd=None))


def _alone(spec: Spec, lr: float | None, epochs: int | None, seeds: int) -> Spec:
    """Return the spec with a single rate, and without the stages of a search."""
    changes = {**ALONE, "search.lr": [lr], "search.repeats": seeds}
    return change_spec(spec, changes if epochs is None else {**changes, "train.epochs": epochs}, "--lr")


def _expectation(plan: FinalPlan, evidence: Evidence) -> FinalPlan:
    """Return the plan with the score that a search expects, and with the noise that it measured."""
    found, noise = evidence.recommendation, evidence.noise
    seed_sd = None if noise is None else noise.sd
    error = None if seed_sd is None else seed_sd / math.sqrt(max(1, evidence.n_seeds))
    if evidence.auto is not None and evidence.auto.expected_low is not None and evidence.auto.expected_high is not None:
        error = (evidence.auto.expected_high - evidence.auto.expected_low) / (2 * _Z)
    return FinalPlan(
        search=plan.search,
        reason=f"recommended: {found.reason}" if found.reason else f"recommended: {short_rate(found.lr)}",
        with_validation=plan.with_validation,
        expected=found.expected,
        expected_sd=error,
        seed_sd=seed_sd,
    )
