"""Statistics of one arm: noise, ties, intervals, the fitted curve, the recommended rate, verdicts and remarks.

`weigh` computes the `Evidence` of one arm from its results; `judge` copies this evidence into the rows of the ranking.
"""

from __future__ import annotations

from lrsearch.analysis.evidence.arms import ArmComparison, compare_arms
from lrsearch.analysis.evidence.confidence import comparison_constant
from lrsearch.analysis.evidence.judgement import judge
from lrsearch.analysis.evidence.noise import Noise, measure_noise, paired_variance
from lrsearch.analysis.evidence.observations import Observations, observe, result_scale
from lrsearch.analysis.evidence.records import (
    AutoFinding,
    Curve,
    Evidence,
    RateEvidence,
    Recommendation,
    Remark,
    ScannedRate,
)
from lrsearch.analysis.evidence.weigh import weigh
from lrsearch.analysis.evidence.with_finding import CLIFF_FACTOR, with_finding

__all__ = [
    "CLIFF_FACTOR",
    "ArmComparison",
    "AutoFinding",
    "Curve",
    "Evidence",
    "Noise",
    "Observations",
    "RateEvidence",
    "Recommendation",
    "Remark",
    "ScannedRate",
    "compare_arms",
    "comparison_constant",
    "judge",
    "measure_noise",
    "observe",
    "paired_variance",
    "result_scale",
    "weigh",
    "with_finding",
]
