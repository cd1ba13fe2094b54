"""What a spec says in a few words, in full: the kind of its task, its metric and its learning rates."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from lrsearch.catalog import DATASETS, METRICS, Metric, TaskKind, find_metric
from lrsearch.spec.sections.choices import Choice
from lrsearch.spec.sections.keys import Spec
from lrsearch.spec.sections.rates import AUTO, LrRange, Rates
from lrsearch.spec.sections.usual_range import usual_ends


def task_kind(dataset: Choice) -> TaskKind:
    """Return what a network learns from a data set: classes, or numbers."""
    return (
        "regression" if dataset.options.get("task", DATASETS[dataset.name].task) == "regression" else "classification"
    )


def search_metric(spec: Spec) -> Metric:
    """Return the metric that the rates of a search are ranked by."""
    choice = spec.search.metric
    entry = METRICS.get(choice.name)
    if entry is not None and entry.plugin and "scale" not in choice.options:
        compute = entry.build
        return entry if compute is None else replace(entry, build=partial(compute, **choice.options))
    goal, scale = choice.options.get("goal"), choice.options.get("scale")
    return find_metric(
        choice.name,
        "min" if goal == "min" else "max" if goal == "max" else None,
        "share" if scale == "share" else "real" if scale == "real" else None,
        task_kind(spec.data.dataset),
    )


def search_rates(spec: Spec) -> Rates:
    """Return the learning rates of a search: a list or a range.

    If the spec gives no rates, or if it says `auto` and no range test has found a range yet, return the optimizer's
    usual range.
    """
    if spec.search.lr is not None and spec.search.lr != AUTO:
        return spec.search.lr
    low, high = usual_ends(spec.train.optimizer)
    return LrRange(low=low, high=high)
