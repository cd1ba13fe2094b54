"""Makes the remarks on one arm that apply, from what was computed from its results."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

from lrsearch.analysis.evidence.arm_results import ArmResults, mean_losses
from lrsearch.analysis.evidence.records import Remark
from lrsearch.analysis.evidence.remarks import (
    clip_threshold,
    clip_threshold_remark,
    clipping_remark,
    edge_remark,
    gradient_remark,
    improving_remark,
    stability_remark,
    turned_remark,
    warmup_remark,
)
from lrsearch.analysis.evidence.verdicts import mean_learning_curve
from lrsearch.analysis.ranking import Ranking
from lrsearch.records import Result


def arm_remarks(
    of_arm: ArmResults,
    ranking: Ranking,
    bounds: tuple[float, float] | None,
    *,
    has_warmup: bool,
    is_program: bool,
) -> tuple[Remark, ...]:
    """Make the remarks that apply, in the order of `REMARKS`."""
    leader, fails_from = of_arm.leader, of_arm.fails_above(of_arm.leader)
    good, best = [of_arm.judged[lr] for lr in of_arm.tied_lrs], of_arm.judged[leader]
    ratios = _metric(chain.from_iterable(good), "grad_norm_ratio")
    shares = [share for share in _metric(best, "clipped_share") if 0.0 <= share <= 1.0]
    share = sum(shares) / len(shares) if shares else None
    threshold = clip_threshold([_metric([result], "grad_norm_p90") for result in best])
    was_extended = any(result.trial.stage == "extend" for results in of_arm.judged.values() for result in results)
    improving = improving_remark(
        [mean_learning_curve(results, of_arm.level_of) for results in good], may_set_epochs=not is_program
    )
    if bounds is not None:  # the search may have been extended beyond the requested range
        bounds = (min(bounds[0], *of_arm.judged), max(bounds[1], *of_arm.judged))
    found = (
        edge_remark(ranking, of_arm.arm, bounds, was_extended=was_extended, is_flat=len(of_arm.tied_lrs) > 1),
        improving,
        # Never propose more epochs and fewer epochs at the same time.
        None if improving else turned_remark([mean_losses(results) for results in good]),
        gradient_remark(ratios),
        clipping_remark(share, threshold),
        warmup_remark(leader, fails_from, has_warmup=has_warmup or is_program, rates=of_arm.judged),
        clip_threshold_remark(leader, fails_from, share, threshold),
        stability_remark(of_arm.stable_to, fails_from, of_arm.judged),
    )
    return tuple(remark for remark in found if remark is not None)


def _metric(results: Iterable[Result], name: str) -> list[float]:
    """Collect the values of one metric from all epochs that recorded the metric."""
    return [point.metrics[name] for result in results for point in result.points if name in point.metrics]
