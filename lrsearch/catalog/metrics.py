"""The metrics by which a search can rank its rates. Each metric is one entry here."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from lrsearch.catalog.entries import TaskKind, table
from lrsearch.catalog.metric import Goal, Metric, MetricScale
from lrsearch.catalog.metric_formulas import (
    absolute_errors,
    balanced_accuracy,
    example_losses,
    explained_shares,
    macro_f1,
    right_answers,
    squared_errors,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

_POINTS: dict[str, Any] = {"goal": "max", "scale": "share", "unit": "points", "margin": 0.0025, "lowest": 0.0}
_NATS: dict[str, Any] = {"goal": "min", "scale": "real", "unit": "nats", "lowest": 0.0}
_ERRORS: dict[str, Any] = {"goal": "min", "scale": "real", "lowest": 0.0, "tasks": ("regression",)}

METRICS: dict[str, Metric] = table(
    Metric(
        name="val_accuracy",
        about="share of the validation examples that are classified correctly",
        label="validation accuracy",
        head="val accuracy",
        noise="binomial",
        examples=right_answers,
        **_POINTS,
    ),
    Metric(
        name="val_loss",
        about="mean cross-entropy on the validation examples, without label smoothing; for a regression, mean squared "
        "error in variances of the target in the training part",
        label="validation loss",
        head="val loss",
        tasks=("classification", "regression"),
        noise="per example",
        examples=example_losses,
        **_NATS,
    ),
    Metric(
        name="balanced_accuracy",
        about="accuracy of each class on the validation examples, averaged over the classes",
        label="balanced accuracy",
        head="balanced acc",
        noise="measured",
        of_all=balanced_accuracy,
        **_POINTS,
    ),
    Metric(
        name="macro_f1",
        about="F1 score of each class, which joins precision and recall, averaged over the classes",
        label="macro F1",
        head="macro F1",
        noise="measured",
        of_all=macro_f1,
        **_POINTS,
    ),
    Metric(
        name="train_loss",
        about="mean cross-entropy over the batches of the epoch, in training mode, without label smoothing; for a "
        "regression as val_loss",
        label="training loss",
        head="train loss",
        tasks=("classification", "regression"),
        noise="measured",
        **_NATS,
    ),
    Metric(
        name="r2",
        about="R squared on the validation examples: the share of the target's variance that is predicted; 0 for the "
        "mean, 1 at best",
        label="validation R squared",
        head="val R2",
        goal="max",
        scale="real",
        noise="per example",
        tasks=("regression",),
        examples=explained_shares,
    ),
    Metric(
        name="mse",
        about="mean squared error on the validation examples, in the squared unit of the target",
        label="mean squared error",
        head="mse",
        noise="per example",
        examples=squared_errors,
        **_ERRORS,
    ),
    Metric(
        name="mae",
        about="mean absolute error on the validation examples, in the unit of the target",
        label="mean absolute error",
        head="mae",
        noise="per example",
        examples=absolute_errors,
        **_ERRORS,
    ),
)
"""The built-in metrics by name."""

VAL_ACCURACY = METRICS["val_accuracy"]

DEFAULT_METRICS: dict[TaskKind, str] = {"classification": "val_accuracy", "regression": "r2"}
"""The metric of a search that names none, by the kind of its task."""


def computed(task: TaskKind = "classification") -> tuple[str, ...]:
    """Return the names of the metrics that `computed_metrics` computes for a kind of task."""
    return tuple(name for name, each in METRICS.items() if task in each.tasks and (each.examples or each.of_all))


def find_metric(
    name: str, goal: Goal | None = None, scale: MetricScale | None = None, task: TaskKind = "classification"
) -> Metric:
    """Return the metric with a name: a built-in metric, or a metric that a trainer or a program reports.

    Args:
        name: The name.
        goal: Whether higher or lower values are better; None for a built-in metric.
        scale: The scale of a reported metric; None for a built-in metric. With a scale, the name always means a
            reported metric, even if a built-in metric has the same name, such as val_loss. A reported share counts as
            the share of right answers, so its noise is binomial if the number of examples is known.
        task: The kind of the task. The losses of a regression have no unit.

    Raises:
        KeyError: No built-in metric has this name, and there is no goal.
    """
    if goal is None or (scale is None and name in METRICS):
        return replace(METRICS[name], unit="") if task == "regression" else METRICS[name]
    words = name.replace("_", " ")
    if scale == "share":
        shares = {**_POINTS, "goal": goal}
        return Metric(name=name, about=words, label=words, head=words, noise="binomial", **shares)
    return Metric(name=name, about=words, label=words, head=words, goal=goal, scale="real", noise="measured")


def computed_metrics(
    labels: NDArray[Any],
    answers: NDArray[Any],
    losses: NDArray[Any],
    chosen: Metric | None = None,
    task: TaskKind = "classification",
) -> dict[str, float]:
    """Compute every metric of `computed(task)` from the predictions for the validation examples, by name.

    Args:
        labels: See `metric_formulas`.
        answers: See `metric_formulas`.
        losses: See `metric_formulas`.
        chosen: The metric of the search; if it comes from a plugin, it is computed too.
        task: The kind of the task.
    """
    found = {}
    for name in computed(task):
        metric = METRICS[name]
        if metric.examples is not None:
            found[name] = float(metric.examples(labels, answers, losses).mean(dtype=float))
        elif metric.of_all is not None:
            found[name] = metric.of_all(labels, answers, losses)
    if chosen is not None and chosen.plugin and chosen.build is not None:
        found[chosen.name] = chosen.build(labels, answers)
    return found
