"""The mini-batches of an epoch, down to a batch of one image."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from lrsearch.errors import DataError, SpecError
from lrsearch.executors import StopSwitch
from lrsearch.interfaces import Given
from lrsearch.plans import Worker
from lrsearch.records import Result, Trial
from lrsearch.spec import make_spec
from lrsearch.training.single import train_single
from lrsearch.training.stacked import train_stacked
from lrsearch.training.torch_trainer import prepare
from lrsearch.training.workload import open_workload

DATA = {"dataset": {"name": "synthetic", "shape": [1, 12, 12], "size": 60, "classes": 3}, "train_size": 33}


def own_network():
    """A network of one's own, with a BatchNorm."""
    return nn.Sequential(nn.Flatten(), nn.Linear(144, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 3))


def workload_of(model="mlp", *, given=None, accumulate=1, **data):
    """A place of work on 33 images."""
    spec = make_spec({"data": {**DATA, **data}, "model": model, "train": {"epochs": 2, "accumulate": accumulate}})
    return open_workload(spec, Worker(threads=1), given=given or Given(), dtype=torch.float64)


def result_of(workload, lr=0.01):
    """The result of one trial by the reference engine."""
    trial = Trial(number=0, proposal=0, lr=lr, horizon=2, until=2)
    return list(train_single(workload, trial, StopSwitch()))[-1]


def sizes(workload):
    """How many images each mini-batch of each step of an epoch has."""
    epoch = workload.epoch(0, 1)
    return [[len(y) for _, y in epoch.step(number)] for number in range(workload.n_steps)]


@pytest.mark.parametrize(
    ("model", "batch_size", "accumulate", "expected"),
    [
        ("mlp", 1, 1, [[1]] * 33),
        ("mlp", 1, 16, [[1] * 16, [1] * 16, [1]]),
        ("mlp", 16, 1, [[16], [16], [1]]),
        ("mlp", 16, 3, [[16, 16, 1]]),
        ("mlp", 11, 1, [[11], [11], [11]]),
        ({"name": "mlp", "norm": "batch"}, 16, 1, [[16], [16]]),
        ({"name": "mlp", "norm": "batch"}, 2, 8, [[2] * 8, [2] * 8]),
        ({"name": "mlp", "norm": "batch"}, 31, 1, [[31], [2]]),
        ({"name": "mlp", "norm": "group"}, 16, 1, [[16], [16], [1]]),
        ("convnet", 32, 1, [[32]]),
    ],
)
def test_a_single_image_is_left_out_only_where_a_batch_norm_would_see_it_alone(model, batch_size, accumulate, expected):
    """Every image trains once an epoch, but for one that a BatchNorm would see alone."""
    assert sizes(workload_of(model, batch_size=batch_size, accumulate=accumulate)) == expected


@pytest.mark.parametrize("model", ["mlp", "cnn", {"name": "convnet", "norm": "group"}])
def test_sixteen_batches_of_one_are_one_batch_of_sixteen(model):
    """Gradients that are added up from single images are those of the batch: the same curves, by either engine."""
    whole = result_of(workload_of(model, batch_size=16))
    workload = workload_of(model, batch_size=1, accumulate=16)
    trials = tuple(Trial(number=i, proposal=i, lr=lr, horizon=2, until=2) for i, lr in enumerate([0.01, 0.1]))
    stacked = [event for event in train_stacked(workload, trials, 2, StopSwitch()) if isinstance(event, Result)]
    for result in (result_of(workload), stacked[0]):
        assert result.state == "ok"
        for point, expected in zip(result.points, whole.points, strict=True):
            assert point.train_loss == pytest.approx(expected.train_loss, rel=1e-9)
            assert point.val_loss == pytest.approx(expected.val_loss, rel=1e-9)


def test_a_network_of_ones_own_is_looked_at():
    """With a BatchNorm it leaves a single image out, without one it does not."""
    plain = Given(model=lambda: nn.Sequential(nn.Flatten(), nn.Linear(144, 3)))
    assert sizes(workload_of(given=plain, batch_size=16)) == [[16], [16], [1]]
    workload = workload_of(given=Given(model=own_network), batch_size=16)
    assert sizes(workload) == [[16], [16]]
    assert result_of(workload).state == "ok"


@pytest.mark.parametrize("model", ["convnet", "resnet18", {"name": "cnn", "norm": "batch"}])
def test_batches_of_one_and_a_batch_norm_are_refused(model):
    """With the reason, and what to do."""
    with pytest.raises(
        SpecError, match=r"data\.batch_size: the batch normalisation of model '\w+' needs at least 2 images"
    ):
        make_spec({"data": {"dataset": "cifar10", "batch_size": 1}, "model": model})


def test_batches_of_one_and_a_batch_norm_of_ones_own_are_refused():
    """Before a run is made, and without a change of the caller's random numbers."""
    x, y = np.zeros((60, 12, 12), dtype=np.uint8), np.arange(60) % 3
    spec = make_spec({"data": {"batch_size": 1}})
    state = torch.get_rng_state()
    with pytest.raises(
        DataError, match=r"data\.batch_size: a BatchNorm of your network needs at least 2 images in a batch"
    ):
        prepare(spec, given=Given(model=own_network, data={"x_train": x, "y_train": y}))
    assert torch.equal(state, torch.get_rng_state())
