"""Runs one stack, in any process. An exception becomes the result of the trials that have not ended yet."""

from __future__ import annotations

from collections.abc import Iterator

from lrsearch.errors import UsageError
from lrsearch.interfaces import Context, Trainer
from lrsearch.plugins import error_place
from lrsearch.records import Event, Result, Stack, Started


def run_stack(train: Trainer, stack: Stack, context: Context) -> Iterator[Event]:
    """Train a stack. If the trainer raises an exception, the unfinished trials end as `failed`.

    Args:
        train: The trainer.
        stack: The trials.
        context: The context that the trainer polls.

    Raises:
        UsageError: The data or the network cannot be used, whatever the learning rate; the whole search must end.
    """
    yield Started(trials=stack)
    unfinished = {trial.number: trial for trial in stack}
    try:
        for event in train(stack, context):
            if isinstance(event, Result):
                del unfinished[event.trial.number]
            yield event
        if unfinished and not context.should_stop():
            raise RuntimeError("the trainer ended without a result")
    except UsageError:
        raise
    except Exception as error:  # noqa: BLE001  (an exception of a trial is that trial's result)
        message = f"{type(error).__name__}: {error} ({error_place(error)})"
        for trial in unfinished.values():
            yield Result(trial=trial, state="failed", message=message)
