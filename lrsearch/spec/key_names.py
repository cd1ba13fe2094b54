"""The dotted names of all keys, and the one that a person may have meant."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel

from lrsearch.spec.sections import (
    CHOICES,
    TABLES,
    EarlyStopping,
    KeyPath,
    LrRange,
    Spec,
    WarmupEpochs,
    WarmupSteps,
    dotted,
    suggestion,
)
from lrsearch.wording import closest

NESTED: dict[KeyPath, tuple[type[BaseModel], ...]] = {
    ("search", "lr"): (LrRange,),
    ("train", "early_stopping"): (EarlyStopping,),
    ("train", "warmup"): (WarmupEpochs, WarmupSteps),
}
"""Mappings inside a section, and the models of their keys."""

_SYNONYMS = {"learning_rate": "lr"}
"""What other programs call a key of ours."""


def describe_keys() -> dict[str, str]:
    """Every key of a spec, dotted, with the line that describes it; sections, arms and options are left out.

    Example:
        >>> [key for key in describe_keys() if key.startswith("search.lr")]
        ['search.lr', 'search.lr.low', 'search.lr.high', 'search.lr.scale']
    """
    return {key: about for key, about in _describe(Spec, ()) if key != "arms"}


def _describe(model: type[BaseModel], above: KeyPath) -> Iterator[tuple[str, str]]:
    for name, field in model.model_fields.items():
        path = (*above, name)
        section = field.annotation
        if isinstance(section, type) and issubclass(section, BaseModel):
            yield from _describe(section, path)
            continue
        yield dotted(path), field.description or ""
        for inner in NESTED.get(path, ()):
            yield from _describe(inner, path)


def _option_keys() -> Iterator[str]:
    """The options of everything that a spec can name, each beneath the key that names it."""
    for path, kind in CHOICES.items():
        options = dict.fromkeys(option for entry in TABLES[kind].values() for option in entry.options)
        yield from (f"{dotted(path)}.{option}" for option in options)


def suggest_key(key: object, siblings: list[str]) -> str:
    """`; did you mean 'train.epochs'?` for a key that is unknown where it stands, or nothing.

    Args:
        key: The last part of what was written.
        siblings: The keys that its mapping takes.

    Returns:
        A key of that name in another section comes first, then a similar one of the same mapping, then a similar one
        of another section.

    Example:
        >>> suggest_key("optimizer", ["seed", "train"]), suggest_key("eopchs", ["seed", "train"])
        ("; did you mean 'train.optimizer'?", "; did you mean 'train.epochs'?")
    """
    if not isinstance(key, str):
        return ""
    word = key.lower().replace("-", "_")
    word = _SYNONYMS.get(word, word)
    keys = list(describe_keys())
    full = _of_name(word, keys) or _of_name(word, list(_option_keys()))
    if full:
        return f"; did you mean {' or '.join(map(repr, full))}?"
    if near := suggestion(key, siblings):
        return near
    leaves = [dotted_key.rpartition(".")[2] for dotted_key in keys]
    meant = closest(word[:60], leaves)
    return "" if meant is None else f"; did you mean {' or '.join(map(repr, _of_name(meant, keys)))}?"


def _of_name(word: str, keys: list[str]) -> list[str]:
    """The keys whose last part is a word: those with the fewest parts."""
    named = [key for key in keys if key.rpartition(".")[2] == word]
    fewest = min((key.count(".") for key in named), default=0)
    return [key for key in named if key.count(".") == fewest]
