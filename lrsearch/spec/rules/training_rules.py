"""Rules on the training: optimizer, schedule, warm-up, gradients and loss."""

from __future__ import annotations

from collections.abc import Iterator

from lrsearch.catalog import LOSSES, OPTIMIZERS
from lrsearch.spec.rules.schedules import length_violations, needs_steps, order_violations, plateau_violations
from lrsearch.spec.rules.sizes import has_batch_norm, optimizer_steps, reduced_training_size, steps_per_epoch
from lrsearch.spec.rules.violations import Rule, Violation
from lrsearch.spec.sections import Spec, WarmupEpochs, WarmupSteps
from lrsearch.wording import counted


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


RULES: tuple[Rule, ...] = (
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
)
