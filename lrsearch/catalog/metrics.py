"""The metrics that a search can be ranked by. A new one is one entry here.

What an entry computes comes from the answers to the validation examples: `labels` is the class of each one, `answers`
the class that the network answers, both int64, and `losses` the cross-entropy of the true class, in nats; all (n,).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from lrsearch.catalog.entries import Entry, table

if TYPE_CHECKING:
    from numpy.typing import NDArray

Goal: TypeAlias = Literal["max", "min"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric(Entry):
    """A quantity that trainings are compared by. `about` says what it is.

    Attributes:
        label: What people read, such as "validation accuracy".
        head: The same as the head of a column, such as "val accuracy".
        goal: Whether a higher or a lower value is better.
        scale: `share` of the examples, in [0, 1], or any `real` number.
        noise: What the noise of one training can be estimated from: the answers to the validation examples, right or
            wrong (`binomial`); a value for each example (`per example`); or only further seeds (`measured`).
        unit: Unit of a difference of two values; "" if it has none. The unit of a share is a point, a hundredth.
        margin: Difference that does not matter, as a share of the scale: of 1 for a share, and for a real number of
            the distance from the best constant answer to the best training.
        lowest: Lowest value that is possible; None for no bound.
        examples: Computes the value of each validation example; the metric is their mean. None if it is no such mean.
        of_all: Computes the metric from all examples together; None if a trainer measures it in another way.
    """

    label: str
    head: str
    goal: Goal
    scale: Literal["share", "real"]
    noise: Literal["binomial", "per example", "measured"]
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
        """Whether it is a share of which more is better, so that 0 is the worst value."""
        return self.scale == "share" and not self.lower_is_better

    @property
    def axis_label(self) -> str:
        """The label of an axis that shows the metric."""
        unit = "" if self.scale == "share" or not self.unit else f" ({self.unit})"
        return f"{self.label}{unit}"

    @property
    def peak(self) -> str:
        """What the best point of a curve is called."""
        return "lowest point" if self.lower_is_better else "peak"

    def oriented(self, value: float) -> float:
        """Turn a value so that higher is better, or turn such a value back. All comparisons of scores use this."""
        return -value if self.lower_is_better else value

    def text(self, value: float, digits: int = 3) -> str:
        """Write a value for people.

        Args:
            value: The value.
            digits: Decimals of a share; a real number has one more.
        """
        if self.scale == "share":
            return f"{value:.{digits}f}"
        return f"{value:.{digits + 1}f}" if 0.001 <= abs(value) < 1000 or value == 0 else f"{value:.{digits}g}"

    def difference(self, value: float, digits: int = 1) -> str:
        """Write a difference of two values with its unit, such as `0.3 points` or `0.021 nats`.

        Args:
            value: The difference, >= 0.
            digits: Decimals of points; another unit has one more significant digit.
        """
        words = f"{value * 100:.{digits}f}" if self.scale == "share" else f"{value:.{digits + 1}g}"
        return f"{words} {self.unit}".rstrip()


def right_answers(labels: NDArray[Any], answers: NDArray[Any], losses: NDArray[Any]) -> NDArray[Any]:  # noqa: ARG001  (the signature of all entries)
    """Tell for each example whether it is answered correctly; (n,)."""
    right: NDArray[Any] = labels == answers
    return right


def example_losses(labels: NDArray[Any], answers: NDArray[Any], losses: NDArray[Any]) -> NDArray[Any]:  # noqa: ARG001  (the signature of all entries)
    """Return the cross-entropy of each example; (n,)."""
    return losses


def balanced_accuracy(labels: NDArray[Any], answers: NDArray[Any], losses: NDArray[Any]) -> float:  # noqa: ARG001  (the signature of all entries)
    """Compute the mean over classes of the share of their examples that are answered correctly, in [0, 1].

    A class without examples does not count. Brodersen et al. 2010, "The balanced accuracy and its posterior
    distribution".
    """
    import numpy as np

    counts = np.bincount(labels)
    right = np.bincount(labels[labels == answers], minlength=counts.size)
    present = counts > 0
    return float((right[present] / counts[present]).mean())


def macro_f1(labels: NDArray[Any], answers: NDArray[Any], losses: NDArray[Any]) -> float:  # noqa: ARG001  (the signature of all entries)
    """Compute the mean over classes of F1 = 2 right / (examples + answers), in [0, 1].

    A class with neither examples nor answers does not count. Opitz and Burst 2019, "Macro F1 and Macro F1", equation 2.
    """
    import numpy as np

    n_classes = int(max(labels.max(), answers.max())) + 1
    both = np.bincount(labels, minlength=n_classes) + np.bincount(answers, minlength=n_classes)
    right = np.bincount(labels[labels == answers], minlength=n_classes)
    present = both > 0
    return float((2 * right[present] / both[present]).mean())


_POINTS: dict[str, Any] = {"goal": "max", "scale": "share", "unit": "points", "margin": 0.0025, "lowest": 0.0}
_NATS: dict[str, Any] = {"goal": "min", "scale": "real", "unit": "nats", "lowest": 0.0}

METRICS: dict[str, Metric] = table(
    Metric(
        name="val_accuracy",
        about="share of the validation examples that are answered correctly",
        label="validation accuracy",
        head="val accuracy",
        noise="binomial",
        examples=right_answers,
        **_POINTS,
    ),
    Metric(
        name="val_loss",
        about="mean cross-entropy on the validation examples, without label smoothing",
        label="validation loss",
        head="val loss",
        noise="per example",
        examples=example_losses,
        **_NATS,
    ),
    Metric(
        name="balanced_accuracy",
        about="mean over classes of the share of their validation examples that are answered correctly",
        label="balanced accuracy",
        head="balanced acc",
        noise="measured",
        of_all=balanced_accuracy,
        **_POINTS,
    ),
    Metric(
        name="macro_f1",
        about="mean over classes of F1, which falls with wrong answers of both kinds",
        label="macro F1",
        head="macro F1",
        noise="measured",
        of_all=macro_f1,
        **_POINTS,
    ),
    Metric(
        name="train_loss",
        about="mean cross-entropy over the batches of the epoch, in training mode, without label smoothing",
        label="training loss",
        head="train loss",
        noise="measured",
        **_NATS,
    ),
)
"""The built-in metrics by name. The first one is the default."""

VAL_ACCURACY = METRICS["val_accuracy"]

COMPUTED = tuple(name for name, metric in METRICS.items() if metric.examples or metric.of_all)
"""The metrics that `computed_metrics` computes."""


def find_metric(name: str, goal: Goal | None = None) -> Metric:
    """Return the metric of a name: a built-in one, or one that a trainer reports under this name.

    Args:
        name: The name.
        goal: Whether higher or lower values of another metric are better; None for a built-in one.

    Raises:
        KeyError: No built-in metric has this name, and there is no goal.
    """
    if goal is None or name in METRICS:
        return METRICS[name]
    words = name.replace("_", " ")
    return Metric(name=name, about=words, label=words, head=words, goal=goal, scale="real", noise="measured")


def computed_metrics(labels: NDArray[Any], answers: NDArray[Any], losses: NDArray[Any]) -> dict[str, float]:
    """Compute the metrics of `METRICS` that answers to validation examples give, by name."""
    found = {}
    for name, metric in METRICS.items():
        if metric.examples is not None:
            found[name] = float(metric.examples(labels, answers, losses).mean(dtype=float))
        elif metric.of_all is not None:
            found[name] = metric.of_all(labels, answers, losses)
    return found
