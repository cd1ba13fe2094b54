"""Reads metrics from a program's files: CSV, JSON, JSON Lines, Hugging Face's trainer state, TensorBoard events."""

from __future__ import annotations

import csv
import glob
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from lrsearch.command.lines import Reading, numbers_of, reading
from lrsearch.errors import DataError

_EPOCHS = ("epoch", "current_epoch")
_EVENTS = re.compile(r"events\.out\.tfevents\.")


def file_stamps(pattern: str) -> dict[Path, tuple[int, int]]:
    """Return the time of change (ns) and the size of each file that a pattern matches."""
    found = map(Path, glob.glob(pattern, recursive=True))  # noqa: PTH207  (`Path.glob` takes no absolute pattern)
    return {path: (stat.st_mtime_ns, stat.st_size) for path in found if path.is_file() and (stat := path.stat())}


def read_files(pattern: str, before: Mapping[Path, tuple[int, int]] = MappingProxyType({})) -> list[Reading]:
    """Read the metrics of all files that a pattern matches, the oldest file first.

    Args:
        pattern: A path; `*`, `?` and `**` match as in a shell.
        before: The stamps of files before the training (`file_stamps`). A file that still has its stamp is left out,
            because another training wrote it.

    Returns:
        The readings; an empty list if no file matches.

    Raises:
        DataError: A file does not have the format that its name says.
    """
    stamps = file_stamps(pattern)
    readings: list[Reading] = []
    for path in sorted(stamps, key=lambda path: (stamps[path], path)):
        if before.get(path) != stamps[path]:
            readings += _read_file(path)
    return readings


def _read_file(path: Path) -> list[Reading]:
    try:
        if _EVENTS.search(path.name):
            return _read_events(path)
        text = path.read_text(encoding="utf-8-sig", errors="replace")
        if path.suffix == ".csv":
            return list(_readings(csv.DictReader(text.splitlines())))
        if path.suffix in {".jsonl", ".ndjson"}:
            return list(_readings(_json_lines(text)))
        return list(_readings(_records(json.loads(text))))
    except (OSError, ValueError, csv.Error, RecursionError) as error:
        raise DataError(f"{path}: cannot read metrics from this file: {error}") from None


def _json_lines(text: str) -> Iterator[object]:
    """Yield the object of each line. The last line may be half written."""
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if line.strip():
            try:
                yield json.loads(line)
            except ValueError:
                if number < len(lines) - 1:
                    raise


def _records(content: object) -> Iterable[object]:
    """Return the records of a JSON file.

    The file is a list of records, Hugging Face's trainer state (`log_history`), lists by name (columns), or one record.
    """
    match content:
        case list():
            return content
        case {"log_history": list(history)}:
            return history
        case dict() if content and all(isinstance(value, list) for value in content.values()):
            return [dict(zip(content, row, strict=False)) for row in zip(*content.values(), strict=False)]
    return [content]


def _readings(records: Iterable[object]) -> Iterator[Reading]:
    """Yield the readings of each record. The readings have no epoch if the record names none."""
    for line, record in enumerate(records, start=1):
        if not isinstance(record, Mapping):
            continue
        values = dict(numbers_of(record))
        named = next((value for name, value in values.items() if name.casefold() in _EPOCHS), None)
        epoch = named if isinstance(named, float) and math.isfinite(named) else None
        for name, value in values.items():
            if name.casefold() not in _EPOCHS:
                yield reading(name, value, epoch, line)


def _read_events(path: Path) -> list[Reading]:
    """Read the scalars of a TensorBoard file. Their step is stored as the line of the reading."""
    try:
        from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    except ImportError:
        raise DataError(f"{path}: to read TensorBoard files, pip install 'lrsearch[tensorboard]'") from None
    events = EventAccumulator(str(path), size_guidance={"scalars": 0, "tensors": 0}).Reload()
    scalars = [(tag, event.step, event.value) for tag in events.Tags()["scalars"] for event in events.Scalars(tag)]
    return [Reading(tag, float(value), None, int(step)) for tag, step, value in scalars]
