"""The loop over epochs, shared by all engines: restore, train, validate, record, save checkpoints."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from torch import Tensor

from lrsearch.interfaces import Checkpoints, Context
from lrsearch.records import Point, Result, Stack
from lrsearch.training.checkpoint_state import CheckpointState, load_checkpoint
from lrsearch.training.trial_progress import LOOK_EVERY, EpochSums, Evaluation, TrialProgress, loss_message
from lrsearch.training.workload import Workload


class Engine(Protocol):
    """Trains the K members of a stack in parallel, step by step. A trial that trains alone is a stack of one member.

    Lists have one entry for each member, in the order of the trials. Padding counts as members.

    Attributes:
        workload: The data, and the function that builds networks.
        step: Optimizer steps done, over all epochs.
    """

    workload: Workload
    step: int

    def begin_epoch(self, epoch: int) -> None:
        """Set all sums to zero, and draw the order of the images.

        Args:
            epoch: Number of the epoch, from 1.
        """
        ...

    def train_step(self, number: int) -> None:
        """Take one optimizer step.

        Args:
            number: Number of the step in its epoch, from 0.
        """
        ...

    def end(self, k: int) -> None:
        """Stop training member k, if the other members do not depend on it."""
        ...

    def bad_steps(self) -> list[int | None]:
        """Return, for each member, the first step (from 0) whose loss was not finite; None if there is none.

        On a GPU this method is slow, because reading the losses synchronizes.
        """
        ...

    def sums(self) -> list[EpochSums]:
        """Return, for each member, the `EpochSums` of the epoch so far."""
        ...

    def evaluate(self) -> list[Evaluation]:
        """Compute, for each member, the answer and the loss for each validation example."""
        ...

    def set_plateaus(self, plateaus: Sequence[float]) -> None:
        """Multiply the rates of the next epoch by the factors of a plateau schedule, one factor for each trial."""
        ...

    def checkpoint_tensors(self, k: int) -> dict[str, Tensor]:
        """Return the tensors of member k, named as in `CheckpointState`, as if the member had trained alone."""
        ...

    def restore(self, states: Sequence[CheckpointState]) -> None:
        """Continue from checkpoints, one for each trial, all of the same epoch."""
        ...


def train_epochs(
    workload: Workload,
    stack: Stack,
    make_engine: Callable[[], Engine],
    context: Context,
    checkpoints: Checkpoints | None = None,
) -> Iterator[Point | Result]:
    """Train the trials of a stack in parallel. Yield a Point after each epoch, and a Result when a trial ends.

    If the context says to stop, nothing more is yielded.

    Args:
        workload: The data, and the function that builds networks.
        stack: The trials.
        make_engine: Builds the engine. This function is called after the clock of the trials has started.
        context: Says at every step whether to stop.
        checkpoints: Loads checkpoints of one epoch at the start, and saves new checkpoints; None for no checkpoints.

    Raises:
        ValueError: The checkpoints of the trials are of different epochs.
    """
    data, untrained_loss = workload.data, workload.untrained_loss
    members = [TrialProgress(trial, workload.spec, data.y_val, untrained_loss, data.target_scale) for trial in stack]
    engine = make_engine()
    epoch = _restore(engine, members, checkpoints)
    while any(member.result is None for member in members):
        epoch += 1
        if not _train_epoch(engine, epoch, context):
            return
        running = [k for k, member in enumerate(members) if member.result is None]
        events = list(_record_epoch(engine, members))
        engine.set_plateaus([member.plateau for member in members])
        if checkpoints:
            is_due = checkpoints.due()
            keeps = checkpoints.keeps_last
            if saved := [k for k in running if _needs_checkpoint(members[k], is_due=is_due, keeps_last=keeps)]:
                checkpoints.save((stack[k], *_checkpoint(engine, k, epoch, members[k]).pack()) for k in saved)
        yield from events


def _needs_checkpoint(member: TrialProgress, *, is_due: bool, keeps_last: bool) -> bool:
    """Whether to save a checkpoint of a member after an epoch.

    True if the member trains on and a checkpoint is due, if a later trial may continue from the member's end, or if
    the last states are kept. In the last two cases the checkpoint is saved before the result is recorded, so no such
    result lacks its checkpoint.
    """
    if member.result is None:
        return is_due
    return member.result.state == "ok" and (keeps_last or not member.trial.is_whole)


def _restore(engine: Engine, members: Sequence[TrialProgress], checkpoints: Checkpoints | None) -> int:
    """Continue from the newest checkpoints. Return the number of epochs done, 0 if there are no checkpoints."""
    found = [load_checkpoint(checkpoints, member.trial) for member in members]
    states = [state for state in found if state is not None]
    if not states:
        return 0
    if len(states) < len(found) or len({state.epoch for state in states}) > 1:
        raise ValueError("all checkpoints of one stack must come from the same epoch")
    engine.restore(states)
    for member, state in zip(members, states, strict=True):
        member.restore(state.progress)
    engine.set_plateaus([member.plateau for member in members])
    return states[0].epoch


def _train_epoch(engine: Engine, epoch: int, context: Context) -> bool:
    """Train for one epoch, or until no member's loss is finite. Return False if the context says to stop."""
    engine.begin_epoch(epoch)
    for number in range(engine.workload.n_steps):
        if context.should_stop():
            return False
        engine.train_step(number)
        if engine.step % LOOK_EVERY == 0 and None not in engine.bad_steps():
            break
    return True


def _record_epoch(engine: Engine, members: Sequence[TrialProgress]) -> Iterator[Point | Result]:
    """Validate, and record the epoch of each trial that has no result yet."""
    unfinished = [k for k, member in enumerate(members) if member.result is None]
    bad_steps = engine.bad_steps()
    sums: list[EpochSums] = []
    evaluations: list[Evaluation] = []
    if any(bad_steps[k] is None for k in unfinished):
        sums, evaluations = engine.sums(), engine.evaluate()
    for k in unfinished:
        member, bad_step = members[k], bad_steps[k]
        if bad_step is not None:
            member.diverge(loss_message(bad_step, engine.workload.n_steps))
        else:
            point = member.add_epoch(sums[k], evaluations[k], share=1 / len(members))
            if point is not None:
                yield point
        if member.result is not None:
            engine.end(k)
            yield member.result


def _checkpoint(engine: Engine, k: int, epoch: int, member: TrialProgress) -> CheckpointState:
    return CheckpointState(epoch, engine.step, member.state(), engine.checkpoint_tensors(k))
