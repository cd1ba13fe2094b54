"""The statistics of `auto`: fits a curve to few trainings, and computes how uncertain the curve and its peak are."""

from __future__ import annotations

from lrsearch.analysis.auto.curve import CurvePosterior, curve_posterior
from lrsearch.analysis.auto.judgement import Judgement, judge
from lrsearch.analysis.auto.runs import AutoRun, in_points, leader_of, near_runs

__all__ = [
    "AutoRun",
    "CurvePosterior",
    "Judgement",
    "curve_posterior",
    "in_points",
    "judge",
    "leader_of",
    "near_runs",
]
