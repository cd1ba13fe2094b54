"""Checks all rules between the values of a spec. They need no files, no device and no torch."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from lrsearch.spec.rules import data_rules, search_rules, training_rules
from lrsearch.spec.rules.violations import Violation
from lrsearch.spec.sections import KeyPath, Spec


def check_all(spec: Spec, wrong: AbstractSet[KeyPath] = frozenset()) -> Iterator[Violation]:
    """Yield every violated rule of a spec.

    Args:
        spec: A spec in which each value is allowed by itself.
        wrong: Keys or whole sections with wrong values, which defaults replace in `spec`. Rules that read these keys
            are skipped.
    """
    for rule, reads in (*data_rules.RULES, *training_rules.RULES, *search_rules.RULES):
        keys = [tuple(read.split(".")) for read in reads.split()]
        if not any(key[:depth] in wrong for key in keys for depth in (1, 2)):
            yield from rule(spec)
