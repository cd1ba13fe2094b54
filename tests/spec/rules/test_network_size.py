"""Networks that are too large: their weights are counted as torch makes them."""

from __future__ import annotations

from math import prod

import pytest

from lrsearch.networks import make_model
from lrsearch.spec import make_choice, make_spec
from lrsearch.spec.rules.network_size import count_weights


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("mlp", {}),
        ("mlp", {"hidden": [30, 20, 10], "width": 0.5}),
        ("mlp", {"hidden": [7], "width": 0.01}),
        ("cnn", {}),
        ("cnn", {"width": 1.3, "norm": "group"}),
        ("convnet", {}),
        ("convnet", {"depth": 1, "width": 2}),
        ("convnet", {"depth": 5, "width": 0.3}),
    ],
)
def test_weights_are_counted_as_torch_makes_them(name, options):
    """All weights of linear layers and convolutions, for images that are not square."""
    choice, shape = make_choice("model", name, **options), (3, 40, 36)
    network = make_model(name, choice.options, shape, 7, seed=0)
    counted = sum(prod(weight.shape) for weight in network.parameters() if weight.dim() > 1)
    assert count_weights(choice, shape, 7) == counted


def test_large_networks_pass():
    """A billion weights are the bound; a plan answers nothing about this machine's memory."""
    assert make_spec({"model": {"hidden": [30_000, 30_000]}}).model.options["hidden"] == (30_000, 30_000)
    assert make_spec({"data": {"dataset": "cifar10"}, "model": "resnet18"}).model.name == "resnet18"
