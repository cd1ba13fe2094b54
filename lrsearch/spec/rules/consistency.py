"""Rules between the values of a spec, held to the catalog: no files, no device, no torch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from typing import TypeAlias

from lrsearch.catalog import DATASETS, smallest_image
from lrsearch.spec.rules.schedules import length_faults, needs_steps, order_faults, plateau_faults
from lrsearch.spec.sections import AUTO, Choice, KeyPath, LrRange, Spec, WarmupEpochs, WarmupSteps, search_rates, show

Fault: TypeAlias = tuple[KeyPath, str]
_Rule: TypeAlias = Callable[[Spec], Iterator[Fault]]

WITH_PATH = ("arrays", "folder")
"""Data sets that are read from `data.path`."""


def validation_size(n: int, fraction: float | None) -> int:
    """How many of n images are held out for validation.

    Args:
        n: Images to train and validate with.
        fraction: Share held out, in (0, 1); None: a tenth, but at least 500 where that leaves two thirds to train with.

    Returns:
        A number of images; at least 1 and below n, for n >= 2.

    Example:
        >>> [validation_size(n, None) for n in (1500, 300, 60_000)]
        [500, 100, 6000]
    """
    wanted = max(round(0.1 * n), min(500, n // 3)) if fraction is None else round(fraction * n)
    return min(max(wanted, 1), n - 1)


def image_shape(dataset: Choice) -> tuple[int, int, int] | None:
    """(channels, height, width) as the catalog or the options give it; None where only the files know."""
    match dataset.options.get("shape", DATASETS[dataset.name].shape):
        case (int() as channels, int() as height, int() as width):
            return channels, height, width
    return None


def training_size(spec: Spec) -> int | None:
    """Images of the training part before `train_size` takes some of them; None where only the files know."""
    size = spec.data.dataset.options.get("size", DATASETS[spec.data.dataset.name].n_train)
    return size - validation_size(size, spec.data.val_fraction) if isinstance(size, int) else None


def model_problem(model: Choice, shape: tuple[int, int, int], dataset: str = "the data set") -> str | None:
    """Why a model cannot take images of a shape; None if it can.

    Args:
        model: The model, with its options.
        shape: (channels, height, width).
        dataset: What the message calls the data.
    """
    depth = model.options.get("depth")
    least = smallest_image(model.name, depth) if isinstance(depth, int) else smallest_image(model.name)
    _, height, width = shape
    if min(height, width) >= least:
        return None
    deep = f" of depth {depth}" if depth is not None else ""
    return f"model '{model.name}'{deep} needs images of at least {least}x{least}; {dataset} has {height}x{width}"


def steps_per_epoch(n_train: int, batch_size: int, accumulate: int = 1) -> int:
    """Optimizer steps in one epoch: the last, smaller batch counts, unless it holds one image alone.

    A BatchNorm cannot take a batch of one.

    Args:
        n_train: Training images, >= 1.
        batch_size: Images of a mini-batch, >= 1.
        accumulate: Mini-batches whose gradients make one step; the last step of an epoch may have fewer.

    Example:
        >>> [steps_per_epoch(n, 64) for n in (1000, 1024, 1025)], steps_per_epoch(1000, 64, accumulate=3)
        ([16, 16, 16], 6)
    """
    full, rest = divmod(n_train, batch_size)
    return -(-max(1, full + (rest > 1)) // accumulate)


def optimizer_steps(spec: Spec, n_train: int) -> int:
    """Optimizer steps in one epoch of a spec's training.

    Args:
        spec: The spec.
        n_train: Images of the training part, after `train_size` has taken some.
    """
    return steps_per_epoch(n_train, spec.data.batch_size, spec.train.accumulate)


def warmup_problem(spec: Spec, n_train: int) -> str | None:
    """Why a warm-up in steps cannot be; None if it can.

    Args:
        spec: The spec.
        n_train: Images of the training part, after `train_size` has taken some.
    """
    warmup, steps = spec.train.warmup, spec.train.epochs * optimizer_steps(spec, n_train)
    if isinstance(warmup, WarmupSteps) and warmup.steps >= steps:
        return _too_long(f"{warmup.steps} steps", f"{steps} steps")
    return None


def _path(spec: Spec) -> Iterator[Fault]:
    name, path = spec.data.dataset.name, spec.data.path
    if name in WITH_PATH and path is None:
        yield ("data", "path"), f"dataset '{name}' needs the place of its files"
    if name not in WITH_PATH and path is not None:
        yield ("data", "path"), f"dataset '{name}' takes no path; {' and '.join(WITH_PATH)} do"


def _channels(spec: Spec) -> Iterator[Fault]:
    shape = image_shape(spec.data.dataset)
    if spec.data.dataset.name == "folder" and shape and shape[0] not in {1, 3}:
        yield ("data", "dataset", "shape", 0), f"must be 1 or 3 channels, got {shape[0]}"


def _sizes(spec: Spec) -> Iterator[Fault]:
    there, wanted, batch = training_size(spec), spec.data.train_size, spec.data.batch_size
    if there is None:
        return
    if wanted is not None and wanted > there:
        yield ("data", "train_size"), f"train_size {wanted} exceeds the {there} training examples"
    n = min(there, wanted or there)
    if batch > n:
        yield ("data", "batch_size"), f"batch_size {batch} exceeds the {n} training examples"


def _image(spec: Spec) -> Iterator[Fault]:
    shape = image_shape(spec.data.dataset)
    problem = model_problem(spec.model, shape, spec.data.dataset.name) if shape else None
    if problem:
        yield ("model",), problem


def _nesterov(spec: Spec) -> Iterator[Fault]:
    options = spec.train.optimizer.options
    if options.get("nesterov") and (not options["momentum"] or options["dampening"]):
        yield ("train", "optimizer", "nesterov"), "nesterov needs momentum above 0 and dampening 0"


def schedule_faults(spec: Spec, n_train: int) -> Iterator[Fault]:
    """What of a schedule counted in steps, or behind a warm-up counted in steps, lies past the end of the run.

    Args:
        spec: The spec.
        n_train: Images of the training part, after `train_size` has taken some.
    """
    if needs_steps(spec):
        yield from length_faults(spec, optimizer_steps(spec, n_train))


def _schedule(spec: Spec) -> Iterator[Fault]:
    yield from order_faults(spec)
    yield from plateau_faults(spec)


def _schedule_epochs(spec: Spec) -> Iterator[Fault]:
    if not needs_steps(spec):
        yield from length_faults(spec, None)


def _schedule_steps(spec: Spec) -> Iterator[Fault]:
    there = training_size(spec)
    if there is not None:
        yield from schedule_faults(spec, min(there, spec.data.train_size or there))


def _clipping(spec: Spec) -> Iterator[Fault]:
    if spec.train.clip_norm is not None and spec.train.clip_value is not None:
        yield ("train", "clip_value"), "clip by norm or by value, not both: train.clip_norm is set too"


def _weight_decay(spec: Spec) -> Iterator[Fault]:
    optimizer = spec.train.optimizer
    if spec.train.weight_decay_on == "weights" and not optimizer.options.get("weight_decay"):
        yield ("train", "weight_decay_on"), f"{optimizer.name} has no weight decay here; set its weight_decay above 0"


def _accumulate(spec: Spec) -> Iterator[Fault]:
    there = training_size(spec)
    n_batches = there and steps_per_epoch(min(there, spec.data.train_size or there), spec.data.batch_size)
    if n_batches and spec.train.accumulate > n_batches:
        message = f"{spec.train.accumulate} mini-batches a step exceed the {n_batches} of an epoch"
        yield ("train", "accumulate"), message


def _warmup_epochs(spec: Spec) -> Iterator[Fault]:
    warmup, epochs = spec.train.warmup, spec.train.epochs
    if isinstance(warmup, WarmupEpochs) and warmup.epochs >= epochs:
        yield ("train", "warmup"), _too_long(f"{show(warmup.epochs)} epochs", _count(epochs))


def _warmup_steps(spec: Spec) -> Iterator[Fault]:
    there = training_size(spec)
    problem = warmup_problem(spec, min(there, spec.data.train_size or there)) if there is not None else None
    if problem:
        yield ("train", "warmup"), problem


def _too_long(warmup: str, run: str) -> str:
    return f"warmup ({warmup}) must be shorter than the run ({run})"


def _count(epochs: int) -> str:
    return f"{epochs} epoch{'s' * (epochs != 1)}"


def _points(spec: Spec) -> Iterator[Fault]:
    # With `auto` one point is the suggested rate.
    if spec.search.points == 1 and spec.search.lr != AUTO and isinstance(search_rates(spec), LrRange):
        yield ("search", "points"), "a grid over a range needs at least 2 points"


def _timeout(spec: Spec) -> Iterator[Fault]:
    if spec.run.trial_timeout is not None and spec.run.executor == "inline":
        yield ("run", "trial_timeout"), "only a worker process can be ended; it needs run.executor: processes (or auto)"


_RULES: tuple[tuple[_Rule, str], ...] = (
    (_path, "data.dataset data.path"),
    (_channels, "data.dataset"),
    (_sizes, "data.dataset data.val_fraction data.train_size data.batch_size"),
    (_image, "data.dataset model"),
    (_nesterov, "train.optimizer"),
    (_schedule, "train.schedule train.epochs"),
    (_schedule_epochs, "train.schedule train.epochs train.warmup"),
    (
        _schedule_steps,
        "train.schedule train.epochs train.warmup data.dataset data.val_fraction data.train_size data.batch_size",
    ),
    (_warmup_epochs, "train.warmup train.epochs"),
    (_warmup_steps, "train.warmup train.epochs data.dataset data.val_fraction data.train_size data.batch_size"),
    (_clipping, "train.clip_norm train.clip_value"),
    (_weight_decay, "train.weight_decay_on train.optimizer"),
    (_accumulate, "train.accumulate data.dataset data.val_fraction data.train_size data.batch_size"),
    (_points, "search.lr search.points"),
    (_timeout, "run.trial_timeout run.executor"),
)
"""Each rule, and the fields that it reads: it has nothing to say where one of them is faulty in itself."""


def check_all(spec: Spec, faulty: AbstractSet[KeyPath] = frozenset()) -> Iterator[Fault]:
    """Every pair of path and message where values of the spec do not agree.

    Args:
        spec: A spec whose values are right one by one.
        faulty: Fields (or whole sections) whose values stand in for wrong ones; rules that read them are left out.
    """
    for rule, reads in _RULES:
        fields = [tuple(read.split(".")) for read in reads.split()]
        if not any(field[:depth] in faulty for field in fields for depth in (1, 2)):
            yield from rule(spec)
