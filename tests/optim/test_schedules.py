"""Schedules against their formulas and against torch's own."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lrsearch.catalog import SCHEDULES
from lrsearch.optim.schedules import make_schedule, spec_schedule, warmup_steps
from lrsearch.spec import make_spec, steps_per_epoch

T, PER_EPOCH = 60, 6


def torch_scales(make, n_steps=T):
    """The rates that one of torch's schedulers gives from a peak of 1."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    scheduler = make(optimizer)
    rates = []
    for _ in range(n_steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return rates


TORCH = {
    "constant": ({}, lambda o: torch.optim.lr_scheduler.ConstantLR(o, factor=1.0)),
    "step": (
        {"every": 3.0, "factor": 0.1},
        lambda o: torch.optim.lr_scheduler.StepLR(o, step_size=3 * PER_EPOCH, gamma=0.1),
    ),
    "linear": ({"end": 0.1}, lambda o: torch.optim.lr_scheduler.LinearLR(o, 1.0, 0.1, total_iters=T)),
    "cosine": ({"end": 0.1}, lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, T_max=T, eta_min=0.1)),
}


@pytest.mark.parametrize("name", SCHEDULES)
def test_equals_torch_at_every_step(name):
    """Each schedule of the catalog is torch's, over a whole run."""
    options, make = TORCH[name]
    scale = make_schedule(name, options, warmup_steps=0, total_steps=T, steps_per_epoch=PER_EPOCH)
    assert [scale(step) for step in range(T)] == pytest.approx(torch_scales(make), rel=1e-9)


def test_warmup_equals_torchs_sequence():
    """Warm-up is a LinearLR in front, and the schedule is laid over what it leaves."""

    def make(optimizer):
        lr_scheduler = torch.optim.lr_scheduler
        warmup = lr_scheduler.LinearLR(optimizer, start_factor=1 / 11, total_iters=10)
        cosine = lr_scheduler.CosineAnnealingLR(optimizer, T_max=T - 10)
        return lr_scheduler.SequentialLR(optimizer, [warmup, cosine], milestones=[10])

    scale = make_schedule("cosine", {"end": 0.0}, warmup_steps=10, total_steps=T, steps_per_epoch=PER_EPOCH)
    assert [scale(step) for step in range(T)] == pytest.approx(torch_scales(make), rel=1e-9)


@given(
    name=st.sampled_from(sorted(SCHEDULES)),
    warmup=st.integers(0, 59),
    total=st.integers(60, 500),
    per_epoch=st.integers(1, 60),
)
def test_scales_stay_in_range(name, warmup, total, per_epoch):
    """No schedule goes above its peak or below 0, and the peak is reached at the end of the warm-up."""
    options = {key: option.default for key, option in SCHEDULES[name].options.items()}
    scale = make_schedule(name, options, warmup_steps=warmup, total_steps=total, steps_per_epoch=per_epoch)
    scales = [scale(step) for step in range(total)]
    assert all(0.0 <= each <= 1.0 for each in scales)
    assert scales[warmup] == pytest.approx(1.0)
    assert scales[:warmup] == sorted(scales[:warmup])


@pytest.mark.parametrize(
    ("warmup", "expected"), [(0, 0), (0.2, 20), ({"epochs": 1}, 10), ({"epochs": 0.5}, 5), ({"steps": 7}, 7)]
)
def test_warmup_in_fraction_epochs_and_steps(warmup, expected):
    """A warm-up is a share of the run, epochs or steps."""
    spec = make_spec({"train": {"epochs": 10, "warmup": warmup}})
    assert warmup_steps(spec, 10, 10) == expected


def test_spec_schedule_is_laid_over_the_horizon():
    """A spec's schedule ends with the horizon, whatever `train.epochs` says."""
    spec = make_spec({"train": {"epochs": 2, "schedule": "linear"}})
    scale = spec_schedule(spec, epochs=4, n_steps=5)
    assert scale(10) == pytest.approx(0.5)
    assert math.isclose(scale(20), 0.0, abs_tol=1e-12)


@given(n_train=st.integers(2, 5000), batch_size=st.integers(1, 512))
def test_steps_cover_all_but_a_single_image(n_train, batch_size):
    """Every image is in some batch, but for one that would stand alone."""
    steps = steps_per_epoch(n_train, batch_size)
    assert steps >= 1
    left_out = n_train - steps * batch_size
    assert left_out <= 1
    assert (steps - 1) * batch_size < n_train
