"""The paths of the files and folders of a run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

RANGE_FILE = "range.json"
"""The file with the result of a range test. The file is in the test's own folder, or in the run that began with the
test."""


@dataclass(frozen=True, slots=True)
class RunFolder:
    """A run's folder and the paths in it."""

    path: Path

    @property
    def name(self) -> str:
        """The run's name."""
        return self.path.resolve().name

    @property
    def spec(self) -> Path:
        """The resolved spec, with every key, and with the value that was chosen for each `auto`."""
        return self.path / "spec.yaml"

    @property
    def manifest(self) -> Path:
        """The manifest: facts about the run. A resume needs the manifest and the log."""
        return self.path / "run.json"

    @property
    def log(self) -> Path:
        """The log: one line for each finished trial. All results are computed from the log."""
        return self.path / "trials.jsonl"

    @property
    def correct(self) -> Path:
        """The file with one bit (1 for a correct answer) and one metric value for each validation image of each result.

        The values are left out if the metric is not a mean of values for single images, or if the bits are these
        values. See `lrsearch.store.log`.
        """
        return self.path / "correct.bin"

    @property
    def checkpoints(self) -> Path:
        """Checkpoints of unfinished trials."""
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
        """The results as Markdown, for people."""
        return self.path / "results.md"

    @property
    def report(self) -> Path:
        """The report page."""
        return self.path / "report.html"

    @property
    def plots(self) -> Path:
        """The folder of plots."""
        return self.path / "plots"
