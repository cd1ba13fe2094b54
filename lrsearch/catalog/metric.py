"""What a metric is: its goal, scale, noise and unit, and how its values are written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from lrsearch.catalog.entries import Entry, TaskKind

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
