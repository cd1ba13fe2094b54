"""The metrics by which a search can rank its rates. Each metric is one entry here.

An entry computes its metric from three arrays with one item for each validation example, all (n,): `labels`, the true
class (int64); `answers`, the class that the network predicts (int64); `losses`, the cross-entropy of the true class, in
nats. For a regression: `labels`, the true number (float64), and `answers`, the predicted number, both in the unit of
the target; `losses`, the squared error in variances of the target in the training part.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from lrsearch.catalog.entries import Entry, TaskKind, table

if TYPE_CHECKING:
    from numpy.typing import NDArray

Goal: TypeAlias = Literal["max", "min"]
MetricScale: TypeAlias = Literal["share", "real"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric(Entry):
    """A quantity by which trainings are compared. `about` describes the quantity.

    Attributes:
        label: The name of the metric in texts, such as "validation accuracy".
        head: A short name for the heading of a column, such as "val accuracy".
        goal: Whether a higher or a lower value is better.
        tasks: The kinds of tasks that have this metric.
        scale: `share` of the examples, in [0, 1], or any `real` number.
        noise: How to estimate the noise of one training: from the number of correct predictions (`binomial`), from the
            value of each validation example (`per example`), or only from further seeds (`measured`).
        unit: Unit of a difference between two values; "" for no unit. The unit of a share is a percentage point.
        margin: Largest difference that does not matter. For a share, the margin is a plain difference. For a real
            number, the margin is a share of the distance from the best constant prediction to the best training.
        lowest: Lowest possible value; None for no bound.
        examples: Computes the value of each validation example; the metric is their mean. None if the metric is not a
            mean over examples.
        of_all: Computes the metric from all examples together; None if a trainer measures the metric in a different
            way.
    """

    label: str
    head: str
    goal: Goal
    scale: MetricScale
    noise: Literal["binomial", "per example", "measured"]
    tasks: tuple[TaskKind, ...] = ("classification",)
    unit: str = ""
    margin: float = 0.01
    lowest: float | None = None
    examples: Callable[[Any, Any, Any], NDArray[Any]] | None = None
    of_all: Callable[[Any, Any, Any], float] | None = None

    @property
    def lower_is_better(self) -> bool:
        """Whether a lower value is better."""
        return self.goal == "min"

    @property
    def grows_from_zero(self) -> bool:
        """Whether the metric is a share and higher is better, so that 0 is the worst value."""
        return self.scale == "share" and not self.lower_is_better

    @property
    def axis_label(self) -> str:
        """The label of an axis that shows the metric."""
        unit = "" if self.scale == "share" or not self.unit else f" ({self.unit})"
        return f"{self.label}{unit}"

    @property
    def peak(self) -> str:
        """What to call the best point of a curve."""
        return "lowest point" if self.lower_is_better else "peak"

    def oriented(self, value: float) -> float:
        """Change the sign of a value if lower is better. All comparisons of scores use this."""
        return -value if self.lower_is_better else value

    def text(self, value: float, digits: int = 3) -> str:
        """Write a value for people.

        Args:
            value: The value.
            digits: Number of decimals of a share. A real number has one decimal more, or `digits` significant digits if
                the number is below 0.001 or at least 1000.
        """
        if self.scale == "share":
            return f"{value:.{digits}f}"
        return f"{value:.{digits + 1}f}" if 0.001 <= abs(value) < 1000 or value == 0 else f"{value:.{digits}g}"

    def difference(self, value: float, digits: int = 1) -> str:
        """Write a difference between two values with its unit, such as `0.3 points` or `0.021 nats`.

        Args:
            value: The difference, >= 0.
            digits: Number of decimals of a share, in percentage points. A real number has `digits` + 1 significant
                digits.
        """
        words = f"{value * 100:.{digits}f}" if self.scale == "share" else f"{value:.{digits + 1}g}"
        return f"{words} {self.unit}".rstrip()


def right_answers(labels: NDArray[Any], answers: NDArray[Any], losses: NDArray[Any]) -> NDArray[Any]:  # noqa: ARG001  (the signature of all entries)
    """Tell for each example whether its class is predicted correctly; bool, (n,)."""
    right: NDArray[Any] = labels == answers
    return right


def example_losses(labels: NDArray[Any], answers: NDArray[Any], losses: NDArray[Any]) -> NDArray[Any]:  # noqa: ARG001  (the signature of all entries)
    """Return the cross-entropy of each example, in nats; (n,)."""
    return losses


def balanced_accuracy(labels: NDArray[Any], answers: NDArray[Any], losses: NDArray[Any]) -> float:  # noqa: ARG001  (the signature of all entries)
    """Compute the accuracy of each class, averaged over the classes, in [0, 1].

    A class without examples does not count. Brodersen et al. 2010, "The balanced accuracy and its posterior
    distribution".
    """
    import numpy as np

    counts = np.bincount(labels)
    right = np.bincount(labels[labels == answers], minlength=counts.size)
    present = counts > 0
    return float((right[present] / counts[present]).mean())


def macro_f1(labels: NDArray[Any], answers: NDArray[Any], losses: NDArray[Any]) -> float:  # noqa: ARG001  (the signature of all entries)
    """Compute F1 of each class, 2 correct / (examples + predictions), averaged over the classes, in [0, 1].

    A class without examples and without predictions does not count. Opitz and Burst 2019, "Macro F1 and Macro F1",
    equation 2.
    """
    import numpy as np

    n_classes = int(max(labels.max(), answers.max())) + 1
    both = np.bincount(labels, minlength=n_classes) + np.bincount(answers, minlength=n_classes)
    right = np.bincount(labels[labels == answers], minlength=n_classes)
    present = both > 0
    return float((2 * right[present] / both[present]).mean())


def squared_errors(labels: NDArray[Any], answers: NDArray[Any], losses: NDArray[Any]) -> NDArray[Any]:  # noqa: ARG001  (the signature of all entries)
    """Return the squared error of each predicted number, in the squared unit of the target; (n,)."""
    errors: NDArray[Any] = (labels - answers) ** 2
    return errors


def absolute_errors(labels: NDArray[Any], answers: NDArray[Any], losses: NDArray[Any]) -> NDArray[Any]:  # noqa: ARG001  (the signature of all entries)
    """Return the absolute error of each predicted number, in the unit of the target; (n,)."""
    errors: NDArray[Any] = abs(labels - answers)
    return errors


def explained_shares(labels: NDArray[Any], answers: NDArray[Any], losses: NDArray[Any]) -> NDArray[Any]:
    """Return 1 - squared error / variance of the true numbers, for each example; their mean is R squared; (n,)."""
    variance = max(float(labels.var()), 1e-300)
    shares: NDArray[Any] = 1.0 - squared_errors(labels, answers, losses) / variance
    return shares


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
        labels: See above.
        answers: See above.
        losses: See above.
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
