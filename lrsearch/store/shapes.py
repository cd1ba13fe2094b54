"""The types and bounds of the values in a run's files: `range.json`, the lines of `trials.jsonl`, and common parts.

Somebody may have edited these files, so they are checked as strictly as a spec: text in place of a number and
impossible values are refused. Unknown keys are ignored, because a later version may add some.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, InstanceOf, ValidationError

from lrsearch.records import State
from lrsearch.spec import HIGHEST_RATE, LOWEST_RATE
from lrsearch.store.clock import utc_text
from lrsearch.store.shape_problems import explain
from lrsearch.wording import one_of

_MOST = 2**53
"""The largest count. A float can store every whole number up to this count exactly."""
_LONGEST_SECONDS = 1e10  # 300 years; computing with dates and durations up to this cannot overflow


class ShapeError(ValueError):
    """A wrong value in a run's file. The message names the field, the value, and the values that are allowed."""


def _check_time(text: str) -> str:
    try:
        time = datetime.fromisoformat(text)
        utc_text(time)
    except (ValueError, OverflowError):
        time = None
    if time is None or time.tzinfo is None:
        raise ValueError("must be a time with its time zone, such as 2026-01-31T12:00:00+00:00")
    return text


def name_in(known: Iterable[str]) -> AfterValidator:
    """Make the check that a text is one of the names of a registry."""
    names = list(known)

    def check(text: str) -> str:
        if text not in names:
            raise ValueError(f"must be {one_of([repr(name) for name in names])}")
        return text

    return AfterValidator(check)


def _check_shares(metrics: dict[Any, list[Any]]) -> dict[Any, list[Any]]:
    for name in ("train_accuracy", "val_accuracy"):
        if any(isinstance(value, float | int) and not 0 <= value <= 1 for value in metrics.get(name, ())):
            raise ValueError(f"must hold numbers from 0 to 1 for {name}")
    return metrics


Text: TypeAlias = InstanceOf[str]  # pydantic's own check of text refuses file names that are not UTF-8
Time: TypeAlias = Annotated[Text, AfterValidator(_check_time)]
Count: TypeAlias = Annotated[int, Field(ge=0, le=_MOST)]
AtLeastOne: TypeAlias = Annotated[int, Field(ge=1, le=_MOST)]
_BEYOND = 1e10  # `--extend` tries rates up to three decades beyond those that a spec may name
_Rate: TypeAlias = Annotated[float, Field(ge=LOWEST_RATE / _BEYOND, le=HIGHEST_RATE * _BEYOND, allow_inf_nan=False)]
Share: TypeAlias = Annotated[float, Field(ge=0, le=1)]
Seconds: TypeAlias = Annotated[float, Field(ge=0, le=_LONGEST_SECONDS)]
_Place: TypeAlias = Annotated[list[Count], Field(min_length=3, max_length=3)]
_NotFinite: TypeAlias = Literal["nan", "inf", "-inf"]


class Shape(BaseModel):
    """A JSON object; strict, and frozen so that nothing is changed by mistake."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True, defer_build=True)  # built when it is first used


class TrialShape(Shape):
    """A trial; see `records.Trial`."""

    number: Count
    proposal: Count
    arm: Text
    lr: _Rate
    repeat: Count
    horizon: AtLeastOne
    until: AtLeastOne
    overrides: dict[Any, Any] = {}
    stage: Text = ""
    stop_below: list[Annotated[list[Count | float], Field(min_length=2, max_length=2)]] = []


class PointsShape(Shape):
    """The epochs of a trial, as columns; see `records.Point`. In format 1, the main metrics have their own columns."""

    epoch: list[AtLeastOne]
    lr: list[float | _NotFinite]
    seconds: list[Seconds]
    metrics: Annotated[dict[Any, list[float | _NotFinite | None]], AfterValidator(_check_shares)] = {}
    train_loss: list[float | _NotFinite] = []
    train_accuracy: list[Share | _NotFinite] = []
    val_loss: list[float | _NotFinite] = []
    val_accuracy: list[Share | _NotFinite] = []
    grad_norm: list[float | _NotFinite] = []


class ResultShape(Shape):
    """A line of the log, without its checksum; see `records.Result`."""

    trial: TrialShape
    state: State
    score: Annotated[float, Field(allow_inf_nan=False)] | None
    scored_epoch: AtLeastOne | None
    learned: bool | None
    untrained_loss: float | _NotFinite | None = None
    seconds: Seconds
    message: Text = ""
    ended: Seconds | None = None
    points: PointsShape | None = None
    correct: _Place | None = None
    values: _Place | None = None


class _SuggestionShape(Shape):
    lr: _Rate
    low: _Rate
    high: _Rate


class _RangeTestShape(Shape):
    suggestion: _SuggestionShape | None


class _RangeFileShape(_RangeTestShape):
    created: Time


class _RangeFileOfArmsShape(Shape):
    created: Time
    arms: Annotated[dict[Any, _RangeTestShape], Field(min_length=1)]


def check_range_file(values: object) -> None:
    """Check the parts of `range.json` that lrsearch reads: the time and the suggestions of the test.

    Raises:
        ShapeError: The values have a problem. The message has the form that `check_shape` describes.
    """
    has_arms = isinstance(values, dict) and "arms" in values
    check_shape(_RangeFileOfArmsShape if has_arms else _RangeFileShape, values)


def check_shape(shape: type[Shape], values: object) -> None:
    """Check values that were read from JSON.

    Raises:
        ShapeError: The values have a problem. The message describes the first one in one line: `field: problem`.
    """
    try:
        shape.model_validate(values)
    except ValidationError as error:
        raise ShapeError(explain(error, values)) from None
