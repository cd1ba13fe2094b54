"""Fills in the ends that `search.lr` leaves out, from the optimizer's usual range."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from lrsearch.catalog import OPTIMIZERS, usual_range
from lrsearch.spec.sections.choices import Choice, parse_choice
from lrsearch.spec.sections.rates import HIGHEST_RATE, LOWEST_RATE
from lrsearch.wording import rounded


def usual_ends(optimizer: Choice) -> tuple[float, float]:
    """Return the usual range of an optimizer's learning rates as (low, high), both > 0."""
    momentum = optimizer.options.get("momentum")
    is_built_in = not OPTIMIZERS[optimizer.name].plugin
    low, high = usual_range(optimizer.name, momentum if is_built_in and isinstance(momentum, float) else 0.0)
    # Round to 12 digits: in floating point, 30 * (1 - 0.9) is slightly less than 3.
    return rounded(low, 12), rounded(high, 12)


def fill_range(values: object, default: Choice) -> object:
    """Fill in a missing end of the range in a spec's values, from the optimizer's usual range.

    Args:
        values: Values of a whole spec, not checked yet.
        default: The optimizer if the spec names none.

    Returns:
        The values. The values are unchanged if they contain no range, or if the usual end does not fit the end in the
        spec. In the second case, pydantic reports the missing end.
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
        # The optimizer is wrong, and its own check reports it. Use ends that fit any other end.
        return LOWEST_RATE, HIGHEST_RATE
