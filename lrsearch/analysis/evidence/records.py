"""Frozen records of the evidence: ties, intervals, the fitted curve, the recommended rate, verdicts and remarks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from lrsearch.analysis.evidence.noise import Noise
from lrsearch.analysis.ranking import SHARES, Scale

Verdict: TypeAlias = Literal["good", "too low", "too high", "unstable", "overfitting", "unknown"]
"""The verdict on one rate. The verdict is `unknown` if machine faults or pruning left too few results to judge the
rate, or if the noise is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RateEvidence:
    """The evidence on one learning rate.

    Attributes:
        lr: The rate, > 0.
        mean: Mean score over seeds on this validation set; None if no repeat has a score.
        low: Lower end of the 95 % confidence interval of the mean score; None if the rate is not compared, or if the
            noise between seeds was not measured.
        high: Upper end of the same interval; None in the same cases.
        is_compared: Whether the rate is compared with the best: it finished and learned with every seed.
        is_tied: Whether the rate is statistically tied with the best; always true for the best rate itself.
        verdict: The verdict on the rate.
        n: Number of repeats that count.
        n_failed: Number of the repeats in `n` that collapsed, diverged or had not learned yet.
    """

    lr: float
    mean: float | None
    low: float | None
    high: float | None
    is_compared: bool
    is_tied: bool
    verdict: Verdict
    n: int
    n_failed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """The curve fitted to the scores near the best rate.

    Attributes:
        kind: The kind of curve.
        lrs: Rates, ascending, evenly spaced on the log scale; (m,).
        scores: Fitted score at each rate; (m,).
    """

    kind: Literal["quadratic", "gaussian process"]
    lrs: tuple[float, ...]
    scores: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendation:
    """The recommended rate.

    Attributes:
        lr: The recommended rate, > 0.
        low: Lower end of the plateau: from `low` to `high` the curve is within `margin` of its peak.
        high: Upper end of the plateau.
        margin: Difference in score that does not matter, in the metric's unit. For a share, 0.01 is one percentage
            point.
        expected: Score to expect at the recommended rate: the fitted score, but no better than the best observed score.
            The best observed score is already too good on average, because it is the best of many noisy scores.
        reason: One sentence for the user on why this rate is recommended.
    """

    lr: float
    low: float
    high: float
    margin: float
    expected: float
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """A remark on the whole search, made when a documented threshold is passed.

    Attributes:
        name: Name of the remark, a key of `REMARKS`.
        text: One line for the user: what was found, and what to do.
        is_warning: Whether the recommended rate may be wrong, or the user should do something.
    """

    name: str
    text: str
    is_warning: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ScannedRate:
    """A rate of the scan of `auto`, judged by its longest short training.

    Attributes:
        lr: The rate, > 0.
        epochs: Epochs trained.
        score: Score after them; None if there is none.
        state: learned; nothing, if it learned nothing and the training loss stayed low; broke, if the loss rose or the
            training diverged; fault, if the machine or the code failed.
    """

    lr: float
    epochs: int
    score: float | None
    state: Literal["learned", "nothing", "broke", "fault"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AutoFinding:
    """What the trainings of `auto` say about one arm. Scores are in the unit of the metric.

    Attributes:
        lr: The recommended rate; None if no rate trained to the end.
        expected: Score to expect there; None without a curve.
        expected_low: Lower end of the 95 % interval of `expected`; None without a curve.
        expected_high: Upper end of the same interval; None without a curve.
        bound: Another rate could be better by at most this, with 95 % confidence; None without a curve.
        tied_low: Lowest rate that could be better; None without a curve.
        tied_high: Highest rate that could be better; None without a curve.
        top_low: Lower end of the top of the curve, whose middle is `lr`; None without a curve.
        top_high: Upper end of the top; None without a curve.
        top_margin: How far the curve may lie below its peak at the top; None without a curve.
        curve: The curve; None with fewer than three rates near the best.
        curve_low: The curve minus one standard error; empty without a curve.
        curve_high: The curve plus one standard error; empty without a curve.
        margin: Difference that does not matter.
        is_settled: Whether another rate can be better by no more than the margin.
        is_done: Whether the search is done.
        breaks_from: Lowest rate above the best ones at which training broke, in the scan too; None if there is none.
        n_trainings: Number of whole trainings that learned.
        spent: Trainings spent; a shorter one counts as its share of the epochs.
        budget: Trainings that may be spent.
        epochs: Epochs of a whole training.
        scan: The rates of the scan, ascending.
        scale: The metric, and the scale on which scores were compared.
    """

    lr: float | None
    expected: float | None = None
    expected_low: float | None = None
    expected_high: float | None = None
    bound: float | None = None
    tied_low: float | None = None
    tied_high: float | None = None
    top_low: float | None = None
    top_high: float | None = None
    top_margin: float | None = None
    curve: Curve | None = None
    curve_low: tuple[float, ...] = ()
    curve_high: tuple[float, ...] = ()
    margin: float
    is_settled: bool
    is_done: bool
    breaks_from: float | None
    n_trainings: int
    spent: float
    budget: int
    epochs: int
    scan: tuple[ScannedRate, ...]
    scale: Scale


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The statistical evidence from the results of one arm, for the overrides of its best rate.

    Scores are in the unit of the metric.

    Attributes:
        arm: Name of the arm; "" if the spec has none.
        rates: All rates that have a result with the same overrides as the best rate, ascending.
        leader: The rate with the best observed score.
        observed: Mean score of the leader. This mean is too good on average, because the leader was chosen for its
            score.
        tied_low: Smallest rate that is statistically tied with the best; the leader if the noise is not known.
        tied_high: Largest rate that is statistically tied with the best; the leader if the noise is not known.
        noise: Noise of one training's score. None if the noise cannot be estimated, because no rate has repeats and the
            values for single images were not kept.
        n_seeds: Number of repeats of the leader.
        curve: Curve fitted to the scores near the best rate; None if too few rates learned.
        recommendation: The recommended rate.
        stable_to: Largest rate below the stability limit that trained with every seed; None if there is none. The limit
            is the lowest rate above `tied_low` at which a seed failed.
        breaks_from: Smallest rate above the leader at which a seed collapsed or diverged; None if none did.
        remarks: Remarks on the search, the most important first.
        scale: The metric, and the scale on which the scores were compared.
        overrides: The overrides of the best rate. Only trials with these overrides count in the evidence.
        auto: The finding of `auto`, if `auto` made the search. Curve, ties and recommendation are then those of `auto`.
    """

    arm: str
    rates: tuple[RateEvidence, ...]
    leader: float
    observed: float
    tied_low: float
    tied_high: float
    noise: Noise | None
    n_seeds: int
    curve: Curve | None
    recommendation: Recommendation
    stable_to: float | None
    breaks_from: float | None
    remarks: tuple[Remark, ...] = ()
    scale: Scale = SHARES
    overrides: Mapping[str, object] = field(default_factory=dict)
    auto: AutoFinding | None = None

    @property
    def knows_ties(self) -> bool:
        """Whether it is known which rates are tied with the best."""
        return self.noise is not None or (self.auto is not None and self.auto.bound is not None)

    @property
    def tied(self) -> tuple[float, ...]:
        """The rates that are statistically tied with the best, ascending."""
        return tuple(rate.lr for rate in self.rates if rate.is_tied)
