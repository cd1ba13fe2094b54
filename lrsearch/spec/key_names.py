"""Lists the dotted names of all keys, and suggests a key for a misspelt one."""

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
    SplitFile,
    WarmupEpochs,
    WarmupSteps,
    dotted,
    suggestion,
)
from lrsearch.wording import closest

NESTED: dict[KeyPath, tuple[type[BaseModel], ...]] = {
    ("search", "lr"): (LrRange,),
    ("data", "split"): (SplitFile,),
    ("train", "early_stopping"): (EarlyStopping,),
    ("train", "warmup"): (WarmupEpochs, WarmupSteps),
}
"""Keys of a section whose value can be a mapping, and the pydantic models of that mapping."""

_SYNONYMS = {"learning_rate": "lr"}
"""The keys of a spec by the names that other programs use for them."""


def describe_keys() -> dict[str, str]:
    """Return the description of every key of a spec, by dotted path. Sections, arms and options are left out.

    Example:
        >>> [key for key in describe_keys() if key.startswith("search.lr")]
        ['search.lr', 'search.lr.low', 'search.lr.high', 'search.lr.scale']
    """
    return {key: about for key, about in _describe(Spec, ()) if key not in {"arms", "placeholders"}}


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
    """Yield the dotted path of every option of every catalog entry, such as `train.optimizer.momentum`."""
    for path, kind in CHOICES.items():
        options = dict.fromkeys(option for entry in TABLES[kind].values() for option in entry.options)
        yield from (f"{dotted(path)}.{option}" for option in options)


def suggest_key(key: object, siblings: list[str]) -> str:
    """Suggest the right key for an unknown one, as `; did you mean 'train.epochs'?`.

    Args:
        key: The last part of the unknown path.
        siblings: The keys that are allowed in the same mapping.

    Returns:
        The suggestion; "" if no key is similar. A key with exactly this name in a different section is preferred, then
        a similar key of the same mapping, then a similar key of a different section.

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
    """Return the keys whose last part is `word`; of several such keys, only those with the fewest parts."""
    named = [key for key in keys if key.rpartition(".")[2] == word]
    fewest = min((key.count(".") for key in named), default=0)
    return [key for key in named if key.count(".") == fewest]
