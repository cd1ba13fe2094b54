"""Computes the evidence of one arm from its results: ties, curve, recommendation, verdicts and remarks."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import chain

import numpy as np

from lrsearch.analysis.evidence.arm_remarks import arm_remarks
from lrsearch.analysis.evidence.arm_results import ArmResults, mean_losses
from lrsearch.analysis.evidence.fit import fit_curve
from lrsearch.analysis.evidence.noise import Noise, measure_noise
from lrsearch.analysis.evidence.observations import Floats, observe
from lrsearch.analysis.evidence.recommendation import recommend
from lrsearch.analysis.evidence.records import Evidence, RateEvidence, Remark
from lrsearch.analysis.evidence.ties import score_intervals, tie_group
from lrsearch.analysis.evidence.verdicts import FAILED, broke_before_pruning, has_turned, outcome_of, rate_verdict
from lrsearch.analysis.ranking import (
    Ranking,
    Scale,
    comparable,
    confirming,
    leading,
    learned_scores,
    name_unlearned,
    rank_results,
    scale_of,
)
from lrsearch.catalog import VAL_ACCURACY, Metric
from lrsearch.records import Result, Task


def weigh(
    results: Iterable[Result],
    task: Task,
    arm: str = "",
    *,
    bounds: tuple[float, float] | None = None,
    has_warmup: bool = False,
    is_program: bool = False,
    ranking: Ranking | None = None,
    metric: Metric = VAL_ACCURACY,
) -> Evidence | None:
    """Compute the statistical evidence from the results of one arm.

    The same results count as in `rank_results`: if a trial was repeated after a fault, only its last result; and no
    partial results. If a rate was confirmed, only its confirming seeds count (stage `confirm`). Its first results are
    too good on average, because the rate was chosen by these results.

    The leader is the rate that the ranking puts first. If rates were confirmed, the leader is the best of those. A rate
    that was not confirmed is still compared with the leader, by its own seeds. The data do not show whether one set of
    seeds scores higher than the other, so both are assumed to score the same on average. The noise then comes mostly
    from the confirming seeds: often only the confirmed rates have repeats; otherwise the confirmed rates are nearest to
    the leader.

    Only trials with the overrides of the best rate count, because a curve over the rates needs equal overrides. The
    ranking also has the scores of rates with other overrides.

    Only rates that finished and learned with every seed are compared (`tie_group`, `score_intervals`, `fit_curve`). A
    rate with a failed or pruned seed is neither tied nor fitted. Pruned rates still count among those compared: the
    best rate was chosen among them too.

    Args:
        results: The results, in the order of recording. Results of other arms, and damaged ones whose rate is not a
            positive number, are ignored. An impossible score excludes its rate from the comparison.
        task: The task of the arm.
        arm: Name of the arm.
        bounds: (low, high) of the range that rates were drawn from, as for `edge_warning`.
        has_warmup: Whether the arm's spec has a warm-up.
        is_program: Whether a program trains. Remarks then propose no key of the spec that a program does not read.
        ranking: The ranking by `rank_results` of the same results; None to compute it.
        metric: The metric of the scores.

    Returns:
        The evidence; None if no rate trained with every seed.
    """
    sound = [
        _sound(result, metric) for result in results if result.trial.arm == arm and 0.0 < result.trial.lr < math.inf
    ]
    ranking = ranking or rank_results(sound, task, metric)
    sound = leading(comparable(sound), ranking, arm)
    judged = _judged(sound)
    scale = scale_of(metric, task, learned_scores(chain.from_iterable(judged.values())))
    observations = observe(chain.from_iterable(judged.values()), arm, task.n_val, scale)
    if observations.lrs.size == 0:
        return None
    compared = {lr: i for i, lr in enumerate(observations.lrs.tolist())}
    first = next(compared[row.lr] for row in ranking.leading(arm) if row.lr in compared)
    n_pruned = sum(any(each.state == "pruned" for each in of_rate) for of_rate in judged.values())
    observations = replace(observations, first=first, n_pruned=n_pruned)

    noise = measure_noise(observations)
    fit = fit_curve(observations, noise)
    tied = tie_group(observations, noise, fit)
    names = name_unlearned(judged, task, metric)
    outcomes = {lr: [outcome_of(each, names.get(each.trial.key)) for each in of_rate] for lr, of_rate in judged.items()}
    broke = frozenset(
        lr
        for lr, of_rate in judged.items()
        if "broke" in outcomes[lr] or any(broke_before_pruning(each, task) for each in of_rate)
    )
    of_arm = ArmResults(arm, sound[0].trial.overrides, judged, outcomes, broke, observations, noise, tied, fit)
    remarks = arm_remarks(of_arm, ranking, bounds, has_warmup=has_warmup, is_program=is_program)
    return _evidence(of_arm, remarks)


def _sound(result: Result, metric: Metric) -> Result:
    """Return the result; its score becomes NaN if the score is a share outside [0, 1]."""
    if result.score is None or metric.scale != "share" or 0.0 <= result.score <= 1.0:
        return result
    return replace(result, score=math.nan)


def _judged(results: Sequence[Result]) -> dict[float, list[Result]]:
    """Collect the final results that count, by rate, ascending; the list is empty for a rate that had only faults."""
    repeats_of: dict[float, list[Result]] = {}
    for result in sorted(results, key=lambda result: (result.trial.lr, result.trial.repeat)):
        repeats_of.setdefault(result.trial.lr, []).append(result)
    return {lr: [each for each in confirming(all_of) or all_of if each.is_final] for lr, all_of in repeats_of.items()}


def _evidence(of_arm: ArmResults, remarks: tuple[Remark, ...]) -> Evidence:
    observations, tied_lrs = of_arm.observations, of_arm.tied_lrs
    leader, fit = observations.leader, of_arm.fit
    return Evidence(
        arm=of_arm.arm,
        rates=_rates(of_arm, score_intervals(observations, of_arm.tied)),
        leader=of_arm.leader,
        observed=of_arm.scale.score(float(observations.means[leader])),
        tied_low=tied_lrs[0],
        tied_high=tied_lrs[-1],
        noise=_in_unit(of_arm.noise, of_arm.scale),
        n_seeds=int(observations.counts[leader]),
        curve=None if fit is None else fit.drawn(of_arm.scale),
        recommendation=recommend(observations, of_arm.noise, of_arm.tied, fit, of_arm.fails_above(tied_lrs[0])),
        stable_to=of_arm.stable_to,
        breaks_from=of_arm.fails_above(of_arm.leader),
        remarks=remarks,
        scale=of_arm.scale,
        overrides=of_arm.overrides,
    )


def _in_unit(noise: Noise, scale: Scale) -> Noise | None:
    """The noise in the metric's unit; None if the noise is not known."""
    if not noise.is_known:
        return None
    return replace(noise, sd=noise.sd * scale.span, paired_sd=noise.paired_sd * scale.span)


def _rates(of_arm: ArmResults, intervals: Floats) -> tuple[RateEvidence, ...]:
    observations, tied_lrs = of_arm.observations, of_arm.tied_lrs
    compared = {lr: i for i, lr in enumerate(observations.lrs.tolist())}
    means = list(map(of_arm.scale.score, observations.means.tolist()))
    rates = []
    for lr, results in of_arm.judged.items():
        outcomes = of_arm.outcomes[lr]
        i = compared.get(lr)
        verdict = rate_verdict(
            lr,
            outcomes,
            tied=tied_lrs,
            leader=of_arm.leader,
            overfits=i is not None and not of_arm.tied[i] and has_turned(*mean_losses(results)),
        )
        if not of_arm.noise.is_known and verdict in {"too low", "too high"} and not FAILED.intersection(outcomes):
            verdict = "unknown"
        low = high = None
        if i is not None and np.isfinite(intervals[i]).all():
            low, high = of_arm.scale.interval(*intervals[i].tolist())
            low, high = min(low, means[i]), max(high, means[i])  # rounding must not put the mean outside its interval
        rates.append(
            RateEvidence(
                lr=lr,
                mean=_mean_score(results) if i is None else means[i],
                low=low,
                high=high,
                is_compared=i is not None,
                is_tied=i is not None and bool(of_arm.tied[i]),
                verdict=verdict,
                n=len(results),
                n_failed=sum(outcome in FAILED for outcome in outcomes),
            )
        )
    return tuple(rates)


def _mean_score(results: Sequence[Result]) -> float | None:
    scores = [result.score for result in results if result.score is not None and math.isfinite(result.score)]
    return math.fsum(scores) / len(scores) if scores else None
