"""What is recorded of an epoch's steps, against the same computed by hand."""

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from lrsearch.catalog import computed
from lrsearch.networks import make_model
from lrsearch.records import EPOCH_METRICS, STEP_METRICS
from lrsearch.seeds import seed_for
from lrsearch.spec import make_spec
from lrsearch.training.step_metrics import StepMetrics

DATA = {"dataset": {"name": "synthetic", "shape": [1, 12, 12], "size": 200, "classes": 4}, "batch_size": 20}


def test_a_trial_records_all_of_them(train):
    """Every name that is documented, after every epoch, and finite."""
    result = train(0.1, epochs=2)
    for point in result.points:
        assert set(point.metrics) == {*EPOCH_METRICS, *STEP_METRICS, *computed()}
        assert np.isfinite(list(point.metrics.values())).all()


def test_the_figures_of_an_epoch_are_those_of_its_steps():
    """Norms of three steps, given by hand, of one trial and of two in a stack."""
    norms = torch.tensor([[3.0, 0.0, 4.0], [6.0, 0.0, 8.0], [0.3, 0.0, 0.4]])
    weights = [torch.ones(2, 2), torch.ones(2), torch.full((1, 2), 2.0)]
    alone, stack = StepMetrics(weights, 3), StepMetrics([torch.stack([w, 2 * w]) for w in weights], 3, n_members=2)
    for number, step in enumerate(norms):
        assert alone.see_gradients(step, number) == pytest.approx(step.norm().item())
        stack.see_gradients(torch.stack([step, 2 * step], dim=1), torch.tensor([number]))
        alone.see_clipping(step.norm() > 1)
        stack.see_clipping(torch.stack([step.norm() > 1, step.norm() > 0]))
        if alone.wants_update(number):
            alone.see_update(weights, [0.9 * w for w in weights])
            stack.see_update([torch.stack([w, w]) for w in weights], [torch.stack([0.9 * w, w]) for w in weights])
    (one,), (first, second) = alone.read(weights, 3), stack.read([torch.stack([w, 2 * w]) for w in weights], 3)
    expected = {
        "grad_norm_p90": np.quantile([5, 10, 0.5], 0.9),
        "clipped_share": 2 / 3,
        "grad_norm_first": 3.1,
        "grad_norm_last": 12.4 / 3,
        "grad_norm_ratio": 0.75,
        "weight_norm": np.sqrt(4 + 2 + 8),
        "update_ratio": 0.1,
    }
    assert one.grad_norm == pytest.approx(15.5 / 3)
    assert one.metrics == pytest.approx(expected, rel=1e-5)
    assert first == one
    assert second.grad_norm == pytest.approx(2 * one.grad_norm)
    twice = {name: 2 * expected[name] for name in ("grad_norm_p90", "grad_norm_first", "grad_norm_last", "weight_norm")}
    assert second.metrics == pytest.approx({**expected, **twice, "clipped_share": 1.0, "update_ratio": 0.0}, rel=1e-5)


def test_the_second_epoch_begins_anew():
    """Nothing of an epoch is left in the next."""
    weights = [torch.ones(2, 2)]
    step_metrics = StepMetrics(weights, 2)
    for size in (100.0, 1.0):
        step_metrics.begin()
        for number in range(2):
            step_metrics.see_gradients(torch.tensor([size]), number)
            step_metrics.see_clipping(torch.tensor(size > 10))
    (steps,) = step_metrics.read(weights, 2)
    assert steps.grad_norm == 1.0
    assert steps.metrics["clipped_share"] == 0.0
    assert steps.metrics["grad_norm_first"] == 1.0


def test_vanishing_gradients_show_in_the_ratio_and_not_in_the_global_norm(train):
    """Eight narrow layers without a norm: the first layer's gradients are a small part of the last's; a norm helps."""
    deep = {"name": "mlp", "hidden": [16] * 8}
    vanishing = train(1e-3, epochs=1, model_options=deep)
    normed = train(1e-3, epochs=1, model_options={**deep, "norm": "batch"})
    assert vanishing.points[0].metrics["grad_norm_ratio"] < 0.2
    assert vanishing.points[0].grad_norm > 0.05
    assert normed.points[0].metrics["grad_norm_ratio"] > 5 * vanishing.points[0].metrics["grad_norm_ratio"]


def test_the_share_of_clipped_steps(train):
    """All of them under a tiny limit, none under a huge one, by norm and by value."""
    for key in ("clip_norm", "clip_value"):
        shares = [
            train(0.01, train={"epochs": 1, key: limit}).points[0].metrics["clipped_share"] for limit in (1e-6, 1e6)
        ]
        assert shares == [1.0, 0.0]


def test_clipping_by_value_moves_each_weight_by_no_more(train):
    """With plain sgd no weight moves further in a step than rate times limit."""
    values = {"epochs": 1, "optimizer": "sgd", "clip_value": 1e-5}
    point = train(1.0, data={**DATA, "batch_size": 120}, train=values).points[0]
    n_weights = 64 * 144 + 64 + 4 * 64 + 4
    assert 0 < point.metrics["update_ratio"] * point.metrics["weight_norm"] <= 1.01e-5 * n_weights**0.5


def test_accumulated_gradients_are_those_of_the_whole_batch(train):
    """Four mini-batches of 5 to a step are one batch of 20, where no norm and no dropout tells them apart."""
    whole = train(0.1, data=DATA, epochs=3)
    parts = train(0.1, data={**DATA, "batch_size": 5}, train={"epochs": 3, "accumulate": 4})
    for point, same in zip(whole.points, parts.points, strict=True):
        assert same.train_loss == pytest.approx(point.train_loss, rel=1e-4)
        assert same.grad_norm == pytest.approx(point.grad_norm, rel=1e-3)
        assert same.val_loss == pytest.approx(point.val_loss, rel=1e-4)


def test_weight_decay_is_left_off_vectors(train):
    """With all gradients clipped to nothing, decay alone moves the weights, and biases stay."""
    values = {"epochs": 3, "clip_value": 1e-30, "optimizer": {"name": "sgd", "weight_decay": 0.5}}
    norms = {}
    for what in ("all", "weights"):
        points = train(0.1, train={**values, "weight_decay_on": what}).points
        norms[what] = points[-1].metrics["weight_norm"]
    model = make_model("mlp", make_spec({}).model.options, (1, 8, 8), 10, seed_for(0, "weights", 0))
    left = 0.95 ** (3 * 16)
    squares = {1: 0.0, 2: 0.0}
    for parameter in model.parameters():
        squares[parameter.dim()] += parameter.detach().square().sum().item()
    assert norms["all"] == pytest.approx(left * (squares[1] + squares[2]) ** 0.5, rel=1e-3)
    assert norms["weights"] == pytest.approx((squares[1] + left**2 * squares[2]) ** 0.5, rel=1e-3)


def test_dropout_drops_while_training_alone(train):
    """The validation part is looked at with the whole network: the training loss is the larger one."""
    point = train(0.05, epochs=6, model_options={"name": "mlp", "dropout": 0.6}).points[-1]
    assert point.train_loss > 1.2 * point.val_loss
    assert cross_entropy(torch.zeros(1, 10), torch.tensor([0])) > point.val_loss
