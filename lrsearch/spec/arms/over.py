"""`--over KEY=V1,V2`: makes an arm for each combination of values.

If the spec has arms, each arm is combined with each combination of values.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from lrsearch.errors import Problem, SpecError
from lrsearch.spec.arms.named import MOST_ARMS, OVER, by_arm, key_problem
from lrsearch.spec.old_keys import current_path
from lrsearch.spec.reading import Document, Place, parse_value
from lrsearch.spec.sections import quote, show

_MAX_NAME = 64  # characters of a name


@dataclass(frozen=True, slots=True)
class Dimension:
    """One key, and the values to compare.

    Attributes:
        key: Dotted path, as for `--set`.
        values: At least one value; all values are different.
    """

    key: str
    values: tuple[object, ...]


def parse_over(text: str) -> Dimension:
    """Parse KEY=V1,V2 into a key and its values. Values are YAML; commas inside brackets do not separate values.

    Raises:
        SpecError: KEY= or the values are missing, arms cannot override the key, a value occurs twice, or the values are
            not YAML.

    Example:
        >>> parse_over("train.optimizer={name: sgd, momentum: 0.9}, adam").values
        ({'name': 'sgd', 'momentum': 0.9}, 'adam')
    """
    key, equals, listed = text.partition("=")
    key = ".".join(map(str, current_path(tuple(part.strip() for part in key.split(".")))))
    if not equals or not all(key.split(".")) or not listed.strip():
        raise _wrong(f"expected KEY=VALUE,VALUE, got {quote(text)}")
    if problem := key_problem(key):
        raise _wrong(problem)
    try:
        values = parse_value(f"[{listed}]", OVER)
    except SpecError as error:
        raise SpecError([replace(problem, path=key) for problem in error.problems]) from None
    if not isinstance(values, list) or not values:
        raise _wrong(f"expected KEY=VALUE,VALUE, got {quote(text)}")
    for place, value in enumerate(values):
        if any(_is_same(value, before) for before in values[:place]):
            raise _wrong(f"{key}: {_shown(value)} is given twice")
    return Dimension(key, tuple(values))


def _is_same(one: object, other: object) -> bool:
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def _shown(value: object) -> str:
    return quote(value) if isinstance(value, str) else show(value)


def _wrong(message: str) -> SpecError:
    return SpecError([Problem(OVER, 0, 0, "", message)])


def with_product(document: Document, dimensions: Sequence[Dimension]) -> Document:
    """Return a document with an arm for each combination of values.

    If the document has arms already, each arm is combined with each combination of values.

    Args:
        document: The plain values with their lines and columns.
        dimensions: Keys and values to combine. If empty, the document is returned unchanged.

    Raises:
        SpecError: There are too many arms, or a key occurs twice.
    """
    keys = [dimension.key for dimension in dimensions]
    if twice := sorted({key for key in keys if keys.count(key) > 1}):
        raise SpecError(
            [
                Problem(OVER, 0, 0, "", f"{key} is given twice; list all values of this key in one --over")
                for key in twice
            ]
        )
    in_spec = document.values.get("arms") or {"": {}}
    if not dimensions or not isinstance(in_spec, Mapping):
        return document  # read_arms reports what is wrong with the arms
    n_arms = len(in_spec)
    for dimension in dimensions:
        n_arms *= len(dimension.values)
    if n_arms > MOST_ARMS:
        raise _wrong(f"{n_arms:,} arms are too many; {MOST_ARMS:,} at most")
    arms: dict[str, object] = {}
    places = {path: place for path, place in document.places.items() if path[:1] != ("arms",)}
    places_of_keys = {path: place for path, place in document.keys.items() if path[:1] != ("arms",)}
    places["arms",] = Place(OVER)
    places_in_spec, keys_in_spec = by_arm(document.places), by_arm(document.keys)
    for name, overrides in in_spec.items():
        combinations = [()] if _is_wrong(name, overrides) else itertools.product(*(each.values for each in dimensions))
        for values in combinations:
            given = dict(zip(keys, values, strict=False))
            given_paths = [(key,) for key in given]
            parts = [part_name(key, value) for key, value in given.items()]
            arm = _unused("_".join(filter(None, [name, *parts])), arms)
            arms[arm] = {**overrides, **given} if given else overrides
            for target, source in ((places, places_in_spec), (places_of_keys, keys_in_spec)):
                target["arms", arm] = Place(OVER)
                not_given = [
                    (path, place) for path, place in source.get(name, {}).items() if path[:1] not in given_paths
                ]
                target |= {("arms", arm, *path): place for path, place in not_given}
                target |= {("arms", arm, key): Place(OVER) for key in given}
    return replace(document, values={**document.values, "arms": arms}, places=places, keys=places_of_keys)


def _is_wrong(name: str, overrides: object) -> bool:
    """Whether an arm of the spec has no usable overrides; `read_arms` reports this mistake."""
    return not isinstance(overrides, Mapping) or (bool(name) and not overrides)


def part_name(key: str, value: object) -> str:
    """Make the part of an arm's name that stands for a value.

    Example:
        >>> part_name("train.optimizer.name", "adam"), part_name("model.width", 0.5), part_name("model.hidden", [64, 8])
        ('adam', 'width-0.5', 'hidden-64-8')
        >>> part_name("train.optimizer", {"name": "sgd", "momentum": 0.9})
        'sgd-momentum-0.9'
    """
    words = list(_words(value)) if isinstance(value, str | Mapping) else [key.rpartition(".")[2], *_words(value)]
    return re.sub(r"[^A-Za-z0-9._-]+", "-", "-".join(words)).strip(".-") or "arm"


def _words(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case Mapping():
            for key, inner in value.items():
                yield from [*([] if key == "name" else [str(key)]), *_words(inner)]
        case list() | tuple():
            for item in value:
                yield from _words(item)
        case _:
            yield show(value)


def _unused(name: str, taken: Mapping[str, object]) -> str:
    """Cut a name to 64 characters, and add a number if a different arm already has the name."""
    for number in itertools.count(1):
        end = "" if number == 1 else f"-{number}"
        candidate = name[: _MAX_NAME - len(end)] + end
        if candidate not in taken:
            return candidate
    raise AssertionError
