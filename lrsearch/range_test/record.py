"""A range test as JSON: `range.json` of its folder, or of the run that it was made for."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from lrsearch.analysis.range import PROBE_STEPS, Finding, Suggestion
from lrsearch.records import DataFacts, Decision
from lrsearch.store import RANGE_FILE, RunFolder, storage_errors

FORMAT = 1


def range_json(finding: Finding) -> dict[str, Any]:
    """What a range test found, as plain values.

    Args:
        finding: The test.

    Returns:
        `suggestion` with `lr`, `low` and `high` (null where the test cannot tell), `message` (why it cannot, else ""),
        `ramp`, `methods` with each one's rate over seeds and by seed, `curves` and `probes` with the losses by step.
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
    facts: Mapping[str, DataFacts],
    decisions: Mapping[str, Mapping[str, Decision]],
    versions: Mapping[str, str],
    created: str,
) -> bytes:
    """The contents of `range.json`.

    Args:
        findings: By arm; of a spec without arms as "", and then at the top of the file.
        spec: Plain values of the spec.
        facts: The data of each arm.
        decisions: What was resolved for each arm, and why.
        versions: Of the packages that can change a result.
        created: ISO 8601 in UTC.
    """
    of_arms = {
        arm: {
            **range_json(finding),
            "facts": asdict(facts[arm]),
            "decisions": {key: asdict(decision) for key, decision in decisions[arm].items()},
        }
        for arm, finding in findings.items()
    }
    body = of_arms.get("", {"arms": of_arms})
    document = {"format": FORMAT, "created": created, **body, "spec": spec, "versions": dict(versions)}
    return (json.dumps(document, indent=1, allow_nan=False) + "\n").encode()


def with_earlier(path: Path, contents: bytes) -> bytes:
    """The tests of some arms behind those that a file holds already, if any.

    Args:
        path: The file.
        contents: Of `range_file`, for arms.
    """
    try:
        earlier, later = json.loads(path.read_bytes()), json.loads(contents)
        arms = {**earlier["arms"], **later["arms"]}
    except (OSError, ValueError, LookupError, TypeError):
        return contents
    return (json.dumps({**later, "arms": arms}, indent=1, allow_nan=False) + "\n").encode()


@dataclass(frozen=True)
class RangeSummary:
    """A range test in a list.

    Attributes:
        name: Its folder's.
        created: ISO 8601 in UTC; "" where the file cannot be read.
        suggestions: By arm, None where the test could not tell; empty where the file cannot be read.
    """

    name: str
    created: str = ""
    suggestions: Mapping[str, float | None] = field(default_factory=dict)


def list_range_tests(runs_dir: Path) -> list[RangeSummary]:
    """The range tests with folders of their own under that of all runs, by name."""
    if not runs_dir.is_dir():
        return []
    with storage_errors(runs_dir):
        paths = [path for path in sorted(runs_dir.iterdir()) if not path.name.startswith(".") and not path.is_symlink()]
        return [
            _summary(path) for path in paths if (path / RANGE_FILE).is_file() and not RunFolder(path).manifest.exists()
        ]


def _summary(path: Path) -> RangeSummary:
    try:
        document = json.loads((path / RANGE_FILE).read_bytes())
        of_arms = document.get("arms", {"": document})
        found = {arm: test["suggestion"] and float(test["suggestion"]["lr"]) for arm, test in of_arms.items()}
        return RangeSummary(path.name, str(document["created"]), found)
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return RangeSummary(path.name)


def _numbers(losses: Sequence[float]) -> list[float | None]:
    """Six digits; null for what is not finite, which JSON does not know."""
    return [float(f"{loss:.6g}") if math.isfinite(loss) else None for loss in losses]
