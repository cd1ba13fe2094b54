"""Builds plain values from the events of PyYAML's parser. Numbers follow YAML 1.2; tags and anchors are refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import yaml

from lrsearch.errors import Problem, SpecError
from lrsearch.spec.sections import KeyPath, dotted, is_key, quote

MAX_DEPTH = 20
MAX_LINES = 10_000
MAX_EVENTS = 5_000  # PyYAML reads about 40,000 events a second, so every text takes far less than a second

NULL = re.compile(r"~|null|Null|NULL|")
BOOL = re.compile(r"true|True|TRUE|false|False|FALSE")
INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
"""Patterns of values without quotes in the core schema of YAML 1.2 (section 10.3.2). PyYAML itself follows YAML 1.1."""

_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NOWHERE = yaml.Mark("", 0, 0, 0, None, 0)
ABSENT: Final = object()


class Place(NamedTuple):
    """Where a key or value is written. Line and column count from 1; 0 means that the source has no lines."""

    source: str
    line: int = 0
    column: int = 0


def parse_scalar(text: str) -> str | int | float | bool | None:
    """Parse a value without quotes by the core schema: `1e-3` is a number, `no` and `1:30` are text, `017` is 17."""
    if NULL.fullmatch(text):
        return None
    if BOOL.fullmatch(text):
        return text.lower() == "true"
    if len(text) > 300:  # a number of this length is a mistake, and int() refuses very long ones
        return text
    if INT.fullmatch(text):
        base = {"0o": 8, "0x": 16}.get(text[:2], 10)
        return int(text[2:] if base != 10 else text, base)
    if FLOAT.fullmatch(text):
        return float(re.sub(r"\.(?=[iInN])", "", text))
    return text


def compose(text: str, source: str) -> tuple[object, Builder]:
    """Read a YAML text. Return its value, and the builder that holds the lines, the columns and the problems.

    Raises:
        SpecError: The text cannot be read as YAML.
    """
    if len(text.splitlines()) > MAX_LINES:
        raise SpecError([Problem(source, 0, 0, "", f"the spec is too large, with over {MAX_LINES} lines")])
    builder = Builder(source, iter(()))
    forbidden = _FORBIDDEN.search(text)
    if forbidden:
        place = Place(source, *line_column(text[: forbidden.start()]))
        message = f"the character U+{ord(forbidden.group()):04X} is not allowed"
        raise SpecError([Problem(*place, "", message)])
    builder.events = yaml.parse(text, Loader=yaml.SafeLoader)  # events only: PyYAML constructs no objects
    try:
        return builder.document(), builder
    except _Stop as stop:
        place, message = stop.place, str(stop)
    except yaml.MarkedYAMLError as error:
        mark, message = explain(error, text)
        place = Place(source, mark.line + 1, mark.column + 1)
    except (ValueError, OverflowError):  # an escape or a %YAML version that int() or chr() refuses
        raise SpecError(
            [*builder.problems, Problem(source, 0, 0, "", "the text is not valid YAML: a number is out of range")]
        ) from None
    raise SpecError([*builder.problems, Problem(*place, "", message)])


_WORDINGS = {
    "while scanning a quoted scalar; found unexpected end of stream": "the quote opened here is not closed",
    "while scanning a simple key": "expected 'key: value'; the ':' is missing",
    "mapping values are not allowed": "a ':' is not allowed here; check the indent, or put the text in quotes",
    "cannot start any token": "text that starts with this character needs quotes",
    "expected <block end>": "this line does not fit the lines above; check its indent",
}
"""Parts of PyYAML's messages, each with a plainer message. For a part that begins with "while", the problem is reported
at the start of the text or mapping that the part names."""


def explain(error: yaml.MarkedYAMLError, text: str) -> tuple[yaml.Mark, str]:
    """Find where a text is not valid YAML, and write a message that says why."""
    context, problem = error.context or "", error.problem or "something is missing"
    mark = error.problem_mark or error.context_mark or _NOWHERE
    opened = error.context_mark or mark
    if text[mark.index : mark.index + 1] == "\t":
        indents = not text[mark.index - mark.column : mark.index].strip()
        return mark, "a tab indents this line; use spaces" if indents else "a tab is not allowed here; use spaces"
    if context.startswith("while parsing a flow node") and (at := _last_opened(text[: mark.index])) is not None:
        line, column = line_column(text[:at])  # the text ended after a comma, or a `:`
        opened = yaml.Mark(mark.name, at, line - 1, column - 1, None, at)
        context = "while parsing a flow sequence" if text[at] == "[" else "while parsing a flow mapping"
    if context.startswith("while parsing a flow") and ("stream end" in problem or mark.line > opened.line):
        return opened, f"the {'list' if 'sequence' in context else 'mapping'} opened here is not closed"
    for theirs, message in _WORDINGS.items():
        if theirs in f"{context}; {problem}":
            return opened if theirs.startswith("while") else mark, message
    return mark, f"the text is not valid YAML: {problem}"


def _last_opened(text: str) -> int | None:
    """Return the index of the last `[` or `{` that is not closed; None if there is none."""
    opened: list[int] = []
    for i, char in enumerate(text):
        if char in "[{":
            opened.append(i)
        elif char in "]}" and opened:
            opened.pop()
    return opened[-1] if opened else None


def line_column(before: str) -> tuple[int, int]:
    """Return the line and column, from 1, of the character that follows a text."""
    return before.count("\n") + 1, len(before) - before.rfind("\n")


class _Stop(Exception):  # not an LrSearchError: `compose` turns it into one
    """A problem after which the text cannot be read further, with its line and column."""

    def __init__(self, place: Place, message: str) -> None:
        super().__init__(message)
        self.place = place


@dataclass(slots=True)
class Builder:
    """Builds values from the parser's events, and collects lines, columns and problems."""

    source: str
    events: Iterator[yaml.Event]
    n_events: int = 0
    places: dict[KeyPath, Place] = field(default_factory=dict)
    keys: dict[KeyPath, Place] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def next(self) -> yaml.Event:
        """Return the next event.

        Raises:
            _Stop: There are too many events.
        """
        event = next(self.events)
        self.n_events += 1
        if self.n_events > MAX_EVENTS:
            raise _Stop(self.place(event), f"the spec is too large, with over {MAX_EVENTS} keys, values and brackets")
        return event

    def place(self, event: yaml.Event) -> Place:
        """Return the file, the line and the column where an event starts."""
        mark = event.start_mark or _NOWHERE
        return Place(self.source, mark.line + 1, mark.column + 1)

    def add_problem(self, event: yaml.Event, path: KeyPath, message: str) -> None:
        """Record a problem and go on reading."""
        self.problems.append(Problem(*self.place(event), dotted(path), message))

    def document(self) -> object:
        """Return the value of the only document; None for an empty text."""
        value: object = None
        n_documents = 0
        while not isinstance(event := self.next(), yaml.StreamEndEvent):
            if isinstance(event, yaml.DocumentStartEvent):
                n_documents += 1
                if n_documents == 2:
                    raise _Stop(
                        self.place(event),
                        "a spec is one YAML document, but a second document starts here (a line '---' begins a "
                        "new document)",
                    )
                value = self.value(self.next(), (), depth=0)
        return value

    def value(self, event: yaml.Event, path: KeyPath, depth: int) -> object:
        """Build the value that begins with this event; `ABSENT` for an alias."""
        self.places[path] = self.place(event)
        self.refuse_extras(event, path)
        if isinstance(event, yaml.ScalarEvent):
            return parse_scalar(event.value) if event.style is None else event.value
        if isinstance(event, yaml.AliasEvent):
            return ABSENT
        if depth == MAX_DEPTH:
            raise _Stop(self.place(event), f"the values are nested too deep, over {MAX_DEPTH} levels")
        if isinstance(event, yaml.SequenceStartEvent):
            return self.sequence(path, depth + 1)
        return self.mapping(path, depth + 1)

    def refuse_extras(self, event: yaml.Event, path: KeyPath) -> None:
        """Record a problem for a YAML tag or anchor, which a spec does not allow."""
        if getattr(event, "tag", None) is not None:
            self.add_problem(event, path, "YAML tags are not allowed")
        if getattr(event, "anchor", None) is not None:
            self.add_problem(event, path, "anchors and aliases are not allowed")

    def sequence(self, path: KeyPath, depth: int) -> list[object]:
        """Build the list whose start event was just read."""
        items: list[object] = []
        while not isinstance(event := self.next(), yaml.SequenceEndEvent):
            items.append(self.value(event, (*path, len(items)), depth))
        return items

    def mapping(self, path: KeyPath, depth: int) -> dict[str, object]:
        """Build the mapping whose start event was just read. If a key occurs twice, the first value counts."""
        values: dict[str, object] = {}
        while not isinstance(event := self.next(), yaml.MappingEndEvent):
            key = event.value if isinstance(event, yaml.ScalarEvent) and is_key(event.value) else None
            if key is not None and key not in values:
                at = (*path, key)
                self.keys[at] = self.place(event)
                self.refuse_extras(event, at)
                value = self.value(self.next(), at, depth)
                if value is not ABSENT:
                    values[key] = value
                continue
            if key is None:
                self.add_problem(event, path, "a key must be text")
                self.discard(event, depth)
            else:
                first = self.keys[*path, key].line
                self.add_problem(event, path, f"duplicate key {quote(key)} (first on line {first})")
            self.discard(self.next(), depth)
        return values

    def discard(self, event: yaml.Event, depth: int) -> None:
        """Read a value and drop the value, but record its problems."""
        other = Builder(self.source, self.events, self.n_events)
        other.value(event, (), depth)
        self.n_events = other.n_events
        self.problems += other.problems
