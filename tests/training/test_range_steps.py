"""Trials of a range test: rates, losses, engines, and what they leave behind."""

import math

import numpy as np
import pytest
import torch

from lrsearch.analysis.range.ramp import Ramp
from lrsearch.executors import StopSwitch
from lrsearch.interfaces import NOTHING_GIVEN, Given
from lrsearch.plans import Worker
from lrsearch.records import RAMP, Trial
from lrsearch.spec import change_spec, make_spec
from lrsearch.training.torch_trainer import make_step_trainer, make_trainer, prepare

RISE = Ramp(steps=40)


def trials(n_seeds=2, stage=RAMP, rates=(RISE.low,), steps=RISE.steps):
    """Some trials of one stage."""
    keys = [(lr, seed) for lr in rates for seed in range(n_seeds)]
    return tuple(
        Trial(number=i, proposal=i, lr=lr, repeat=seed, horizon=steps, until=steps, stage=stage)
        for i, (lr, seed) in enumerate(keys)
    )


def run(batch, engine="single", *, stop=None, given=NOTHING_GIVEN, **values):
    """The results of a batch."""
    spec = make_spec({"run": {"engine": engine}, **values})
    setup = prepare(spec, len(batch), given=given)
    train = make_step_trainer(setup.spec, Worker(threads=1, stack_size=len(batch)), ramp=RISE, given=given)
    return list(train(batch, stop or StopSwitch()))


def losses(results):
    """By trial."""
    return [[point.train_loss for point in result.points] for result in results]


def test_a_ramp_rises_and_a_probe_stands():
    """A point for each step, with its rate and the loss before it; nothing is validated."""
    ramped, probed = run(trials(1))[0], run(trials(1, "probe", (0.1,), 12))[0]
    assert [point.lr for point in ramped.points] == pytest.approx([RISE.rate(i) for i in range(len(ramped.points))])
    assert [point.lr for point in probed.points] == [0.1] * 12
    assert [point.epoch for point in probed.points] == list(range(1, 13))
    assert all(math.isnan(point.val_accuracy) for point in probed.points)
    assert ramped.points[0].train_loss == probed.points[0].train_loss == pytest.approx(math.log(10), abs=0.3)
    assert probed.points[-1].train_loss < 1.5


@pytest.mark.parametrize("values", [{}, {"train": {"optimizer": "adamw"}}, {"model": {"name": "mlp", "dropout": 0.3}}])
def test_both_engines_give_the_same_losses(values):
    """Member by member, as long as training is calm; a seed has its own weights and batches."""
    for batch in (trials(3, "probe", (0.001,), 20), trials(3)):
        single, stacked = losses(run(batch, **values)), losses(run(batch, "population", **values))
        for alone, member in zip(single, stacked, strict=True):
            np.testing.assert_allclose(alone[:20], member[:20], rtol=1e-4)
        assert single[0][0] != single[1][0] != single[2][0]


@pytest.mark.parametrize(("optimizer", "same_as"), [("adamw", "population"), ("asgd", "single")])
def test_where_a_search_records_graphs_a_range_test_stacks_what_it_can(optimizer, same_as):
    """To the bit as that engine."""
    values, batch = {"train": {"optimizer": optimizer}}, trials(2, "probe", (0.001,), 5)
    spec = change_spec(prepare(make_spec(values), len(batch)).spec, {"run.engine": "graph"})
    train = make_step_trainer(spec, Worker(threads=1, stack_size=len(batch)), ramp=RISE)
    assert losses(train(batch, StopSwitch())) == losses(run(batch, same_as, **values))


def test_an_epoch_is_left_and_the_next_begun():
    """The batches of a second epoch come in another order, as in a training."""
    values = {"data": {"dataset": "digits", "train_size": 128, "batch_size": 64}}
    found = losses(run(trials(1, "probe", (1e-9,), 8), **values))[0]
    assert len(set(found)) == 8


def test_the_same_again():
    """One seed gives one test, another seed another."""
    assert losses(run(trials())) == losses(run(trials()))
    assert losses(run(trials())) != losses(run(trials(), seed=1))


def test_a_curve_ends_where_it_diverges():
    """The trial says so; what comes after is not kept."""
    (result,) = run(trials(1, "probe", (50.0,), 40))
    assert result.state == "diverged"
    assert len(result.points) < 40


def test_nothing_leaks():
    """Neither the caller's random numbers nor a search that follows notice that there was a test."""

    def trained():
        setup = prepare(make_spec({"train": {"epochs": 1}}), 1)
        train = make_trainer(setup.spec, Worker(threads=1))
        *_, result = train((Trial(number=0, proposal=0, lr=0.1, horizon=1, until=1),), StopSwitch())
        return result.score, result.correct

    before, state = trained(), torch.get_rng_state()
    run(trials(), model={"name": "mlp", "dropout": 0.2})
    assert torch.equal(torch.get_rng_state(), state)
    assert trained() == before


def test_told_to_stop_it_answers_nothing():
    """A test that is stopped has no results."""
    stop = StopSwitch()
    stop.stop()
    assert run(trials(), stop=stop) == []


def test_a_network_and_arrays_of_ones_own():
    """As in a search."""
    rng = np.random.default_rng(0)
    arrays = {"x_train": rng.integers(0, 255, (90, 5, 5)).astype(np.uint8), "y_train": np.arange(90) % 3}
    model = lambda: torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(25, 3))  # noqa: E731
    values = {"data": {"batch_size": 10}}
    (result,) = run(trials(1, "probe", (0.01,), 6), given=Given(model=model, data=arrays), **values)
    assert len(result.points) == 6
