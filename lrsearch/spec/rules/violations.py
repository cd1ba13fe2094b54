"""What a rule of a spec is, and what it yields."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from lrsearch.spec.sections import KeyPath, Spec

Violation: TypeAlias = tuple[KeyPath, str]
"""A violated rule: the path of the value to change, and the message."""

Rule: TypeAlias = tuple[Callable[[Spec], Iterator[Violation]], str]
"""A rule with the keys that it reads. If the value of one of these keys is wrong by itself, the rule is skipped."""
