"""Collects the warnings about a run: unfinished work, reasons to doubt the answer, and trials that ended in a fault."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from lrsearch.analysis.ranking import first_collapse
from lrsearch.catalog import STRATEGIES
from lrsearch.store import run_argument
from lrsearch.strategies.space import space_of
from lrsearch.wording import counted, distinct_rates, rate_among, some_of

if TYPE_CHECKING:
    from lrsearch.analysis.evidence import AutoFinding
    from lrsearch.runs.run import Run

_STAGES = ("extend", "refine", "confirm", "named")
_MOST_ARMS = 5  # a warning names at most this many arms


def run_warnings(run: Run) -> list[str]:
    """Return the warnings about a run, one line each; an empty list if there are none."""
    return [
        *_progress_warnings(run),
        *_ranking_warnings(run),
        *_seed_warnings(run),
        *_pruning_warnings(run),
        *_fault_warnings(run),
        *_dropped_warnings(run),
    ]


def _dropped_warnings(run: Run) -> list[str]:
    """Say which rates the user left out of the ranking, and which rates of dropped.json were not tried."""
    lines = []
    if run.dropped:
        rates = ", ".join(distinct_rates(run.dropped))
        undo = f"`lrsearch drop {run_argument(run.path)} --undo`"
        lines.append(f"left out of the ranking: {rates}; {undo} ranks all rates again")
    if run.dropped_untried:
        rates = ", ".join(distinct_rates(run.dropped_untried))
        were = "was" if len(run.dropped_untried) == 1 else "were"
        lines.append(f"dropped.json: {rates} {were} not tried, so the ranking has no such rate (changed by hand?)")
    return lines


def _seed_warnings(run: Run) -> list[str]:
    """Say that a program ignores its seed."""
    if run.manifest.program is not None and _has_equal_scores(run):
        return ["every rate has exactly the same score: does the program use the rate that it is given?"]
    if not run.ignores_seed:
        return []
    how = "the command has no {seed}" if "seed" not in _placeholders(run) else "the program ignores {seed}"
    return [f"{how}, and the repeats of each rate printed the same values; these repeats count as one training"]


def _pruning_warnings(run: Run) -> list[str]:
    """Say that nothing could be pruned, because the metric was reported once only."""
    is_pruning = any(spec.search.prune != "none" for spec in run.arms.values())
    n_epochs = [len(result.points) for result in run.results if result.state == "ok"]
    if not is_pruning or run.manifest.program is None or not n_epochs or max(n_epochs) > 1:
        return []
    return [f"search.prune had no effect: {run.metric.name} was reported once only, not after each epoch"]


def _has_equal_scores(run: Run) -> bool:
    """Whether at least three rates have scores, and all these are equal."""
    scores = {(result.trial.lr, result.score) for result in run.results if result.score is not None}
    return len({lr for lr, _ in scores}) > 2 and len({score for _, score in scores}) == 1


def _placeholders(run: Run) -> frozenset[str]:
    return frozenset() if run.manifest.program is None else run.manifest.program.program.placeholders


def _progress_warnings(run: Run) -> list[str]:
    """Tell how much of an unfinished run is done."""
    if run.finished:
        return []
    if run.found:
        spent = sum(found.spent for found in run.found.values())
        done = f"{spent:.1f} of {counted(sum(run.budgets.values()), 'training')} are spent"
        return [f"not finished: {done}"]
    n_planned = None if run.manifest.n_trials is None else run.manifest.n_trials - run.n_left_out
    n_own = sum(result.is_final and not result.trial.stage for result in run.results)
    n_extra = sum(bool(result.trial.stage) for result in run.results)
    done = f"{n_own} trials are done" if n_planned is None else f"{n_own} of {n_planned} trials are done"
    stages = [stage for stage in _STAGES if any(getattr(spec.search, stage) for spec in run.arms.values())]
    extra = ""
    if stages:
        extra = f"; the extra trials of {', '.join(stages)} come after these trials ({n_extra} done so far)"
    elif n_extra:
        extra = f"; also done: {counted(n_extra, 'extra trial')}"
    missing = [arm for arm in run.arms if arm not in run.ranking.arms]
    unseen = f"; no results yet for {some_of(missing, _MOST_ARMS)}" if missing and run.spec.arms else ""
    return [f"not finished: {done}{extra}{unseen}"]


def _ranking_warnings(run: Run) -> list[str]:
    """Return reasons to doubt the answer of a finished run."""
    if not run.results or not run.finished:  # an unfinished search may still reach the ends of its range
        return []
    lines: list[str | None] = []
    for arm in run.ranking.arms:
        evidence = run.evidence[arm]
        if evidence is None and arm in run.found:
            lines.append(f"{f'{arm}: ' if arm else ''}{no_rate_learns(run.found[arm], run_argument(run.path))}")
        elif evidence is None:
            lines.append(_nothing_trained(run, arm))
        else:
            # For arms after the first, show only the warning that may change their rank.
            is_first = arm == run.ranking.arms[0]
            remarks = [each for each in evidence.remarks if each.is_warning and (is_first or each.name == "edge")]
            lines += [f"{arm}: {each.text}" if arm else each.text for each in remarks]
            if is_first and not any(each.name == "edge" for each in remarks):
                lines.append(_untried_side(run, arm))
    return [line for line in lines if line is not None]


def _untried_side(run: Run, arm: str) -> str | None:
    """Say that no rate above (or below) the best one was tried, although the range goes on there."""
    space, best = space_of(run.arms[arm]), run.ranking.best_of(arm)
    rates = [row.lr for row in run.ranking.leading(arm)]
    if best is None or len(rates) < 2 or space.rates is not None or not STRATEGIES[run.manifest.strategy].is_drawn:
        return None
    if best.lr not in {min(rates), max(rates)}:
        return None
    which, end = ("highest", f"up to {space.high:g}") if best.lr == max(rates) else ("lowest", f"down to {space.low:g}")
    more = f"`lrsearch resume {run_argument(run.path)} --trials {2 * len(rates)}`"
    return (
        f"{f'{arm}: ' if arm else ''}the best rate, {rate_among(best.lr, rates)}, is the {which} rate that was tried, "
        f"but the range goes {end}; try more rates: {more}"
    )


def _nothing_trained(run: Run, arm: str) -> str | None:
    """Say where to search if no rate of an arm trained with every seed; return None if that is unclear."""
    ranking = run.ranking
    broke = first_collapse(ranking, arm)
    low = max((row.lr for row in ranking.leading(arm) if row.state == "not yet"), default=None)
    prefix = f"{arm}: " if arm else ""
    if any(row.state == "cannot tell" for row in ranking.of_arm(arm)):
        task = run.manifest.task_of(arm)
        one = f"validation {task.kind.removesuffix('s')}"
        on = "" if task.n_val is None else f" on {counted(task.n_val, one)}"
        if run.manifest.program is not None:
            return f"{prefix}no rate is better than chance{on}; try other rates, or train for more epochs"
        return (
            f"{prefix}no rate is better than chance{on}, though the loss fell at some rates; use more "
            "validation images (data.val_fraction), or train for more epochs"
        )
    named = partial(rate_among, others=[row.lr for row in ranking.of_arm(arm)])
    if broke is not None and low is not None:
        return (
            f"{prefix}rates up to {named(low)} are too low, and rates from {named(broke)} upwards collapse; "
            "search between these rates"
        )
    if broke is not None:
        return (
            f"{prefix}every rate from {named(broke)} upwards collapsed or diverged; search lower rates, "
            "or train for more epochs"
        )
    if low is not None:
        return f"{prefix}no rate up to {named(low)} learned; search higher rates, or train for more epochs"
    return None


def no_rate_learns(found: AutoFinding, argument: str) -> str:
    """Say what to look at if no rate of the scan learned.

    Args:
        found: What the search found.
        argument: The argument that names the run on the command line.
    """
    rates = [rate.lr for rate in found.scan]
    quiet, broken = ([rate.lr for rate in found.scan if rate.state == state] for state in ("nothing", "broke"))
    if all(rate.state == "fault" for rate in found.scan):
        return (
            "every training of the scan ended in a fault of the machine or the code; "
            f"`lrsearch resume {argument}` tries again"
        )
    epochs = counted(max(rate.epochs for rate in found.scan), "epoch")
    if any(rate.state == "learned" for rate in found.scan):
        return "the rates that learned in the scan broke later: try lower rates (--low), a warm-up, or clipping"
    if not broken:
        return (
            f"no rate up to {rate_among(max(rates), rates)} changed the training loss within {epochs}: look at the "
            "labels, at frozen weights and at the scale of the inputs, or train for more epochs"
        )
    if not quiet:
        return (
            f"training broke at every rate from {rate_among(min(rates), rates)} on: look for values in the data that "
            "are not finite or not scaled, or search lower rates (--low)"
        )
    return (
        f"rates up to {rate_among(max(quiet), rates)} learned nothing within {epochs}, and from "
        f"{rate_among(min(broken), rates)} on training broke: train for more epochs, look at the labels and at the "
        "scale of the inputs, or add normalization layers, a warm-up or clipping"
    )


def _fault_warnings(run: Run) -> list[str]:
    """Count the trials that ended in a fault. The rows of the ranking say what happened to each."""
    faults = [result for result in run.results if not result.is_final]
    if not faults:
        return []
    share = f"{len(faults)} of {len(run.results)} trials"
    why = "ended in a fault of the machine or the code, which does not count against their rates"
    log = f"trials/{faults[0].trial.number:03d}.log"
    is_logged = run.manifest.program is not None and (run.path / log).is_file()
    return [f"{share} {why}{f'; see {log}' if is_logged else ''}"]
