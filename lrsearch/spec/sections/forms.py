"""Values of a spec that are mappings or have several forms: warm-up, rates, early stopping, arms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import Field, TypeAdapter, model_validator
from pydantic_core import PydanticCustomError

from lrsearch.catalog import MARKS, METRICS, Metric, Option
from lrsearch.spec.sections.choices import Choice, Section, parse_options
from lrsearch.spec.sections.values import number, parse_number, parse_text, text, whole, wrong, wrong_at
from lrsearch.spec.sections.wording import KeyPath, quote, show, suggestion
from lrsearch.wording import one_of


class WarmupEpochs(Section):
    """A warm-up whose length is counted in epochs."""

    epochs: Annotated[float, number(0.0)] = Field(description="epochs of warm-up, 0 or more")


class WarmupSteps(Section):
    """A warm-up whose length is counted in optimizer steps."""

    steps: Annotated[int, whole(0)] = Field(description="optimizer steps of warm-up, 0 or more")


class EarlyStopping(Section):
    """When to stop a training whose validation loss no longer falls."""

    patience: Annotated[int, whole(1)] = Field(
        default=3, description="stop after this many epochs in a row without a lower validation loss"
    )
    min_delta: Annotated[float, number(0.0)] = Field(
        default=0.0, description="smallest fall of the validation loss that counts"
    )


class SplitFile(Section):
    """Where the validation part comes from: one file with what is known of each training example."""

    indices: Annotated[str, text()] | None = Field(
        default=None, description=".npz with train and val: the indices of the examples of each part, from 0"
    )
    groups: Annotated[str, text()] | None = Field(
        default=None, description=".npy with the group of each example, (N,); a group is in one part only"
    )
    times: Annotated[str, text()] | None = Field(
        default=None, description=".npy with the time of each example, (N,); the latest examples validate"
    )

    @model_validator(mode="after")
    def _has_one(self) -> Self:
        if sum(value is not None for value in (self.indices, self.groups, self.times)) != 1:
            raise wrong("give one of indices, groups and times: {groups: patients.npy}")
        return self

    @property
    def kind(self) -> str:
        """The key that is set: indices, groups or times."""
        return next(key for key in ("indices", "groups", "times") if getattr(self, key) is not None)

    @property
    def path(self) -> str:
        """The file."""
        return str(getattr(self, self.kind))


class LrRange(Section):
    """A range of learning rates, both ends included: 0 < low < high."""

    low: Annotated[float, number()] = Field(description="lowest rate, above 0")
    high: Annotated[float, number()] = Field(description="highest rate")
    scale: Literal["log", "linear"] = Field(default="log", description="spacing of the rates: log or linear")

    @model_validator(mode="after")
    def _is_range(self) -> Self:
        why = ": a log scale has no 0" if self.scale == "log" else ""
        ends = {"low": self.low, "high": self.high}
        problems = {key: problem for key, end in ends.items() if (problem := rate_problem(end))}
        problems |= {key: f"must be above 0{why}" for key, end in ends.items() if end <= 0}
        if not problems and self.low >= self.high:
            swapped = "; swapped?" if self.low > self.high else ""
            raise wrong(f"low ({show(self.low)}) must be below high ({show(self.high)}){swapped}")
        if problems:
            raise wrong_at({(key,): message for key, message in problems.items()})
        return self


Warmup: TypeAlias = float | WarmupEpochs | WarmupSteps
Rates: TypeAlias = LrRange | tuple[float, ...]
AUTO: Literal["auto"] = "auto"
"""The value of `search.lr` that lets a range test find the range before the search."""
_FRACTION: TypeAdapter[float] = TypeAdapter(Annotated[float, number(0.0, 1.0, below_high=True)])
LOWEST_RATE, HIGHEST_RATE = 1e-30, 1e30
"""The smallest and largest rate to search. In float32, a larger rate overflows and a smaller rate changes no weight."""
_RATE = Option("number", 0.0, "a rate", low=0.0, above_low=True)

RATE_SCHEMA = {"type": "number", "minimum": LOWEST_RATE, "maximum": HIGHEST_RATE}
NAMED_SCHEMA = {"type": "array", "items": RATE_SCHEMA, "uniqueItems": True}
WARMUP_SCHEMA = {"anyOf": [_FRACTION.json_schema(), WarmupEpochs.model_json_schema(), WarmupSteps.model_json_schema()]}
RATES_SCHEMA = {
    "anyOf": [
        LrRange.model_json_schema() | {"required": []},
        {"type": "array", "items": RATE_SCHEMA, "minItems": 1, "uniqueItems": True},
        {"const": AUTO},
    ]
}


def parse_warmup(value: object) -> Warmup:
    """Parse a warm-up: a fraction of the run, {epochs: x} or {steps: n}."""
    match value:
        case WarmupEpochs() | WarmupSteps():
            return value
        case {"epochs": _, "steps": _}:
            raise wrong("give epochs or steps, not both")
        case Mapping() if "epochs" in value:
            return WarmupEpochs.model_validate(value)
        case Mapping() if "steps" in value:
            return WarmupSteps.model_validate(value)
        case int() | float() if not isinstance(value, bool) and value >= 1:
            raise wrong(f"must be a fraction of the run in [0, 1), {{epochs: x}} or {{steps: n}}, got {show(value)}")
        case int() | float():
            return _FRACTION.validate_python(value)
    raise wrong(f"expected a fraction of the run, {{epochs: x}} or {{steps: n}}, got {show(value)}")


def rate_problem(rate: float) -> str | None:
    """Explain why a number is not allowed as a learning rate to search; None if the rate is allowed."""
    if LOWEST_RATE <= rate <= HIGHEST_RATE:
        return None
    return (
        f"must be in [{LOWEST_RATE:g}, {HIGHEST_RATE:g}], got {show(rate)}; any other rate is too small or too "
        "large for float32 weights"
    )


def parse_rate(value: object) -> float:
    """Parse a single learning rate, and check that it can be searched."""
    rate = parse_number(_RATE, value)
    if problem := rate_problem(rate):
        raise wrong(problem)
    return rate


def parse_named(value: object) -> tuple[float, ...]:
    """Parse the rates that a user names: a list, a single rate, or text such as `0.03,0.05`."""
    if isinstance(value, str):
        value = [_as_number(part) for part in value.split(",")]
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        value = [value]
    if not isinstance(value, (list, tuple)):
        raise wrong(f"expected a list of rates, such as [0.03, 0.05], got {show(value)}")
    return _parse_list(value, "search.named")


def _as_number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def _parse_list(values: Sequence[object], key: str = "search.lr") -> tuple[float, ...]:
    rates: dict[float, int] = {}  # each rate with its first index
    problems: dict[KeyPath, str] = {}
    for i, value in enumerate(values):
        try:
            rate = parse_rate(value)
        except PydanticCustomError as error:
            problems[i,] = error.message()
        else:
            first = rates.setdefault(rate, i)
            if first < i:
                problems[i,] = f"{show(rate)} repeats {key}[{first}]"
    if problems:
        raise wrong_at(problems)
    return tuple(rates)


def parse_rates(value: object) -> Rates | Literal["auto"]:
    """Parse a range of learning rates, a list of rates, or `auto`."""
    match value:
        case "auto":
            return AUTO
        case LrRange():
            return value
        case Mapping():
            return LrRange.model_validate(value)
        case list() | tuple() if value:
            return _parse_list(value)
    raise wrong(f"expected a range {{low: 1e-4, high: 1}}, a list of rates or auto, got {show(value)}")


_METRIC_NAME = rf"\w[\w{MARKS}./ -]{{0,63}}"
_METRIC_RULE = "a metric's name has 1 to 64 letters of any alphabet, digits, '_', '.', '/', '-' and spaces"
METRIC_SCHEMA = {
    "anyOf": [
        {"enum": list(METRICS)},
        {
            "type": "object",
            "properties": {
                "name": {"type": "string", "minLength": 1, "maxLength": 64},
                "goal": {"enum": ["max", "min"]},
                "scale": {"enum": ["share", "real"]},
            },
            "required": ["name"],
            "additionalProperties": False,
        },
    ]
}


def parse_metric(value: object) -> Choice:
    """Parse a metric of a plugin, with its options; or else any other metric."""
    values = {"name": value} if isinstance(value, str) else value
    if isinstance(value, Choice):
        values = {"name": value.name, **value.options}
    if isinstance(values, Mapping) and (entry := _plugged(values)) is not None:
        options = {key: of for key, of in values.items() if key != "name"}
        return Choice(entry.name, parse_options("metric", entry, options))
    return _parse_other_metric(values)


def _parse_other_metric(value: object) -> Choice:
    """Parse a metric: the name of a built-in metric, or {name: x, goal: min} for another metric of the training.

    With `scale`, the name always means a reported metric, even if a built-in metric has the same name, such as
    val_loss.
    """
    if not isinstance(value, Mapping) or "name" not in value or value.keys() - {"name", "goal", "scale"}:
        raise wrong(f"expected {', '.join(METRICS)}, or {{name: x, goal: min}}, got {show(value)}")
    name, goal = parse_text(_METRIC_NAME, _METRIC_RULE, value["name"]), value.get("goal")
    scale = value.get("scale")
    if goal not in {None, "max", "min"}:
        raise wrong_at({("goal",): f"expected max or min, got {show(goal)}"})
    if scale not in {None, "share", "real"}:
        raise wrong_at({("scale",): f"expected share or real, got {show(scale)}"})
    if scale is not None and goal is None:
        raise wrong("scale needs a goal too: {name: x, goal: min, scale: real}")
    if scale is not None:
        return Choice(name, {"goal": goal, "scale": scale})
    if name not in METRICS and goal is None:
        near = suggestion(name, METRICS)
        raise wrong(
            f"unknown metric {quote(name)}{f'{near} Choose' if near else '; choose'} {one_of(list(METRICS))}; for "
            f"any other metric that your training reports, write {{name: {name}, goal: min}} or goal: max"
        )
    if name in METRICS and goal not in {None, METRICS[name].goal}:
        raise wrong_at({("goal",): f"{name} has the goal {METRICS[name].goal}; remove goal"})
    return Choice(name, {} if name in METRICS else {"goal": goal})


def _plugged(value: Mapping[str, object]) -> Metric | None:
    """Return the metric of a plugin that a value names; None for any other metric."""
    name = value.get("name")
    entry = METRICS.get(name) if isinstance(name, str) and "scale" not in value else None
    return entry if entry is not None and entry.plugin else None


class Arms(Mapping[str, Mapping[str, object]]):
    """The overrides of each arm, by its name: ordered mappings of dotted keys to values. Read-only and hashable."""

    def __init__(self, arms: Mapping[str, Mapping[str, object]] | None = None) -> None:
        """Copy the arms. Lists become tuples, mappings become read-only."""
        self._arms = {name: _frozen_mapping(overrides) for name, overrides in (arms or {}).items()}

    def __getitem__(self, name: str) -> Mapping[str, object]:
        return self._arms[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._arms)

    def __len__(self) -> int:
        return len(self._arms)

    def __hash__(self) -> int:
        return hash(tuple((name, tuple(overrides)) for name, overrides in self._arms.items()))

    def __repr__(self) -> str:
        return f"Arms({plain(self)!r})"

    def __reduce__(self) -> tuple[type[Arms], tuple[object]]:
        return Arms, (plain(self),)  # a mapping proxy cannot be pickled


def _frozen_mapping(values: Mapping[str, object]) -> Mapping[str, object]:
    return MappingProxyType({key: _frozen(value) for key, value in values.items()})


def _frozen(value: object) -> object:
    match value:
        case Mapping():
            return _frozen_mapping(value)
        case list() | tuple():
            return tuple(map(_frozen, value))
    return value


def plain(value: object) -> object:
    """Copy a value, with lists in place of tuples and dicts in place of other mappings."""
    match value:
        case Mapping():
            return {key: plain(inner) for key, inner in value.items()}
        case tuple() | list():
            return [plain(item) for item in value]
    return value


def parse_arms(value: object) -> Arms:
    """Make arms from a mapping of names to overrides. `lrsearch.spec.arms` checks the overrides."""
    if value is None:
        return Arms()
    if isinstance(value, Mapping) and all(isinstance(overrides, Mapping) for overrides in value.values()):
        return value if isinstance(value, Arms) else Arms(value)
    raise wrong(f"expected a mapping of names to overrides, got {show(value)}")
