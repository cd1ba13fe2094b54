"""Converts the answer of `auto` from decades and points to rates and scores."""

from __future__ import annotations

import math
from typing import Any

from lrsearch.analysis.auto import AutoRun, Judgement
from lrsearch.analysis.evidence import AutoFinding, Curve, ScannedRate
from lrsearch.analysis.ranking import Scale
from lrsearch.strategies.auto.records import AutoSettings, Standing
from lrsearch.strategies.auto.trainings import is_quiet
from lrsearch.wording import rounded


def finding_of(standing: Standing, settings: AutoSettings, *, is_done: bool) -> AutoFinding:
    """Convert the judgement of the trainings so far to a finding."""
    judgement, scale = standing.judgement, standing.scale
    return AutoFinding(
        lr=None if standing.rec is None else _rate(standing.rec, judgement),
        margin=_difference(standing.margin, scale),
        is_settled=standing.settled,
        is_done=is_done,
        breaks_from=None if standing.cliff is None else rounded(10**standing.cliff),
        n_trainings=standing.n_good,
        spent=standing.spent,
        budget=round(settings.budget),
        epochs=settings.epochs,
        scan=tuple(_scanned(run, settings) for run in sorted(standing.scanned, key=lambda run: run.x)),
        scale=scale,
        **({} if judgement is None else _judged(judgement, scale)),
    )


def _judged(judgement: Judgement, scale: Scale) -> dict[str, Any]:
    curve = judgement.curve
    low, high = _interval(*judgement.expected_range, scale)
    bands = [_interval(m - s, m + s, scale) for m, s in zip(curve.mean.tolist(), curve.sd.tolist(), strict=True)]
    lrs = tuple(10**x for x in curve.at.tolist())
    return {
        "expected": _score(judgement.expected, scale),
        "expected_low": low,
        "expected_high": high,
        "bound": _difference(max(0.0, judgement.bound), scale),
        "tied_low": rounded(10 ** judgement.tied[0], 2),
        "tied_high": rounded(10 ** judgement.tied[1], 2),
        "top_low": 10 ** judgement.top[0],
        "top_high": 10 ** judgement.top[1],
        "top_margin": _difference(judgement.band, scale),
        "curve": Curve(
            kind="gaussian process", lrs=lrs, scores=tuple(_score(mean, scale) for mean in curve.mean.tolist())
        ),
        "curve_low": tuple(low for low, _ in bands),
        "curve_high": tuple(high for _, high in bands),
    }


def _rate(x: float, judgement: Judgement | None) -> float:
    """Return the rate with two digits if the rounded rate still lies at the top of the curve."""
    if judgement is None:
        return rounded(10**x)  # a rate that was trained
    low, high = judgement.top
    plain = rounded(10**x, 2)
    return plain if low <= math.log10(plain) <= high else rounded(10**x)


def _score(points: float, scale: Scale) -> float:
    """Convert points to a score that is possible."""
    low, high = scale.bounds
    return scale.score(min(max(points / 100, low), high))


def _interval(low: float, high: float, scale: Scale) -> tuple[float, float]:
    first, second = _score(low, scale), _score(high, scale)
    return min(first, second), max(first, second)


def _difference(points: float, scale: Scale) -> float:
    return points / 100 * scale.span


def _scanned(run: AutoRun, settings: AutoSettings) -> ScannedRate:
    return ScannedRate(
        lr=rounded(10**run.x),
        epochs=run.until,
        score=run.scores[-1] if run.scores and math.isfinite(run.scores[-1]) else None,
        state=(
            "fault"
            if run.is_fault
            else "learned"
            if run.learned
            else "nothing"
            if is_quiet(run, settings.untrained_loss)
            else "broke"
        ),
    )
