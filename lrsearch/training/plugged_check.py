"""Tries the functions of plugins before a run is made, so that a mistake is found before the first training."""

from __future__ import annotations

import numpy as np
import torch

from lrsearch.catalog import OPTIMIZERS, SCHEDULES, Metric, TaskKind, computed_metrics
from lrsearch.data import Sizes, Targets
from lrsearch.errors import UsageError
from lrsearch.optim.optimizers import make_plugged, take_step
from lrsearch.optim.schedules import spec_schedule
from lrsearch.records import Baseline
from lrsearch.spec import Spec
from lrsearch.training.plugged_loss import plugged_loss

_N = 4  # examples of a trial, and steps in an epoch


def check_plugged(spec: Spec, sizes: Sizes) -> None:
    """Call the loss, the optimizer and the schedule of a spec once, if they come from plugins.

    Args:
        spec: The spec.
        sizes: The sizes of the data.

    Raises:
        UsageError: A function returned the wrong thing.
        PluginError: A function raised an exception.
    """
    generator = torch.Generator().manual_seed(0)
    if (loss := plugged_loss(spec.train.loss)) is not None:
        outputs = torch.randn(_N, sizes.n_outputs, generator=generator).requires_grad_()
        targets = torch.arange(_N) % sizes.n_outputs
        if sizes.n_classes is None:
            targets = torch.randn(_N, generator=generator)
        if not loss(outputs, targets).requires_grad:
            raise UsageError(
                f"loss '{spec.train.loss.name}': its answer has no gradient, so nothing could be learned; compute it "
                "from the outputs by functions of torch, without detach(), item() and numpy()"
            )
    optimizer = spec.train.optimizer
    if OPTIMIZERS[optimizer.name].plugin:
        weight = torch.randn(3, 2, generator=generator).requires_grad_()
        weight.grad = torch.randn(3, 2, generator=generator)
        take_step(make_plugged(optimizer.name, optimizer.options, [{"params": [weight]}], 1e-3))
    if SCHEDULES[spec.train.schedule.name].plugin:
        scale = spec_schedule(spec, spec.train.epochs, _N)
        for step in {0, spec.train.epochs * _N // 2, spec.train.epochs * _N - 1}:
            scale(step)


def plugged_baseline(metric: Metric, labels: Targets) -> dict[str, Baseline]:
    """Return the score of a constant prediction in the metric of a plugin, by its name; nothing for other metrics.

    Args:
        metric: The metric of a search.
        labels: Classes of the validation part, whose most frequent one is predicted, or numbers, whose mean is; (n,).
    """
    if not metric.plugin:
        return {}
    task: TaskKind = "regression" if labels.dtype.kind == "f" else "classification"
    constant = labels.mean() if task == "regression" else np.bincount(labels).argmax()
    found = computed_metrics(labels, np.full(len(labels), constant), np.zeros(len(labels)), metric, task)
    return {metric.name: Baseline(constant=found[metric.name])}
