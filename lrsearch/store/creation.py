"""Makes the folder of a run or of a range test, and checks its name. A folder appears complete or not at all."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from lrsearch.analysis.ranking import latest
from lrsearch.errors import RunExists, StorageError, UsageError
from lrsearch.store import files
from lrsearch.store.argument import run_argument
from lrsearch.store.folder import RANGE_FILE, RunFolder
from lrsearch.store.lock import hold_briefly
from lrsearch.store.log import read_log
from lrsearch.store.lookup import LATEST, check_runs_dir, is_run
from lrsearch.store.manifest import Manifest
from lrsearch.store.manifest_json import manifest_bytes, read_manifest

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,63}")


def check_name(name: str) -> None:
    """Raise an error if a name is not allowed for a run.

    Raises:
        UsageError: The name is not 1 to 64 letters, digits, '.', '_' and '-', starts with '.' or '-', or is `latest`.
    """
    if name == LATEST:
        raise UsageError(f"'{LATEST}' is reserved for the newest run; choose another name")
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"run name {name!r}: use at most 64 letters, digits, '.', '_' and '-', and do not start with '.' or '-'"
        )


def check_new(runs_dir: Path, name: str) -> None:
    """Raise an error if a name is not allowed or already taken.

    Raises:
        UsageError: The name is not allowed.
        RunExists: The name is taken.
    """
    check_name(name)
    if (runs_dir / name).exists():
        raise RunExists(_describe_existing(RunFolder(runs_dir / name)))


def create_run(
    runs_dir: Path,
    *,
    spec_name: str,
    strategy: str,
    spec_yaml: str,
    manifest: Manifest,
    name: str | None = None,
    more: Mapping[str, bytes] | None = None,
) -> RunFolder:
    """Make a run's folder with its spec and manifest. The folder appears complete or not at all.

    Args:
        runs_dir: The folder of all runs; created if it is missing.
        spec_name: The spec's name.
        strategy: The strategy's name.
        spec_yaml: The resolved spec (see `RunFolder.spec`).
        manifest: The manifest; its name is replaced by the run's name.
        name: The exact name; None for `<spec_name>-<strategy>-<number>`, where the number is the highest in use plus 1.
            A final training has `train` in place of the strategy.
        more: Content of further files, by name.

    Raises:
        UsageError: The name is not allowed.
        RunExists: `name` is taken.
        StorageError: The folder cannot be written.
    """

    def contents(chosen: str) -> dict[str, bytes]:
        return {
            "spec.yaml": spec_yaml.encode(),
            "run.json": manifest_bytes(replace(manifest, name=chosen)),
            ".lock": b"",  # made here, so that the run can be locked even if the disk becomes full
            **(more or {}),
        }

    check_name(spec_name if name is None else name)
    kind = strategy if manifest.final is None else "train"
    return RunFolder(create_folder(runs_dir, f"{spec_name}-{kind}", contents, name))


def create_folder(
    runs_dir: Path, stem: str, contents: Callable[[str], Mapping[str, bytes]], name: str | None = None
) -> Path:
    """Make a new folder, with files in it, in the folder of all runs. The new folder appears complete or not at all.

    Args:
        runs_dir: The folder of all runs; created if it is missing.
        stem: Start of the name. The number that follows is the highest one in use plus 1.
        contents: A function that gets the name of the new folder and returns the content of each file by file name.
        name: The exact name; None for `stem` followed by a number.

    Raises:
        UsageError: A file stands in the place of the folder of all runs.
        RunExists: `name` is taken.
        StorageError: The folder cannot be written.
    """
    check_runs_dir(runs_dir)
    files.make_parents(runs_dir)
    with hold_briefly(runs_dir):
        while True:
            chosen = _next_name(runs_dir, stem) if name is None else name
            try:
                files.make_folder(runs_dir / chosen, contents(chosen))
            except FileExistsError:
                # On a file system without locks another process may have taken the number: try the next one.
                if name is not None:
                    raise RunExists(_describe_existing(RunFolder(runs_dir / chosen))) from None
            else:
                return runs_dir / chosen


def write_spec(run: RunFolder, spec_yaml: str) -> None:
    """Replace the file of a run's spec. Called when a resume changes the spec.

    Raises:
        StorageError: The new spec cannot be written; the old one is kept.
    """
    files.replace_file(run.spec, spec_yaml.encode())


def _next_name(runs_dir: Path, stem: str) -> str:
    return f"{stem}-{max(_numbers((path.name for path in runs_dir.iterdir()), stem), default=0) + 1:03d}"


def _numbers(names: Iterable[str], stem: str) -> list[int]:
    matches = (re.fullmatch(re.escape(stem) + r"-(\d{3,})", name, re.ASCII) for name in names)
    return [int(match[1]) for match in matches if match]


def _describe_existing(run: RunFolder) -> str:
    if not is_run(run):
        what = "a range test" if (run.path / RANGE_FILE).is_file() else "not a run"
        return f"{run.path} exists and is {what}; choose another name"
    try:
        planned = read_manifest(run.manifest).n_trials
        done = sum(result.is_final for result in latest(read_log(run.log, run.correct).results))
    except StorageError:
        return f"{run.name} exists; choose another name"
    of_planned = f" of {planned}" if planned is not None else ""
    resume = f"lrsearch resume {run_argument(run.path)}"
    return f"{run.name} exists ({done}{of_planned} trials done); go on with `{resume}`, or choose another name"
