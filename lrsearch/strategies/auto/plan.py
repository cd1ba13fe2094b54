"""Plans a search by `auto` before the first result: the rates of the scan, their epochs, and the least budget."""

from __future__ import annotations

import math

from lrsearch.errors import UsageError
from lrsearch.spec import (
    AUTO,
    Spec,
    WarmupEpochs,
    WarmupSteps,
    arm_specs,
    change_arms,
    change_spec,
    optimizer_steps,
    reduced_training_size,
)
from lrsearch.strategies.listed import all_different
from lrsearch.strategies.space import Space, space_of
from lrsearch.wording import counted, rounded

N_BRACKET = 3
"""Number of trainings of the bracket: at the best rate of the scan, and at the two rates beside it."""

_FEWEST_SCANNED, _MOST_SCANNED = 4, 8
_SCAN_STEP = 0.5  # decades between two rates of the scan, unless there would be more than `_MOST_SCANNED`

_UNREAD = {
    "search.repeats": 1,
    "search.extend": False,
    "search.refine": 0,
    "search.confirm": 0,
    "search.prune": "none",
}
"""Keys of other strategies that would change a search by `auto`, with the values that have no effect."""


def scan_places(low: float, high: float, suggested: float | None = None) -> tuple[list[float], float]:
    """Return log10 of the rates of the scan, ascending, and their distance.

    Args:
        low: log10 of the lowest rate of the range.
        high: log10 of the highest rate of the range.
        suggested: log10 of a rate that the scan must try. To include it, all rates of the scan are moved by less than
            half their distance.
    """
    n = min(_MOST_SCANNED, max(_FEWEST_SCANNED, math.ceil((high - low) / _SCAN_STEP)))
    width = (high - low) / n
    places = [low + (i + 0.5) * width for i in range(n)]
    if suggested is not None:
        shift = (suggested - places[0]) / width
        places = [x + (shift - round(shift)) * width for x in places]
    return places, width


def scan_rates(spec: Spec) -> tuple[float, ...]:
    """Return the rates of the scan, ascending.

    Raises:
        UsageError: The spec has a list of rates, a linear range, too narrow a range, too small a budget, or keys of
            other strategies.
    """
    space = space_of(spec)
    _check(spec, space)
    suggested = spec.search.suggested
    places, _ = scan_places(
        math.log10(space.low), math.log10(space.high), None if suggested is None else math.log10(suggested)
    )
    return all_different(tuple(rounded(10**x) for x in places), space)


def _check(spec: Spec, space: Space) -> None:
    if space.rates is not None:
        raise UsageError("search.lr: auto needs a range, but this is a list of rates; `lrsearch grid` tries a list")
    if space.scale != "log":
        raise UsageError("search.lr.scale: auto searches on a log scale; set it to log, or use `lrsearch grid`")
    for key, value in _UNREAD.items():
        section, name = key.split(".")
        if getattr(getattr(spec, section), name) != value:
            shown = "false" if value is False else value
            raise UsageError(f"{key}: auto chooses rates and seeds itself; leave it out, or add --set {key}={shown}")
    least = least_budget(spec)
    if spec.search.budget < least:
        n, until, epochs = n_scanned(spec), scan_epochs(spec), spec.train.epochs
        scan = f"the scan of {n} whole trainings"
        if until < epochs:
            short = f"{n} rates for {until} of {counted(epochs, 'epoch')}"
            scan = f"the scan ({short}) and {N_BRACKET} whole trainings"
        raise UsageError(
            f"search.budget: {counted(spec.search.budget, 'training')} cannot hold {scan}; set it to {least} or more"
        )


def n_scanned(spec: Spec) -> int:
    """Count the rates of the scan. If a range test comes first, return the maximum number."""
    space = space_of(spec)
    if spec.search.lr == AUTO:
        return _MOST_SCANNED
    return len(scan_places(math.log10(space.low), math.log10(space.high))[0])


def is_constant(spec: Spec) -> bool:
    """Whether the rate is the same at every step. If it is, a whole training can continue a training of the scan.

    With `search.scan_epochs`, each short training has a whole schedule of its own, because it is unknown how a program
    changes its rate.
    """
    return spec.train.schedule.name == "constant" and spec.train.warmup == 0 and spec.search.scan_epochs is None


def scan_epochs(spec: Spec) -> int:
    """Return the epochs of a training of the scan: an eighth of the epochs, and at least twice the warm-up."""
    epochs = spec.train.epochs
    if spec.search.scan_epochs is not None:
        return min(epochs, spec.search.scan_epochs)
    return min(epochs, max(1, round(epochs / 8), math.ceil(2 * _warmup_epochs(spec))))


def _warmup_epochs(spec: Spec) -> float:
    """Return the epochs of a warm-up with a fixed length; 0 if its length depends on the training, or is not known."""
    match spec.train.warmup:
        case WarmupEpochs() as warmup:
            return warmup.epochs
        case WarmupSteps() as warmup:
            n_train = reduced_training_size(spec)
            return 0.0 if n_train is None else warmup.steps / optimizer_steps(spec, n_train)
    return 0.0


def least_budget(spec: Spec) -> int:
    """Return the smallest budget that is enough for the scan and the bracket, in whole trainings."""
    share = scan_epochs(spec) / spec.train.epochs
    n = n_scanned(spec)
    rest = 1 - share if is_constant(spec) else 1.0 if share < 1 else 0.0
    return max(N_BRACKET, math.ceil(n * share + N_BRACKET * rest))


def n_further(spec: Spec) -> dict[str, int]:
    """Return how many whole trainings may follow the scan, by stage."""
    spent = scan_epochs(spec) / spec.train.epochs * n_scanned(spec)
    return {"bracket": N_BRACKET, "fill": max(0, round(spec.search.budget - spent) - N_BRACKET)}


def needs_range_test(spec: Spec) -> bool:
    """Whether a scan would cost whole trainings, so that a range test finds the range first."""
    search = spec.search
    is_whole = scan_epochs(spec) == spec.train.epochs and search.scan_epochs is None
    return is_whole and search.lr is None and search.suggested is None


def ready(spec: Spec, has_epochs: bool | None) -> Spec:
    """Return the spec that is searched.

    If the scan would cost whole trainings of a network, a range test finds the range of an arm instead
    (`needs_range_test`). A training of a program never continues another one. If a program does not accept a number of
    epochs, its scan consists of whole trainings.

    Args:
        spec: A checked spec.
        has_epochs: Whether a program can be told its epochs; None for a network.
    """
    if has_epochs is None:
        return _with_range_tests(spec)
    if spec.search.scan_epochs is not None:
        return spec
    return change_spec(spec, {"search.scan_epochs": scan_epochs(spec) if has_epochs else spec.train.epochs})


def _with_range_tests(spec: Spec) -> Spec:
    arms = [arm for arm, of_arm in arm_specs(spec).items() if needs_range_test(of_arm)]
    if not arms:
        return spec
    if not spec.arms:
        return change_spec(spec, {"search.lr": AUTO})
    return change_arms(spec, {arm: {"search.lr": AUTO} for arm in arms})


def remarks(spec: Spec) -> list[str]:
    """Return warnings about the search of one arm before it begins, one line each."""
    epochs = spec.train.epochs
    if spec.search.scan_epochs is not None and spec.search.scan_epochs >= epochs:
        why = "each training of the scan is a whole one; {epochs} in the command of a program makes them short"
        return [f"search.scan_epochs: {why}"]
    scan = f"the scan trains for {scan_epochs(spec)} of {counted(epochs, 'epoch')}"
    lines = []
    if needs_range_test(spec):
        lines.append(
            f"train.epochs: with {counted(epochs, 'epoch')}, a scan costs whole trainings, so a range test finds the "
            "range first; --low and --high set a range yourself"
        )
    if spec.run.checkpoint_seconds is None and is_constant(spec) and scan_epochs(spec) < epochs:
        lines.append(
            "run.checkpoint_seconds: without checkpoints, whole trainings cannot go on from those of the scan; they "
            "begin at their first epoch"
        )
    if spec.train.early_stopping is not None:
        lines.append(f"train.early_stopping: {scan}, too few to see which rates would stop early")
    if spec.train.schedule.name == "plateau":
        lines.append(f"train.schedule: {scan}, too few to see how `plateau` lowers the rate")
    return lines
