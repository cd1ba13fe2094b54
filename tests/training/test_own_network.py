"""Networks of your own: each one fresh, each known again."""

import copy
from dataclasses import replace

import pytest
import torch
from torch import nn

from lrsearch.data import Sizes
from lrsearch.errors import UsageError
from lrsearch.spec import make_spec
from lrsearch.training.network_facts import built_in_facts, own_network_facts
from lrsearch.training.own_network import OwnNetworks


def fresh(width=8, activation=nn.ReLU, dropout=0.0):
    """A new network."""
    return nn.Sequential(nn.Linear(4, width), activation(), nn.Dropout(dropout), nn.Linear(width, 3))


def train_a_little(network):
    """One step, as a training takes it."""
    network.train()
    network(torch.randn(5, 4)).sum().backward()
    with torch.no_grad():
        for parameter in network.parameters():
            if parameter.grad is not None:
                parameter.sub_(0.1 * parameter.grad)


ONE = fresh()
BODY = nn.Linear(4, 8)
WEIGHT = torch.randn(3, 4)


class OnSharedMemory(nn.Module):
    """A new parameter in each network, but all on the memory of one tensor."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(WEIGHT)

    def forward(self, x):
        """(B, 4) -> (B, 3)."""
        return x @ self.weight.T


@pytest.mark.parametrize(
    "make", [lambda: ONE, lambda: nn.Sequential(BODY, nn.Linear(8, 3)), OnSharedMemory], ids=["one", "body", "memory"]
)
def test_weights_that_were_handed_out_before_are_refused(make):
    """The whole network, a part of it, or only the memory of a weight."""
    networks = OwnNetworks(make)
    first = networks.build(0)
    with pytest.raises(UsageError, match=r"returned the same weights twice.*build a new network"):
        networks.build(0)
    with pytest.raises(UsageError, match="returned the same weights twice"):
        own_network_facts(make, 0)
    assert isinstance(first, nn.Module)


def test_a_frozen_part_may_be_shared():
    """A pretrained body that no training changes is the same in each network, as it should be."""
    body = nn.Linear(4, 8).requires_grad_(requires_grad=False)
    networks = OwnNetworks(lambda: nn.Sequential(body, nn.Linear(8, 3)))
    for _ in range(3):
        train_a_little(networks.build(0))


def test_running_statistics_that_a_training_has_changed_are_refused():
    """A frozen BatchNorm still counts its batches."""
    norm = nn.BatchNorm1d(4).requires_grad_(requires_grad=False)
    networks = OwnNetworks(lambda: nn.Sequential(norm, nn.Linear(4, 3)))
    networks.build(0)
    train_a_little(networks.build(0))
    with pytest.raises(UsageError, match="returned the same weights twice"):
        networks.build(0)


def test_fresh_networks_and_copies_are_taken():
    """As often as they come, also where the memory of an earlier one is used again."""
    for make in (fresh, lambda: copy.deepcopy(ONE)):
        networks = OwnNetworks(make)
        for _ in range(50):
            train_a_little(networks.build(0))


@pytest.mark.parametrize(
    ("make", "words"),
    [(lambda: None, "returned nothing"), (lambda: [1], "of type list"), (ONE, "got a network; give `lambda: Net")],
)
def test_what_builds_no_network_is_refused(make, words):
    """Before any trial, with what to write instead."""
    with pytest.raises(UsageError, match=words):
        own_network_facts(make, 0)


def test_a_network_is_known_again():
    """By names, shapes and weights of a seed; other layers or other beginnings have other fingerprints."""
    facts = own_network_facts(fresh, 0)
    assert facts == own_network_facts(fresh, 0)
    wider, other_layer, other_option, other_seed = (
        own_network_facts(lambda: fresh(width=9), 0),
        own_network_facts(lambda: fresh(activation=nn.GELU), 0),
        own_network_facts(lambda: fresh(dropout=0.5), 0),
        own_network_facts(fresh, 1),
    )
    assert wider.shapes != facts.shapes
    for other in (other_layer, other_option, other_seed):
        assert other.shapes == facts.shapes
        assert other.start != facts.start


def test_weights_that_the_seed_does_not_decide_are_not_compared():
    """Of a network that draws them elsewhere only the shapes are known again."""
    draws = iter(range(100))

    def make():
        network = fresh()
        nn.init.constant_(network[0].weight, next(draws))
        return network

    assert own_network_facts(make, 0).start is None
    assert own_network_facts(make, 0) == own_network_facts(make, 0)


def test_the_callers_random_numbers_are_left_alone():
    """Whatever the function draws."""
    before = torch.get_rng_state()
    own_network_facts(fresh, 0)
    assert torch.equal(before, torch.get_rng_state())


def test_a_built_in_network_is_known_again():
    """By its options and the seed; one that is large by names and shapes only."""
    sizes = Sizes(shape=(1, 8, 8), n_classes=10, n_train=1000, n_val=500)
    mlp = make_spec({"model": "mlp"}).model
    facts = built_in_facts(mlp, sizes, 0)
    assert facts == built_in_facts(mlp, sizes, 0)
    assert facts.start is not None
    assert facts.start != built_in_facts(mlp, sizes, 1).start
    assert facts.shapes == built_in_facts(mlp, sizes, 1).shapes
    assert facts.shapes != built_in_facts(mlp, replace(sizes, n_classes=9), 0).shapes
    large = make_spec({"model": {"name": "mlp", "hidden": [2000, 2000]}}).model
    assert built_in_facts(large, sizes, 0).start is None
