"""The budget of a search, and how a resume can raise it."""

from __future__ import annotations

from collections.abc import Mapping

from lrsearch.catalog import STRATEGIES, is_minimized, unread
from lrsearch.errors import UsageError
from lrsearch.runs.new_run import ready
from lrsearch.runs.run import Run
from lrsearch.spec import (
    AUTO,
    Spec,
    arm_specs,
    change_arms,
    change_spec,
    differences,
    full_metric,
    may_change_on_resume,
    spec_values,
)
from lrsearch.store import run_argument
from lrsearch.strategies import n_planned_rates, planned_rates, space_of
from lrsearch.wording import distinct_rates, significant

_METRIC = "search.metric"


def enlarged(old: Run, spec: Spec | None, changes: Mapping[str, object]) -> Spec:
    """Return the spec that a resume continues with: the spec of the run, with a larger budget if you give one.

    A resume may also add arms, and it may raise the budget of each arm separately. The metric may change as long as no
    trial has a score.

    Args:
        old: The run to continue.
        spec: The current spec; None for the spec of the run.
        changes: New values of keys, by dotted path.

    Raises:
        UsageError: An arm is missing, a key differs that a resume may not change, or a budget is smaller.
    """
    if spec is not None:
        recorded = old.manifest.program
        spec = ready(spec, old.manifest.strategy, None if recorded is None else recorded.program)
    new = old.spec if spec is None else change_spec(spec, {**_resolved(old.spec, spec), "name": old.spec.name})
    if spec is not None:
        now = arm_specs(new)
        new = change_arms(new, {arm: _resolved_of_arm(was, now.get(arm)) for arm, was in old.arms.items()})
    new = change_spec(new, _adding_rates(old, _full_changes(old, changes)))
    specs = arm_specs(new)
    if gone := [arm for arm in old.arms if arm not in specs]:
        lacks = (
            f"leaves out arms of {old.name}: {', '.join(gone)}; a resume cannot remove arms"
            if any(gone)
            else f"has arms, but {old.name} has none; give a spec without arms, or start a new run"
        )
        raise UsageError(f"the spec {lacks}")
    different = [(arm, *each) for arm, was in old.arms.items() for each in differences(was, specs[arm])]
    refused = [
        (f"arms.{arm}.{path}" if arm else path, was, now)
        for arm, path, was, now in different
        if not may_change_on_resume(path)
    ]
    has_score = any(result.score is not None for result in old.log)
    if has_score and any(path.startswith(_METRIC) for path, *_ in refused):
        raise UsageError(
            f"search.metric: {old.name} keeps its metric, {old.metric.name}; `lrsearch show {run_argument(old.path)} "
            "--metric NAME` ranks the same results by another metric"
        )
    refused = [each for each in refused if not each[0].startswith(_METRIC)]
    if refused:
        lines = "; ".join(f"{path} was {was!r}, is now {now!r}" for path, was, now in refused)
        raise UsageError(
            f"the spec differs from that of {old.name}: {lines}; a resume can only raise the budget (more trials or "
            "repeats, or points that include the old points) or give a new path of the data (data.path, data.root)"
        )
    for arm in dict.fromkeys(arm for arm, *_ in different):
        _check_grows(old, old.arms[arm], specs[arm])
    for key in changes:
        if why := unread(old.manifest.strategy, key):
            raise UsageError(f"{old.name} is a {old.manifest.strategy} search: {key} is {why}")
    return new


def _full_changes(old: Run, changes: Mapping[str, object]) -> dict[str, object]:
    """Return the changes, with the goal and the scale of a metric that a program prints."""
    recorded = old.manifest.program
    if recorded is None or _METRIC not in changes:
        return dict(changes)
    given, was = changes[_METRIC], old.metric
    if isinstance(given, str):
        given = {"name": given}
    if isinstance(given, Mapping) and was.lower_is_better != is_minimized(was.name):
        # The goal was given against the metric's name (--minimize), so it holds for the new name too.
        given = {"goal": "min" if was.lower_is_better else "max", **given}
    return {**changes, _METRIC: full_metric(given, recorded.program.keys)}


def _adding_rates(old: Run, changes: Mapping[str, object]) -> Mapping[str, object]:
    """Return the changes with new named rates added to those that the run has.

    Raises:
        UsageError: The search has tried a rate already. A pruned rate cannot be trained to its end, because the
            search chose its later rates by what it was told of this one; a rate just beside it can.
    """
    if "search.named" not in changes:
        return changes
    added = change_spec(old.spec, {"search.named": changes["search.named"]}).search.named
    pruned = {result.trial.lr for result in old.results if result.state == "pruned"}
    if stopped := [lr for lr in added if lr in pruned]:
        beside = ",".join(significant(1.01 * lr, 3) for lr in stopped)
        raise UsageError(
            f"{old.name} has tried {', '.join(distinct_rates(stopped))} already, and pruned it; to train such a rate "
            f"to its end, name one beside it: --try {beside}"
        )
    tried = {result.trial.lr for result in old.results}
    if again := [lr for lr in added if lr in tried or lr in old.spec.search.named]:
        raise UsageError(
            f"{old.name} has tried {', '.join(distinct_rates(again))} already; name other rates, or add seeds with "
            "--repeats"
        )
    return {**changes, "search.named": [*old.spec.search.named, *added]}


def _check_grows(old: Run, before: Spec, new: Spec) -> None:
    strategy = old.manifest.strategy
    if new.search.repeats < before.search.repeats:
        raise UsageError(f"{old.name} has {before.search.repeats} repeats; a resume can only add repeats")
    for key in ("budget", "extend", "refine", "confirm", "max_repeats"):
        had, has = getattr(before.search, key), getattr(new.search, key)
        if has < had:
            raise UsageError(f"{old.name} has search.{key} {had}; a resume can only keep or raise this value")
    if gone := set(before.search.named) - set(new.search.named):
        raise UsageError(
            f"search.named leaves out {', '.join(distinct_rates(sorted(gone)))}; a resume can only add rates"
        )
    then, now = planned_rates(strategy, before), planned_rates(strategy, new)
    if then is None or now is None:
        if n_planned_rates(strategy, new) < (n := n_planned_rates(strategy, before)):
            budget = STRATEGIES[strategy].budget
            raise UsageError(f"{old.name} has {n} {budget}; a resume can only add {budget}")
        if space_of(before) != space_of(new):
            raise UsageError(
                f"the range differs from that of {old.name}; a resume cannot change the range, so start a new run"
            )
    elif missing := sorted(set(then) - set(now)):
        rates = ", ".join(distinct_rates(missing[:5]))
        hint = f"; {hint}" if (hint := STRATEGIES[strategy].hint) else ""
        raise UsageError(f"the new rates leave out {rates}, which {old.name} has; a resume can only add rates{hint}")


def _resolved(was: Spec, now: Spec) -> dict[str, object]:
    """Return the keys that were `auto` in the spec, each with the value that the run used.

    The spec file may still say `auto`.
    """
    run = {f"run.{key}": getattr(was.run, key) for key in ("device", "executor", "engine", "jobs")}
    return {**run, "train.precision": was.train.precision, **({} if was.arms else _found_range(was, now))}


def _resolved_of_arm(was: Spec, now: Spec | None) -> dict[str, object]:
    found = {} if now is None else _found_range(was, now)
    return {"run.engine": was.run.engine, "train.precision": was.train.precision, **found}


def _found_range(was: Spec, now: Spec) -> dict[str, object]:
    """Return the range that a range test found when the run began; empty if the current spec asks for no range test."""
    if now.search.lr != AUTO:
        return {}
    values = spec_values(was)["search"]
    return {f"search.{key}": values[key] for key in ("lr", "suggested")} if isinstance(values, dict) else {}
