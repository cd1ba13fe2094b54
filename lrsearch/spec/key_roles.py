"""Tells which keys of the spec change a rate's score, and which keys a resume may change."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from pydantic.fields import FieldInfo

from lrsearch.spec.sections import Role, Section, Spec


def changes_scores(path: str) -> bool:
    """Whether a different value of this key changes the score of a learning rate.

    Args:
        path: A dotted path of the spec, or of a value beneath a key: `search.lr.low`.

    Raises:
        KeyError: The spec has no such key.

    Example:
        >>> changes_scores("train.epochs"), changes_scores("search.trials")
        (True, False)
    """
    return _role_of(path).changes_scores


def may_change_on_resume(path: str) -> bool:
    """Whether a run can be resumed with a different value of this key.

    `lrsearch.runs` checks that budgets do not shrink.

    Args:
        path: A dotted path of the spec, or of a value beneath a key: `search.lr.low`.

    Raises:
        KeyError: The spec has no such key.

    Example:
        >>> may_change_on_resume("search.trials"), may_change_on_resume("search.batch")
        (True, False)
    """
    return _role_of(path).may_change_on_resume


@cache
def key_roles() -> dict[str, Role]:
    """Return the role of every key, by dotted path.

    Raises:
        TypeError: A key has no role among its annotations.
    """
    return dict(_roles_in(Spec, ""))


def _roles_in(section: type[Section], prefix: str) -> Iterator[tuple[str, Role]]:
    for key, field in section.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, Section):
            yield from _roles_in(inner, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", _role_in(field, f"{prefix}{key}")


def _role_in(field: FieldInfo, path: str) -> Role:
    for note in field.metadata:
        if isinstance(note, Role):
            return note
    raise TypeError(f"{path}: annotate the key with Setting, Fixed or Adjustable (lrsearch.spec.sections.roles)")


def _role_of(path: str) -> Role:
    roles = key_roles()
    parts = path.split(".")
    for depth in range(len(parts), 0, -1):
        if (key := ".".join(parts[:depth])) in roles:
            return roles[key]
    raise KeyError(path)
