"""Reads metrics from the lines that a program prints: `name=value`, `name value`, JSON, Python dicts, tables and bars.

A reading belongs to the epoch that the line of the reading names, or else to the last epoch that was named before. If a
metric has several readings in one epoch, the last one counts. The states of a progress bar, separated by carriage
returns, count as one line.
"""

from __future__ import annotations

import ast
import json
import math
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lrsearch.catalog import MARKS
from lrsearch.command.numbers import NUMBER as _NUMBER
from lrsearch.command.numbers import UNCLEAR, parse_number, plain_numbers

MOST_CHARACTERS = 64 << 10
"""Only the end of a longer line is read."""

_MOST_WORDS = 4
_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
_WORD = rf"[^\W\d][\w{MARKS}./@-]*"
_PAIR = re.compile(
    rf"""(?<![\w'"/])(?P<name>{_WORD}(?:[ ]{_WORD}){{0,3}})  # one to four words
    [ ]?[=:\uff1a][ ]*                                # Chinese and Japanese have a wide colon
    (?:[A-Za-z_][\w.]*\()?                             # tensor(0.91), np.float64(0.91)
    (?:(?P<unclear>{UNCLEAR})|(?P<value>{_NUMBER})(?:/(?P<of>\d+))?)  # 0,91 or 1,950; 0.91, 9834/10000
    [ ]?%?(?![\w:/]|\.\w|,\d)""",
    re.VERBOSE | re.IGNORECASE,
)
_ROW = re.compile(
    rf"^\s*[│┃|]\s*(?P<name>{_WORD}(?: {_WORD}){{0,3}})\s*[│┃|]\s*(?P<value>{UNCLEAR}|{_NUMBER})\s*(?:[│┃|]|$)",
    re.IGNORECASE,
)
_IS_WORD = re.compile(_WORD)
_SPACED_PARTS = re.compile(r"(?<!\d),|,(?!\d)|[;|\t]")
_EPOCH = re.compile(r"\bepoch\b[\s:=\[(#]*(?P<epoch>\d+(?:\.\d+)?)(?!\d|:\d)", re.IGNORECASE)
_EPOCHS = frozenset({"epoch", "current_epoch"})


@dataclass(frozen=True, slots=True)
class Reading:
    """One value of one metric.

    Attributes:
        name: The name as the program printed it, with up to four words.
        value: The number; may be not finite. A fraction such as 9834/10000 is divided. NaN if the number is unclear.
        epoch: The epoch as the program counts it; None if no line has named one so far.
        line: Number of the line, from 1.
        unclear: A number that has two readings, such as 0,91 or 1,950, as it was printed; "" for any other number.
    """

    name: str
    value: float
    epoch: float | None
    line: int
    unclear: str = ""


def reading(name: str, value: float | str, epoch: float | None, line: int) -> Reading:
    """Make a reading of a number, or of the text of an unclear number (see `parse_number`)."""
    if isinstance(value, str):
        return Reading(name, math.nan, epoch, line, unclear=value)
    return Reading(name, value, epoch, line)


class LineReader:
    """Reads the output of one program, piece by piece."""

    def __init__(self) -> None:
        """Start at the first line."""
        self._rest = ""
        self._line = 1
        self._epoch: float | None = None
        self._columns: tuple[str, ...] = ()

    def feed(self, text: str) -> list[Reading]:
        """Take the next piece of the output, which may end within a line. Return the readings of the lines that ended.

        A carriage return ends a state of a progress bar, but not the line.
        """
        readings: list[Reading] = []
        *ended, self._rest = re.split(r"(?<=[\r\n])", (self._rest + text).replace("\r\n", "\n"))
        for piece in ended:
            readings += self._read(piece)
            self._line += piece.endswith("\n")
        self._rest = self._rest[-MOST_CHARACTERS:]
        return readings

    def end(self) -> list[Reading]:
        """Return the readings of a last line that has no end."""
        rest, self._rest = self._rest, ""
        return self._read(rest)

    def _read(self, piece: str) -> list[Reading]:
        text = unicodedata.normalize("NFC", without_escapes(piece[-MOST_CHARACTERS:])).strip()
        pairs = list(_pairs(text))
        if all(_is_epoch(name) for name, _ in pairs):
            pairs += self._row(text) or _spaced_pairs(text)
        named = next((value for name, value in pairs if _is_epoch(name) and isinstance(value, float)), None)
        if named is None and (found := _EPOCH.search(text)):
            named = float(found["epoch"])
        self._epoch = self._epoch if named is None else named
        return [reading(name, value, self._epoch, self._line) for name, value in pairs if not _is_epoch(name)]

    def _row(self, text: str) -> list[tuple[str, float | str]]:
        """Return the names and values in a row of a table whose columns are separated by spaces (fastai, skorch)."""
        tokens = text.split()
        if any(map(_is_epoch, tokens)) and all(map(_IS_WORD.fullmatch, tokens)):
            self._columns = tuple(tokens)
        if len(tokens) != len(self._columns):
            return []
        found = [(name, parse_number(token)) for name, token in zip(self._columns, tokens, strict=True)]
        row = [(name, value) for name, value in found if value is not None]
        return row if any(_is_epoch(name) for name, _ in row) else []


def without_escapes(text: str) -> str:
    r"""Remove the escape sequences of a terminal, such as those for colours.

    Example:
        >>> without_escapes("\x1b[32m0.91\x1b[0m")
        '0.91'
    """
    return _ANSI.sub("", text)


def _is_epoch(name: str) -> bool:
    """Whether a name stands for the epoch, such as `epoch` or `Train Epoch`."""
    return name.casefold().rsplit(maxsplit=1)[-1] in _EPOCHS


def _pairs(text: str) -> Iterator[tuple[str, float | str]]:
    """Yield the name and the value of each metric in a line."""
    if (values := _mapping(text)) is not None:
        # Many scripts print their settings as a dict behind the metrics.
        yield from _pairs(f"{text[: text.find('{')]} {text[text.rfind('}') + 1 :]}")
        yield from numbers_of(values)
        return
    text = plain_numbers(text)
    if (row := _ROW.match(text)) and (number := parse_number(row["value"])) is not None:
        yield row["name"], number
        return
    for pair in _PAIR.finditer(text):
        if pair["unclear"] is not None:
            yield pair["name"], pair["unclear"]
            continue
        value = float(pair["value"])
        if pair["of"] is not None and not _is_epoch(pair["name"]):
            if not (whole := float(pair["of"])):
                continue
            value /= whole
        yield pair["name"], value


def _spaced_pairs(text: str) -> list[tuple[str, float | str]]:
    """Return the names and values in a line that has only spaces between them.

    A part of the line counts if it has nothing else: "val loss 4.29" in "step 0: val loss 4.29, done". JAX's tutorials,
    nanoGPT and PyTorch's ImageNet example print such lines.
    """
    pairs = []
    for part in _SPACED_PARTS.split(plain_numbers(text)):
        words: list[str] = []
        found = []
        for token in part.rpartition(": ")[2].lstrip(" *").split():
            if words and (number := parse_number(token.removesuffix("%"))) is not None:
                found.append((" ".join(words), number))
                words = []
            elif len(words) < _MOST_WORDS and _IS_WORD.fullmatch(token):
                words.append(token)
            else:
                break
        else:
            pairs += [] if words else found
    return pairs


def _mapping(text: str) -> Mapping[object, object] | None:
    """Return the JSON object or the Python dict in a line; None if there is none."""
    start, end = text.find("{"), text.rfind("}")
    if start < 0 or end < start:
        return None
    inner = text[start : end + 1]
    for parse in (json.loads, _literal):
        try:
            values = parse(inner)
        except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
            continue
        if isinstance(values, dict):
            return values
    return None


def _literal(text: str) -> object:
    """Evaluate a Python dict of plain values. `nan` and `inf` count as numbers."""
    return ast.literal_eval(re.sub(r"(?<=[:\s,\[(])(-?)(nan|inf)(?=\s*[,}\])])", r"'\1\2'", text))


def numbers_of(values: Mapping[object, object], prefix: str = "") -> Iterator[tuple[str, float | str]]:
    """Yield the numbers of nested mappings with their names. Dots join the keys that lead to a nested number.

    For an unclear number, its text is yielded (see `parse_number`).
    """
    for key, value in values.items():
        name = f"{prefix}{key}"
        match value:
            case dict():
                yield from numbers_of(value, f"{name}.")
            case bool():
                continue
            case int() | float():
                yield name, _as_float(value)
            case str() if (number := parse_number(value)) is not None:
                yield name, number


def _as_float(value: float) -> float:
    """Return a number as a float; an integer that is too large is infinite."""
    try:
        return float(value)
    except OverflowError:
        return math.inf
