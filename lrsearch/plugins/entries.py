"""Makes the catalog's entries of a plugin, and converts them to JSON, so that a run folder can describe them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from typing import Any

from lrsearch.catalog import (
    DatasetEntry,
    Entry,
    Kinded,
    LossEntry,
    Metric,
    ModelEntry,
    OptimizerEntry,
    Option,
    ScheduleEntry,
)

_TEXTS: dict[str, Any] = dict.fromkeys(("formula", "source", "use", "strengths", "weaknesses"), "")
_MORE = {
    "model": ("groups_name",),
    "dataset": ("task",),
    "optimizer": ("low", "high"),
    "metric": ("goal", "scale"),
}
"""The attributes of each kind that a plugin sets, besides name, description and options."""


def make_entry(kind: str, *, name: str, about: str, options: Mapping[str, Option], **more: Any) -> Entry:  # noqa: ANN401  (of any entry)
    """Make an entry.

    Args:
        kind: A key of `catalog.KINDS`.
        name: Its name in a spec.
        about: Its description, in one line.
        options: Its options.
        more: The further attributes of the kind: groups_name of a model; task of a data set; low and high of an
            optimizer; goal and scale of a metric.
    """
    own: dict[str, Any] = {"name": name, "about": about, "options": dict(options)}
    match kind:
        case "model":
            return ModelEntry(**own, **more, takes=(), smallest_image=1, population=True)
        case "dataset":
            return DatasetEntry(**own, **more, module="lrsearch.data.plugged", kind="")
        case "optimizer":
            return OptimizerEntry(**own, **_TEXTS, **more, torch_name="", linear_in_lr=False, capturable=False)
        case "schedule":
            return ScheduleEntry(**own, **_TEXTS)
        case "loss":
            return LossEntry(**own)
    words = name.replace("_", " ")
    points: dict[str, Any] = {"unit": "points", "margin": 0.0025} if more["scale"] == "share" else {}
    return Metric(**own, label=words, head=words, noise="measured", **more, **points)


def entry_to_json(kinded: Kinded) -> dict[str, Any]:
    """Convert an entry to JSON values."""
    kind, entry = kinded
    own: dict[str, Any] = {"kind": kind, "name": entry.name, "about": entry.about}
    own |= {key: getattr(entry, key) for key in _MORE.get(kind, ())}
    return {**own, "options": {key: asdict(option) for key, option in entry.options.items()}}


def entry_from_json(values: Mapping[str, Any], plugin: str) -> Kinded:
    """Convert the JSON values of `entry_to_json` back to an entry, which cannot be built.

    Args:
        values: The values, whose shape was checked.
        plugin: The plugin of the entry.
    """
    kind = values["kind"]
    options = {key: _option(of) for key, of in values["options"].items()}
    more = {key: values[key] for key in _MORE.get(kind, ()) if key in values}
    entry = make_entry(kind, name=values["name"], about=values["about"], options=options, **more)
    return kind, replace(entry, plugin=plugin)


def _option(values: Mapping[str, Any]) -> Option:
    known = {each.name: values[each.name] for each in fields(Option) if each.name in values}
    default = tuple(known["default"]) if isinstance(known["default"], list) else known["default"]
    return Option(**{**known, "default": default, "words": tuple(known.get("words", ()))})
