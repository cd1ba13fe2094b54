"""The run folder: its named paths, how it is made whole, and how a run is found again."""

from __future__ import annotations

import difflib
import re
import shlex
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from lrsearch.analysis.ranking import latest
from lrsearch.errors import RunExists, RunNotFound, StorageError, UsageError
from lrsearch.store import files
from lrsearch.store.clock import changed
from lrsearch.store.lock import hold_briefly
from lrsearch.store.log import read_log
from lrsearch.store.manifest import Manifest, manifest_bytes, read_manifest
from lrsearch.store.os_errors import storage_errors

LATEST = "latest"
RANGE_FILE = "range.json"
"""What a range test found, in a folder of its own, or in that of the run that it was made for."""

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class RunFolder:
    """A run's folder and what stands where in it."""

    path: Path

    @property
    def name(self) -> str:
        """The run's name."""
        return self.path.resolve().name

    @property
    def spec(self) -> Path:
        """The spec as resolved."""
        return self.path / "spec.yaml"

    @property
    def manifest(self) -> Path:
        """What a resume needs besides the log."""
        return self.path / "run.json"

    @property
    def log(self) -> Path:
        """The truth: one line for each finished trial."""
        return self.path / "trials.jsonl"

    @property
    def correct(self) -> Path:
        """The answers image by image, to which the log points."""
        return self.path / "correct.bin"

    @property
    def checkpoints(self) -> Path:
        """How far unfinished trials are."""
        return self.path / "checkpoints"

    @property
    def results_csv(self) -> Path:
        """One row for each arm and learning rate."""
        return self.path / "results.csv"

    @property
    def trials_csv(self) -> Path:
        """One row for each training."""
        return self.path / "trials.csv"

    @property
    def results_json(self) -> Path:
        """All results, for programs."""
        return self.path / "results.json"

    @property
    def results_md(self) -> Path:
        """The table, for people."""
        return self.path / "results.md"

    @property
    def report(self) -> Path:
        """The report, one page."""
        return self.path / "report.html"

    @property
    def plots(self) -> Path:
        """The folder of pictures."""
        return self.path / "plots"


def check_name(name: str) -> None:
    """Refuse what cannot name a run.

    Raises:
        UsageError: Not 1 to 64 letters, digits, '.', '_' and '-', begins with '.', or is `latest`.
    """
    if name == LATEST:
        raise UsageError(f"'{LATEST}' is reserved: it stands for the newest run; take another name")
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"run name {name!r}: letters, digits, '.', '_' and '-' only, 64 at most, and no '.' at the beginning"
        )


def check_new(runs_dir: Path, name: str) -> None:
    """Refuse a name that is none, or that is taken.

    Raises:
        UsageError: It cannot name a run.
        RunExists: It is taken.
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
    """Make a run's folder; it appears whole, with its spec and manifest, or not at all.

    Args:
        runs_dir: The folder of all runs; made if it is not there.
        spec_name: The spec's name.
        strategy: The strategy's name.
        spec_yaml: The resolved spec.
        manifest: The manifest; its name is set to the run's.
        name: The exact name; None for `<spec_name>-<strategy>-<number>` with the number after the highest there is.
        more: Further files by their names.

    Raises:
        UsageError: The name is not one.
        RunExists: `name` is taken.
        StorageError: The disk refuses.
    """

    def contents(chosen: str) -> dict[str, bytes]:
        return {
            "spec.yaml": spec_yaml.encode(),
            "run.json": manifest_bytes(replace(manifest, name=chosen)),
            **(more or {}),
        }

    check_name(spec_name if name is None else name)
    return RunFolder(create_folder(runs_dir, f"{spec_name}-{strategy}", contents, name))


def create_folder(
    runs_dir: Path, stem: str, contents: Callable[[str], Mapping[str, bytes]], name: str | None = None
) -> Path:
    """Make a folder under that of all runs, with its first files; it appears whole, or not at all.

    Args:
        runs_dir: The folder of all runs; made if it is not there.
        stem: Its name without the number, which is the one after the highest there is.
        contents: Files by their names, from the name that it gets.
        name: Its exact name; None for `stem` and a number.

    Raises:
        RunExists: `name` is taken.
        StorageError: The disk refuses.
    """
    files.make_parents(runs_dir)
    with hold_briefly(runs_dir):
        while True:
            chosen = _next_name(runs_dir, stem) if name is None else name
            try:
                files.make_folder(runs_dir / chosen, contents(chosen))
            except FileExistsError:
                # A number can still be taken by a process on a file system that knows no locks: take the next one.
                if name is not None:
                    raise RunExists(_describe_existing(RunFolder(runs_dir / chosen))) from None
            else:
                return runs_dir / chosen


def write_spec(run: RunFolder, spec_yaml: str) -> None:
    """Write a run's spec anew, for a resume with a larger budget.

    Raises:
        StorageError: It cannot be written; the old one stands.
    """
    files.replace_file(run.spec, spec_yaml.encode())


def find_run(runs_dir: Path, ref: str) -> RunFolder:
    """The run that a person means.

    Args:
        runs_dir: The folder of all runs.
        ref: A run's name, `latest`, or the path of its folder.

    Raises:
        RunNotFound: There is no such run.
    """
    runs = list_runs(runs_dir)
    if ref == LATEST:
        if not runs:
            raise RunNotFound(f"no run under {runs_dir}/ yet; `lrsearch grid` makes one")
        return runs[-1]
    named = next((run for run in runs if run.path.name == ref), None)
    if named is not None:
        return named
    given = RunFolder(Path(ref))
    if _is_run(given):
        return given
    for path in (runs_dir / ref, given.path):
        if (path / RANGE_FILE).is_file():
            raise RunNotFound(f"{ref} is a range test, not a run: {path / RANGE_FILE} holds what it found")
    if given.path.is_dir():
        raise RunNotFound(f"{ref} is not a run: it holds no {given.manifest.name}")
    names = [run.path.name for run in runs]
    close = difflib.get_close_matches(Path(ref).name, names, n=1)
    hint = f"did you mean '{close[0]}'?" if close else "`lrsearch runs` shows what there is"
    raise RunNotFound(f"no run '{ref}' under {runs_dir}/; {hint}")


def list_runs(runs_dir: Path) -> list[RunFolder]:
    """All runs under a folder, the newest last; what is no run, or leads out of the folder, is passed over."""
    if not runs_dir.is_dir():
        return []
    with storage_errors(runs_dir):
        folders = [RunFolder(path) for path in runs_dir.iterdir() if not path.name.startswith(".")]
    runs = [run for run in folders if not run.path.is_symlink() and _is_run(run)]
    return sorted(runs, key=lambda run: (_created(run), run.path.name))


def _is_run(run: RunFolder) -> bool:
    try:
        return run.manifest.is_file()
    except OSError:
        return True  # a folder that cannot be looked into is said where it is read, and hides no other


def _created(run: RunFolder) -> str:
    try:
        return read_manifest(run.manifest).created
    except StorageError:
        # The file's time stands in for a manifest that cannot be read, lest `latest` quietly mean another run.
        return changed(run.manifest)


def _next_name(runs_dir: Path, stem: str) -> str:
    return f"{stem}-{max(_numbers((path.name for path in runs_dir.iterdir()), stem), default=0) + 1:03d}"


def _numbers(names: Iterable[str], stem: str) -> list[int]:
    matches = (re.fullmatch(re.escape(stem) + r"-(\d{3,})", name, re.ASCII) for name in names)
    return [int(match[1]) for match in matches if match]


def _describe_existing(run: RunFolder) -> str:
    if not _is_run(run):
        what = "a range test" if (run.path / RANGE_FILE).is_file() else "not a run"
        return f"{run.path} exists, and is {what}; take another name"
    try:
        planned = read_manifest(run.manifest).n_trials
        done = sum(result.is_final for result in latest(read_log(run.log, run.correct).results))
    except StorageError:
        return f"{run.name} exists; take another name"
    of = f" of {planned}" if planned is not None else ""
    resume = f"lrsearch resume {shlex.quote(str(run.path))}"
    return f"{run.name} exists ({done}{of} trials done): `{resume}`, or take another name"
