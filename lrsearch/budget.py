"""How much a search may train, and what of a spec may change when it goes on: the budget, upwards."""

from __future__ import annotations

from collections.abc import Mapping

from lrsearch.errors import UsageError
from lrsearch.run import Run
from lrsearch.spec import Spec, change_spec, differences
from lrsearch.strategies import planned_rates, space_of

MAY_DIFFER = (
    *("search.trials", "search.points", "search.repeats", "search.lr"),
    *("data.root", "data.path", "run.trial_timeout", "run.checkpoint_seconds"),
)
"""What of a spec may differ on a resume: the budget, upwards (`search.lr` where a list of rates grows), the place of
the data, whose fingerprint tells whether they are the same, and what changes no number."""


def enlarged(old: Run, spec: Spec | None, changes: Mapping[str, object]) -> Spec:
    """The spec that a resume goes on with: the run's own, with a larger budget if asked for.

    Args:
        old: The run.
        spec: The spec as it stands today; None for the run's own.
        changes: Changes by dotted path.

    Raises:
        UsageError: Something other than the budget differs, or the budget shrinks.
    """
    new = old.spec if spec is None else change_spec(spec, {**_resolved(old.spec), "name": old.spec.name})
    new = change_spec(new, changes)
    different = differences(old.spec, new)
    refused = [(path, was, now) for path, was, now in different if not path.startswith(MAY_DIFFER)]
    if refused:
        lines = "; ".join(f"{path}: {was!r} then, {now!r} now" for path, was, now in refused)
        raise UsageError(
            f"the spec differs from that of {old.name}: {lines}; only a larger budget (trials, points to a superset, "
            "repeats) may change"
        )
    if different:
        _check_grows(old, new)
    unused = "search.trials" if old.manifest.strategy == "grid" else "search.points"
    if unused in changes:
        words = "a grid has points, not trials" if old.manifest.strategy == "grid" else "it has trials, not points"
        raise UsageError(f"{old.name} is a {old.manifest.strategy} search: {words}")
    return new


def _check_grows(old: Run, new: Spec) -> None:
    strategy, before = old.manifest.strategy, old.spec
    if new.search.repeats < before.search.repeats:
        raise UsageError(f"{old.name} has {before.search.repeats} repeats; a resume can only add to them")
    then, now = planned_rates(strategy, before), planned_rates(strategy, new)
    if then is None or now is None:
        if new.search.trials < before.search.trials:
            raise UsageError(f"{old.name} has {before.search.trials} trials; a resume can only add to them")
        if space_of(before) != space_of(new):
            raise UsageError(f"{old.name} searches another range; a resume keeps to it")
    elif missing := sorted(set(then) - set(now)):
        rates = ", ".join(f"{rate:.3g}" for rate in missing[:5])
        hint = " (twice the points less one holds them all)" if strategy == "grid" else ""
        raise UsageError(f"the new rates leave out {rates}, which {old.name} has; a resume can only add rates{hint}")


def _resolved(spec: Spec) -> dict[str, object]:
    """What a run resolved and a fresh reading of its spec file leaves open."""
    run = {f"run.{key}": getattr(spec.run, key) for key in ("device", "executor", "engine", "jobs")}
    return {**run, "train.precision": spec.train.precision}


def n_trials(strategy: str, spec: Spec) -> int:
    """Trainings that a search plans: its rates times its repeats."""
    rates = planned_rates(strategy, spec)
    return (spec.search.trials if rates is None else len(rates)) * spec.search.repeats


def n_at_once(strategy: str, spec: Spec) -> int:
    """Trainings that a search can start before it needs results."""
    planned = n_trials(strategy, spec)
    return min(planned, spec.search.batch * spec.search.repeats) if strategy == "bayes" else planned
