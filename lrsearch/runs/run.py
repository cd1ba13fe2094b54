"""A run as its folder tells it: spec, manifest, results, ranking, and what to be careful about. Loads no torch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from lrsearch.analysis.evidence import Evidence, judge, weigh
from lrsearch.analysis.ranking import CONFIRM, Ranking, Row, first_collapse, latest, rank_results
from lrsearch.records import Result, TrialKey
from lrsearch.spec import Spec, arm_specs, make_spec, spec_values
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
    def arms(self) -> dict[str, Spec]:
        """The spec of each arm by its name; of a run without arms its own, as ""."""
        return arm_specs(self.spec)

    @cached_property
    def n_rates(self) -> int:
        """Learning rates that are planned, over all arms."""
        planned = [(spec, planned_rates(self.manifest.strategy, spec)) for spec in self.arms.values()]
        return sum(spec.search.trials if rates is None else len(rates) for spec, rates in planned)

    @property
    def best_spec(self) -> Spec:
        """The spec of the arm with the best rate; the run's own where it has no arms, or no best rate."""
        return self.spec if self.best is None else self.arms[self.best.arm]

    @cached_property
    def results(self) -> tuple[Result, ...]:
        """One result for each trial, by trial number: the number that it has in the plan as it stands."""
        return tuple(sorted(_numbered(self, latest(self.log)), key=lambda result: result.trial.number))

    @cached_property
    def evidence(self) -> dict[str, Evidence | None]:
        """What the results of each arm support; None where no rate of it trained with every seed."""
        of_arms: dict[str, list[Result]] = {arm: [] for arm in self.arms}
        for result in self.results:
            of_arms[result.trial.arm].append(result)
        return {arm: _weigh_arm(self, arm, of_arm) for arm, of_arm in of_arms.items()}

    @cached_property
    def ranking(self) -> Ranking:
        """One row for each arm and learning rate, best first."""
        return judge(self.order, self.evidence)

    @cached_property
    def order(self) -> Ranking:
        """The ranking before anything is weighed: what strategies look at."""
        return rank_results(self.results, {arm: self.manifest.facts_of(arm) for arm in self.arms})

    @property
    def best_evidence(self) -> Evidence | None:
        """What the results of the best arm support; None where no rate trained with every seed."""
        return None if self.best is None else self.evidence[self.best.arm]

    @property
    def recommended(self) -> float | None:
        """The learning rate to take; None where no rate trained with every seed."""
        return None if self.best_evidence is None else self.best_evidence.recommendation.lr

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
    n_own = sum(not result.trial.stage for result in run.results)
    stages = [name for name in ("extend", "refine", "confirm") if any(_asks(spec, name) for spec in run.arms.values())]
    behind = f", and {', '.join(stages)} behind them" if stages else ""
    begun = f", and {len(run.results) - n_own} that follow them" if n_own < len(run.results) else ""
    missing = [arm for arm in run.arms if arm not in run.ranking.arms]
    names = ", ".join(missing[:5]) + ", ..." * (len(missing) > 5)
    unseen = f"; nothing is known yet of {names}" if missing and run.spec.arms else ""
    of = f" of {planned}{behind}" if planned is not None else ""
    return [f"not finished: {n_own}{of} trials are done{begun}{unseen}"]


def _asks(spec: Spec, stage: str) -> bool:
    return bool(getattr(spec.search, stage))


def _ranking_warnings(run: Run) -> list[str]:
    if not run.results or not run.finished:  # a search under way has not got to its ends
        return []
    lines: list[str | None] = []
    for arm in run.ranking.arms:
        evidence = run.evidence[arm]
        if evidence is None:
            lines.append(_arm_warning(run, arm))
        else:
            # Of the arms behind the best one only what may change their place.
            is_first = arm == run.ranking.arms[0]
            remarks = [each for each in evidence.remarks if each.is_warning and (is_first or each.name == "edge")]
            lines += [f"{arm}: {each.text}" if arm else each.text for each in remarks]
    return [line for line in lines if line is not None]


def _weigh_arm(run: Run, arm: str, results: list[Result]) -> Evidence | None:
    spec = run.arms[arm]
    space = space_of(spec)
    is_drawn = space.rates is None and space.scale == "log" and run.manifest.strategy != "grid"
    return weigh(
        results,
        run.manifest.facts_of(arm),
        arm,
        bounds=(space.low, space.high) if is_drawn else None,
        has_warmup=spec.train.warmup != 0,
        ranking=run.order,
    )


def _arm_warning(run: Run, arm: str) -> str | None:
    """Where nothing is to be weighed, where to search."""
    ranking = run.ranking
    broke = first_collapse(ranking, arm)
    low = max((row.lr for row in ranking.of_arm(arm) if row.state == "too low"), default=None)
    prefix = f"{arm}: " if arm else ""
    if broke is not None and low is not None:
        return f"{prefix}rates up to {low:.1e} are too low, from {broke:.1e} on they collapse: search between"
    if broke is not None:
        return f"{prefix}every rate from {broke:.1e} on collapsed or diverged: search lower, or train longer"
    if low is not None:
        return f"{prefix}no rate up to {low:.1e} learned: search higher, or train longer"
    return None


def _numbered(run: Run, results: tuple[Result, ...]) -> Iterator[Result]:
    """Results under the numbers that one search with today's budget would give them: a budget may have grown.

    What followed the search is numbered behind all of it, in the order in which it was asked for.
    """
    places: dict[str, dict[float, int]] = {}
    firsts: dict[str, int] = {}
    n_before = 0
    for arm, spec in run.arms.items():
        rates = planned_rates(run.manifest.strategy, spec) or ()
        places[arm], firsts[arm] = {lr: proposal for proposal, lr in enumerate(rates)}, n_before
        n_before += len(rates) * spec.search.repeats
    n_behind = n_before or run.manifest.n_trials or 0
    for result in results:
        trial, place = result.trial, places[result.trial.arm]
        proposal = place.get(trial.lr)
        if trial.stage == CONFIRM and trial.repeat < run.arms[trial.arm].search.repeats:
            trial = replace(trial, stage="")  # a larger budget has made its seed one of the search's own
        if trial.stage:
            trial, n_behind = replace(trial, number=n_behind), n_behind + 1
        elif proposal is not None:
            number = firsts[trial.arm] + trial.repeat * len(place) + proposal
            if (number, proposal) != (trial.number, trial.proposal):
                trial = replace(trial, number=number, proposal=proposal)
        yield result if trial is result.trial else replace(result, trial=trial)


def _fault_warnings(run: Run) -> list[str]:
    faults = [result for result in run.results if not result.is_final]
    if not faults:
        return []
    first, share = faults[0], f"{len(faults)} of {len(run.results)}"
    of_arm = f"{first.trial.arm}, " if first.trial.arm else ""
    example = f"the first ({of_arm}lr {first.trial.lr:.1e}): {first.state}: {first.message}"
    return [f"{share} trials ended in a fault, which is not charged to their rates; {example}"]


def write_up(run: Run) -> None:
    """Write the files that are derived from a run: tables as CSV, JSON and Markdown.

    Raises:
        StorageError: The disk refuses; the log stands.
    """
    write_results(run.folder, run.manifest, spec_values(run.spec), run.ranking, run.results, run.warnings, run.evidence)
