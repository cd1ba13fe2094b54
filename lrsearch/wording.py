"""Makes text for people: plurals, lists, rounded numbers, corrected typos, escaped invisible characters."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence

_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
"""Characters that are invisible: control characters (a terminal obeys them), line separators, surrogates (bytes of a
file name that are not UTF-8), and the characters that Unicode calls ignorable (they have no width, or change the
direction of the text). Newline and tab are not included."""


def visible(text: str) -> str:
    r"""Escape the invisible characters of a text, except newlines and tabs.

    Use this for every text that is printed to a terminal, and `one_line` for names and values inside a line.

    Example:
        >>> print(visible("a\x1b[31mb\u202ec\udcff"))
        a\x1b[31mb\u202ec\udcff
    """
    return _UNSEEN.sub(_escape, text)


def one_line(text: str) -> str:
    r"""Escape the invisible characters of a text, and newlines and tabs too, so that a name cannot start a new line.

    Example:
        >>> print(one_line("key\n! all is well"))
        key\n! all is well
    """
    return visible(text).replace("\n", r"\n").replace("\t", r"\t")


def _escape(found: re.Match[str]) -> str:
    # json.dumps does not escape U+007F. Python would write it as \x7f, which JSON does not allow.
    char = found.group()
    return r"\u007f" if char == "\x7f" else char.encode("unicode_escape").decode()


def counted(n: float | str, noun: str) -> str:
    """Format a count with its noun, in the plural unless the count is 1.

    Args:
        n: The count; text if it is already formatted.
        noun: The noun in the singular. Its plural must end in s.

    Example:
        >>> counted(1, "rate"), counted(0, "seed"), counted(2.5, "epoch"), counted(20_000, "image")
        ('1 rate', '0 seeds', '2.5 epochs', '20,000 images')
    """
    number = n if isinstance(n, str) else f"{n:,}".removesuffix(".0")
    return f"{number} {noun}" if number == "1" else f"{number} {noun}s"


def some_of(names: Sequence[str], most: int) -> str:
    """Join names by commas; show at most `most` of them, followed by the number of the others.

    Args:
        names: At least one.
        most: Largest number of names to show, >= 1.

    Example:
        >>> some_of(["a", "b"], 3), some_of(["a", "b", "c", "d"], 2)
        ('a, b', 'a, b and 2 more')
    """
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most:,} more"


def one_of(words: Sequence[str]) -> str:
    """Join words as a choice: `a, b or c`.

    Example:
        >>> one_of(["table"]), one_of(["table", "json", "csv"])
        ('table', 'table, json or csv')
    """
    *others, last = words
    return f"{', '.join(others)} or {last}" if others else last


def closest(word: str, known: Iterable[str], *, cutoff: float = 0.6) -> str | None:
    """Find the known word that is most similar to a given word; None if none is similar enough.

    Args:
        word: The word that the user typed.
        known: The words to choose from.
        cutoff: Smallest similarity that is enough, in [0, 1]: 0 means nothing in common, 1 the same word.

    Example:
        >>> closest("adamx", ["sgd", "adamax"]), closest("vgg", ["sgd", "adamax"])
        ('adamax', None)
    """
    return next(iter(difflib.get_close_matches(word, list(known), n=1, cutoff=cutoff)), None)


def short_rate(lr: float) -> str:
    """Format a learning rate with three significant digits.

    Example:
        >>> [short_rate(lr) for lr in (0.1, 0.0215, 1e-05, 3.0, 0.123456)]
        ['0.1', '0.0215', '1e-05', '3', '0.123']
    """
    return significant(lr)


def rate_among(lr: float, others: Iterable[float], *, scientific: bool = False) -> str:
    """Format a learning rate with three significant digits, or with more if other rates would look the same.

    Args:
        lr: The rate.
        others: The rates that are shown together with `lr`; `lr` may be one of these rates.
        scientific: Whether to write a mantissa and an exponent, with trailing zeros, as in a table column.

    Example:
        >>> rate_among(0.9998, [0.1, 0.9995, 1.0001]), rate_among(0.1, [0.9998], scientific=True)
        ('0.9998', '1.00e-01')
    """
    different = {other for other in others if other != lr}
    text = ""
    for digits in range(3, 18):  # 17 digits tell any two numbers apart
        text = _in_digits(lr, digits, scientific=scientific)
        different = {other for other in different if _in_digits(other, digits, scientific=scientific) == text}
        if not different:
            break
    return text


def distinct_rates(rates: Sequence[float], *, scientific: bool = False) -> list[str]:
    """Format the learning rates of a list with three significant digits, or more where two would look the same.

    Args:
        rates: The rates, in any order; equal rates get equal texts.
        scientific: As for `rate_among`.

    Example:
        >>> distinct_rates([0.001, 0.0215, 0.9995, 0.9998, 1.0001, 1.0004])
        ['0.001', '0.0215', '0.9995', '0.9998', '1.0001', '1.0004']
    """
    ordered = sorted(set(rates))
    # Rounding keeps the order. If a rate looks like another one, it looks like its neighbour too: compare only these.
    texts = {
        lr: rate_among(lr, ordered[max(0, place - 1) : place + 2], scientific=scientific)
        for place, lr in enumerate(ordered)
    }
    return [texts[lr] for lr in rates]


def rate_between(lr: float, rates: Sequence[float]) -> str:
    """Format a rate that was not tried, with at least three digits, and enough digits to differ from the tried rates.

    Args:
        lr: The rate, such as a recommended one.
        rates: The rates that were tried.

    Example:
        >>> rate_between(0.10004, [0.05, 0.1]), rate_between(0.99985, [0.9998, 0.9999])
        ('0.1', '0.99985')
    """
    is_plain = distinct_rates(rates) == [short_rate(rate) for rate in rates]
    return short_rate(lr) if is_plain else rate_among(lr, rates)


def _in_digits(lr: float, digits: int, *, scientific: bool) -> str:
    return f"{lr:.{digits - 1}e}" if scientific else significant(lr, digits)


def significant(value: float, digits: int = 3) -> str:
    """Format a number with a given count of significant digits, without trailing zeros.

    Args:
        value: The number.
        digits: Count of significant digits, >= 1.

    Example:
        >>> significant(0.98765, 2), significant(1234.5, 2), significant(20.0, 4)
        ('0.99', '1.2e+03', '20')
    """
    return f"{value:.{digits}g}"


def rounded(value: float, digits: int = 3) -> float:
    """Round a number to a given count of significant digits.

    Args:
        value: The number.
        digits: Count of significant digits, >= 1.

    Example:
        >>> rounded(0.0123456, 4)
        0.01235
    """
    return float(significant(value, digits))


def duration(seconds: float) -> str:
    """Write a number of seconds as a duration.

    Example:
        >>> [duration(seconds) for seconds in (0.5, 40, 720, 5999, 6000)]
        ['1 s or less', '40 s', '12 min', '100 min', '1.7 h']
    """
    if seconds < 1:
        return "1 s or less"
    if seconds < 100:
        return f"{seconds:.0f} s"
    if seconds < 6000:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
