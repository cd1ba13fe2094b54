"""Rules on the search and on where it runs: metric, rates, pruning, time limit."""

from __future__ import annotations

from collections.abc import Iterator

from lrsearch.catalog import EXECUTORS, METRICS
from lrsearch.spec.rules.violations import Rule, Violation
from lrsearch.spec.sections import AUTO, LrRange, Spec, search_metric, search_rates, show, task_kind
from lrsearch.wording import one_of


def _metric(spec: Spec) -> Iterator[Violation]:
    choice, task = spec.search.metric, task_kind(spec.data.dataset)
    metric = None if choice.options else METRICS.get(choice.name)
    if metric is None or task in metric.tasks or metric.plugin:
        return
    fit = one_of([name for name, each in METRICS.items() if task in each.tasks])
    yield ("search", "metric"), f"{spec.data.dataset.name} is a {task}, which has no {choice.name}; choose {fit}"


def _points(spec: Spec) -> Iterator[Violation]:
    # With `auto`, a grid of one point is allowed: the point is the suggested rate.
    if spec.search.points == 1 and spec.search.lr != AUTO and isinstance(search_rates(spec), LrRange):
        yield ("search", "points"), "a grid over a range needs at least 2 points"


def _margin(spec: Spec) -> Iterator[Violation]:
    margin = spec.search.margin
    if margin is not None and margin > 100 and search_metric(spec).scale == "share":
        yield ("search", "margin"), f"must be at most 100 points, got {show(margin)}"


def _prune(spec: Spec) -> Iterator[Violation]:
    search, epochs = spec.search, spec.train.epochs
    if search.prune == "none":
        return
    if epochs == 1:
        yield ("search", "prune"), "with 1 epoch there is nothing to prune; raise train.epochs, or set it to none"
    elif search.min_epochs is not None and search.min_epochs >= epochs:
        yield ("search", "min_epochs"), f"must be below train.epochs, {epochs}, because nothing would be pruned"
    if spec.train.early_stopping is not None:
        message = "early stopping decides itself when a training ends; remove search.prune or train.early_stopping"
        yield ("search", "prune"), message


def trains_in_this_process(spec: Spec) -> bool:
    """Whether the spec names an executor without worker processes; `auto` may choose either."""
    return spec.run.executor in EXECUTORS and not EXECUTORS[spec.run.executor].has_workers


def _timeout(spec: Spec) -> Iterator[Violation]:
    if spec.run.trial_timeout is not None and trains_in_this_process(spec):
        workers = [name for name, entry in EXECUTORS.items() if entry.has_workers]
        message = f"a time limit needs worker processes; set run.executor to {one_of([*workers, 'auto'])}"
        yield ("run", "trial_timeout"), message


RULES: tuple[Rule, ...] = (
    (_metric, "data.dataset search.metric"),
    (_points, "search.lr search.points"),
    (_margin, "search.margin search.metric"),
    (_prune, "search.prune train.early_stopping train.epochs search.min_epochs"),
    (_timeout, "run.trial_timeout run.executor"),
)
