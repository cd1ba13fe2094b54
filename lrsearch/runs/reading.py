"""Reads a run from its folder, and writes its result tables into the folder. Does not import torch."""

from __future__ import annotations

from pathlib import Path

from lrsearch.runs.consistency import check_beginning, fitting, spec_of
from lrsearch.runs.run import Run
from lrsearch.store import RunFolder, find_run, read_log, read_manifest, write_results


def load_run(run: str | Path, *, runs_dir: str | Path = "runs") -> Run:
    """Find a run and read it. No file is changed.

    Args:
        run: The name of a run, the path of its folder, or "latest".
        runs_dir: The folder of all runs.

    Raises:
        RunNotFound: There is no such run.
        StorageError: A file of the run cannot be read or is damaged.
    """
    return read_run(find_run(Path(runs_dir), str(run)))


def read_run(folder: RunFolder) -> Run:
    """Read the run in a folder. No file is changed.

    Raises:
        StorageError: A file of the run cannot be read or is damaged.
    """
    manifest = read_manifest(folder.manifest)
    spec = spec_of(folder, manifest)
    contents = read_log(folder.log, folder.correct)
    check_beginning(folder, manifest, contents)
    results, notes = fitting(folder, manifest, spec, contents.results)
    if manifest.train_seconds and not contents.size:
        state = "empty" if folder.log.exists() else "missing"
        notes = [f"{folder.log} is {state}, so its results are lost, and a resume trains all trials again", *notes]
    return Run(folder=folder, spec=spec, manifest=manifest, log=results, notes=(*contents.warnings, *notes))


def write_up(run: Run) -> None:
    """Write the result tables of a run as CSV, JSON and Markdown. The log is not changed.

    Raises:
        StorageError: A file cannot be written.
    """
    write_results(
        run.folder,
        run.manifest,
        run.spec_values,
        run.ranking,
        run.results,
        run.warnings,
        run.evidence,
        run.comparison,
        run.saved,
    )
