"""What the results of one arm support: ties, intervals, a curve, a recommended rate, and verdicts. Frozen records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from lrsearch.analysis.evidence.noise import Noise

Verdict: TypeAlias = Literal["good", "too low", "too high", "unstable", "overfitting", "unknown"]
"""What is said of one rate; `unknown` where faults of the machine or pruning leave nothing to say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RateEvidence:
    """One learning rate.

    Attributes:
        lr: The rate, > 0.
        mean: Mean score over seeds on this validation set, in [0, 1]; None where no repeat has one.
        low: Lower end of its interval of confidence 0.95, in [0, 1]; None where the rate is not compared.
        high: Upper end.
        is_tied: Whether chance cannot tell it from the best.
        verdict: What is said of it.
        n: Repeats that count.
        n_failed: Of them those that collapsed, diverged or did not learn.
    """

    lr: float
    mean: float | None
    low: float | None
    high: float | None
    is_tied: bool
    verdict: Verdict
    n: int
    n_failed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """The curve that was drawn through the scores near the best rate.

    Attributes:
        kind: How it was fitted.
        lrs: Rates, ascending, evenly spaced in log; (m,).
        scores: Fitted score at each, in [0, 1]; (m,).
    """

    kind: Literal["quadratic", "gaussian process"]
    lrs: tuple[float, ...]
    scores: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendation:
    """The rate to take.

    Attributes:
        lr: The recommended rate, > 0.
        low: Lower end of the plateau: from here to `high` the curve is within `margin` of its peak.
        high: Upper end of the plateau.
        margin: What does not matter, as a share of the validation images.
        expected: Fitted score at the recommended rate, no more than the best observed one, in [0, 1]: what to expect of
            it, free of the luck of the best.
        reason: Why this rate, one sentence for people.
    """

    lr: float
    low: float
    high: float
    margin: float
    expected: float
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """A verdict on the whole search, computed by a documented threshold.

    Attributes:
        name: Which one, from `REMARKS`.
        text: One line for people, with what to do about it.
        is_warning: Whether it casts doubt on the answer, or asks for something to be done.
    """

    name: str
    text: str
    is_warning: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What the results of one arm support.

    Attributes:
        arm: The arm, "" where the spec has none.
        rates: All rates that have a result, ascending.
        leader: The rate that was observed best.
        observed: Its mean score, in [0, 1]: optimistic, since it was chosen for being high.
        tied_low: Smallest rate that chance cannot tell from the best.
        tied_high: Largest such rate.
        noise: Of one training's score.
        n_seeds: Repeats that the leader has.
        curve: Through the scores near the best rate; None where too few rates learned.
        recommendation: The rate to take.
        stable_to: Largest rate such that it and every lower one of those that learned trained with all seeds; None
            where none did.
        breaks_from: Smallest rate above the best at which a seed collapsed or diverged; None where none did.
        remarks: Verdicts on the search, the most important first.
    """

    arm: str
    rates: tuple[RateEvidence, ...]
    leader: float
    observed: float
    tied_low: float
    tied_high: float
    noise: Noise
    n_seeds: int
    curve: Curve | None
    recommendation: Recommendation
    stable_to: float | None
    breaks_from: float | None
    remarks: tuple[Remark, ...] = ()

    @property
    def tied(self) -> tuple[float, ...]:
        """The rates that chance cannot tell from the best, ascending."""
        return tuple(rate.lr for rate in self.rates if rate.is_tied)
