"""Running one batch, in whatever process: what a trial raises is that trial's result."""

from __future__ import annotations

import traceback
from collections.abc import Iterator

from lrsearch.interfaces import Context, Trainer
from lrsearch.records import Batch, Event, Result, Started


def run_batch(train: Trainer, batch: Batch, context: Context) -> Iterator[Event]:
    """Say that a batch begins, train it, and end whatever it leaves unfinished by raising as `failed`.

    Args:
        train: The trainer.
        batch: The trials.
        context: What the trainer may ask.
    """
    yield Started(trials=batch)
    unfinished = {trial.number: trial for trial in batch}
    try:
        for event in train(batch, context):
            if isinstance(event, Result):
                del unfinished[event.trial.number]
            yield event
        if unfinished and not context.should_stop():
            raise RuntimeError("the trainer ended without a result")
    except Exception as error:  # noqa: BLE001  (whatever a trial raises is that trial's result)
        place = traceback.extract_tb(error.__traceback__)[-1]
        message = f"{type(error).__name__}: {error} ({place.name}, line {place.lineno})"
        for trial in unfinished.values():
            yield Result(trial=trial, state="failed", message=message)
