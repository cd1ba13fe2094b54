"""Finds one run by its name or path, or all runs in a folder."""

from __future__ import annotations

import errno
import os
from datetime import datetime
from pathlib import Path

from lrsearch.errors import RunNotFound, StorageError, UsageError
from lrsearch.store.argument import runs_dir_option
from lrsearch.store.clock import utc_text
from lrsearch.store.folder import RANGE_FILE, RunFolder
from lrsearch.store.manifest_json import read_manifest
from lrsearch.store.os_errors import storage_errors
from lrsearch.wording import closest, some_of

LATEST = "latest"
"""A name that stands for the newest run that can be read. This name is allowed wherever the user names a run."""

_MOST_NAMES = 3


def check_runs_dir(runs_dir: Path) -> None:
    """Check that no file stands in the place of the folder of runs, or of a folder above it. It need not exist yet.

    Raises:
        UsageError: There is a file, a device or a broken link, or the name is too long.
    """
    with storage_errors(runs_dir):
        try:
            if runs_dir.is_dir():
                return
        except OSError as error:
            if error.errno == errno.ENAMETOOLONG:
                raise UsageError(f"--runs-dir: {runs_dir}: the name is too long; choose a shorter one") from None
            raise
        for place in (runs_dir, *runs_dir.parents):
            if place.is_dir():
                return
            if os.path.lexists(place):
                what = "leads nowhere" if place.is_symlink() else "is not a folder"
                raise UsageError(f"--runs-dir: {place} {what}; name a folder, or one that does not exist yet")


def find_run(runs_dir: Path, ref: str) -> RunFolder:
    """Find the run that the user names.

    Args:
        runs_dir: The folder of all runs.
        ref: A run's name, `latest`, or the path of its folder.

    Raises:
        RunNotFound: There is no such run, or a symbolic link leads to the run.
    """
    runs = list_runs(runs_dir)
    if not ref:
        raise RunNotFound(f"the name of the run is empty; {_listed(runs_dir)} lists all runs")
    if ref == LATEST:
        if not runs:
            raise RunNotFound(f"no run under {runs_dir}/ yet; `lrsearch grid{runs_dir_option(runs_dir)}` starts one")
        return runs[-1]
    named = next((run for run in runs if run.path.name == ref), None)
    if named is not None:
        return named
    given = RunFolder(Path(ref))
    if is_run(given):
        _refuse_link(given.path, runs_dir)
        return given
    for path in (runs_dir / ref, given.path):
        if (path / RANGE_FILE).is_file():
            raise RunNotFound(f"{ref} is a range test, not a run; its result is in {path / RANGE_FILE}")
    if given.path.is_dir():
        raise RunNotFound(f"{ref} is not a run, because the folder holds no {given.manifest.name}")
    names = [run.path.name for run in runs]
    meant = closest(Path(ref).name, names)
    hint = f"did you mean '{meant}'?" if meant else f"{_listed(runs_dir)} lists all runs"
    raise RunNotFound(f"no run '{ref}' under {runs_dir}/; {hint}")


def _refuse_link(path: Path, runs_dir: Path) -> None:
    """Raise an error if the path of a run is a symbolic link, or leads through a link inside the folder of runs.

    The files of a linked run are not in the folder of runs. Links above that folder are allowed, because people use
    links such as ~/scratch for whole disks.

    Raises:
        RunNotFound: The path is a link, or leads through a link inside the folder of runs.
    """
    root = runs_dir.resolve()
    for part in (path, *path.parents):
        if part.is_symlink() and (part == path or part.parent.resolve().is_relative_to(root)):
            raise RunNotFound(f"{part} is a symbolic link; give the folder that it leads to, {part.resolve()}")


def list_runs(runs_dir: Path) -> list[RunFolder]:
    """List all runs in a folder, the newest last. Runs whose manifest cannot be read come first.

    Symbolic links and folders that are not runs are left out.

    Raises:
        UsageError: A file stands in the place of the folder.
        StorageError: The folder cannot be read.
    """
    check_runs_dir(runs_dir)
    if not runs_dir.is_dir():
        return []
    with storage_errors(runs_dir):
        folders = [RunFolder(path) for path in runs_dir.iterdir() if not path.name.startswith(".")]
    runs = [run for run in folders if not run.path.is_symlink() and is_run(run)]
    return sorted(runs, key=lambda run: (_created(run), run.path.name))


def is_run(run: RunFolder) -> bool:
    """Whether a folder is a run, which has a manifest. If only the manifest is missing, reading the run says so."""
    try:
        return run.manifest.is_file() or run.log.is_file()
    except OSError:
        return True  # the folder cannot be read: list it as a run, and let reading it report the error


def passed_over(runs_dir: Path) -> str:
    """Write a line about the runs that `latest` skips because their manifest cannot be read; "" if there are none."""
    names = [run.name for run in list_runs(runs_dir) if not _created(run)]
    if not names:
        return ""
    return f"latest: skips {some_of(names, _MOST_NAMES)}, which cannot be read; {_listed(runs_dir)} says why"


def _listed(runs_dir: Path) -> str:
    """Write the command that lists the runs of a folder."""
    return f"`lrsearch runs{runs_dir_option(runs_dir)}`"


def list_unfinished(runs_dir: Path) -> list[RunFolder]:
    """List the runs of a folder that can be read and are not finished, the newest last."""
    return [run for run in list_runs(runs_dir) if _created(run) and not read_manifest(run.manifest).finished]


def _created(run: RunFolder) -> str:
    """Return the time when a run was made, as text that sorts by time; "" if the manifest cannot be read."""
    try:
        return utc_text(datetime.fromisoformat(read_manifest(run.manifest).created))
    except StorageError:
        return ""
