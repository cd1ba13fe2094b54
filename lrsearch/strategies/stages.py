"""The stages that can follow a search: extend the range, refine near the best rate, confirm, named rates.

If the trials of a search have several sets of overrides, the stages use the overrides of the best rate.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import pairwise

import numpy as np

from lrsearch.analysis.evidence import (
    Observations,
    comparison_constant,
    measure_noise,
    observe,
    paired_variance,
    result_scale,
)
from lrsearch.analysis.ranking import Scale, edge_warning, first_collapse, leading, rank_results
from lrsearch.catalog import VAL_ACCURACY, Metric
from lrsearch.records import Result, Task
from lrsearch.spec import Spec, search_metric
from lrsearch.strategies.space import MOST_DECADES, POINTS_PER_DECADE
from lrsearch.strategies.staged import Stage, Training
from lrsearch.wording import rounded

LEAST_DECADES = 0.3
"""`extend` compares the rate at the end of the range with a rate at least this many decades away, about a grid step."""

FIRST_TEST_SEEDS = 2
"""Number of new seeds that `confirm` trains before its first test. A single seed does not show the noise."""


def spec_stages(spec: Spec, task: Task) -> dict[str, Stage]:
    """Return the stages that a spec asks for, in their order: extend, refine, confirm, named.

    Args:
        spec: The spec of one arm.
        task: The task of the arm.

    Returns:
        The stages by name; empty if the spec asks for none.
    """
    search, metric = spec.search, search_metric(spec)
    stages: dict[str, Stage] = {}
    if search.extend:
        stages["extend"] = partial(extend, task=task, repeats=search.repeats, metric=metric)
    if search.refine:
        stages["refine"] = partial(refine, task=task, repeats=search.repeats, n_rates=search.refine, metric=metric)
    if search.confirm:
        stages["confirm"] = partial(
            confirm,
            task=task,
            first=search.repeats,
            n_rates=search.confirm,
            most=search.max_repeats,
            margin=search.margin,
            metric=metric,
        )
    if search.named:
        stages["named"] = partial(named, rates=search.named, repeats=search.repeats)
    return stages


def named(results: Sequence[Result], *, rates: Sequence[float], repeats: int) -> Iterator[Sequence[Training]]:
    """Train the rates that the user names.

    This is the last stage, so that rates that are named later change nothing that earlier stages did.

    Args:
        results: The results of one arm.
        rates: The rates. A rate that the search has tried is not trained again.
        repeats: Number of seeds for each rate.

    Yields:
        One round of trainings with all new rates; nothing if there are none.
    """
    tried = {(result.trial.lr, result.trial.repeat) for result in results if not result.trial.overrides}
    trainings = [Training(lr, repeat) for repeat in range(repeats) for lr in rates if (lr, repeat) not in tried]
    if trainings:
        yield trainings


def extend(
    results: Sequence[Result], *, task: Task, repeats: int, metric: Metric = VAL_ACCURACY
) -> Iterator[Sequence[Training]]:
    """Search beyond an end of the range, one decade at a time, as long as the best rate lies at that end.

    The stage stops after `MOST_DECADES` on a side. The stage also stops when training collapses at rates above the best
    rate, or when the rate at the end is not clearly better than a rate inside. The stage does nothing if no rate
    learned.

    Args:
        results: The results of one arm. The list grows after each round.
        task: The task of the arm.
        repeats: Number of seeds for each rate.
        metric: The metric of the scores.

    Yields:
        One round of trainings for each decade.
    """
    rates, _ = _best_curve(results, task, metric)
    if len(rates) < 2:
        return
    # Use as many rates per decade as the search did, but no more than a default grid.
    per_decade = min(POINTS_PER_DECADE, max(1, round((len(rates) - 1) / math.log10(rates[-1] / rates[0]))))
    limits = (rates[0] / 10**MOST_DECADES, rates[-1] * 10**MOST_DECADES)
    while True:
        rates, overrides = _best_curve(results, task, metric)
        side = _open_side(results, task, metric)
        if side == 0:
            return
        end = rates[-1] if side > 0 else rates[0]
        beyond = [rounded(end * 10 ** (side * i / per_decade)) for i in range(1, per_decade + 1)]
        new_rates = [lr for lr in beyond if limits[0] * 0.99 <= lr <= limits[1] * 1.01 and lr not in rates]
        if not new_rates:
            return
        yield [Training(lr, repeat, overrides) for repeat in range(repeats) for lr in new_rates]


def _open_side(results: Sequence[Result], task: Task, metric: Metric) -> int:
    """Return the side on which a better rate may lie beyond the range: 1 above, -1 below, 0 for neither."""
    ranking = rank_results(results, task, metric)
    results = leading(results, ranking)
    observations = observe(results, n_val=task.n_val, scale=result_scale(results, task, metric))
    if ranking.best is None or observations.lrs.size == 0:
        return 0
    rates = sorted({result.trial.lr for result in results})
    best = ranking.best.lr
    if edge_warning(ranking) is None or best not in {rates[0], rates[-1]}:
        return 0
    side = 1 if best == rates[-1] else -1
    if side > 0 and first_collapse(ranking) is not None:
        return 0
    return 0 if _is_flat_at_the_end(observations) else side


def _is_flat_at_the_end(observations: Observations) -> bool:
    """Whether the best rate, at an end of the range, beats a rate inside by at most one standard error of the gap."""
    leader = observations.leader
    decades = np.abs(np.log10(observations.lrs / observations.lrs[leader]))
    if not decades.any():
        return False
    # Random rates may lie very close together. Between such rates, even a steep curve looks flat.
    far = np.flatnonzero(decades >= min(LEAST_DECADES, float(decades.max())))
    inside = int(far[decades[far].argmin()])
    noise = measure_noise(observations)
    # With one seed per rate, compare image by image. Residuals from a fitted curve would count a steep slope as
    # noise. If that cannot be done either, the search goes on as long as the rate at the end is the better one.
    variance = noise.paired_sd**2 if noise.is_measured else paired_variance(observations) or 0.0
    n_seeds = observations.counts[[leader, inside]].min()
    gap = observations.means[leader] - observations.means[inside]
    return bool(gap <= math.sqrt(2 * variance / n_seeds))


def refine(
    results: Sequence[Result], *, task: Task, repeats: int, n_rates: int, metric: Metric = VAL_ACCURACY
) -> Iterator[Sequence[Training]]:
    """Add rates around the best rate: halve the gaps between rates on the log scale, starting with the nearest gaps.

    Args:
        results: The results of one arm.
        task: The task of the arm.
        repeats: Number of seeds for each rate.
        n_rates: Number of rates to add, >= 1.
        metric: The metric of the scores.

    Yields:
        One round of trainings with all added rates; nothing if no rate learned.
    """
    best = rank_results(results, task, metric).best
    rates, overrides = _best_curve(results, task, metric)
    if best is None or len(rates) < 2:
        return
    added: list[float] = []
    while len(added) < n_rates:
        middles = [
            (abs(math.log(middle / best.lr)), middle)
            for low, high in pairwise(rates)
            if low < (middle := rounded(math.sqrt(low * high))) < high
        ]
        # Halve the four gaps nearest to the best rate. The next pass halves the gaps that this one leaves or makes.
        near = [middle for _, middle in sorted(middles)[: min(4, n_rates - len(added))]]
        if not near:
            break
        added += near
        rates = sorted([*rates, *near])
    if added:
        yield [Training(lr, repeat, overrides) for repeat in range(repeats) for lr in added]


def confirm(
    results: Sequence[Result],
    *,
    task: Task,
    first: int,
    n_rates: int,
    most: int,
    margin: float | None = None,
    metric: Metric = VAL_ACCURACY,
) -> Iterator[Sequence[Training]]:
    """Train the best rates with new seeds, until no rate can be better than the leader by more than a margin.

    The test runs after the second new seed and after each further seed. Each test has an error rate of 5 % divided by
    the number of tests (Bonferroni), so that at most 5 % of searches stop by mistake.

    Args:
        results: The results of one arm. The list grows after each round.
        task: The task of the arm.
        first: Number of the first new seed. The tests ignore the earlier seeds, because these selected the rates.
        n_rates: Number of best rates to confirm, >= 1.
        most: Maximum number of new seeds for each rate.
        margin: Difference in score that does not matter, as `search.margin`; None for the metric's own margin.
        metric: The metric of the scores.

    Yields:
        One round of trainings for the first two new seeds, then one round for each further seed.
    """
    ranking = rank_results(results, task, metric)
    searched = leading(results, ranking)
    scale = result_scale(searched, task, metric)
    trained = set(observe(searched, n_val=task.n_val, scale=scale).lrs.tolist())  # rates that trained with every seed
    chosen = [row for row in ranking.leading("") if row.lr in trained][:n_rates]
    if not chosen:
        return
    best = {row.configuration for row in chosen}
    yield [
        Training(row.lr, first + seed, row.overrides) for seed in range(min(FIRST_TEST_SEEDS, most)) for row in chosen
    ]
    level = 1 - 0.05 / max(1, most - FIRST_TEST_SEEDS + 1)
    for seed in range(FIRST_TEST_SEEDS, most):
        confirming = [
            result for result in results if result.trial.repeat >= first and result.trial.configuration in best
        ]
        if is_settled(confirming, task, scale, scale.margin_level(margin), level):
            return
        yield [Training(row.lr, first + seed, row.overrides) for row in chosen]


def _best_curve(results: Sequence[Result], task: Task, metric: Metric) -> tuple[list[float], Mapping[str, object]]:
    """Return the rates that were tried with the overrides of the best rate, ascending, and the overrides."""
    of_best = leading(results, rank_results(results, task, metric))
    return sorted({result.trial.lr for result in of_best}), of_best[0].trial.overrides if of_best else {}


def is_settled(results: Sequence[Result], task: Task, scale: Scale, margin: float, level: float) -> bool:
    """Whether no rate can be better than the leader by more than a margin.

    Args:
        results: The results with the new seeds of `confirm`.
        task: The task.
        scale: The scale of the scores.
        margin: Difference of two levels that does not matter.
        level: Confidence level of the test, in (0.5, 1).
    """
    observations = observe(results, n_val=task.n_val, scale=scale)
    if observations.lrs.size < 2:
        return True
    noise = measure_noise(observations)
    if not noise.is_measured:
        return False
    means, counts, leader = observations.means, observations.counts, observations.leader
    d = comparison_constant(observations.lrs.size, noise.degrees, level)
    for i in range(means.size):
        bound = d * noise.paired_sd * math.sqrt(1 / counts[leader] + 1 / counts[i])
        if i != leader and means[i] - means[leader] + bound > margin:
            return False
    return True
