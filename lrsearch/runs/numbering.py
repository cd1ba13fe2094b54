"""Numbers the trials of a run after its budget was raised, as if one search had made all trials."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from lrsearch.analysis.ranking import CONFIRM
from lrsearch.records import Result, TrialKey
from lrsearch.strategies.planned import planned_rates

if TYPE_CHECKING:
    from lrsearch.runs.run import Run


def renumbered(run: Run, results: tuple[Result, ...]) -> Iterator[Result]:
    """Give each trial the number that a single search with the current budget would give it.

    Trials of stages are numbered after all trials of the strategy, in the order of the results.

    Args:
        run: The run, with its current budget.
        results: The results of the run, one for each trial.

    Yields:
        The results, in their order, with the new numbers.
    """
    places: dict[str, dict[float, int]] = {}
    firsts: dict[str, int] = {}
    n_before = 0
    ranks: dict[TrialKey, int] = {}
    for arm, spec in run.arms.items():
        rates = planned_rates(run.manifest.strategy, spec) or ()
        places[arm], firsts[arm] = {lr: proposal for proposal, lr in enumerate(rates)}, n_before
        if rates and spec.search.prune != "none":
            of_arm = _ranks(results, arm, places[arm], spec.search.repeats)
            ranks |= of_arm
            n_before += len(of_arm)
        else:
            n_before += len(rates) * spec.search.repeats
    n_after = n_before or run.manifest.n_trials or 0
    for result in results:
        trial, place = result.trial, places[result.trial.arm]
        proposal = None if trial.overrides else place.get(trial.lr)  # no planned rate has overrides
        if trial.stage == CONFIRM and trial.repeat < run.arms[trial.arm].search.repeats:
            trial = replace(trial, stage="")  # with the larger budget, the search itself uses this seed
        if trial.stage:
            trial, n_after = replace(trial, number=n_after), n_after + 1
        elif proposal is not None:
            place_in_arm = ranks.get(trial.key, trial.repeat * len(place) + proposal)
            number = firsts[trial.arm] + place_in_arm
            if (number, proposal) != (trial.number, trial.proposal):
                trial = replace(trial, number=number, proposal=proposal)
        yield result if trial is result.trial else replace(result, trial=trial)


def _ranks(results: tuple[Result, ...], arm: str, place: dict[float, int], repeats: int) -> dict[TrialKey, int]:
    """Number the planned trials of an arm without gaps. Pruning has left out seeds, so numbers cannot be computed.

    Args:
        results: The results of the run.
        arm: Name of the arm.
        place: Number of each planned rate.
        repeats: Number of seeds of each rate.
    """
    planned = [each.trial for each in results if each.trial.arm == arm and each.trial.stage in {"", CONFIRM}]
    known = [trial for trial in planned if trial.lr in place and not trial.overrides and trial.repeat < repeats]
    known.sort(key=lambda trial: (trial.repeat, place[trial.lr]))
    return {trial.key: number for number, trial in enumerate(known)}
