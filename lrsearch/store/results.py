"""Writes the results of a run, as text and as files in its folder. The results can be computed again from the log."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from lrsearch.analysis.evidence import ArmComparison, Evidence
from lrsearch.analysis.ranking import Ranking, Saved, first_collapse
from lrsearch.records import Result, overrides_text
from lrsearch.store import files
from lrsearch.store.evidence_json import evidence_to_json
from lrsearch.store.folder import RunFolder
from lrsearch.store.manifest import FORMAT as RUN_FORMAT
from lrsearch.store.manifest import Manifest
from lrsearch.store.manifest_json import manifest_to_json
from lrsearch.store.markdown import results_md
from lrsearch.store.tables import Cell, csv_text, rate_cells, rate_columns, rate_table, trial_columns, trial_table

FORMAT = 3


def write_results(
    run: RunFolder,
    manifest: Manifest,
    spec: Mapping[str, Any],
    ranking: Ranking,
    results: Sequence[Result],
    warnings: Sequence[str] = (),
    evidence: Mapping[str, Evidence | None] = MappingProxyType({}),
    comparison: ArmComparison | None = None,
    saved: Saved | None = None,
) -> None:
    """Write results.csv, trials.csv, results.json and results.md.

    Args:
        run: The folder to write to.
        manifest: The run's manifest.
        spec: The resolved spec as plain values.
        ranking: The ranking of these results.
        results: The results, in the order in which they were recorded.
        warnings: Warnings about the results.
        evidence: The evidence of each arm.
        comparison: The comparison of the arms.
        saved: What pruning has saved.

    Raises:
        StorageError: A file cannot be written; existing files are kept.
    """
    texts = {
        run.results_csv: results_csv(ranking),
        run.trials_csv: trials_csv(results),
        run.results_json: results_json(manifest, spec, ranking, results, warnings, evidence, comparison),
        run.results_md: results_md(manifest, spec, ranking, warnings, evidence, saved),
    }
    for path, text in texts.items():
        files.replace_file(path, text.encode(errors="backslashreplace"))


def results_csv(ranking: Ranking) -> str:
    """Write a CSV with one line for each arm and learning rate, best first.

    Numbers are exact, missing values are empty, and overrides are JSON. Each text is on one line. A text that a
    spreadsheet would read as a formula begins with an apostrophe.
    """
    return _csv(rate_columns(ranking), rate_table(ranking))


def trials_csv(results: Iterable[Result]) -> str:
    """Write a CSV with one line for each training, sorted by number, in the form of `results_csv`."""
    results = list(results)
    return _csv(trial_columns(results), trial_table(results))


def results_json(
    manifest: Manifest,
    spec: Mapping[str, Any],
    ranking: Ranking,
    results: Iterable[Result],
    warnings: Sequence[str] = (),
    evidence: Mapping[str, Evidence | None] = MappingProxyType({}),
    comparison: ArmComparison | None = None,
) -> str:
    """Write one JSON document with all results.

    Returns:
        An object with these keys; a number that is not finite is null:

        - `format`: 3.
        - `run`: the manifest, as a new `run.json` holds it.
        - `spec`: the resolved spec.
        - `metric`: what the scores are: `name`, `label`, `goal` (max or min), `unit`, and `constant`, the score of the
          best constant prediction, or null.
        - `best`: the best row of `rates`, or null.
        - `collapses_from`: for each arm, the smallest rate above the best that collapsed or diverged, or null.
        - `arms`: only in a run with arms; `arm`, `arm_rank`, `overrides`, `best`, `expected` and `tied` of each arm,
          best arm first.
        - `rates`: one row for each arm and rate, with the columns of results.csv.
        - `evidence`: for each arm, the fields of `evidence_json.FIELDS`, or null.
        - `trials`: one row for each training, with the columns of trials.csv.
        - `warnings`: the warnings about the results.
    """
    run = manifest_to_json(replace(manifest, format=RUN_FORMAT))
    del run["format"], run["spec"]  # the document has both keys itself
    document = {
        "format": FORMAT,
        "run": run,
        "spec": spec,
        "metric": {
            "name": ranking.metric.name,
            "label": ranking.metric.label,
            "goal": ranking.metric.goal,
            "unit": ranking.metric.unit,
            "constant": ranking.constant,
        },
        "best": rate_cells(ranking.best, with_overrides=ranking.has_overrides) if ranking.best else None,
        "collapses_from": {arm: first_collapse(ranking, arm) for arm in ranking.arms},
        **({"arms": _arms(spec, ranking, comparison)} if any(ranking.arms) else {}),
        "rates": rate_table(ranking),
        "evidence": {arm: evidence_to_json(of_arm) for arm, of_arm in evidence.items()},
        "trials": trial_table(results),
        "warnings": list(warnings),
    }
    return json.dumps(_finite(document), indent=2, allow_nan=False) + "\n"


def _arms(spec: Mapping[str, Any], ranking: Ranking, comparison: ArmComparison | None) -> list[dict[str, Any]]:
    expected = {} if comparison is None else comparison.expected
    tied = None if comparison is None or comparison.bound is None else comparison.tied
    best = {arm: ranking.best_of(arm) for arm in ranking.arms}
    return [
        {
            "arm": arm,
            "arm_rank": place,
            "overrides": spec.get("arms", {}).get(arm, {}),
            "best": None if row is None else rate_cells(row, with_overrides=ranking.has_overrides),
            "expected": expected.get(arm),
            "tied": None if tied is None else arm in tied,
        }
        for place, (arm, row) in enumerate(best.items(), start=1)
    ]


def _csv(columns: Sequence[str], rows: Iterable[Mapping[str, Cell]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_csv_cell(row[name]) for name in columns] for row in rows)
    return text.getvalue()


def _csv_cell(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return csv_text(overrides_text(value))
    if isinstance(value, str):
        return csv_text(value)
    return repr(float(value)) if isinstance(value, float) else str(value)


def _finite(value: Any) -> Any:  # noqa: ANN401 - JSON values of any shape
    match value:
        case float():
            return float(value) if math.isfinite(value) else None
        case Mapping():
            return {str(key): _finite(item) for key, item in value.items()}
        case list() | tuple():
            return [_finite(item) for item in value]
        case _:
            return value
