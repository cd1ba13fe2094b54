"""The usual range of an optimizer: what fills in the ends that `search.lr` leaves out."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from lrsearch.catalog import usual_range
from lrsearch.spec.sections.choices import Choice, parse_choice
from lrsearch.spec.sections.forms import HIGHEST_RATE, LOWEST_RATE
from lrsearch.wording import rounded


def usual_ends(optimizer: Choice) -> tuple[float, float]:
    """The usual range of an optimizer's rates, as (low, high), both > 0."""
    momentum = optimizer.options.get("momentum")
    low, high = usual_range(optimizer.name, momentum if isinstance(momentum, float) else 0.0)
    # 12 digits: 30 * (1 - 0.9) is a hair less than 3.
    return rounded(low, 12), rounded(high, 12)


def fill_range(values: object, default: Choice) -> object:
    """The values of a spec, with an end that their range leaves out taken from the optimizer's usual range.

    Args:
        values: Of a whole spec, not checked yet.
        default: The optimizer of a spec that names none.

    Returns:
        The values. They are unchanged if they hold no range, or if the usual end does not fit the given one; the
        missing end is then reported as missing.
    """
    match values:
        case {"search": {"lr": Mapping() as lr, **search}, **others} if not {"low", "high"} <= lr.keys():
            train = others.get("train")
            low, high = _ends(train.get("optimizer", default) if isinstance(train, Mapping) else default, default)
            filled: dict[str, Any] = {"low": low, "high": high, **lr}
            with suppress(TypeError):  # an end that is not a number is reported by its own check
                if filled["low"] >= filled["high"]:
                    return values
            return {**others, "search": {**search, "lr": filled}}
    return values


def _ends(optimizer: object, default: Choice) -> tuple[float, float]:
    try:
        return usual_ends(parse_choice("optimizer", default, optimizer))
    except (ValidationError, PydanticCustomError):
        # The check of the optimizer reports it. Any end will do here that fits every other end.
        return LOWEST_RATE, HIGHEST_RATE
