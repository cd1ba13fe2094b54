"""The statistics of `auto`: a curve through few trainings, how far it can be trusted, and what to train next."""

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
