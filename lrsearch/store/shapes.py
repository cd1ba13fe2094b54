"""The types and bounds of the values in a run's files: `run.json`, `range.json` and the lines of `trials.jsonl`.

Somebody may have edited these files, so they are checked as strictly as a spec: text in place of a number and
impossible values are refused. Unknown keys are ignored, because a later version may add some.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, InstanceOf, ValidationError

from lrsearch.catalog import EXECUTORS, STRATEGIES
from lrsearch.records import State
from lrsearch.store.clock import utc_text
from lrsearch.store.shape_problems import explain
from lrsearch.wording import one_of

_MOST = 2**53
"""The largest count. A float can store every whole number up to it exactly."""
_LONGEST_SECONDS = 1e10  # 300 years; computing with dates and durations up to this cannot overflow


class ShapeError(ValueError):
    """A wrong value in a run's file. The message names the field, what it must be and what it is."""


def _check_time(text: str) -> str:
    try:
        time = datetime.fromisoformat(text)
        utc_text(time)
    except (ValueError, OverflowError):
        time = None
    if time is None or time.tzinfo is None:
        raise ValueError("must be a time with its time zone, such as 2026-01-31T12:00:00+00:00")
    return text


def _one_of(known: Iterable[str]) -> AfterValidator:
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


_Text: TypeAlias = InstanceOf[str]  # pydantic's own check of text refuses file names that are not UTF-8
_Time: TypeAlias = Annotated[_Text, AfterValidator(_check_time)]
_Count: TypeAlias = Annotated[int, Field(ge=0, le=_MOST)]
_AtLeastOne: TypeAlias = Annotated[int, Field(ge=1, le=_MOST)]
_Rate: TypeAlias = Annotated[float, Field(gt=0, allow_inf_nan=False)]
_Share: TypeAlias = Annotated[float, Field(ge=0, le=1)]
_Seconds: TypeAlias = Annotated[float, Field(ge=0, le=_LONGEST_SECONDS)]
_NotFinite: TypeAlias = Literal["nan", "inf", "-inf"]


class Shape(BaseModel):
    """A JSON object; strict, and frozen so that nothing is changed by mistake."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True, defer_build=True)  # built when it is first used


class TrialShape(Shape):
    """A trial; see `records.Trial`."""

    number: _Count
    proposal: _Count
    arm: _Text
    lr: _Rate
    repeat: _Count
    horizon: _AtLeastOne
    until: _AtLeastOne
    overrides: dict[Any, Any] = {}
    stage: _Text = ""
    stop_below: list[Annotated[list[_Count | float], Field(min_length=2, max_length=2)]] = []


class PointsShape(Shape):
    """The epochs of a trial, as columns; see `records.Point`. Format 1 has some metrics beside the others."""

    epoch: list[_AtLeastOne]
    lr: list[float | _NotFinite]
    seconds: list[_Seconds]
    metrics: Annotated[dict[Any, list[float | _NotFinite | None]], AfterValidator(_check_shares)] = {}
    train_loss: list[float | _NotFinite] = []
    train_accuracy: list[_Share | _NotFinite] = []
    val_loss: list[float | _NotFinite] = []
    val_accuracy: list[_Share | _NotFinite] = []
    grad_norm: list[float | _NotFinite] = []


class ResultShape(Shape):
    """A line of the log, without its checksum; see `records.Result`."""

    trial: TrialShape
    state: State
    score: _Share | None
    scored_epoch: _AtLeastOne | None
    learned: bool | None
    untrained_loss: float | _NotFinite | None = None
    seconds: _Seconds
    message: _Text = ""
    ended: _Seconds | None = None
    points: PointsShape | None = None
    correct: Annotated[list[_Count], Field(min_length=3, max_length=3)] | None = None


class FactsShape(Shape):
    """Facts about data; see `records.DataFacts`."""

    dataset: _Text
    shape: Annotated[list[_AtLeastOne], Field(min_length=1)]
    n_classes: Annotated[int, Field(ge=2, le=_MOST)]
    n_train: _AtLeastOne
    n_val: _AtLeastOne
    majority: Annotated[float, Field(ge=0, le=1)]
    label_entropy: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    fingerprint: _Text
    remarks: list[_Text] = []
    val_entropy: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None


class _Decision(Shape):
    reason: _Text
    is_auto: bool = False


class _Word(_Decision):
    value: _Text


class _Device(_Decision):
    value: Annotated[str, Field(min_length=1)]


class _Precision(_Decision):
    value: Literal["fp32", "bf16"]


class _Engine(_Decision):
    value: Literal["single", "population", "graph"]


class _Executor(_Decision):
    value: Annotated[_Text, _one_of(EXECUTORS)]


class _HowMany(_Decision):
    value: _AtLeastOne


class _ArmPlanShape(Shape):
    """The decisions that each arm has for itself; see `plans.Plan`."""

    precision: _Precision
    engine: _Engine
    stack: _HowMany
    threads: _HowMany
    range: _Word | None = None


class _SharedPlanShape(Shape):
    device: _Device
    executor: _Executor
    jobs: _HowMany


class _PlanShape(_ArmPlanShape, _SharedPlanShape):
    pass


class _ArmShape(Shape):
    facts: FactsShape
    decisions: _ArmPlanShape


class _SessionShape(Shape):
    started: _Time
    warnings: list[_Text]


class NetworkShape(Shape):
    """The fingerprints of a network given from Python; see `records.NetworkFacts`."""

    shapes: _Text
    start: _Text | None = None


class ManifestShape(Shape):
    """The content of `run.json`; see `store.Manifest`."""

    name: _Text
    strategy: Annotated[_Text, _one_of(STRATEGIES)]
    created: _Time
    seed: Annotated[int, Field(ge=0, le=2**63 - 1)]
    spec: dict[Any, Any]
    command: list[_Text]
    facts: FactsShape
    network: NetworkShape | None = None
    n_trials: _Count | None
    decisions: _PlanShape
    versions: dict[Any, _Text]
    platform: dict[Any, _Text | int]
    git_commit: _Text | None
    train_seconds: _Seconds
    finished: bool
    sessions: list[_SessionShape]


class ManifestOfArmsShape(ManifestShape):
    """The content of `run.json` in a run with arms. Decisions that the arms do not share are in `arms`."""

    decisions: _SharedPlanShape  # type: ignore[assignment]  # each arm has the other decisions
    arms: Annotated[dict[Any, _ArmShape], Field(min_length=1)]


class _SuggestionShape(Shape):
    lr: _Rate
    low: _Rate
    high: _Rate


class _RangeTestShape(Shape):
    suggestion: _SuggestionShape | None


class _RangeFileShape(_RangeTestShape):
    created: _Time


class _RangeFileOfArmsShape(Shape):
    created: _Time
    arms: Annotated[dict[Any, _RangeTestShape], Field(min_length=1)]


def check_range_file(values: object) -> None:
    """Check the parts of `range.json` that are used: its time and its suggestions.

    Raises:
        ShapeError: The values have a problem. The message describes the first one, as that of `check_shape` does.
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
