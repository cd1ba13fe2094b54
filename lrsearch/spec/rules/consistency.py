"""Rules between the values of a spec. They need no files, no device and no torch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from typing import TypeAlias

from lrsearch.catalog import DATASETS, EXECUTORS, LOSSES, METRICS, MODELS, OPTIMIZERS, smallest_image
from lrsearch.spec.rules.network_size import network_size_problem
from lrsearch.spec.rules.schedules import length_violations, needs_steps, order_violations, plateau_violations
from lrsearch.spec.rules.sizes import (
    has_batch_norm,
    image_shape,
    optimizer_steps,
    reduced_training_size,
    steps_per_epoch,
    training_size,
)
from lrsearch.spec.sections import (
    AUTO,
    Choice,
    KeyPath,
    LrRange,
    Spec,
    WarmupEpochs,
    WarmupSteps,
    search_metric,
    search_rates,
    show,
    task_kind,
)
from lrsearch.wording import counted, one_of

Violation: TypeAlias = tuple[KeyPath, str]
"""A violated rule: the path of the value to change, and the message."""
_Rule: TypeAlias = Callable[[Spec], Iterator[Violation]]

_FILES = {name: entry.path for name, entry in DATASETS.items() if entry.path}
"""Data sets that are read from `data.path`, and what the path must lead to."""


def model_problem(model: Choice, shape: tuple[int, ...], dataset: str = "the data set") -> str | None:
    """Explain why a model cannot train on images of a shape; None if the model can.

    Args:
        model: The model, with its options.
        shape: (channels, height, width). Examples of any other shape are not checked.
        dataset: Name of the data set in the message.
    """
    depth = model.options.get("depth")
    least = smallest_image(model.name, depth) if isinstance(depth, int) else smallest_image(model.name)
    if len(shape) != 3 or min(shape[1:]) >= least:
        return None
    _, height, width = shape
    deep = f" of depth {depth}" if depth is not None else ""
    return f"model '{model.name}'{deep} needs images of at least {least}x{least}; {dataset} has {height}x{width}"


def batch_of_one_problem(network: str) -> str:
    """Explain why a network with batch normalisation cannot train with `data.batch_size` 1.

    Args:
        network: Name of the network in the message.
    """
    return f"{network} needs at least 2 images in a batch to compute a variance; set data.batch_size to 2 or more"


def warmup_problem(spec: Spec, n_train: int) -> str | None:
    """Explain why a warm-up counted in steps is too long for the run; None if it is not too long, or not in steps.

    Args:
        spec: The spec.
        n_train: Number of training images that `train_size` leaves.
    """
    warmup, steps = spec.train.warmup, spec.train.epochs * optimizer_steps(spec, n_train)
    if isinstance(warmup, WarmupSteps) and warmup.steps >= steps:
        return _too_long(f"{warmup.steps} steps", f"{steps} steps")
    return None


def accumulate_problem(spec: Spec, n_train: int) -> str | None:
    """Return a message if `train.accumulate` is larger than the number of mini-batches in an epoch, else None.

    Args:
        spec: The spec.
        n_train: Number of training images that `train_size` leaves.
    """
    n_batches = steps_per_epoch(n_train, spec.data.batch_size, batch_norm=has_batch_norm(spec))
    if spec.train.accumulate <= n_batches:
        return None
    return (
        f"a step of {spec.train.accumulate} mini-batches is longer than an epoch, which has only {n_batches}; "
        "lower accumulate"
    )


def schedule_violations(spec: Spec, n_train: int) -> Iterator[Violation]:
    """Yield a violation for each part of a schedule that lies past the end of the run.

    Only a spec whose schedule or warm-up is counted in steps is checked here. Any other spec was checked without data.

    Args:
        spec: The spec.
        n_train: Number of training images that `train_size` leaves.
    """
    if needs_steps(spec):
        yield from length_violations(spec, optimizer_steps(spec, n_train))


def _path(spec: Spec) -> Iterator[Violation]:
    name, path = spec.data.dataset.name, spec.data.path
    if name in _FILES and path is None:
        yield ("data", "path"), f"dataset '{name}' is read from files; set data.path to {_FILES[name]}"
    if name not in _FILES and path is not None:
        yield (
            ("data", "path"),
            f"dataset '{name}' takes no path; only {', '.join(_FILES)} take one; remove data.path",
        )


def _channels(spec: Spec) -> Iterator[Violation]:
    shape, allowed = image_shape(spec.data.dataset), DATASETS[spec.data.dataset.name].channels
    if shape and allowed and shape[0] not in allowed:
        yield ("data", "dataset", "shape", 0), f"must be {one_of(list(map(str, allowed)))} channels, got {shape[0]}"


def _sizes(spec: Spec) -> Iterator[Violation]:
    available, wanted, batch = training_size(spec), spec.data.train_size, spec.data.batch_size
    n_train = reduced_training_size(spec)
    if available is None or n_train is None:
        return
    if wanted is not None and wanted > available:
        yield ("data", "train_size"), f"{wanted} exceeds the {available} training {_kind_of(spec)}"
    if batch > n_train:
        yield ("data", "batch_size"), f"{batch} exceeds the {n_train} training {_kind_of(spec)}"


def _batch_of_one(spec: Spec) -> Iterator[Violation]:
    if spec.data.batch_size == 1 and has_batch_norm(spec):
        problem = batch_of_one_problem(f"the batch normalisation of model '{spec.model.name}'")
        yield ("data", "batch_size"), f"{problem}, or model.norm to group"


def _image(spec: Spec) -> Iterator[Violation]:
    shape = image_shape(spec.data.dataset)
    problem = model_problem(spec.model, shape, spec.data.dataset.name) if shape else None
    if problem:
        yield ("model",), problem


def _kind(spec: Spec) -> Iterator[Violation]:
    kind, takes = _kind_of(spec), MODELS[spec.model.name].takes
    if kind and takes and kind not in takes:  # of a plugin, only the data tell
        fit = [name for name, entry in MODELS.items() if kind in entry.takes]
        advice = f"; choose {one_of(fit)}" if fit else ""
        yield (
            ("model",),
            f"model '{spec.model.name}' takes {' and '.join(takes)}; {spec.data.dataset.name} has {kind}{advice}",
        )


def _kind_of(spec: Spec) -> str:
    """Return the kind of the examples of a spec's data set, in the plural."""
    return DATASETS[spec.data.dataset.name].kind


def _augment(spec: Spec) -> Iterator[Violation]:
    if spec.data.augment != "none" and _kind_of(spec) not in {"images", ""}:
        message = f"{spec.data.augment} changes images; {spec.data.dataset.name} has {_kind_of(spec)}; set it to none"
        yield ("data", "augment"), message


def _metric(spec: Spec) -> Iterator[Violation]:
    choice, task = spec.search.metric, task_kind(spec.data.dataset)
    metric = None if choice.options else METRICS.get(choice.name)
    if metric is None or task in metric.tasks or metric.plugin:
        return
    fit = one_of([name for name, each in METRICS.items() if task in each.tasks])
    yield ("search", "metric"), f"{spec.data.dataset.name} is a {task}, which has no {choice.name}; choose {fit}"


def _of_classes(spec: Spec) -> Iterator[Violation]:
    if task_kind(spec.data.dataset) == "regression":
        message = f"{spec.data.dataset.name} is a regression, which has no classes; remove the key"
        if spec.train.label_smoothing:
            yield ("train", "label_smoothing"), message
        if spec.train.class_weights is not None:
            yield ("train", "class_weights"), message


def _network_size(spec: Spec) -> Iterator[Violation]:
    if problem := network_size_problem(spec):
        yield ("model",), problem


def _nesterov(spec: Spec) -> Iterator[Violation]:
    options = spec.train.optimizer.options
    if OPTIMIZERS[spec.train.optimizer.name].plugin:
        return
    if options.get("nesterov") and (not options["momentum"] or options["dampening"]):
        yield ("train", "optimizer", "nesterov"), "nesterov needs momentum above 0 and dampening 0"


def _schedule(spec: Spec) -> Iterator[Violation]:
    yield from order_violations(spec)
    yield from plateau_violations(spec)


def _schedule_epochs(spec: Spec) -> Iterator[Violation]:
    if not needs_steps(spec):
        yield from length_violations(spec, None)


def _schedule_steps(spec: Spec) -> Iterator[Violation]:
    n_train = reduced_training_size(spec)
    if n_train is not None:
        yield from schedule_violations(spec, n_train)


def _clipping(spec: Spec) -> Iterator[Violation]:
    if spec.train.clip_norm is not None and spec.train.clip_value is not None:
        message = "gradients are clipped by norm or by value, not both; remove train.clip_norm or train.clip_value"
        yield ("train", "clip_value"), message


def _weight_decay(spec: Spec) -> Iterator[Violation]:
    optimizer = spec.train.optimizer
    if spec.train.weight_decay_on == "weights" and not optimizer.options.get("weight_decay"):
        message = f"has no effect, because the weight_decay of {optimizer.name} is 0; set weight_decay above 0"
        yield ("train", "weight_decay_on"), message


def _loss(spec: Spec) -> Iterator[Violation]:
    if LOSSES[spec.train.loss.name].plugin:
        for key in ("label_smoothing", "class_weights"):
            if getattr(spec.train, key):
                yield ("train", key), f"the loss '{spec.train.loss.name}' of a plugin has none; remove the key"


def _prune(spec: Spec) -> Iterator[Violation]:
    search, epochs = spec.search, spec.train.epochs
    if search.prune == "none":
        return
    if epochs == 1:
        yield ("search", "prune"), "with 1 epoch there is nothing to prune; raise train.epochs, or set it to none"
    elif search.min_epochs is not None and search.min_epochs >= epochs:
        yield ("search", "min_epochs"), f"must be below train.epochs, {epochs}, because nothing would be pruned"
    if spec.train.early_stopping is not None:
        message = "early stopping decides itself when a training ends; remove search.prune or train.early_stopping"
        yield ("search", "prune"), message


def _accumulate(spec: Spec) -> Iterator[Violation]:
    n_train = reduced_training_size(spec)
    problem = accumulate_problem(spec, n_train) if n_train is not None else None
    if problem:
        yield ("train", "accumulate"), problem


def _warmup_epochs(spec: Spec) -> Iterator[Violation]:
    warmup, epochs = spec.train.warmup, spec.train.epochs
    if isinstance(warmup, WarmupEpochs) and warmup.epochs >= epochs:
        yield ("train", "warmup"), _too_long(counted(warmup.epochs, "epoch"), counted(epochs, "epoch"))


def _warmup_steps(spec: Spec) -> Iterator[Violation]:
    n_train = reduced_training_size(spec)
    problem = warmup_problem(spec, n_train) if n_train is not None else None
    if problem:
        yield ("train", "warmup"), problem


def _too_long(warmup: str, run: str) -> str:
    return f"warmup ({warmup}) must be shorter than the run ({run})"


def _points(spec: Spec) -> Iterator[Violation]:
    # With `auto`, a grid of one point is allowed: the point is the suggested rate.
    if spec.search.points == 1 and spec.search.lr != AUTO and isinstance(search_rates(spec), LrRange):
        yield ("search", "points"), "a grid over a range needs at least 2 points"


def _margin(spec: Spec) -> Iterator[Violation]:
    margin = spec.search.margin
    if margin is not None and margin > 100 and search_metric(spec).scale == "share":
        yield ("search", "margin"), f"must be at most 100 points, got {show(margin)}"


def trains_in_this_process(spec: Spec) -> bool:
    """Whether the spec names an executor without worker processes; `auto` may choose either."""
    return spec.run.executor in EXECUTORS and not EXECUTORS[spec.run.executor].has_workers


def _timeout(spec: Spec) -> Iterator[Violation]:
    if spec.run.trial_timeout is not None and trains_in_this_process(spec):
        workers = [name for name, entry in EXECUTORS.items() if entry.has_workers]
        message = f"a time limit needs worker processes; set run.executor to {one_of([*workers, 'auto'])}"
        yield ("run", "trial_timeout"), message


_RULES: tuple[tuple[_Rule, str], ...] = (
    (_path, "data.dataset data.path"),
    (_channels, "data.dataset"),
    (_sizes, "data.dataset data.val_fraction data.train_size data.batch_size"),
    (_batch_of_one, "data.batch_size model"),
    (_kind, "data.dataset model"),
    (_augment, "data.dataset data.augment"),
    (_metric, "data.dataset search.metric"),
    (_of_classes, "data.dataset train.label_smoothing train.class_weights"),
    (_image, "data.dataset model"),
    (_network_size, "data.dataset model"),
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
    (_loss, "train.loss train.label_smoothing train.class_weights"),
    (_accumulate, "train.accumulate data.dataset data.val_fraction data.train_size data.batch_size"),
    (_points, "search.lr search.points"),
    (_margin, "search.margin search.metric"),
    (_prune, "search.prune train.early_stopping train.epochs search.min_epochs"),
    (_timeout, "run.trial_timeout run.executor"),
)
"""Each rule with the keys that it reads. If the value of one of these keys is wrong by itself, the rule is skipped."""


def check_all(spec: Spec, wrong: AbstractSet[KeyPath] = frozenset()) -> Iterator[Violation]:
    """Yield every violated rule of a spec.

    Args:
        spec: A spec in which each value is allowed by itself.
        wrong: Keys or whole sections with wrong values, which defaults replace in `spec`. Rules that read these keys
            are skipped.
    """
    for rule, reads in _RULES:
        keys = [tuple(read.split(".")) for read in reads.split()]
        if not any(key[:depth] in wrong for key in keys for depth in (1, 2)):
            yield from rule(spec)
