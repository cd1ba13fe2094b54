"""Writes and reads `range.json`: range tests as JSON, in their own folder or in the folder of their run."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from lrsearch.analysis.range import PROBE_STEPS, Finding, Suggestion
from lrsearch.errors import StorageError
from lrsearch.plans import Decision
from lrsearch.records import Task
from lrsearch.store import RANGE_FILE, RunFolder, check_range_file, files, is_run, storage_errors, task_to_json
from lrsearch.wording import rounded

FORMAT = 1


def range_json(finding: Finding) -> dict[str, Any]:
    """Convert the result of a range test to plain values for JSON.

    Args:
        finding: The result of the test.

    Returns:
        A dict with these keys. `suggestion`: `lr`, `low` and `high`; None if the test suggests nothing. `message`: why
        the test suggests nothing; "" if there is a suggestion. `ramp`: the ramp. `methods`: the rate of each method,
        over all seeds and for each seed. `curves` and `probes`: the losses of every step.
    """
    found = finding.answer
    ramp = finding.ramp
    return {
        "suggestion": asdict(found) if isinstance(found, Suggestion) else None,
        "message": "" if isinstance(found, Suggestion) else str(found),
        "ramp": asdict(ramp),
        "methods": {
            name: {"lr": reading.lr, "by_seed": list(reading.by_seed), "formula": reading.formula}
            for name, reading in finding.readings.items()
        },
        "curves": {
            "lr": [ramp.rate(step) for step in range(max(map(len, finding.curves)))],
            "loss_by_seed": [_numbers(losses) for losses in finding.curves],
        },
        "probes": [
            {"lr": lr, "steps": PROBE_STEPS, "loss_by_seed": [_numbers(losses) for losses in finding.probes[lr]]}
            for lr in sorted(finding.probes)
        ],
    }


def range_file(
    findings: Mapping[str, Finding],
    *,
    spec: Mapping[str, object],
    tasks: Mapping[str, Task],
    decisions: Mapping[str, Mapping[str, Decision[Any]]],
    versions: Mapping[str, str],
    created: str,
) -> bytes:
    """Build the contents of `range.json`.

    Args:
        findings: The result of each arm, by name. A spec without arms has the single key "". Its result is written at
            the top level of the file.
        spec: The spec as plain values.
        tasks: What each arm trains.
        decisions: The decisions of each arm's plan, with their reasons.
        versions: Versions of the packages that can change a result.
        created: Time of the test, ISO 8601 in UTC.

    Returns:
        JSON in UTF-8. A loss that is not finite is null, because JSON has no NaN.
    """
    of_arms = {
        arm: {
            **range_json(finding),
            **task_to_json(tasks[arm], FORMAT),
            "decisions": {key: asdict(decision) for key, decision in decisions[arm].items()},
        }
        for arm, finding in findings.items()
    }
    body = of_arms.get("", {"arms": of_arms})
    document = {"format": FORMAT, "created": created, **body, "spec": spec, "versions": dict(versions)}
    return (json.dumps(document, indent=1, allow_nan=False) + "\n").encode()


def with_earlier(path: Path, contents: bytes) -> bytes:
    """Add the range tests of new arms to the tests in an existing file.

    Args:
        path: The existing range.json; the file may be missing.
        contents: Contents from `range_file` for the new arms.

    Returns:
        Contents with the arms of the file and the new arms.

    Raises:
        StorageError: The file cannot be read or is damaged; the file is left unchanged.
    """
    if not path.exists():
        return contents
    try:
        earlier, later = json.loads(files.read_file(path)), json.loads(contents)
        arms = {**earlier["arms"], **later["arms"]}
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise StorageError(
            f"{path}: is damaged (cut off, or changed by hand?); restore the file from a copy, or move it away, "
            "then resume"
        ) from error
    return (json.dumps({**later, "arms": arms}, indent=1, allow_nan=False) + "\n").encode()


@dataclass(frozen=True)
class RangeSummary:
    """A range test as `lrsearch runs` lists it.

    Attributes:
        name: Name of the test's folder.
        created: Time of the test, ISO 8601 in UTC; "" if the file cannot be read.
        suggestions: Suggested rate of each arm, by name; None for an arm without a suggestion. Empty if the file cannot
            be read.
    """

    name: str
    created: str = ""
    suggestions: Mapping[str, float | None] = field(default_factory=dict)


def list_range_tests(runs_dir: Path) -> list[RangeSummary]:
    """List the range tests that have their own folder in `runs_dir`, sorted by name.

    Raises:
        StorageError: The folder cannot be read.
    """
    if not runs_dir.is_dir():
        return []
    with storage_errors(runs_dir):
        paths = [path for path in sorted(runs_dir.iterdir()) if not path.name.startswith(".") and not path.is_symlink()]
    return [_summary(path) for path in paths if _is_range_test(path)]


def _is_range_test(path: Path) -> bool:
    try:
        return (path / RANGE_FILE).is_file() and not is_run(RunFolder(path))
    except OSError:
        return False  # a folder that cannot be read is listed as a run that cannot be read


def _summary(path: Path) -> RangeSummary:
    try:
        document = json.loads((path / RANGE_FILE).read_bytes())
        check_range_file(document)
    except (OSError, ValueError, RecursionError):
        return RangeSummary(path.name)
    of_arms = document.get("arms", {"": document})
    found = {arm: test["suggestion"] and test["suggestion"]["lr"] for arm, test in of_arms.items()}
    return RangeSummary(path.name, document["created"], found)


def _numbers(losses: Sequence[float]) -> list[float | None]:
    """Round losses to six digits; replace a value that is not finite by None, because JSON cannot hold it."""
    return [rounded(loss, 6) if math.isfinite(loss) else None for loss in losses]
