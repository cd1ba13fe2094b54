"""A trainer that computes results by a formula.

It has the interface of the torch trainer, takes microseconds and does not need torch.

Tests of strategies, executors, store and faults use this trainer (LRSEARCH_TRAINER=analytic). The accuracy over
log10(lr) is a smooth hill with its maximum at a rate of 1e-1. Rates above 1 collapse, and rates above 10 diverge at
their third step. For adam and adamw all these rates are lower by the same factor, so that arms differ.
"""

from __future__ import annotations

import math
import os
import random
import time
from collections.abc import Iterator

from lrsearch.analysis.range import Ramp, step_point
from lrsearch.catalog import EXECUTORS, INLINE, WORKERS, Metric
from lrsearch.errors import UsageError
from lrsearch.interfaces import Context, Setup, Trainer
from lrsearch.plans import Decision, Plan, Worker
from lrsearch.records import RAMP, Baseline, Point, Result, Stack, Task, Trial
from lrsearch.seeds import seed_for
from lrsearch.spec import Spec, search_metric

_N_VAL, _CHANCE = 500, 0.1
_UNTRAINED = math.log(10)
"""Loss of a network that gives every class the same probability."""

_TASK = Task(
    name="analytic",
    kind="images",
    shape=(1, 8, 8),
    n_classes=10,
    n_train=1000,
    n_val=_N_VAL,
    fingerprint="analytic",
    metrics={
        "train_loss": Baseline(constant=_UNTRAINED, untrained=_UNTRAINED),
        "train_accuracy": Baseline(constant=_CHANCE, untrained=_CHANCE),
        "val_loss": Baseline(constant=_UNTRAINED, untrained=_UNTRAINED),
        "val_accuracy": Baseline(constant=_CHANCE, untrained=_CHANCE),
        "grad_norm": Baseline(),
    },
)

_LEARNED = 0.13
"""A validation accuracy that chance does not reach with 10 classes and 500 images."""

_SECONDS = "LRSEARCH_ANALYTIC_SECONDS"
"""The environment variable with the time of an epoch."""

_SHIFT = {"adam": 10.0, "adamw": 10.0}
"""Factor by which the best rate of an optimizer is lower than the best rate of sgd."""


def prepare(spec: Spec, n_at_once: int = 1, **unused: object) -> Setup:  # noqa: ARG001  (the interface's signature)
    """Return a fixed plan: the formula needs no device and no data."""
    executor, jobs = (INLINE if spec.run.trial_timeout is None else WORKERS), 1
    if spec.run.executor != "auto":
        executor = spec.run.executor
    if EXECUTORS[executor].has_workers:
        jobs = 2 if spec.run.jobs == "auto" else spec.run.jobs
    plan = Plan(
        device=Decision("cpu", "analytic"),
        precision=Decision("fp32", "analytic"),
        engine=Decision("single", "analytic"),
        executor=Decision(executor, "analytic"),
        jobs=Decision(jobs, "analytic"),
        stack=Decision(1, "analytic"),
        threads=Decision(1, "analytic"),
        num_cpus=Decision(spec.run.num_cpus, "analytic") if EXECUTORS[executor].is_cluster else None,
        num_gpus=Decision(0.0, "analytic") if EXECUTORS[executor].is_cluster else None,
    )
    return Setup(spec=spec, task=_TASK, plan=plan)


def check_device(spec: Spec) -> None:
    """Accept every device: the formula needs none."""


def accuracy(lr: float, noise: float) -> float:
    """Return the validation accuracy of a rate after the last epoch, in [0.1, 1). `noise` is added at rates up to 1."""
    if lr > 1.0:
        return 0.1
    hill = math.exp(-((math.log10(lr) + 1.0) ** 2) / 2.0)
    return min(0.999, max(0.1, 0.1 + 0.88 * hill + noise))


def _epoch_seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < math.inf:
        raise UsageError(f"{_SECONDS}: expected a number of seconds, got {text!r}")
    return seconds


def make_trainer(spec: Spec, worker: Worker, **unused: object) -> Trainer:  # noqa: ARG001  (the interface's signature)
    """Build the trainer; each epoch takes LRSEARCH_ANALYTIC_SECONDS seconds, 0 by default.

    Raises:
        UsageError: The variable is no number of seconds.
    """
    seconds = _epoch_seconds(os.environ.get(_SECONDS, "0"))

    def train(stack: Stack, context: Context) -> Iterator[Point | Result]:
        metric = search_metric(spec)
        for trial in stack:
            points = []
            for point in _points(trial, spec):
                if not _wait(seconds, context):
                    return
                points.append(point)
                yield point
                bound = trial.stop_below.get(point.epoch)
                score = point.metrics[metric.name]
                is_whole = point.epoch == trial.until
                if bound is not None and not is_whole and metric.oriented(score) < metric.oriented(bound):
                    break
            yield _result(trial, tuple(points), metric)

    return train


def make_step_trainer(spec: Spec, worker: Worker, *, ramp: Ramp, **unused: object) -> Trainer:  # noqa: ARG001  (the interface's signature)
    """Build the trainer of a range test. The loss falls fastest at a rate of 0.3, and doubles at each step above 1."""
    shift = _SHIFT.get(spec.train.optimizer.name, 1.0)

    def train(stack: Stack, context: Context) -> Iterator[Point | Result]:
        for trial in stack:
            if context.should_stop():
                return
            rates = [ramp.rate(step) if trial.stage == RAMP else trial.lr for step in range(trial.until)]
            noise = random.Random(seed_for(spec.seed, "analytic range", trial.repeat))  # noqa: S311  (no secret)
            losses = [_UNTRAINED]
            for lr in rates[:-1]:
                nearness = min(lr * shift / 0.3, 0.3 / (lr * shift))
                falls = 1 - 0.1 * nearness
                losses.append(losses[-1] * (2.0 if lr * shift > 1.0 else falls) + noise.gauss(0.0, 1e-3))
            points = tuple(step_point(trial, step, loss, ramp) for step, loss in enumerate(losses))
            yield Result(trial=trial, state="ok", points=points)

    return train


def _wait(seconds: float, context: Context) -> bool:
    end = time.monotonic() + seconds
    while not context.should_stop():
        left = end - time.monotonic()
        if left <= 0:
            return True
        time.sleep(min(left, 0.01))
    return False


def _points(trial: Trial, spec: Spec) -> Iterator[Point]:
    noise = random.Random(seed_for(spec.seed, "analytic", trial.repeat, repr(trial.lr))).gauss(0.0, 0.004)  # noqa: S311  (no secret)
    lr = trial.lr * _SHIFT.get(spec.train.optimizer.name, 1.0)
    final = accuracy(lr, noise)
    for epoch in range(1, (0 if lr > 10.0 else trial.until) + 1):
        # If a rate collapses, its training loss stays above that of an untrained network.
        worse = 0.5 if lr > 1.0 else 0.0
        reached = 0.1 + (final - 0.1) * (1 - math.exp(-3 * epoch / trial.horizon)) / (1 - math.exp(-3))
        loss = _UNTRAINED if final <= _LEARNED else -math.log(reached)
        yield Point(
            trial=trial.number,
            epoch=epoch,
            lr=trial.lr,
            seconds=0.0,
            metrics={
                "train_loss": loss + worse,
                "train_accuracy": reached,
                "val_loss": loss,
                "val_accuracy": reached,
                "grad_norm": 1.0,
            },
        )


def _result(trial: Trial, points: tuple[Point, ...], metric: Metric) -> Result:
    if not points:
        return Result(trial=trial, state="diverged", message="the loss became nan at step 3")
    last = points[-1]
    n_right = round(last.val_accuracy * _N_VAL)
    bits = ((1 << n_right) - 1) << (-_N_VAL % 8)
    is_complete, has_learned = last.epoch == trial.until, last.val_accuracy > _LEARNED
    return Result(
        trial=trial,
        state="ok" if is_complete else "pruned",
        points=points,
        score=last.metrics[metric.name],
        scored_epoch=last.epoch,
        learned=has_learned if is_complete else None,
        untrained_loss=None if has_learned or not is_complete else _UNTRAINED,
        correct=bits.to_bytes((_N_VAL + 7) // 8, "big"),
    )
