"""Checks single values of a spec (numbers, texts, lists), with a plain message for each mistake."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import PurePath
from typing import Annotated, Any, TypeGuard

from pydantic import (
    BeforeValidator,
    PlainValidator,
    TypeAdapter,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    WrapValidator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from lrsearch.catalog import Option
from lrsearch.spec.sections.wording import KeyPath, show, suggestion


def is_key(value: object) -> TypeGuard[str]:
    """Whether a value can be a key of a mapping: text without lone surrogates, which UTF-8 cannot encode."""
    return isinstance(value, str) and not any(0xD800 <= ord(char) < 0xE000 for char in value)


def wrong(message: str) -> PydanticCustomError:
    """Make the error that a validator raises for a wrong value."""
    return PydanticCustomError("lrsearch", "{message}", {"message": message})


def wrong_at(problems: Mapping[KeyPath, str]) -> ValidationError:
    """Make the error that a validator raises about parts of a value. Each part has a path inside the value."""
    lines = [InitErrorDetails(type=wrong(message), loc=path, input=None) for path, message in problems.items()]
    return ValidationError.from_exception_data("spec", lines)


def interval(option: Option) -> str:
    """Describe the allowed values in words: "of at least 1", "above 0", "in [0, 1)"; "" if there are no bounds.

    An upper bound with a reason (`why_high`) is left out, because such a bound is so high that it rarely matters.
    `_refuse_excess` names the bound.
    """
    if option.low is not None and option.high is not None and not option.why_high:
        left, right = "(" if option.above_low else "[", ")" if option.below_high else "]"
        return f"in {left}{show(option.low)}, {show(option.high)}{right}"
    if option.low is not None:
        return f"above {show(option.low)}" if option.above_low else f"of at least {show(option.low)}"
    if option.high is not None and not option.why_high:
        return f"below {show(option.high)}" if option.below_high else f"of at most {show(option.high)}"
    return ""


def _is_within(option: Option, value: float) -> bool:
    above = option.low is None or value > option.low or (value == option.low and not option.above_low)
    below = option.high is None or value < option.high or (value == option.high and not option.below_high)
    return above and below


def _refuse_excess(option: Option, value: float) -> None:
    """Raise an error if a number exceeds an upper bound with a reason (`why_high`). The message gives the reason."""
    if option.why_high and option.high is not None and value > option.high:
        most = f"{option.high:,}".removesuffix(".0")
        raise wrong(f"must be at most {most}, got {show(value)}: {option.why_high}")


def parse_flag(value: object) -> bool:
    """Check that a value is true or false. 1, 0 and text are refused."""
    if isinstance(value, bool):
        return value
    raise wrong(f"must be true or false, got {show(value)}")


def parse_whole(option: Option, word: str | None, value: object) -> int | str:
    """Check that a value is a whole number within the option's bounds, or the word that the option allows instead."""
    if word is not None and value == word:
        return word
    if isinstance(value, int) and not isinstance(value, bool):
        _refuse_excess(option, value)
        if _is_within(option, value):
            return int(value)
    wanted = f"a whole number {interval(option)}".strip()
    got = repr(value) if isinstance(value, float) else show(value)  # show() would write 20.0 as 20
    raise wrong(f"must be {f'{word} or {wanted}' if word else wanted}, got {got}")


def parse_number(option: Option, value: object) -> float:
    """Check that a value is a finite number within the option's bounds, and return it as a float."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise wrong(f"expected a number, got {show(value)}")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise wrong(f"must be a finite number, got {show(value)}")
    _refuse_excess(option, number)
    if not _is_within(option, number):
        raise wrong(f"must be {interval(option).removeprefix('of ')}, got {show(value)}")
    return number


def parse_text(pattern: str, wanted: str, value: object) -> str:
    """Check that a value is text on one line and that all of it matches the pattern."""
    if isinstance(value, PurePath):
        value = str(value)
    if not isinstance(value, str):
        quotes = "; put the value in quotes" if isinstance(value, bool | int | float) else ""
        raise wrong(f"expected text, got {show(value)}{quotes}")
    if not value or any(unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} for char in value):
        raise wrong("must be text on one line, with at least one character")
    if not re.fullmatch(pattern, value):
        raise wrong(f"{wanted}; got {show(value)}")
    return value


def _parse_option_text(value: object) -> str:
    """Check that a value is text on one line, which may be empty."""
    return "" if value == "" else parse_text(".*", "", value)


_ITEMS: dict[str, str] = {"wholes": "whole", "numbers": "number", "flags": "flag", "words": "word", "texts": "text"}
"""The kind of the items of a list."""
_ITEM_WORDS = {"wholes": "whole numbers", "flags": "values true or false", "texts": "texts"}


def _parse_items(option: Option, value: object) -> tuple[object, ...]:
    kind = _ITEM_WORDS.get(option.kind, option.kind)
    wanted = f"a list of {option.length} {kind}" if option.length else f"a list of {kind}"
    if not isinstance(value, list | tuple) or (not value and option.default != ()):
        raise wrong(f"expected {wanted}, got {show(value)}")
    if option.length and len(value) != option.length:
        raise wrong(f"expected {wanted}, got a list of {len(value)}")
    return tuple(value)


def _parse_word(option: Option, value: object) -> str:
    if isinstance(value, str) and value in option.words:
        return value
    *others, last = option.words
    wanted = f"{', '.join(others)} or {last}" if others else last
    raise wrong(f"expected {wanted}; got {show(value)}{suggestion(value, option.words)}")


def _schema(option: Option) -> dict[str, object]:
    if option.kind in {"word", "words"}:
        return {"enum": list(option.words)}
    if option.kind in {"text", "texts"}:
        return {"type": "string"}
    bounds = {
        "exclusiveMinimum" if option.above_low else "minimum": option.low,
        "exclusiveMaximum" if option.below_high else "maximum": option.high,
    }
    kinds = {"flag": "boolean", "flags": "boolean", "whole": "integer", "wholes": "integer"}
    kind = kinds.get(option.kind, "number")
    return {"type": kind} | {key: bound for key, bound in bounds.items() if bound is not None}


def validator(parse: Callable[[Any], object], schema: Mapping[str, object]) -> PlainValidator:
    """Make the annotation of a field from its JSON schema and a function that checks and converts its values."""
    return PlainValidator(parse, json_schema_input_type=Annotated[Any, WithJsonSchema(dict(schema))])


def option_type(option: Option) -> Any:  # noqa: ANN401  # an annotation made at run time has no type to name
    """Make the annotation of a field for the values of this option."""
    if option.default is not None:
        return _plain_type(option)
    schema = {"anyOf": [TypeAdapter(_plain_type(option)).json_schema(), {"type": "null"}]}
    return Annotated[_plain_type(option), WrapValidator(_or_null), WithJsonSchema(schema)]


def _or_null(value: object, validate: ValidatorFunctionWrapHandler) -> object:
    return None if value is None else validate(value)


def _plain_type(option: Option) -> Any:  # noqa: ANN401  # see option_type
    schema = _schema(option)
    match option.kind:
        case "word":
            return Annotated[str, validator(partial(_parse_word, option), schema)]
        case "text":
            return Annotated[str, validator(_parse_option_text, schema)]
        case "flag":
            return Annotated[bool, validator(parse_flag, schema)]
        case "whole":
            return Annotated[int, validator(partial(parse_whole, option, None), schema)]
        case "number":
            return Annotated[float, validator(partial(parse_number, option), schema)]
        case _:
            item: Any = _plain_type(replace(option, kind=_ITEMS[option.kind]))  # type: ignore[arg-type]  # a kind again
            array: dict[str, Any] = {"type": "array", "items": schema}
            array |= {} if option.default == () else {"minItems": option.length or 1}
            array |= {"maxItems": option.length} if option.length else {}
            items = tuple.__class_getitem__((item, ...))
            return Annotated[items, BeforeValidator(partial(_parse_items, option)), WithJsonSchema(array)]


def flag() -> PlainValidator:
    """Make the annotation of a field that is true or false."""
    return validator(parse_flag, {"type": "boolean"})


def word(*words: str) -> PlainValidator:
    """Make the annotation of a field that is one of some words."""
    option = Option("word", None, "", words=words)
    return validator(partial(_parse_word, option), {"enum": list(words)})


def whole(
    low: int | None = None, high: int | None = None, *, word: str | None = None, why_high: str = ""
) -> PlainValidator:
    """Make the annotation of a field that is a whole number in [low, high], or one allowed word.

    Args:
        low: Lower bound; None for no bound.
        high: Upper bound; None for no bound.
        word: The word that is allowed instead of a number.
        why_high: The reason for the upper bound.
    """
    option = Option("whole", 0, "", low, high, why_high=why_high)
    schema = _schema(option)
    return validator(
        partial(parse_whole, option, word), {"anyOf": [{"const": word}, schema]} if word is not None else schema
    )


def number(
    low: float | None = None,
    high: float | None = None,
    *,
    above_low: bool = False,
    below_high: bool = False,
    why_high: str = "",
) -> PlainValidator:
    """Make the annotation of a field that is a finite number within bounds; `why_high` explains the upper bound."""
    option = Option("number", 0.0, "", low, high, above_low, below_high, why_high=why_high)
    return validator(partial(parse_number, option), _schema(option))


def text(pattern: str = ".*", wanted: str = "") -> PlainValidator:
    """Make the annotation of a field that is text.

    Args:
        pattern: Regular expression that the whole text has to match.
        wanted: The pattern in words, for the message.
    """
    return validator(partial(parse_text, pattern, wanted), {"type": "string", "pattern": f"^{pattern}$"})
