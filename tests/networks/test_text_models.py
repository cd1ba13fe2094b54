"""The built-in networks for texts: shapes, seeds, padding and dropout."""

import pytest
import torch

from lrsearch.catalog import MODELS
from lrsearch.networks import Dropout, make_model
from lrsearch.spec import make_choice
from lrsearch.spec.rules.network_size import count_weights

OF_TEXTS = [name for name, entry in MODELS.items() if "texts" in entry.takes]
RECURRENT = [
    {},
    {"layers": 2, "hidden": 5},
    {"bidirectional": True, "layers": 3},
]


def make(name, seed=0, n_words=12, **options):
    """A network for texts of 6 words and 3 classes."""
    return make_model(name, make_choice("model", name, **options).options, (6,), 3, seed, n_words)


@pytest.mark.parametrize("name", OF_TEXTS)
@pytest.mark.parametrize("n_texts", [1, 4])
def test_words_give_one_output_for_each_class(name, n_texts):
    """Also a text that is nothing but padding has finite outputs and gradients."""
    words = torch.randint(0, 12, (n_texts, 6), generator=torch.Generator().manual_seed(0))
    words[0] = 0
    network = make(name)
    outputs = network(words)
    outputs.sum().backward()
    assert outputs.shape == (n_texts, 3)
    assert all(torch.isfinite(p.grad).all() for p in network.parameters())


@pytest.mark.parametrize("name", OF_TEXTS)
def test_padding_changes_nothing(name):
    """The same words with more padding behind them give the same outputs."""
    network = make(name).eval()
    short = torch.tensor([[3, 1, 7]])
    long = torch.tensor([[3, 1, 7, 0, 0, 0]])
    torch.testing.assert_close(network(short), network(long))
    assert not torch.allclose(network(short), network(torch.tensor([[3, 1, 8]])))


@pytest.mark.parametrize("name", OF_TEXTS)
def test_weights_come_from_the_seed_alone(name):
    """One seed, one set of weights; torch's own random state is left as it was."""
    torch.manual_seed(7)
    before = torch.get_rng_state()
    first, second, other = (list(make(name, seed).parameters()) for seed in (1, 1, 2))
    assert torch.equal(before, torch.get_rng_state())
    assert all(map(torch.equal, first, second))
    assert not any(map(torch.equal, first, other))


@pytest.mark.parametrize("name", ["lstm", "gru"])
@pytest.mark.parametrize("options", RECURRENT)
def test_recurrent_layers_are_as_many_as_asked(name, options):
    """The size that a spec is checked by is that of the network, without its biases."""
    choice = make_choice("model", name, **options)
    network = make(name, **options)
    assert network(torch.ones(2, 6, dtype=torch.long)).shape == (2, 3)
    assert len(network.layers) == choice.options["layers"]
    n_weights = sum(p.numel() for p in network.parameters() if p.dim() > 1)
    assert count_weights(choice, (1, 1, 1), 3, n_words=12) == n_weights


def test_dropout_stands_behind_each_layer():
    """Of an lstm with two layers there are three: the embedding has one too."""
    drops = [module for module in make("lstm", layers=2, dropout=0.3).modules() if isinstance(module, Dropout)]
    assert [drop.p for drop in drops] == [0.3] * 3
    assert not [module for module in make("bow").modules() if isinstance(module, Dropout)]


@pytest.mark.parametrize("name", ["lstm", "bow"])
def test_embedded_words_begin_small(name):
    """A standard deviation of 0.1, and padding is a vector of zeros."""
    weight = make(name).embedding.weight.detach()
    assert weight[0].abs().sum() == 0
    assert 0.05 < float(weight[1:].std()) < 0.15
