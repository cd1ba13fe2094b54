"""Compares arms by the expected scores of their best rates, and finds the arms that are tied with the best arm."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lrsearch.analysis.evidence.confidence import comparison_constant
from lrsearch.analysis.evidence.fit import fit_curve
from lrsearch.analysis.evidence.noise import additive_residuals, measure_noise
from lrsearch.analysis.evidence.observations import CLOSE_SCORE, Floats, observe
from lrsearch.analysis.evidence.recommendation import recommend
from lrsearch.analysis.evidence.records import Evidence
from lrsearch.analysis.evidence.ties import tie_group
from lrsearch.analysis.ranking import SHARES, Scale, comparable, confirming
from lrsearch.records import Result, Task, overrides_text

FEWEST_SEEDS = 2
"""Minimum number of seeds with which the noise between arms can be measured."""

FALSE_WINNERS = 0.04
"""Share of searches with equally good arms that would name a false winner if the values of the jackknife were exactly
normal. The values are not normal, and at most 5 % of searches may name a false winner, so this share is below 0.05. In
six simulations of 2,000 searches with two seeds, 3.8 to 5.6 % of the searches named a false winner at a share of 0.05,
and 2.4 to 4.4 % at a share of 0.04."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmComparison:
    """What the results say about the order of the arms.

    Attributes:
        expected: Expected score of each arm at its own best rate, by name; the best arm comes first.
        tied: Arms that are statistically tied with the best one, the best one included, best first. Empty if there are
            too few seeds.
        n_seeds: Number of seeds that all compared arms share.
        bound: The largest difference of two expected scores that chance alone may cause; None if there are too few
            seeds.
        scale: The scale on which the scores were compared: the scale of the best arm.
    """

    expected: Mapping[str, float]
    tied: tuple[str, ...] = ()
    n_seeds: int
    bound: float | None = None
    scale: Scale = SHARES


def compare_arms(
    results: Iterable[Result], evidence: Mapping[str, Evidence | None], tasks: Mapping[str, Task]
) -> ArmComparison | None:
    """Compare the arms of a search: find those that are statistically tied with the best one.

    The best observed score of an arm is too high on average. The more rates the arm tried, the larger this error. So
    arms are compared by their expected scores, which `recommend` reads off the fitted curves. All arms are compared
    with the same seeds: a seed gives all arms the same order of images, so the effect of the seed cancels.

    The noise of an expected score E is measured by the jackknife: each of the n seeds j is left out once, which gives
    an expected score E_(-j). The values n E minus (n - 1) E_(-j) vary as single seeds do. The choice of the best rate
    is part of their noise. `tie_arms` compares these values. If some rates of an arm were confirmed, only the confirmed
    rates of this arm count.

    Quenouille 1956, "Notes on bias in estimation", Biometrika 43; Efron and Stein 1981, "The jackknife estimate of
    variance", Annals of Statistics 9. `tests/benchmarks/arms.py` simulates arms with 5 and with 20 rates that are
    equally good.

    Args:
        results: The results, in the order of recording, as for `weigh`.
        evidence: The evidence of each arm, from `weigh`. An arm without evidence is left out.
        tasks: The task of each arm.

    Returns:
        The comparison; None if fewer than two arms have evidence.
    """
    known = [of_arm for of_arm in evidence.values() if of_arm is not None]
    if len(known) < 2:
        return None
    scale = max(known, key=lambda of_arm: of_arm.scale.metric.oriented(of_arm.observed)).scale
    arms = {
        arm: _Arm(_counted(results_of, of_arm), _fails_from(of_arm), tasks[arm].n_val, scale)
        for arm, results_of in _by_arm(results).items()
        if (of_arm := evidence.get(arm)) is not None
    }
    if len(arms) < 2:
        return None
    seeds = sorted(frozenset.intersection(*(arm.seeds for arm in arms.values())))
    if len(seeds) < FEWEST_SEEDS:
        weighed = {arm: of_arm.recommendation.expected for arm, of_arm in evidence.items() if of_arm is not None}
        levels = {arm: scale.level(expected) for arm, expected in weighed.items()}
        return ArmComparison(expected=_best_first(levels, scale), n_seeds=len(seeds), scale=scale)
    expected = np.array([arm.expected(seeds) for arm in arms.values()])
    of_arms = list(arms.values())
    values = np.array([of_arms[i].pseudo_values(seeds, float(expected[i])) for i in near_best(expected).tolist()])
    least_variance = min(arm.rounding for arm in arms.values()) if scale.metric.scale == "share" else 0.0
    tied, bound = tie_arms(expected, values, least_variance)
    ordered = _best_first(dict(zip(arms, expected.tolist(), strict=True)), scale)
    among = {arm for arm, is_tied in zip(arms, tied.tolist(), strict=True) if is_tied}
    return ArmComparison(
        expected=ordered,
        tied=tuple(arm for arm in ordered if arm in among),
        n_seeds=len(seeds),
        bound=bound * scale.span,
        scale=scale,
    )


def tie_arms(expected: Floats, values: Floats, least_variance: float = 0.0) -> tuple[NDArray[np.bool_], float]:
    """Find the arms that are statistically tied with the best one.

    An arm is tied if its expected score lies at most d s sqrt(2 / n) below the highest one. s^2 is the residual
    variance after each value is fitted by an arm mean and a seed effect. d is `comparison_constant` at the level 1 -
    0.04 (k - 1) / k for k arms (`FALSE_WINNERS`). At this level, at most 4 % of searches with k equal arms name a false
    winner: a winner leaves out k - 1 arms, and each arm is left out in a share 0.04 (k - 1) / k of the searches.

    Args:
        expected: Expected level of each arm; (k,), k >= 2.
        values: For the m arms that measure the noise (`near_best`): the jackknife's level of each seed; (m, n), m >= 2,
            n >= 2.
        least_variance: Least variance of a value, from rounding scores to whole images.

    Returns:
        Which arms are tied, (k,), and the distance from the best within which they lie.
    """
    k, n = expected.size, values.shape[1]
    residuals, degrees = additive_residuals(values)
    sd = math.sqrt(max(float((residuals**2).sum()) / degrees, least_variance))
    bound = comparison_constant(k, degrees, 1 - FALSE_WINNERS * (k - 1) / k) * sd * math.sqrt(2 / n)
    return np.asarray(losses_of(expected) <= bound + 1e-12, dtype=bool), bound


def near_best(expected: Floats) -> NDArray[np.int64]:
    """Find the arms that are assumed to be as noisy as the best arm: the arms within 5 points of it; at least two arms.

    Args:
        expected: Expected level of each arm; (k,), k >= 2.

    Returns:
        Their indices, the best one first; (m,), m >= 2.
    """
    losses = losses_of(expected)
    return np.argsort(losses, kind="stable")[: max(2, int((losses <= CLOSE_SCORE + 1e-12).sum()))]


def losses_of(levels: Floats) -> Floats:
    """Compute the distance of each level below the best level, >= 0."""
    return np.asarray(levels.max() - levels, dtype=float)


@dataclass(frozen=True, slots=True)
class _Arm:
    """The results of an arm that count in the comparison: those of the rates that trained with every seed."""

    counted: Sequence[Result]
    fails_from: float | None
    n_val: int | None
    scale: Scale

    @property
    def seeds(self) -> frozenset[int]:
        return frozenset(result.trial.repeat for result in self.counted)

    @property
    def rounding(self) -> float:
        """The variance of rounding a score to whole images; 0 if their number is not known."""
        return 0.0 if self.n_val is None else 1 / (12 * self.n_val**2)

    def expected(self, seeds: Collection[int]) -> float:
        """Compute the expected level at the best rate from the results of some seeds."""
        results = [result for result in self.counted if result.trial.repeat in seeds]
        observations = observe(results, results[0].trial.arm, self.n_val, self.scale)
        noise = measure_noise(observations)
        fit = fit_curve(observations, noise)
        tied = tie_group(observations, noise, fit)
        return self.scale.level(recommend(observations, noise, tied, fit, self.fails_from).expected)

    def pseudo_values(self, seeds: Sequence[int], whole: float) -> list[float]:
        """The jackknife's value of each seed; `whole` is the expected level by all these seeds."""
        n = len(seeds)
        return [n * whole - (n - 1) * self.expected([each for each in seeds if each != left]) for left in seeds]


def _by_arm(results: Iterable[Result]) -> dict[str, list[Result]]:
    of_arms: dict[str, list[Result]] = {}
    for result in comparable(results):
        of_arms.setdefault(result.trial.arm, []).append(result)
    return of_arms


def _counted(results: Iterable[Result], evidence: Evidence) -> list[Result]:
    """Keep the final results of the confirmed rates; if no rate was confirmed, of all compared rates."""
    overrides = overrides_text(evidence.overrides)
    compared = {(rate.lr, overrides) for rate in evidence.rates if rate.is_compared}
    kept = [result for result in results if result.is_final and result.trial.configuration in compared]
    return confirming(kept) or kept


def _fails_from(evidence: Evidence) -> float | None:
    """Return the smallest rate above the smallest tied rate at which a seed failed."""
    return min((rate.lr for rate in evidence.rates if rate.n_failed and rate.lr > evidence.tied_low), default=None)


def _best_first(levels: Mapping[str, float], scale: Scale) -> dict[str, float]:
    """Sort the arms by level, best first, and return their scores."""
    arms = list(levels)
    order = np.argsort(losses_of(np.array(list(levels.values()))), kind="stable")
    return {arms[i]: scale.score(levels[arms[i]]) for i in order.tolist()}
