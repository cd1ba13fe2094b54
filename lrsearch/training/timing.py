"""Estimates the time of an epoch from a few measured steps."""

from __future__ import annotations

import time
from statistics import median

import torch

from lrsearch.plans import Worker
from lrsearch.records import Trial
from lrsearch.spec import Spec, change_spec, optimizer_steps
from lrsearch.training.torch_trainer import make_trainer, prepare

_WARM_UP, _MEASURED = 3, 20
_SAFE_RATE = 1e-9  # so small that no training diverges
_FORWARD_SHARE = 1 / 3  # of a training step; the backward pass costs about twice the forward pass


class _Stopwatch:
    """A context that records the time of each step, and stops the trainer after the last one needed."""

    memory_share = 1.0

    def __init__(self, device: str) -> None:
        self._device = device
        self.times: list[float] = []

    def should_stop(self) -> bool:
        """Record the time; the trainer calls this once a step."""
        if self._device != "cpu":
            torch.accelerator.synchronize()  # a GPU works asynchronously
        self.times.append(time.perf_counter())
        return len(self.times) > _WARM_UP + _MEASURED


def epoch_seconds(spec: Spec) -> tuple[float, str]:
    """Estimate the seconds of one epoch, training and validation. Return them with the device that was measured.

    Args:
        spec: A checked spec.

    Raises:
        LrSearchError: See `prepare`.
    """
    setup = prepare(change_spec(spec, {"train.early_stopping": None, "run.engine": "single", "run.executor": "inline"}))
    device, threads = setup.plan.device.value, setup.plan.threads.value
    train = make_trainer(setup.spec, Worker(device=device, threads=threads))
    watch = _Stopwatch(device)
    trial = Trial(number=0, proposal=0, lr=_SAFE_RATE, horizon=1_000_000, until=1_000_000)
    for _ in train((trial,), watch):
        pass
    steps = [after - before for before, after in zip(watch.times, watch.times[1:], strict=False)][_WARM_UP:]
    facts = setup.facts
    n_steps = optimizer_steps(spec, facts.n_train)
    n_val_steps = facts.n_val / (spec.data.batch_size * spec.train.accumulate)
    return median(steps) * (n_steps + _FORWARD_SHARE * n_val_steps), device
