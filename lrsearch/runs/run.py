"""A run as its folder records it: spec, manifest, results, ranking, evidence, warnings. Does not import torch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from lrsearch.analysis.evidence import ArmComparison, AutoFinding, Evidence, compare_arms, judge
from lrsearch.analysis.ranking import Ranking, Row, Saved, latest, rank_results, saved_epochs
from lrsearch.catalog import Metric
from lrsearch.final import FinalTest, read_final
from lrsearch.records import Result, TrialKey
from lrsearch.runs.arm_evidence import weigh_arm
from lrsearch.runs.counts import budget, n_further, n_trials
from lrsearch.runs.dropped import read_dropped, split_dropped
from lrsearch.runs.notebook import data_frame, figure_of
from lrsearch.runs.numbering import renumbered
from lrsearch.runs.repeats import first_repeats, ignores_seed
from lrsearch.runs.reranking import ranked_by
from lrsearch.runs.warnings import run_warnings
from lrsearch.spec import Spec, arm_specs, differences, make_spec, search_metric, written_values
from lrsearch.store import Manifest, RunFolder, run_id
from lrsearch.strategies.method import method_of
from lrsearch.strategies.planned import n_planned_rates
from lrsearch.wording import counted, rate_between

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame

ATTEMPTS = 2
"""The maximum number of attempts at a trial that ends in a fault, over the first session and all resumes."""


@dataclass(frozen=True)
class Run:
    """A run, finished or not.

    Attributes:
        folder: The folder of the run.
        spec: The resolved spec.
        manifest: The contents of run.json: how the run was made.
        log: Every result, in the order in which they were recorded. A trial that was tried again has several results.
        notes: Warnings from reading the log, one line each.
    """

    folder: RunFolder
    spec: Spec
    manifest: Manifest
    log: tuple[Result, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The name of the run."""
        return self.folder.name

    @property
    def path(self) -> Path:
        """The path of the run's folder."""
        return self.folder.path

    @property
    def finished(self) -> bool:
        """Whether the search has ended and every planned trial has a result."""
        n_results, manifest = len(self.results), self.manifest
        has_planned = n_results + self.n_left_out >= (manifest.n_trials or 0)
        # Stages plan nothing in advance, and neither does `auto` beyond its scan: a result may be missing from the log.
        has_recorded = n_results >= (manifest.n_recorded or 0)
        return manifest.finished and has_planned and has_recorded and all(each.is_done for each in self.found.values())

    @cached_property
    def n_left_out(self) -> int:
        """The number of planned trainings that were left out, because the first seed of their rate was pruned."""
        repeats = {arm: spec.search.repeats for arm, spec in self.arms.items()}
        return sum(repeats[each.trial.arm] - 1 for each in self.results if each.state == "pruned")

    @cached_property
    def arms(self) -> dict[str, Spec]:
        """The spec of each arm, by name. A run without arms has the single key ""."""
        return arm_specs(self.spec)

    @property
    def spec_values(self) -> dict[str, object]:
        """The spec as plain values. The spec of a program has no keys of networks."""
        return written_values(self.spec, of_program=self.manifest.program is not None)

    @property
    def metric(self) -> Metric:
        """The metric that rates are ranked by."""
        return search_metric(self.spec)

    @cached_property
    def n_rates(self) -> int:
        """The number of planned learning rates, summed over all arms."""
        return sum(n_planned_rates(self.manifest.strategy, spec) for spec in self.arms.values())

    @cached_property
    def n_planned(self) -> dict[str, int]:
        """The number of trainings that the search plans for each arm, without the trainings of stages."""
        return {arm: n_trials(self.manifest.strategy, spec) for arm, spec in self.arms.items()}

    @cached_property
    def n_further(self) -> dict[str, dict[str, int]]:
        """The maximum number of trainings that each stage may add, by arm and stage; unused stages are left out."""
        return {arm: n_further(self.manifest.strategy, spec) for arm, spec in self.arms.items()}

    @property
    def best_spec(self) -> Spec:
        """The spec of the arm with the best rate; the spec of the run if there are no arms or no best rate."""
        return self.spec if self.best is None else self.arms[self.best.arm]

    @cached_property
    def results(self) -> tuple[Result, ...]:
        """The latest result of each trial, sorted by the trial's number under the current budget."""
        return tuple(sorted(renumbered(self, latest(self.log)), key=lambda result: result.trial.number))

    @property
    def final(self) -> FinalTest | None:
        """The result of a final training; None for a search, and before the training is finished.

        Each access reads the file, because the file may be written after the run was read.
        """
        return (
            None
            if self.manifest.final is None
            else read_final(self.path, run_id(self.manifest), is_share=self.metric.scale == "share")
        )

    @property
    def lacks_final(self) -> bool:
        """Whether this is a final training whose network was not tested and written yet."""
        return self.manifest.final is not None and self.final is None

    @cached_property
    def ignores_seed(self) -> bool:
        """Whether a program trained each rate in the same way with every seed."""
        return self.manifest.program is not None and ignores_seed(self.results)

    @cached_property
    def dropped(self) -> tuple[float, ...]:
        """The rates that the user left out of the ranking with `lrsearch drop`, ascending."""
        return self._dropped[0]

    @cached_property
    def dropped_untried(self) -> tuple[float, ...]:
        """The rates of dropped.json that the run has not tried; somebody may have edited or copied the file."""
        return self._dropped[1]

    @cached_property
    def _dropped(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        rates = read_dropped(self.path)
        tried = sorted({result.trial.lr for result in self.results})
        return split_dropped(rates, tried) if tried else ((), ())

    @cached_property
    def counted(self) -> tuple[Result, ...]:
        """The results that are ranked: those of rates that were not dropped.

        If a program ignores its seed, only one repeat of each rate counts.
        """
        kept = tuple(result for result in self.results if result.trial.lr not in self.dropped)
        kept = tuple(first_repeats(kept)) if self.ignores_seed else kept
        ranked = method_of(self.manifest.strategy).ranked
        return tuple(
            result
            for arm, spec in self.arms.items()
            for result in ranked(spec, [each for each in kept if each.trial.arm == arm])
        )

    @cached_property
    def saved(self) -> Saved | None:
        """What pruning has saved; None if nothing was pruned."""
        repeats = {arm: spec.search.repeats for arm, spec in self.arms.items()}
        return saved_epochs(self.counted, repeats=repeats)

    @cached_property
    def found(self) -> dict[str, AutoFinding]:
        """What `auto` found for each arm. Empty for other strategies, and after `ranked_by` with another metric."""
        if differences(make_spec(self.manifest.spec), self.spec):
            return {}
        find = method_of(self.manifest.strategy).find
        found = {
            arm: find(spec, self.manifest.task_of(arm), [each for each in self.results if each.trial.arm == arm])
            for arm, spec in self.arms.items()
        }
        return {arm: of_arm for arm, of_arm in found.items() if of_arm is not None}

    @cached_property
    def budgets(self) -> dict[str, int]:
        """The maximum number of trainings of each arm; empty if the search has no budget of trainings."""
        budgets = {arm: budget(self.manifest.strategy, spec) for arm, spec in self.arms.items()}
        return {arm: n for arm, n in budgets.items() if n is not None}

    @cached_property
    def evidence(self) -> dict[str, Evidence | None]:
        """The evidence from the results of each arm; None for an arm in which no rate trained with every seed."""
        of_arms: dict[str, list[Result]] = {arm: [] for arm in self.arms}
        for result in self.counted:
            of_arms[result.trial.arm].append(result)
        return {arm: weigh_arm(self, arm, of_arm) for arm, of_arm in of_arms.items()}

    @cached_property
    def comparison(self) -> ArmComparison | None:
        """The comparison of the arms at their best rates; None if fewer than two arms have evidence."""
        return compare_arms(self.counted, self.evidence, {arm: self.manifest.task_of(arm) for arm in self.arms})

    @cached_property
    def ranking(self) -> Ranking:
        """The ranking with the evidence: one row for each arm and learning rate, best first."""
        return judge(self.order, self.evidence)

    @cached_property
    def order(self) -> Ranking:
        """The ranking from `rank_results`, without the evidence."""
        return rank_results(self.counted, {arm: self.manifest.task_of(arm) for arm in self.arms}, self.metric)

    @property
    def best_evidence(self) -> Evidence | None:
        """The evidence of the arm with the best rate; None if no rate trained with every seed."""
        return None if self.best is None else self.evidence[self.best.arm]

    @property
    def recommended(self) -> float | None:
        """The recommended learning rate; None if no rate trained with every seed."""
        return None if self.best_evidence is None else self.best_evidence.recommendation.lr

    @property
    def best(self) -> Row | None:
        """The best learning rate, as a row of the ranking; None if no rate trained with every seed."""
        return self.ranking.best

    @cached_property
    def standing(self) -> dict[TrialKey, Result]:
        """The results that a resume keeps: final results, and faults of trials that were tried `ATTEMPTS` times.

        Faults of a program do not count until a trial has a score: the command or the metric may have been wrong.
        """
        never_ran = self.manifest.program is not None and all(result.score is None for result in self.log)
        attempts = Counter() if never_ran else Counter(result.trial.key for result in self.log)
        return {
            result.trial.key: result
            for result in self.results
            if result.is_final or attempts[result.trial.key] >= ATTEMPTS
        }

    @property
    def is_complete(self) -> bool:
        """Whether a resume would have nothing to train."""
        return self.finished and len(self.standing) == len(self.results)

    @property
    def data_remarks(self) -> tuple[str, ...]:
        """Warnings about the data, one line each, such as on validation images that are training images too."""
        return tuple(dict.fromkeys(line for arm in self.arms for line in self.manifest.task_of(arm).remarks))

    @cached_property
    def warnings(self) -> tuple[str, ...]:
        """The warnings about the run, one line each."""
        of_sessions = dict.fromkeys(line for session in self.manifest.sessions for line in session.warnings)
        return (*self.notes, *of_sessions, *self.data_remarks, *run_warnings(self))

    def ranked_by(self, metric: str | Mapping[str, str]) -> Run:
        """Return the run with the scores of another metric, from the same log. No file is changed.

        Args:
            metric: The name of a built-in metric, such as "val_loss", or {"name": x, "goal": "min"}.

        Raises:
            SpecError: There is no such metric.
            UsageError: The log does not have this metric.
        """
        return ranked_by(self, metric)

    def table(self) -> DataFrame:
        """Return the ranking as a pandas DataFrame.

        The table has one row for each arm and learning rate, and the columns of results.csv. lrsearch does not install
        pandas; without pandas, use `ranking.rows`, which has the same rows.

        Raises:
            UsageError: pandas is not installed.
        """
        return data_frame(self)

    def plot(self, arm: str | None = None) -> Figure:
        """Plot the metric against the learning rate, as in the report.

        A notebook shows the figure. Elsewhere, `run.plot().savefig("accuracy.png")` writes it to a file; this needs no
        display.

        Args:
            arm: Name of the arm to plot; None for the best arm.

        Raises:
            UsageError: The run has no such arm, or no training of the arm has finished.
        """
        return figure_of(self, arm)

    def __repr__(self) -> str:
        """Show the name, the strategy, the state, the number of trials and the recommended rate."""
        state = "finished" if self.finished else "not finished"
        trials = counted(len(self.results), "trial")
        lr = "no recommended lr"
        if self.recommended is not None and self.best is not None:
            tried = [row.lr for row in self.ranking.of_arm(self.best.arm)]
            lr = f"recommended lr {rate_between(self.recommended, tried)}"
        return f"<Run {self.name}: {self.manifest.strategy}, {state}, {trials}, {lr}>"

    def _repr_html_(self) -> str:
        """Show the answer and the ranking in a notebook."""
        from lrsearch.reporting.page import notebook_html

        return notebook_html(self)
