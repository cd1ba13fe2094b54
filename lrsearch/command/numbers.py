"""Reads numbers as programs print them: plain, with marks between thousands, or in a way that has two readings."""

from __future__ import annotations

import re

NUMBER = r"[+-]?(?:\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?|nan|inf(?:inity)?)"
"""A plain number, as a regular expression; upper and lower case make no difference."""

UNCLEAR = r"[+-]?\d[\d.]*(?:,\d[\d.]*)+"
"""A number with a comma that could be a decimal comma or stand between thousands, after `plain_numbers`."""

_MARKS = "'\u2019_\u00a0\u2009\u202f"  # apostrophes, the underscore of Python, spaces that do not break
_GROUPED = re.compile(
    rf"""(?<![\w.,{_MARKS}])[1-9]\d{{0,2}}                  # 1
    (?:(?:[{_MARKS}]\d{{3}})+(?:\.\d+)?                     # '234 or '234.56
    |(?:,\d{{3}})+\.\d+                                     # ,234.56
    |(?:,\d{{3}}){{2,}})                                    # ,234,567
    (?:[eE][+-]?\d+)?(?!\w|[,.]\d)""",
    re.VERBOSE,
)
_MINUS = re.compile("\u2212(?=[\\d.])")
_IS_NUMBER = re.compile(NUMBER, re.IGNORECASE)
_IS_UNCLEAR = re.compile(UNCLEAR)


def plain_numbers(text: str) -> str:
    """Write the numbers of a text without marks between thousands, where these have only one reading.

    A single comma before three digits (1,950) may be a decimal comma, so it stays.

    Example:
        >>> plain_numbers("loss 1,234.56, n 1,234,567, m 1'950, k 1,950, p 0,91")
        'loss 1234.56, n 1234567, m 1950, k 1,950, p 0,91'
    """
    without_marks = _GROUPED.sub(lambda found: re.sub(f"[,{_MARKS}]", "", found.group()), text)
    return _MINUS.sub("-", without_marks)


def parse_number(text: str) -> float | str | None:
    """Read a text that is a number and nothing else.

    Returns:
        The number; the text itself if the number has two readings; None if it is no number.

    Example:
        >>> parse_number("1,234.56"), parse_number("0,91"), parse_number("0.91%")
        (1234.56, '0,91', None)
    """
    plain = plain_numbers(text.strip())
    if _IS_NUMBER.fullmatch(plain):
        return float(plain)
    return plain if _IS_UNCLEAR.fullmatch(plain) else None
