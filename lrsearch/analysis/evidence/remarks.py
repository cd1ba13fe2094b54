"""Makes remarks on a whole search. Each remark has a pure function, which returns None if the remark does not apply."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Sequence

from lrsearch.analysis.evidence.records import Remark
from lrsearch.analysis.evidence.verdicts import LATE_SHARE, TURNED, LearningCurve, has_turned, late_epochs, lowest_epoch
from lrsearch.analysis.ranking import Ranking, edge_warning
from lrsearch.wording import rate_among

IMPROVING = 0.005
"""A run is still improving if its score rose by at least this much in the last quarter of the epochs: by half a
percentage point of accuracy, or by 0.5 % of the distance from the best constant prediction to the best training."""

VANISHING = 0.01
"""Gradients vanish if the first layer's gradient norm, divided by the last layer's, is below this. Networks that train
well had ratios of 0.1 to 3 (perceptrons of 1 to 6 layers on digits, a small convolutional network on MNIST)."""

EXPLODING = 100.0
"""Gradients explode on their way to the first layer if the same ratio is above this."""

CLIPPED = 0.5
"""If at least this share of the steps is clipped, clipping, not the learning rate, sets the length of most steps."""

TOUCHING = 2.5
"""The best rate is at the edge of stability if a seed failed at a higher rate, at most this many times as high. This
is a little more than one step of the usual grid, which has 3 rates in a decade."""

REMARKS: dict[str, str] = {
    "edge": "a better rate may lie beyond the range, because the best rate is at an end of the range: the lowest or "
    "highest rate of a grid, or a random rate within 5 % of an end (in decades)",
    "still_improving": f"for more than half of the good rates, the metric got better by {100 * IMPROVING:.1f} "
    f"points or more over the last {LATE_SHARE:.0%} of the epochs, and a short training favours rates that learn fast",
    "fewer_epochs": "for more than half of the good rates, validation loss was lowest before the last "
    f"{LATE_SHARE:.0%} of the epochs and ended at {TURNED:g} times its lowest value or more, while training loss went "
    "on falling",
    "vanishing_gradients": "the gradient norm of the first layer, divided by the gradient norm of the last layer, is "
    f"below {VANISHING:g} (median over all epochs of the good rates)",
    "exploding_gradients": f"the ratio described for `vanishing_gradients` is above {EXPLODING:g}",
    "clipping": "the share of the steps at the best rate that were clipped, if any were; a warning if the share "
    f"is {CLIPPED:.0%} or more",
    "warmup": f"a seed failed at a rate above the best one, at most {TOUCHING:g} times as high, and the spec has no "
    "warm-up",
    "clip_threshold": f"a seed failed at a rate above the best one, at most {TOUCHING:g} times as high, and no step at "
    "the best rate was clipped; the proposed threshold is the 90th percentile of the gradient norm in the epoch "
    "where it is highest",
    "stability": "the highest rate below the stability limit, at which every seed trained, and the lowest rate above "
    "the limit, at which a seed collapsed or diverged",
}
"""What each remark means and when it is made, by the name of the remark; the most important first."""


def edge_remark(
    ranking: Ranking,
    arm: str = "",
    bounds: tuple[float, float] | None = None,
    *,
    was_extended: bool = False,
    is_flat: bool = False,
) -> Remark | None:
    """Warn that the best rate lies at an end of the searched range (`edge_warning`).

    Args:
        ranking: The ranking.
        arm: Name of the arm.
        bounds: The range that rates were drawn from, as for `edge_warning`.
        was_extended: Whether the search was extended beyond its range; if not, the remark proposes `--extend`.
        is_flat: Whether any other rate is tied with the best rate. Then the extension was right to stop.
    """
    line = edge_warning(ranking, arm, bounds)
    if line is None:
        return None
    if was_extended and is_flat:
        text = (
            "the best rate is the last one that --extend tried; --extend stopped there because rates inside the "
            "range are "
            "statistically tied with the best"
        )
        return Remark(name="edge", text=text)
    text = line.removeprefix(f"{arm}: ") + ("" if was_extended else ", for example with --extend")
    return Remark(name="edge", text=text, is_warning=True)


def improving_remark(curves: Sequence[LearningCurve], *, may_set_epochs: bool = True) -> Remark | None:
    """Remark that most good rates were still improving at the last epoch.

    Args:
        curves: The learning curve of each good rate, in levels of the metric (`Scale`).
        may_set_epochs: Whether `train.epochs` decides how long a training is.
    """
    n_epochs = max(map(len, curves), default=0)
    if n_epochs < 2:
        return None
    n_improving = sum(
        len(curve) > 1 and curve[-1] - curve[-1 - late_epochs(len(curve))] >= IMPROVING - 1e-12 for curve in curves
    )
    if n_improving <= len(curves) / 2:
        return None
    which = "the only good rate was" if len(curves) == 1 else f"{n_improving} of {len(curves)} good rates were"
    text = f"{which} still improving at the last epoch, which favours rates that learn fast; compare longer trainings"
    if may_set_epochs:
        text += f", --over train.epochs={n_epochs},{3 * n_epochs},{9 * n_epochs}"
    return Remark(name="still_improving", text=text, is_warning=True)


def turned_remark(losses: Sequence[tuple[LearningCurve, LearningCurve]]) -> Remark | None:
    """Propose fewer epochs if, for most of the good rates, the validation loss rose again while the training loss fell.

    Args:
        losses: The learning curves of validation and training loss of each good rate.
    """
    turned = [of_val for of_val, of_train in losses if has_turned(of_val, of_train)]
    if len(turned) <= len(losses) / 2:
        return None
    n_epochs = max(map(len, turned))
    epoch = statistics.median_low(lowest for curve in turned if (lowest := lowest_epoch(curve)) is not None)
    text = f"validation loss is lowest at epoch {epoch} of {n_epochs} and then rises, so --epochs {epoch} is enough"
    return Remark(name="fewer_epochs", text=text)


def gradient_remark(ratios: Sequence[float]) -> Remark | None:
    """Warn that gradients vanish or explode between the last layer and the first.

    Args:
        ratios: `grad_norm_ratio` of every epoch of the good rates, >= 0; negative and non-finite values are ignored.
    """
    ratio = _median(ratios)
    if ratio is None or VANISHING <= ratio <= EXPLODING:
        return None
    verb = "vanish" if ratio < VANISHING else "explode"
    text = (
        f"gradients {verb}: the first layer's gradient norm is {ratio:.1g} times the last layer's; add normalization "
        "layers, or use fewer layers"
    )
    return Remark(name=f"{verb.removesuffix('e')}ing_gradients", text=text, is_warning=True)


def clipping_remark(clipped_share: float | None, threshold: float | None) -> Remark | None:
    """State the share of steps that was clipped at the best rate, and a threshold that would clip a tenth of the steps.

    Args:
        clipped_share: Share of the steps at the best rate that were clipped, in [0, 1]; None if unknown.
        threshold: From `clip_threshold`; None if unknown.
    """
    if not clipped_share:
        return None
    hint = "" if threshold is None else f"; --set train.clip_norm={threshold:.2g} would clip about a tenth of the steps"
    is_warning = clipped_share >= CLIPPED
    rule = ", so that the threshold, not the learning rate, sets their length" if is_warning else ""
    text = f"gradient clipping shortened {clipped_share:.0%} of the steps at the best rate{rule}{hint}"
    return Remark(name="clipping", text=text, is_warning=is_warning)


def warmup_remark(
    leader: float, fails_from: float | None, *, has_warmup: bool, rates: Iterable[float] = ()
) -> Remark | None:
    """Propose a warm-up if the best rate is at the edge of stability: a warm-up makes higher rates stable.

    Args:
        leader: The best rate.
        fails_from: Smallest rate above the best at which a seed failed; None if none did.
        has_warmup: Whether the spec already has a warm-up.
        rates: All rates that were tried. The text shows `fails_from` with enough digits to differ from each of these
            rates.
    """
    if fails_from is None or has_warmup or not touches_edge(leader, fails_from):
        return None
    fails = rate_among(fails_from, [leader, *rates])
    text = f"the best rate is close to {fails}, where a seed failed; try a warm-up, --set train.warmup=0.1"
    return Remark(name="warmup", text=text)


def clip_threshold_remark(
    leader: float, fails_from: float | None, clipped_share: float | None, threshold: float | None
) -> Remark | None:
    """Propose a clipping threshold if the best rate is at the edge of stability and no step was clipped."""
    if clipped_share or threshold is None or not touches_edge(leader, fails_from):
        return None
    text = (
        f"gradient clipping may stabilize the best rate: --set train.clip_norm={threshold:.2g} clips about a tenth of "
        "the steps"
    )
    return Remark(name="clip_threshold", text=text)


def touches_edge(leader: float, fails_from: float | None) -> bool:
    """Whether a seed failed at a rate above the best one, but at most `TOUCHING` times as high."""
    return fails_from is not None and leader < fails_from <= TOUCHING * leader


def clip_threshold(percentiles: Sequence[Sequence[float]]) -> float | None:
    """Choose a clipping threshold from the 90th percentiles of the gradient norm.

    Args:
        percentiles: `grad_norm_p90` of each epoch, for each repeat of the best rate; (repeats, epochs).

    Returns:
        Each repeat gives its largest percentile over the epochs; the threshold is the median of these. None if no
        percentile is known. A threshold at the largest percentile clips at most a tenth of the steps in each epoch. A
        median over epochs would clip most steps of the first epochs, because the norm falls during training.
    """
    largest = [max(known) for epochs in percentiles if (known := [x for x in epochs if 0.0 < x < math.inf])]
    return _median(largest)


def stability_remark(stable_to: float | None, breaks_from: float | None, rates: Iterable[float] = ()) -> Remark | None:
    """State the two rates between which the stability limit lies. All `rates` decide how many digits are needed."""
    if stable_to is None or breaks_from is None or breaks_from <= stable_to:
        return None
    others = [stable_to, breaks_from, *rates]
    below, above = (rate_among(lr, others) for lr in (stable_to, breaks_from))
    text = f"the stability limit lies between {below}, where every seed trained, and {above}, where at least one failed"
    return Remark(name="stability", text=text)


def _median(values: Sequence[float]) -> float | None:
    known = [value for value in values if 0.0 <= value < math.inf]
    return statistics.median(known) if known else None
