"""The value of `search.metric`: a built-in metric, a metric of a plugin, or any other that a training reports."""

from __future__ import annotations

from collections.abc import Mapping

from lrsearch.catalog import MARKS, METRICS, Metric
from lrsearch.spec.sections.choices import Choice, parse_options
from lrsearch.spec.sections.values import parse_text, wrong, wrong_at
from lrsearch.spec.sections.wording import quote, show, suggestion
from lrsearch.wording import one_of

_METRIC_NAME = rf"\w[\w{MARKS}./ -]{{0,63}}"
_METRIC_RULE = "a metric's name has 1 to 64 letters of any alphabet, digits, '_', '.', '/', '-' and spaces"
METRIC_SCHEMA = {
    "anyOf": [
        {"enum": list(METRICS)},
        {
            "type": "object",
            "properties": {
                "name": {"type": "string", "minLength": 1, "maxLength": 64},
                "goal": {"enum": ["max", "min"]},
                "scale": {"enum": ["share", "real"]},
            },
            "required": ["name"],
            "additionalProperties": False,
        },
    ]
}


def parse_metric(value: object) -> Choice:
    """Parse a metric of a plugin, with its options; or else any other metric."""
    values = {"name": value} if isinstance(value, str) else value
    if isinstance(value, Choice):
        values = {"name": value.name, **value.options}
    if isinstance(values, Mapping) and (entry := _plugged(values)) is not None:
        options = {key: of for key, of in values.items() if key != "name"}
        return Choice(entry.name, parse_options("metric", entry, options))
    return _parse_other_metric(values)


def _parse_other_metric(value: object) -> Choice:
    """Parse a metric: the name of a built-in metric, or {name: x, goal: min} for another metric of the training.

    With `scale`, the name always means a reported metric, even if a built-in metric has the same name, such as
    val_loss.
    """
    if not isinstance(value, Mapping) or "name" not in value or value.keys() - {"name", "goal", "scale"}:
        raise wrong(f"expected {', '.join(METRICS)}, or {{name: x, goal: min}}, got {show(value)}")
    name, goal = parse_text(_METRIC_NAME, _METRIC_RULE, value["name"]), value.get("goal")
    scale = value.get("scale")
    if goal not in {None, "max", "min"}:
        raise wrong_at({("goal",): f"expected max or min, got {show(goal)}"})
    if scale not in {None, "share", "real"}:
        raise wrong_at({("scale",): f"expected share or real, got {show(scale)}"})
    if scale is not None and goal is None:
        raise wrong("scale needs a goal too: {name: x, goal: min, scale: real}")
    if scale is not None:
        return Choice(name, {"goal": goal, "scale": scale})
    if name not in METRICS and goal is None:
        near = suggestion(name, METRICS)
        raise wrong(
            f"unknown metric {quote(name)}{f'{near} Choose' if near else '; choose'} {one_of(list(METRICS))}; for "
            f"any other metric that your training reports, write {{name: {name}, goal: min}} or goal: max"
        )
    if name in METRICS and goal not in {None, METRICS[name].goal}:
        raise wrong_at({("goal",): f"{name} has the goal {METRICS[name].goal}; remove goal"})
    return Choice(name, {} if name in METRICS else {"goal": goal})


def _plugged(value: Mapping[str, object]) -> Metric | None:
    """Return the metric of a plugin that a value names; None for any other metric."""
    name = value.get("name")
    entry = METRICS.get(name) if isinstance(name, str) and "scale" not in value else None
    return entry if entry is not None and entry.plugin else None
