"""`--over KEY=V1,V2`: arms as the cross product of values, with the arms that the spec has itself."""

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

_LONGEST = 64  # characters of a name


@dataclass(frozen=True, slots=True)
class Dimension:
    """One key and the values that arms give it.

    Attributes:
        key: Dotted, as for `--set`.
        values: All different, at least one.
    """

    key: str
    values: tuple[object, ...]


def parse_over(text: str) -> Dimension:
    """The key and the values that KEY=V1,V2 asks for; values are YAML, split at the commas that stand in no bracket.

    Raises:
        SpecError: No KEY=, a key that no arm can override, no value, a value twice, or text that is no YAML.

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
    """A document whose arms are its own, each with every combination of values; without arms the combinations alone.

    Args:
        document: Plain values with their places.
        dimensions: What to combine; of none, the document stays as it is.

    Raises:
        SpecError: Too many arms, a key given twice.
    """
    keys = [dimension.key for dimension in dimensions]
    if twice := sorted({key for key in keys if keys.count(key) > 1}):
        raise SpecError([Problem(OVER, 0, 0, "", f"{key} is given twice; list its values once") for key in twice])
    own = document.values.get("arms") or {"": {}}
    if not dimensions or not isinstance(own, Mapping):
        return document  # what is wrong with the arms is said when they are read
    n_arms = len(own)
    for dimension in dimensions:
        n_arms *= len(dimension.values)
    if n_arms > MOST_ARMS:
        raise _wrong(f"{n_arms:,} arms; {MOST_ARMS:,} at most")
    arms: dict[str, object] = {}
    places = {path: place for path, place in document.places.items() if path[:1] != ("arms",)}
    in_keys = {path: place for path, place in document.keys.items() if path[:1] != ("arms",)}
    places["arms",] = Place(OVER)
    own_places, own_keys = by_arm(document.places), by_arm(document.keys)
    for name, overrides in own.items():
        combinations = [()] if _is_faulty(name, overrides) else itertools.product(*(each.values for each in dimensions))
        for values in combinations:
            given = dict(zip(keys, values, strict=False))
            parts = [part_name(key, value) for key, value in given.items()]
            arm = _unused("_".join(filter(None, [name, *parts])), arms)
            arms[arm] = {**overrides, **given} if given else overrides
            for target, known in ((places, own_places), (in_keys, own_keys)):
                target["arms", arm] = Place(OVER)
                kept = {
                    path: place
                    for path, place in known.get(name, {}).items()
                    if path[:1] not in [(key,) for key in given]
                }
                target |= {("arms", arm, *path): place for path, place in kept.items()}
                target |= {("arms", arm, key): Place(OVER) for key in given}
    return replace(document, values={**document.values, "arms": arms}, places=places, keys=in_keys)


def _is_faulty(name: str, overrides: object) -> bool:
    """Whether an arm of the spec is none, which is said when it is read."""
    return not isinstance(overrides, Mapping) or (bool(name) and not overrides)


def part_name(key: str, value: object) -> str:
    """What a value is called in the name of an arm.

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
    """A name of at most 64 characters that no other arm has."""
    for number in itertools.count(1):
        end = "" if number == 1 else f"-{number}"
        candidate = name[: _LONGEST - len(end)] + end
        if candidate not in taken:
            return candidate
    raise AssertionError
