"""What depends on a key: whether a rate's score does, and whether a resume may change it.

Each key of the spec is annotated with one of `Setting`, `Fixed` and `Adjustable`: `epochs: Setting[int]`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, TypeAlias, TypeVar

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Role:
    """What depends on a key.

    Attributes:
        changes_scores: Whether a learning rate scores differently with another value.
        may_change_on_resume: Whether a run can go on with another value.
    """

    changes_scores: bool
    may_change_on_resume: bool


Setting: TypeAlias = Annotated[_T, Role(changes_scores=True, may_change_on_resume=False)]
"""A key of the training itself: a rate scores differently with another value."""

Fixed: TypeAlias = Annotated[_T, Role(changes_scores=False, may_change_on_resume=False)]
"""A key that changes no score, such as how rates are proposed or where trainings run. A run keeps it."""

Adjustable: TypeAlias = Annotated[_T, Role(changes_scores=False, may_change_on_resume=True)]
"""A key that changes no score and that a resume may change: budget (upwards), paths of the data, limits of time."""
