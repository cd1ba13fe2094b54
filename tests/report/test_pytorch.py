"""The lines to paste are the optimizer and the rates that were searched with."""

import itertools

import pytest
import torch

from lrsearch.optim.schedules import spec_schedule
from lrsearch.report import pytorch_lines
from lrsearch.spec import make_spec

N_STEPS = 5
OPTIMIZERS = [
    "sgd",
    {"name": "sgd", "momentum": 0.9, "nesterov": True, "weight_decay": 5e-4},
    "adam",
    {"name": "adamw", "betas": [0.8, 0.99], "amsgrad": True},
]
SCHEDULES = [
    "constant",
    {"name": "step", "every": 2, "factor": 0.3},
    {"name": "step", "every": 0.5},
    "linear",
    {"name": "linear", "end": 0.2},
    "cosine",
    {"name": "cosine", "end": 0.1},
]
WARMUPS = [0, 0.25, {"epochs": 1}, {"steps": 3}]


@pytest.mark.parametrize(
    ("optimizer", "schedule", "warmup"), list(itertools.product(OPTIMIZERS, SCHEDULES, WARMUPS)), ids=str
)
def test_pasted_lines_give_the_rates_of_the_search(optimizer, schedule, warmup):
    """Run as they stand, step after step."""
    spec = make_spec({"train": {"epochs": 4, "optimizer": optimizer, "schedule": schedule, "warmup": warmup}})
    names = {"torch": torch, "model": torch.nn.Linear(2, 2)}
    exec("\n".join(pytorch_lines(spec, 0.05, N_STEPS)), names)  # noqa: S102  (the lines are ours)
    made, scheduler = names["optimizer"], names.get("scheduler")
    for key, value in spec.train.optimizer.options.items():
        assert made.param_groups[0][key] == value
    scale = spec_schedule(spec, 4, N_STEPS)
    for step in range(4 * N_STEPS):
        assert made.param_groups[0]["lr"] == pytest.approx(0.05 * scale(step), rel=1e-9)
        made.step()
        if scheduler is not None:
            scheduler.step()
