"""Trains the trials of a range test, each for a few steps and without validation.

The trials of a range test train like the trials of a search: in a stack or one at a time, in this process or in
workers. Only the schedule differs: in a trial of stage `RAMP` the rate rises at every step, and in any other trial the
rate is constant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, MutableMapping, Sequence
from typing import Any

import torch
from torch import Tensor

from lrsearch.analysis.range import Ramp, n_stable, step_point
from lrsearch.catalog import MODELS, OPTIMIZERS
from lrsearch.interfaces import NOTHING_GIVEN, Context, Given, Trainer
from lrsearch.plans import Worker
from lrsearch.records import RAMP, Point, Result, Stack, Trial
from lrsearch.seeds import seed_for
from lrsearch.spec import Spec, change_spec
from lrsearch.training.single import SingleTraining
from lrsearch.training.stacked import StackedTraining
from lrsearch.training.workload import open_workload

_LOOK_EVERY = 10
"""Steps between two checks whether all curves have ended. Each check is slow on a GPU, because it synchronizes."""


def make_step_trainer(
    spec: Spec,
    worker: Worker,
    *,
    ramp: Ramp,
    checkpoints: None = None,  # noqa: ARG001  (a test takes seconds, and needs none)
    given: Given = NOTHING_GIVEN,
    shared: MutableMapping[Any, Any] | None = None,
) -> Trainer:
    """Open the data, and return the function that trains the stacks of a range test.

    In a range test, `horizon` and `until` of a trial count steps instead of epochs. The Result of a trial holds a Point
    for each step, with the rate, and the loss of the mini-batch before the step. Weights and batches are drawn from a
    different seed than in a search.

    Args:
        spec: A spec that `prepare` has resolved.
        worker: Device and threads.
        ramp: How the rate rises in a trial of stage `RAMP`, from the trial's own rate.
        checkpoints: Not used; None.
        given: The user's own model and data, if any.
        shared: Shared by the trainers of one process; see `open_workload`.
    """
    spec = change_spec(spec, {"seed": seed_for(spec.seed, "range")})
    workload = open_workload(spec, worker, given=given, shared=shared)

    def train(stack: Stack, context: Context) -> Iterator[Point | Result]:
        engine: SingleTraining | StackedTraining
        random_state = torch.get_rng_state()  # to restore it: a notebook runs the test in its own process
        try:
            if _is_stacked(spec):
                for start in range(0, len(stack), worker.stack_size):
                    part = stack[start : start + worker.stack_size]
                    engine = StackedTraining(workload, part, max(2, len(part)), _scale(part[0], ramp))
                    yield from _train(engine, part, ramp, context)
            else:
                for trial in stack:
                    engine = SingleTraining(workload, trial, _scale(trial, ramp))
                    yield from _train(engine, (trial,), ramp, context)
        finally:
            torch.set_rng_state(random_state)

    return train


def _is_stacked(spec: Spec) -> bool:
    """Whether the trials of a range test train as one stack.

    With the engine `population`, the trials always train as one stack. With the engine `graph`, the trials train as one
    stack if network and optimizer allow this, because for a few steps a stack is faster than CUDA graphs.
    """
    can_be = MODELS[spec.model.name].population and OPTIMIZERS[spec.train.optimizer.name].linear_in_lr
    return spec.run.engine == "population" or (spec.run.engine == "graph" and can_be)


def _train(engine: SingleTraining | StackedTraining, trials: Stack, ramp: Ramp, context: Context) -> Iterator[Result]:
    """Train some trials in parallel. Yield a Result for each trial, or nothing if the context says to stop."""
    n_steps = trials[0].until
    losses: list[Tensor] = []
    for step in range(n_steps):
        if context.should_stop():
            return
        epoch, number = divmod(step, engine.workload.n_steps)
        if number == 0:
            engine.begin_epoch(epoch + 1)
        n_before = engine.n_seen
        engine.loss_sum.zero_()
        engine.train_step(number)
        losses.append(engine.loss_sum / (engine.n_seen - n_before))
        if (step + 1) % _LOOK_EVERY == 0 and all(n_stable(curve) <= step for curve in _curves(losses, len(trials))):
            break
    for trial, curve in zip(trials, _curves(losses, len(trials)), strict=True):
        n_kept = n_stable(curve)
        points = tuple(step_point(trial, step, loss, ramp) for step, loss in enumerate(curve[: n_kept + 1]))
        yield Result(trial=trial, state="ok" if n_kept == n_steps else "diverged", points=points)


def _scale(trial: Trial, ramp: Ramp) -> Callable[[int], float]:
    """Return the schedule of a trial: the ramp if its stage is `RAMP`, else a constant rate."""
    if trial.stage == RAMP:
        return lambda step: ramp.rate(step) / ramp.low
    return lambda _: 1.0


def _curves(losses: Sequence[Tensor], n_trials: int) -> list[list[float]]:
    """Return the losses of each trial by step. `losses` has one tensor for each step, () or (K,)."""
    by_step = torch.stack([loss.reshape(-1) for loss in losses])[:, :n_trials]
    curves: list[list[float]] = by_step.T.tolist()
    return curves
