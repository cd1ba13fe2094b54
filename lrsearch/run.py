"""A run as its folder tells it: spec, manifest, results, ranking, and what to be careful about. Loads no torch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from lrsearch.analysis import Ranking, Row, edge_warning, first_collapse, latest, rank_results
from lrsearch.records import Result, TrialKey
from lrsearch.spec import Spec, make_spec, spec_values
from lrsearch.store import Manifest, RunFolder, find_run, read_log, read_manifest, write_results
from lrsearch.strategies.planned import planned_rates
from lrsearch.strategies.space import space_of

ATTEMPTS = 2
"""How often a trial that ends in a fault is tried, over all resumes."""


@dataclass(frozen=True)
class Run:
    """A run, finished or not.

    Attributes:
        folder: Where it stands.
        spec: The spec as resolved.
        manifest: How it was made.
        log: Every result in the order in which it was recorded; a trial that was tried again has several.
        notes: What was noticed while reading it, a line each.
    """

    folder: RunFolder
    spec: Spec
    manifest: Manifest
    log: tuple[Result, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The run's name."""
        return self.folder.name

    @property
    def path(self) -> Path:
        """The run's folder."""
        return self.folder.path

    @property
    def finished(self) -> bool:
        """Whether every planned trial has a result."""
        return self.manifest.finished and len(self.results) >= (self.manifest.n_trials or 0)

    @cached_property
    def results(self) -> tuple[Result, ...]:
        """One result for each trial, by trial number: the number that it has in the plan as it stands."""
        return tuple(sorted(_numbered(self, latest(self.log)), key=lambda result: result.trial.number))

    @cached_property
    def ranking(self) -> Ranking:
        """One row for each arm and learning rate, best first."""
        return rank_results(self.results, self.manifest.facts)

    @property
    def best(self) -> Row | None:
        """The best learning rate, as a row of the ranking; None where none trained with every seed."""
        return self.ranking.best

    @cached_property
    def standing(self) -> dict[TrialKey, Result]:
        """Results that a resume leaves alone: final ones, and faults that were tried often enough."""
        attempts = Counter(result.trial.key for result in self.log)
        return {
            result.trial.key: result
            for result in self.results
            if result.is_final or attempts[result.trial.key] >= ATTEMPTS
        }

    @property
    def is_complete(self) -> bool:
        """Whether a resume would have nothing to train."""
        return self.finished and len(self.standing) == len(self.results)

    @cached_property
    def warnings(self) -> tuple[str, ...]:
        """What to be careful about, a line each."""
        said = dict.fromkeys(line for session in self.manifest.sessions for line in session.warnings)
        return (*self.notes, *said, *_progress_warnings(self), *_ranking_warnings(self), *_fault_warnings(self))


def load_run(run: str | Path, *, runs_dir: str | Path = "runs") -> Run:
    """Find a run and read it; nothing is changed.

    Args:
        run: A run's name, its folder, or "latest".
        runs_dir: The folder of all runs.

    Raises:
        RunNotFound: There is no such run.
        StorageError: Its files cannot be read or are damaged.
    """
    return read_run(find_run(Path(runs_dir), str(run)))


def read_run(folder: RunFolder) -> Run:
    """Read the run in a folder; nothing is changed.

    Raises:
        StorageError: Its files cannot be read or are damaged.
    """
    manifest = read_manifest(folder.manifest)
    contents = read_log(folder.log, folder.correct)
    return Run(
        folder=folder,
        spec=make_spec(manifest.spec, source=str(folder.manifest)),
        manifest=manifest,
        log=contents.results,
        notes=contents.warnings,
    )


def _progress_warnings(run: Run) -> list[str]:
    if run.finished:
        return []
    planned = run.manifest.n_trials
    of = f" of {planned}" if planned is not None else ""
    return [f"not finished: {len(run.results)}{of} trials are done"]


def _ranking_warnings(run: Run) -> list[str]:
    ranking, spec = run.ranking, run.spec
    if not run.results or not run.finished:  # a search under way has not got to its ends
        return []
    space = space_of(spec)
    drawn = space.rates is None and space.scale == "log" and run.manifest.strategy != "grid"
    bounds = (space.low, space.high) if drawn else None
    warnings = [line for arm in ranking.arms if (line := edge_warning(ranking, arm, bounds)) is not None]
    broke, low = first_collapse(ranking), max((row.lr for row in ranking.rows if row.state == "too low"), default=None)
    if ranking.best is None:
        if broke is not None and low is not None:
            warnings.append(f"rates up to {low:.1e} are too low, from {broke:.1e} on they collapse: search between")
        elif broke is not None:
            warnings.append(f"every rate from {broke:.1e} on collapsed or diverged: search lower, or train longer")
        elif low is not None:
            warnings.append(f"no rate up to {low:.1e} learned: search higher, or train longer")
    return warnings


def _numbered(run: Run, results: tuple[Result, ...]) -> Iterator[Result]:
    """Results under the numbers that one search with today's budget would give them: a budget may have grown."""
    rates = planned_rates(run.manifest.strategy, run.spec)
    place = {lr: proposal for proposal, lr in enumerate(rates or ())}
    for result in results:
        proposal = place.get(result.trial.lr)
        number = None if proposal is None else result.trial.repeat * len(place) + proposal
        if proposal is None or number is None or (number, proposal) == (result.trial.number, result.trial.proposal):
            yield result
        else:
            yield replace(result, trial=replace(result.trial, number=number, proposal=proposal))


def _fault_warnings(run: Run) -> list[str]:
    faults = [result for result in run.results if not result.is_final]
    if not faults:
        return []
    first, share = faults[0], f"{len(faults)} of {len(run.results)}"
    example = f"the first (lr {first.trial.lr:.1e}): {first.state}: {first.message}"
    return [f"{share} trials ended in a fault, which is not charged to their rates; {example}"]


def write_up(run: Run) -> None:
    """Write the files that are derived from a run: tables as CSV, JSON and Markdown.

    Raises:
        StorageError: The disk refuses; the log stands.
    """
    write_results(run.folder, run.manifest, spec_values(run.spec), run.ranking, run.results, run.warnings)
