"""Writes in one line what `auto` does now, why, and what the search has found so far."""

from __future__ import annotations

from lrsearch.strategies.auto.finding import finding_of
from lrsearch.strategies.auto.records import AutoSettings, Step
from lrsearch.wording import counted, distinct_rates, rounded, significant

_NAMES = {"fill": "filling the top"}


def step_line(step: Step, settings: AutoSettings) -> str:
    """Write the purpose of a step, and what the search has found before this step."""
    name = _NAMES.get(step.stage, step.stage)
    rates = ", ".join(distinct_rates([rounded(10**request.x) for request in step.requests]))
    doing = f"{name}: {step.why}" if step.stage == "scan" else f"{name}: lr {rates} ({step.why})"
    parts = [doing, *found_words(step, settings)]
    if step.standing.spent:
        parts.append(f"{step.standing.spent:.1f} of {counted(round(settings.budget), 'training')} spent")
    return " · ".join(parts)


def found_words(step: Step, settings: AutoSettings) -> list[str]:
    """Write the best rate so far, its expected score, and how much better another rate could be."""
    found = finding_of(step.standing, settings, is_done=False)
    if found.lr is None:
        return []
    metric = found.scale.metric
    best = f"so far lr {significant(found.lr)}"
    if found.expected is None or found.expected_low is None or found.expected_high is None or found.bound is None:
        return [best]
    interval = f"{metric.text(found.expected_low)} to {metric.text(found.expected_high)}"
    return [
        f"{best}: expected {metric.head} {metric.text(found.expected)} ({interval})",
        f"another rate could be better by {metric.difference(found.bound)} at most",
    ]
