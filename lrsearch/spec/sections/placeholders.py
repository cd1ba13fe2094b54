"""The key `placeholders` of a spec: the values of a program's own placeholders, such as `{opt}`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from lrsearch.spec.sections.values import wrong, wrong_at
from lrsearch.spec.sections.wording import KeyPath, quote, show

BUILT_IN_PLACEHOLDERS = ("lr", "seed", "repeat", "epochs", "dir", "config")
"""The placeholders that every program may use. lrsearch sets their values."""

PLACEHOLDERS_SCHEMA = {
    "type": "object",
    "propertyNames": {"pattern": "^[A-Za-z_][A-Za-z0-9_]*$"},
    "additionalProperties": {"type": ["string", "number", "boolean"]},
}


class Placeholders(Mapping[str, str | int | float | bool]):
    """The value of each placeholder of a program's own, by its name. Read-only and hashable."""

    def __init__(self, values: Mapping[str, str | int | float | bool] | None = None) -> None:
        """Copy the values."""
        self._values = dict(values or {})

    def __getitem__(self, name: str) -> str | int | float | bool:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __hash__(self) -> int:
        return hash(tuple(self._values.items()))

    def __repr__(self) -> str:
        return f"Placeholders({self._values!r})"


def parse_placeholders(value: object) -> Placeholders:
    """Check a mapping from the names of placeholders to their values: text, a number, true or false."""
    if value is None:
        return Placeholders()
    if not isinstance(value, Mapping):
        raise wrong(f"expected a mapping of names to values, got {show(value)}")
    problems: dict[KeyPath, str] = {}
    for name, of_name in value.items():
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", str(name)):
            problems[name,] = f"a placeholder's name must have only letters, digits and '_', got {quote(str(name))}"
        elif name in BUILT_IN_PLACEHOLDERS:
            problems[name,] = f"lrsearch itself sets {{{name}}}; choose another name"
        elif not isinstance(of_name, str | int | float):
            problems[name,] = f"a placeholder's value must be text, a number, true or false, got {show(of_name)}"
    if problems:
        raise wrong_at(problems)
    return Placeholders(value)
