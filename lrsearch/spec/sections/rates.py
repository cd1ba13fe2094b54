"""The learning rates of a search: a range, a list or `auto`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from lrsearch.catalog import Option
from lrsearch.spec.sections.choices import Section
from lrsearch.spec.sections.values import number, parse_number, wrong, wrong_at
from lrsearch.spec.sections.wording import KeyPath, show


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


Rates: TypeAlias = LrRange | tuple[float, ...]
AUTO: Literal["auto"] = "auto"
"""The value of `search.lr` that lets a range test find the range before the search."""
LOWEST_RATE, HIGHEST_RATE = 1e-30, 1e30
"""The smallest and largest rate to search. In float32, a larger rate overflows and a smaller rate changes no weight."""
_RATE = Option("number", 0.0, "a rate", low=0.0, above_low=True)

RATE_SCHEMA = {"type": "number", "minimum": LOWEST_RATE, "maximum": HIGHEST_RATE}
NAMED_SCHEMA = {"type": "array", "items": RATE_SCHEMA, "uniqueItems": True}
RATES_SCHEMA = {
    "anyOf": [
        LrRange.model_json_schema() | {"required": []},
        {"type": "array", "items": RATE_SCHEMA, "minItems": 1, "uniqueItems": True},
        {"const": AUTO},
    ]
}


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
