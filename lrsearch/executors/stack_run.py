"""Running one stack, in any process: an exception of a trial becomes the result of the trials that it ends."""

from __future__ import annotations

import traceback
from collections.abc import Iterator

from lrsearch.errors import UsageError
from lrsearch.interfaces import Context, Trainer
from lrsearch.records import Event, Result, Stack, Started


def run_stack(train: Trainer, stack: Stack, context: Context) -> Iterator[Event]:
    """Train a stack; if it raises, its unfinished trials end as `failed`.

    Args:
        train: The trainer.
        stack: The trials.
        context: What the trainer may ask.

    Raises:
        UsageError: The data or the network are not usable, whatever the rate: the search must end, not a trial.
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
        place = traceback.extract_tb(error.__traceback__)[-1]
        message = f"{type(error).__name__}: {error} ({place.name}, line {place.lineno})"
        for trial in unfinished.values():
            yield Result(trial=trial, state="failed", message=message)
