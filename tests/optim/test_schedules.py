"""Schedules compared with their formulas and with torch's schedulers."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.optim import lr_scheduler

from lrsearch.catalog import SCHEDULES
from lrsearch.optim.schedules import make_schedule, plateau_scale, spec_plateau, spec_schedule, warmup_steps
from lrsearch.spec import make_choice, make_spec, steps_per_epoch

T, PER_EPOCH = 60, 6


def torch_scales(make, n_steps=T):
    """The rates that one of torch's schedulers gives for a peak of 1."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    scheduler = make(optimizer)
    rates = []
    for _ in range(n_steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return rates


def scales(name, warmup=0, total=T, per_epoch=PER_EPOCH, **options):
    """The scale at each step of a run; options that are not given have the defaults of the catalog."""
    chosen = make_choice("schedule", name, **options)
    scale = make_schedule(
        chosen.name, chosen.options, warmup_steps=warmup, total_steps=total, steps_per_epoch=per_epoch
    )
    return [scale(step) for step in range(total)]


def one_cycle(**options):
    """Torch's OneCycleLR over the whole run, with constant momentum."""
    return lambda o: lr_scheduler.OneCycleLR(o, max_lr=1.0, total_steps=T, cycle_momentum=False, **options)


def cyclic(**options):
    """Torch's CyclicLR up to the peak, with constant momentum."""
    return lambda o: lr_scheduler.CyclicLR(o, max_lr=1.0, cycle_momentum=False, **options)


TORCH = [
    ("constant", {}, lambda o: lr_scheduler.ConstantLR(o, factor=1.0)),
    ("step", {}, lambda o: lr_scheduler.StepLR(o, step_size=20, gamma=0.1)),
    ("step", {"every": 3}, lambda o: lr_scheduler.StepLR(o, step_size=3 * PER_EPOCH, gamma=0.1)),
    ("step", {"every": 7, "unit": "steps", "factor": 0.5}, lambda o: lr_scheduler.StepLR(o, step_size=7, gamma=0.5)),
    ("multistep", {}, lambda o: lr_scheduler.MultiStepLR(o, [30, 45])),
    ("multistep", {"milestones": [2, 5, 7.5]}, lambda o: lr_scheduler.MultiStepLR(o, [12, 30, 45])),
    ("multistep", {"milestones": [5, 50], "unit": "steps"}, lambda o: lr_scheduler.MultiStepLR(o, [5, 50])),
    ("exponential", {}, lambda o: lr_scheduler.ExponentialLR(o, 0.9 ** (1 / PER_EPOCH))),
    ("exponential", {"factor": 0.97, "unit": "steps"}, lambda o: lr_scheduler.ExponentialLR(o, 0.97)),
    ("polynomial", {}, lambda o: lr_scheduler.PolynomialLR(o, total_iters=T, power=2.0)),
    ("polynomial", {"power": 0.9}, lambda o: lr_scheduler.PolynomialLR(o, total_iters=T, power=0.9)),
    ("linear", {}, lambda o: lr_scheduler.LinearLR(o, 1.0, 0.0, total_iters=T)),
    ("linear", {"end": 0.1}, lambda o: lr_scheduler.LinearLR(o, 1.0, 0.1, total_iters=T)),
    ("inverse-time", {"decay": 0.5}, lambda o: lr_scheduler.LambdaLR(o, lambda t: 1 / (1 + 0.5 * t / PER_EPOCH))),
    ("cosine", {}, lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=T)),
    ("cosine", {"end": 0.1}, lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=T, eta_min=0.1)),
    ("cosine-restarts", {}, lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, T_0=9, T_mult=2)),
    (
        "cosine-restarts",
        {"period": 1, "mult": 3, "end": 0.2},
        lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, T_0=PER_EPOCH, T_mult=3, eta_min=0.2),
    ),
    (
        "cosine-restarts",
        {"period": 2.5, "mult": 1},
        lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, T_0=15, T_mult=1),
    ),
    ("one-cycle", {}, one_cycle()),
    (
        "one-cycle",
        {"pct_start": 0.15, "div_factor": 5, "final_div_factor": 7, "anneal": "linear"},
        one_cycle(pct_start=0.15, div_factor=5, final_div_factor=7, anneal_strategy="linear"),
    ),
    ("cyclic", {}, cyclic(base_lr=0.25, step_size_up=8)),
    (
        "cyclic",
        {"mode": "triangular2", "low": 0, "step_size": 1},
        cyclic(base_lr=0.0, step_size_up=6, mode="triangular2"),
    ),
    (
        "cyclic",
        {"mode": "exp_range", "gamma": 0.98, "step_size": 1.5},
        cyclic(base_lr=0.25, step_size_up=9, mode="exp_range", gamma=0.98),
    ),
    ("plateau", {}, lambda o: lr_scheduler.ConstantLR(o, factor=1.0)),
]


@pytest.mark.parametrize(("name", "options", "make"), TORCH, ids=lambda value: value if isinstance(value, str) else "")
def test_equals_torch_at_every_step(name, options, make):
    """Each schedule of the catalog equals torch's over a whole run."""
    assert scales(name, **options) == pytest.approx(torch_scales(make), rel=1e-9, abs=1e-12)


def test_every_schedule_is_compared_with_torch():
    """No schedule is missing above."""
    assert {name for name, _, _ in TORCH} == set(SCHEDULES)


def x_of(step, rise):
    """The distance from the peak of a cycle, x in Smith's listing."""
    cycle = math.floor(1 + step / (2 * rise))
    return abs(step / rise - 2 * cycle + 1)


FORMULAS = [
    ("constant", {}, lambda _: 1),
    ("step", {"every": 3, "factor": 0.5}, lambda t: 0.5 ** math.floor(t / 18)),
    ("step", {}, lambda t: 0.1 ** math.floor(t / 20)),
    ("multistep", {"milestones": [4, 8]}, lambda t: 0.1 ** ((t >= 24) + (t >= 48))),
    ("exponential", {"factor": 0.8}, lambda t: 0.8 ** (t / 6)),
    ("exponential", {"factor": 0.8, "unit": "steps"}, lambda t: 0.8**t),
    ("polynomial", {"power": 3, "end": 0.2}, lambda t: 0.2 + 0.8 * (1 - t / 60) ** 3),
    ("linear", {"end": 0.5}, lambda t: 1 - 0.5 * t / 60),
    ("inverse-time", {"decay": 2}, lambda t: 1 / (1 + 2 * t / 6)),
    ("cosine", {"end": 0.3}, lambda t: 0.3 + 0.7 * (1 + math.cos(math.pi * t / 60)) / 2),
    ("cosine-restarts", {"period": 2, "mult": 1}, lambda t: (1 + math.cos(math.pi * (t % 12) / 12)) / 2),
    ("one-cycle", {"pct_start": 0.5, "anneal": "linear", "div_factor": 4, "final_div_factor": 1},
     lambda t: 0.25 + 0.75 * (t / 29 if t <= 29 else 1 - (t - 29) / 30)),
    ("cyclic", {"step_size": 2, "low": 0.1}, lambda t: 0.1 + 0.9 * max(0, 1 - x_of(t, 12))),
    ("plateau", {}, lambda _: 1),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "options", "formula"), FORMULAS, ids=lambda value: value if isinstance(value, str) else ""
)
def test_equals_its_formula_at_every_step(name, options, formula):
    """The formula is that of the catalog, written here a second time."""
    assert scales(name, **options) == pytest.approx([formula(step) for step in range(T)], rel=1e-12, abs=1e-15)


def test_formulas_cover_the_catalog():
    """No schedule is missing above, and every entry of the catalog is complete."""
    assert {name for name, _, _ in FORMULAS} == set(SCHEDULES)
    for entry in SCHEDULES.values():
        assert entry.formula
        assert entry.use
        assert entry.strengths
        assert entry.weaknesses
        assert entry.source or entry.name == "constant"


def test_warmup_equals_torchs_sequence():
    """A warm-up is a LinearLR before the schedule, which covers the remaining steps."""

    def make(optimizer):
        warmup = lr_scheduler.LinearLR(optimizer, start_factor=1 / 11, total_iters=10)
        cosine = lr_scheduler.CosineAnnealingLR(optimizer, T_max=T - 10)
        return lr_scheduler.SequentialLR(optimizer, [warmup, cosine], milestones=[10])

    assert scales("cosine", warmup=10) == pytest.approx(torch_scales(make), rel=1e-9)


RISES_ITSELF = {"one-cycle", "cyclic"}


@given(
    name=st.sampled_from(sorted(SCHEDULES)),
    warmup=st.integers(0, 59),
    total=st.integers(60, 500),
    per_epoch=st.integers(1, 60),
)
def test_scales_stay_in_range(name, warmup, total, per_epoch):
    """No scale is above 1 or below 0, and the warm-up ends at the peak."""
    found = scales(name, warmup, total, per_epoch)
    assert all(0.0 <= each <= 1.0 for each in found)
    if name not in RISES_ITSELF:
        assert found[warmup] == pytest.approx(1.0)
    assert found[:warmup] == sorted(found[:warmup])


SHARES = st.floats(0, 1)
POSITIVE = st.floats(0, 1, exclude_min=True)
LENGTHS = st.none() | st.floats(1e-3, 1e3)
UNITS = st.sampled_from(["epochs", "steps"])
OPTIONS = st.one_of(
    st.tuples(st.just("step"), st.fixed_dictionaries({"every": LENGTHS, "unit": UNITS, "factor": POSITIVE})),
    st.tuples(
        st.just("multistep"),
        st.fixed_dictionaries(
            {
                "milestones": st.none() | st.lists(st.floats(1e-3, 1e3), min_size=1, max_size=5).map(sorted),
                "unit": UNITS,
                "factor": POSITIVE,
            }
        ),
    ),
    st.tuples(st.just("exponential"), st.fixed_dictionaries({"factor": POSITIVE, "unit": UNITS})),
    st.tuples(
        st.just("polynomial"), st.fixed_dictionaries({"power": st.floats(0, 1e3, exclude_min=True), "end": SHARES})
    ),
    st.tuples(st.just("inverse-time"), st.fixed_dictionaries({"decay": st.floats(0, 1e6)})),
    st.tuples(
        st.just("cosine-restarts"),
        st.fixed_dictionaries({"period": LENGTHS, "mult": st.integers(1, 1000), "end": SHARES}),
    ),
    st.tuples(
        st.just("one-cycle"),
        st.fixed_dictionaries(
            {
                "pct_start": st.floats(0, 1, exclude_min=True, exclude_max=True),
                "div_factor": st.floats(1, 1e6),
                "final_div_factor": st.floats(1, 1e9),
                "anneal": st.sampled_from(["cos", "linear"]),
            }
        ),
    ),
    st.tuples(
        st.just("cyclic"),
        st.fixed_dictionaries(
            {
                "mode": st.sampled_from(["triangular", "triangular2", "exp_range"]),
                "step_size": LENGTHS,
                "low": SHARES,
                "gamma": POSITIVE,
            }
        ),
    ),
)


@given(chosen=OPTIONS, total=st.integers(1, 200), per_epoch=st.integers(1, 60))
def test_scales_stay_in_range_for_all_options(chosen, total, per_epoch):
    """For any options, the scale is finite and in [0, 1]."""
    name, options = chosen
    found = scales(name, 0, total, per_epoch, **options)
    assert all(0.0 <= each <= 1.0 for each in found)


@pytest.mark.parametrize(
    ("warmup", "expected"), [(0, 0), (0.2, 20), ({"epochs": 1}, 10), ({"epochs": 0.5}, 5), ({"steps": 7}, 7)]
)
def test_warmup_in_fraction_epochs_and_steps(warmup, expected):
    """A warm-up is given as a share of the run, in epochs or in steps."""
    spec = make_spec({"train": {"epochs": 10, "warmup": warmup}})
    assert warmup_steps(spec, 10, 10) == expected


def test_spec_schedule_covers_the_horizon():
    """A spec's schedule ends with the horizon, whatever `train.epochs` says."""
    spec = make_spec({"train": {"epochs": 2, "schedule": "linear"}})
    scale = spec_schedule(spec, epochs=4, n_steps=5)
    assert scale(10) == pytest.approx(0.5)
    assert math.isclose(scale(20), 0.0, abs_tol=1e-12)


@pytest.mark.parametrize("mult", [1, 2, 5])
def test_three_cycles_end_with_the_run(mult):
    """Without a period no fourth cycle begins, whatever the number of steps."""
    for total in range(310, 500):
        found = scales("cosine-restarts", total=total, mult=mult)
        assert sum(scale == 1.0 for scale in found) == 3
        assert found[-1] < 0.1


def torch_plateau(losses, floor=0.0, **options):
    """The scale of torch's own ReduceLROnPlateau after each epoch."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    scheduler = lr_scheduler.ReduceLROnPlateau(optimizer, min_lr=floor, eps=0.0, **options)
    found = [1.0]
    for loss in losses:
        scheduler.step(loss)
        found.append(optimizer.param_groups[0]["lr"])
    return found


@given(
    losses=st.lists(st.floats(0, 10) | st.sampled_from([1.0, 0.9999, 0.99, math.nan, math.inf]), max_size=40),
    factor=st.floats(0.01, 0.99),
    patience=st.integers(0, 5),
    threshold=st.sampled_from([0.0, 1e-4, 0.1]),
    floor=st.sampled_from([0.0, 1e-3, 0.5, 1.0]),
)
def test_plateau_equals_torch_after_every_epoch(losses, factor, patience, threshold, floor):
    """It is computed from the losses alone."""
    options = {"factor": factor, "patience": patience, "threshold": threshold, "floor": floor}
    found = [plateau_scale(losses[:n], **options) for n in range(len(losses) + 1)]
    assert found == torch_plateau(losses, **options)
    assert all(floor <= scale <= 1.0 for scale in found)
    assert found == sorted(found, reverse=True)


def test_plateau_of_a_spec():
    """A plateau uses the options of its spec; other schedules are not changed by it."""
    flat = [1.0] * 9
    assert spec_plateau(make_spec({"train": {"schedule": "cosine"}}), flat) == 1.0
    schedule = {"name": "plateau", "factor": 0.5, "patience": 1, "floor": 0.2}
    spec = make_spec({"train": {"schedule": schedule}})
    assert [spec_plateau(spec, flat[:n]) for n in (0, 2, 3, 5, 7)] == [1.0, 1.0, 0.5, 0.25, 0.2]
    assert spec_plateau(make_spec({"train": {"schedule": "plateau"}}), flat) == pytest.approx(0.01)


@given(n_train=st.integers(2, 5000), batch_size=st.integers(1, 512))
def test_steps_cover_all_but_a_single_image(n_train, batch_size):
    """Every image is in a batch, except for one that a BatchNorm would see alone."""
    steps = steps_per_epoch(n_train, batch_size)
    assert 0 <= steps * batch_size - n_train < batch_size
    fewer = steps_per_epoch(n_train, batch_size, batch_norm=True)
    assert steps - fewer == (batch_size > 1 and n_train % batch_size == 1)
    assert fewer >= 1
