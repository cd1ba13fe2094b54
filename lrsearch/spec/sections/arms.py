"""The value of `arms`: the overrides of each arm, by its name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from lrsearch.spec.sections.values import wrong
from lrsearch.spec.sections.wording import show


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
