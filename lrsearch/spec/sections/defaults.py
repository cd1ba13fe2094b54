"""Fills in the model and the metric that a spec leaves out, from the kind of the data set."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from lrsearch.catalog import DATASETS, DEFAULT_METRICS, default_model
from lrsearch.spec.sections.choices import Choice, parse_choice


def fill_defaults(values: object, default: Choice) -> object:
    """Fill in the model and the metric, if the data set needs others than images with classes.

    Args:
        values: Values of a whole spec, not checked yet.
        default: The data set if the spec names none.

    Returns:
        The values. A model without a name gets the name of the default model for such examples.
    """
    if not isinstance(values, Mapping) or not isinstance(data := values.get("data"), Mapping):
        return values
    try:
        dataset = parse_choice("dataset", default, data.get("dataset", default))
    except (ValidationError, PydanticCustomError):
        return values  # the data set is wrong, and its own check reports it
    entry, filled = DATASETS[dataset.name], dict(values)
    name = default_model(entry.kind)
    if name != default_model(DATASETS[default.name].kind):
        model = values.get("model", {})
        if isinstance(model, Mapping) and "name" not in model:
            filled["model"] = {"name": name, **model}
    search = values.get("search")
    search = {} if search is None else search
    if dataset.options.get("task", entry.task) == "regression" and isinstance(search, Mapping):
        filled["search"] = {"metric": DEFAULT_METRICS["regression"], **search}
    return filled
