"""The role of a key: whether the key changes a rate's score, and whether a resume may change the key.

Each key of the spec is annotated with `Setting`, `Fixed` or `Adjustable`, as in `epochs: Setting[int]`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, TypeAlias, TypeVar

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Role:
    """What changes if a key gets a different value.

    Attributes:
        changes_scores: Whether a different value changes the score of a learning rate.
        may_change_on_resume: Whether a run can be resumed with a different value.
    """

    changes_scores: bool
    may_change_on_resume: bool


Setting: TypeAlias = Annotated[_T, Role(changes_scores=True, may_change_on_resume=False)]
"""A key of the training itself. A different value of the key would change the scores, so a resume may not change the
key."""

Fixed: TypeAlias = Annotated[_T, Role(changes_scores=False, may_change_on_resume=False)]
"""A key that changes no score, such as how rates are proposed or where trainings run. A resume may not change the
key."""

Adjustable: TypeAlias = Annotated[_T, Role(changes_scores=False, may_change_on_resume=True)]
"""A key that changes no score and that a resume may change: budgets (only upwards), paths of data, time limits."""
