"""Reads the fields of a table: numbers, missing values, dates."""

from __future__ import annotations

import re

_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?|[-+]?inf(inity)?", re.IGNORECASE)
_DATE = re.compile(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}([ T].*)?|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}([ T].*)?")
_MARKS = ",'\u2019\u00a0\u2009\u202f\u2212"  # also of word processors: apostrophe, fixed spaces, minus
_WITH_MARKS = re.compile(rf"[-+\u2212]?\d[\d.{_MARKS}]*([eE][-+\u2212]?\d+)?")
_WITH_UNIT = re.compile(r"[-+]?[$€£¥]?\s?\d+(\.\d+)?\s?([%$€£¥°]|[a-zA-Zµ°/]{1,5})?")
_MISSING = frozenset({"", "na", "n/a", "nan", "null", "none", "?", "-"})


def is_missing(field: str) -> bool:
    """Whether a field stands for a missing value: empty, NA, N/A, NaN, null, None, ? or -.

    Example:
        >>> [is_missing(field) for field in ("", "NaN", "0")]
        [True, True, False]
    """
    return field.lower() in _MISSING


def parse_number(field: str) -> float | None:
    """Read a number, which may be infinite; None if the field is no number.

    Example:
        >>> [parse_number(field) for field in ("1e-3", "-.5", "1_000", "1,5", "red")]
        [0.001, -0.5, None, None, None]
    """
    return float(field) if _NUMBER.fullmatch(field) else None


def has_marks(field: str) -> bool:
    """Whether a field is a number with commas, apostrophes or other marks that no plain number has.

    Example:
        >>> [has_marks(field) for field in ("1,5", "1,234.56", "1'000", "1.5", "a,5")]
        [True, True, True, False, False]
    """
    return _WITH_MARKS.fullmatch(field) is not None and any(mark in field for mark in _MARKS)


def has_unit(field: str) -> bool:
    """Whether a field is a number with a sign or a unit.

    Example:
        >>> [has_unit(field) for field in ("5%", "$3.50", "10 kg", "red", "5")]
        [True, True, True, False, False]
    """
    return _WITH_UNIT.fullmatch(field) is not None and parse_number(field) is None


def is_date(field: str) -> bool:
    """Whether a field looks like a date.

    Example:
        >>> [is_date(field) for field in ("2026-11-28", "28.11.2026 10:00", "10.5", "1-2")]
        [True, True, False, False]
    """
    return _DATE.fullmatch(field) is not None
