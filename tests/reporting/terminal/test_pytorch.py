"""The lines to paste are the optimizer and the rates that were searched with."""

import itertools

import pytest
import torch

from lrsearch.catalog import SCHEDULES
from lrsearch.optim.schedules import spec_plateau, spec_schedule
from lrsearch.reporting.terminal import pytorch_lines
from lrsearch.spec import make_spec

N_STEPS = 5
OPTIMIZERS = [
    "sgd",
    {"name": "sgd", "momentum": 0.9, "nesterov": True, "weight_decay": 5e-4},
    "adam",
    {"name": "adamw", "betas": [0.8, 0.99], "amsgrad": True},
]
SCHEDULES_TRIED = [
    "constant",
    {"name": "step", "every": 2, "factor": 0.3},
    {"name": "step", "every": 0.5},
    {"name": "step", "every": 7, "unit": "steps"},
    "step",
    "multistep",
    {"name": "multistep", "milestones": [1, 2.4], "factor": 0.5},
    {"name": "multistep", "milestones": [1, 9], "unit": "steps"},
    "exponential",
    {"name": "exponential", "factor": 0.95, "unit": "steps"},
    "polynomial",
    {"name": "polynomial", "power": 0.9, "end": 0.1},
    "inverse-time",
    {"name": "inverse-time", "decay": 3},
    "linear",
    {"name": "linear", "end": 0.2},
    "cosine",
    {"name": "cosine", "end": 0.1},
    "cosine-restarts",
    {"name": "cosine-restarts", "period": 0.8, "mult": 1, "end": 0.1},
    "one-cycle",
    {"name": "one-cycle", "pct_start": 0.05, "anneal": "linear"},
    {"name": "one-cycle", "pct_start": 0.5, "div_factor": 10, "final_div_factor": 3, "anneal": "linear"},
    "cyclic",
    {"name": "cyclic", "mode": "triangular2", "step_size": 0.4, "low": 0},
    {"name": "cyclic", "mode": "exp_range", "gamma": 0.95, "step_size": 1},
]
WARMUPS = [0, 0.25, {"epochs": 1}, {"steps": 3}]
TRIED = [
    *itertools.product(OPTIMIZERS[:1], SCHEDULES_TRIED, WARMUPS),
    *itertools.product(OPTIMIZERS[1:], ["constant", "cosine"], WARMUPS),
]


@pytest.mark.parametrize(("optimizer", "schedule", "warmup"), TRIED, ids=str)
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
        assert made.param_groups[0]["lr"] == pytest.approx(0.05 * scale(step), rel=1e-9, abs=1e-16)
        made.step()
        if scheduler is not None:
            scheduler.step()


@pytest.mark.parametrize("warmup", WARMUPS, ids=str)
@pytest.mark.parametrize("options", [{}, {"factor": 0.5, "patience": 1, "threshold": 0.01, "floor": 0.2}], ids=str)
def test_a_pasted_plateau_drops_where_the_search_drops(options, warmup):
    """After every epoch by the validation loss, beside a warm-up that moves after every batch."""
    spec = make_spec({"train": {"epochs": 12, "schedule": {"name": "plateau", **options}, "warmup": warmup}})
    names = {"torch": torch, "model": torch.nn.Linear(2, 2)}
    exec("\n".join(pytorch_lines(spec, 0.05, N_STEPS)), names)  # noqa: S102  (the lines are ours)
    made, losses, scale = names["optimizer"], [], spec_schedule(spec, 12, N_STEPS)
    for epoch, loss in enumerate([2.0, 1.0, 0.999, 1.1, 1.0, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5]):
        for step in range(epoch * N_STEPS, (epoch + 1) * N_STEPS):
            expected = 0.05 * scale(step) * spec_plateau(spec, losses)
            assert made.param_groups[0]["lr"] == pytest.approx(expected, rel=1e-9)
            made.step()
            if "warmup" in names:
                names["warmup"].step()
        losses.append(loss)
        names["scheduler"].step(loss)
    assert spec_plateau(spec, losses) < 1


def test_every_schedule_is_pasted():
    """None of the catalog is left out."""
    named = {schedule if isinstance(schedule, str) else schedule["name"] for schedule in SCHEDULES_TRIED}
    assert named | {"plateau"} == set(SCHEDULES)


def test_torchs_own_class_stands_where_it_is_the_same():
    """A LambdaLR only where none of torch's gives these rates."""
    lambdas = {
        name
        for name in SCHEDULES
        if "LambdaLR" in "".join(pytorch_lines(make_spec({"train": {"schedule": name}}), 0.05, N_STEPS))
    }
    assert lambdas == {"inverse-time"}


def test_pasted_lines_decay_what_the_search_decayed():
    """Biases and norms are left alone where the spec says so."""
    optimizer = {"name": "adamw", "weight_decay": 0.1}
    spec = make_spec({"train": {"optimizer": optimizer, "weight_decay_on": "weights"}})
    model = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.LayerNorm(2))
    names = {"torch": torch, "model": model}
    exec("\n".join(pytorch_lines(spec, 0.05, N_STEPS)), names)  # noqa: S102  (the lines are ours)
    decayed = {id(p): group["weight_decay"] for group in names["optimizer"].param_groups for p in group["params"]}
    assert [decayed[id(p)] for p in model.parameters()] == [0.1, 0.0, 0.0, 0.0]
