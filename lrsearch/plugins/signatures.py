"""Reads the options of a plugin's function from its signature: names, annotations, defaults, and its docstring."""

from __future__ import annotations

import inspect
import math
import re
import types
import typing
from collections.abc import Callable, Sequence
from inspect import Parameter
from typing import Any, Literal, TypeAlias, Union, get_args, get_origin

from lrsearch.catalog import Option
from lrsearch.errors import UsageError

_SINGLE: dict[Any, Any] = {int: "whole", float: "number", bool: "flag", str: "text"}
_PLURAL: dict[Any, Any] = {"whole": "wholes", "number": "numbers", "flag": "flags", "text": "texts", "word": "words"}
_ALLOWED = "int, float, bool, str, a Literal of words, or a list of one of these"
_RESERVED = ("name", "goal", "scale")
_ARGUMENT = re.compile(r"\s+(\w+)(?: \([^)]*\))?: (.+)")

_Function: TypeAlias = Callable[..., Any]


def read_options(kind: str, function: _Function, first: Sequence[str]) -> dict[str, Option]:
    """Read the options of a function: every argument behind the first ones.

    Args:
        kind: What the function makes, such as model.
        function: The function of a plugin.
        first: What the first arguments receive, such as shape and classes. They have no defaults.

    Returns:
        The options by name, with the defaults of the function.

    Raises:
        UsageError: The first arguments are missing, or a further argument cannot become a key of a spec.
    """
    name = f"{kind} '{function.__name__}'"
    parameters = list(inspect.signature(function).parameters.values())
    bare = [each for each in parameters if each.default is Parameter.empty and each.kind not in _VARIADIC]
    for each in parameters:
        if each.kind in _VARIADIC:
            stars = "*" if each.kind is Parameter.VAR_POSITIONAL else "**"
            raise UsageError(f"{name}: {stars}{each.name} cannot become keys of a spec; name each argument")
    if len(bare) < len(first) or any(each.kind is Parameter.KEYWORD_ONLY for each in bare[: len(first)]):
        wanted = f"({', '.join(first)}, *, ...)"
        advice = "; write a function with them that returns one" if inspect.isclass(function) else ""
        raise UsageError(f"{name}: the first arguments must be {wanted}, got {inspect.signature(function)}{advice}")
    if len(bare) > len(first):
        raise UsageError(
            f"{name}: the argument '{bare[len(first)].name}' has no default; give it one, so that a spec can leave it "
            "out"
        )
    hints = _hints(name, function)
    about = _descriptions(function)
    options = [each for each in parameters if each not in bare]
    for each in options:
        if each.name in _RESERVED:
            raise UsageError(f"{name}: rename the argument '{each.name}', because a spec uses this name itself")
    found = {}
    for each in options:
        where = f"{name}: the argument '{each.name}'"
        found[each.name] = _option(where, hints.get(each.name), each.default, about.get(each.name, ""))
    return found


_VARIADIC = (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)


def first_line(function: _Function, otherwise: str) -> str:
    """Return the first line of a function's docstring, without its full stop; `otherwise` if there is none."""
    text = (inspect.getdoc(function) or "").split("\n", 1)[0].strip()
    return text.removesuffix(".") or otherwise


def _hints(name: str, function: _Function) -> dict[str, Any]:
    try:
        return typing.get_type_hints(function)
    except (NameError, TypeError) as error:
        raise UsageError(f"{name}: an annotation cannot be read ({error})") from None


def _option(where: str, hint: object, default: object, about: str) -> Option:
    if hint is None:
        if default is None or (isinstance(default, list | tuple) and not default):
            raise UsageError(f"{where} needs an annotation: {_ALLOWED}")
        hint = list[_guess(where, default[0])] if isinstance(default, list | tuple) else _guess(where, default)  # type: ignore[misc]  # made at run time
    if get_origin(hint) in {Union, types.UnionType}:
        inner = [each for each in get_args(hint) if each is not type(None)]
        if len(inner) != 1 or len(inner) == len(get_args(hint)):
            raise UsageError(f"{where} has the annotation {_text(hint)}; allowed are {_ALLOWED}")
        hint = inner[0]
    elif default is None:
        raise UsageError(f"{where} has the default None; annotate it with `| None`")
    kind, words = _kind(where, hint)
    if default is not None:
        default = _checked(where, kind, words, default)
    return Option(kind, default, about or "an option of the plugin", words=words)


def _guess(where: str, default: object) -> type:
    if type(default) not in _SINGLE:
        raise UsageError(f"{where} has a default of type {type(default).__name__}; allowed are {_ALLOWED}")
    return type(default)


def _kind(where: str, hint: object) -> tuple[Any, tuple[str, ...]]:
    """Return the kind of an option and its words."""
    if get_origin(hint) in {list, tuple, Sequence}:
        items = [each for each in get_args(hint) if each is not Ellipsis]
        if len(set(items)) == 1:
            kind, words = _kind(where, items[0])
            if kind in _PLURAL:
                return _PLURAL[kind], words
    elif get_origin(hint) is Literal and all(isinstance(word, str) for word in get_args(hint)):
        return "word", get_args(hint)
    elif hint in _SINGLE:
        return _SINGLE[hint], ()
    raise UsageError(f"{where} has the annotation {_text(hint)}; allowed are {_ALLOWED}")


def _checked(where: str, kind: str, words: tuple[str, ...], default: object) -> object:
    """Return a default as a spec stores it: whole numbers as floats where a float is meant, lists as tuples."""
    if kind in _PLURAL.values():
        if not isinstance(default, list | tuple):
            raise UsageError(f"{where} has the default {default!r}, which is no list")
        single = next(one for one, many in _PLURAL.items() if many == kind)
        return tuple(_checked(where, single, words, item) for item in default)
    is_right = {
        "whole": isinstance(default, int) and not isinstance(default, bool),
        "number": isinstance(default, int | float) and not isinstance(default, bool) and math.isfinite(default),
        "flag": isinstance(default, bool),
        "text": isinstance(default, str),
        "word": default in words,
    }[kind]
    if not is_right:
        raise UsageError(f"{where} has the default {default!r}, which does not fit its annotation")
    return float(default) if kind == "number" and isinstance(default, int) else default


def _text(hint: object) -> str:
    return hint.__name__ if isinstance(hint, type) else str(hint).replace("typing.", "")


def _descriptions(function: _Function) -> dict[str, str]:
    """Read the descriptions of arguments from a docstring in the style of Google: `name: text` under `Args:`."""
    _, _, part = (inspect.getdoc(function) or "").partition("Args:\n")
    found: dict[str, str] = {}
    last = ""
    for line in part.splitlines():
        if not line.startswith(" "):
            break
        if match := _ARGUMENT.fullmatch(line):
            last = match.group(1)
            found[last] = match.group(2).strip()
        elif last:
            found[last] += f" {line.strip()}"
    return {name: text.removesuffix(".") for name, text in found.items()}
