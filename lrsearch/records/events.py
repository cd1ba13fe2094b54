"""What an executor and a search tell while trials run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from lrsearch.records.point import Point
from lrsearch.records.result import Result
from lrsearch.records.trial import Trial


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """An executor has begun to run a stack."""

    trials: tuple[Trial, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """A worker died before it returned the results of some trials. Unless `is_final` is true, they are tried again."""

    trials: tuple[Trial, ...]
    reason: str
    is_final: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Doing:
    """The search does something else now.

    Attributes:
        text: What it does and why, in one line.
    """

    text: str


Event: TypeAlias = Started | Point | Result | Lost | Doing
Stack: TypeAlias = tuple[Trial, ...]
"""Trials that train together. The trials differ only in rate, repeat and bounds (`stop_below`)."""
