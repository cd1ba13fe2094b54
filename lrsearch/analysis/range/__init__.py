"""The mathematics of a learning-rate range test: the ramp, the probes, the published methods, and the result."""

from __future__ import annotations

from lrsearch.analysis.range.finding import LRSEARCH_METHOD, Finding, Reading
from lrsearch.analysis.range.probing import (
    PROBE_SEEDS,
    PROBE_STEPS,
    Floats,
    Suggestion,
    Unclear,
    final_losses,
    find_bracket,
    further_rates,
    probe_rates,
    smoothed_curves,
    suggest,
)
from lrsearch.analysis.range.ramp import FEWEST_STEPS, Ramp, n_stable, step_point

__all__ = [
    "FEWEST_STEPS",
    "LRSEARCH_METHOD",
    "PROBE_SEEDS",
    "PROBE_STEPS",
    "Finding",
    "Floats",
    "Ramp",
    "Reading",
    "Suggestion",
    "Unclear",
    "final_losses",
    "find_bracket",
    "further_rates",
    "n_stable",
    "probe_rates",
    "smoothed_curves",
    "step_point",
    "suggest",
]
