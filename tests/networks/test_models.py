"""The built-in networks for images: shapes, seeds, and no bias before a norm."""

import pytest
import torch
from torch import nn

from lrsearch.catalog import MODELS, smallest_image
from lrsearch.networks import make_model
from lrsearch.networks.dropout import Dropout

OF_IMAGES = [name for name, entry in MODELS.items() if "images" in entry.takes]


def options_of(name):
    """The default options of a model."""
    return {key: option.default for key, option in MODELS[name].options.items()}


@pytest.mark.parametrize("name", OF_IMAGES)
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("classes", [2, 10])
def test_takes_the_smallest_image_and_larger(name, channels, classes):
    """Each model takes what the catalog says, whatever the channels and classes."""
    for side in (smallest_image(name), 32):
        model = make_model(name, options_of(name), (channels, side, side), classes, seed=0)
        assert model(torch.zeros(2, channels, side, side)).shape == (2, classes)


@pytest.mark.parametrize("depth", [1, 2, 4, 5])
def test_convnet_takes_the_smallest_image_of_its_depth(depth):
    """A deeper convnet needs a larger image, and the catalog knows how large."""
    side = smallest_image("convnet", depth)
    model = make_model("convnet", {"width": 1.0, "depth": depth}, (3, side, side), 10, seed=0)
    assert model(torch.zeros(2, 3, side, side)).shape == (2, 10)
    with pytest.raises(RuntimeError):
        make_model("convnet", {"width": 1.0, "depth": depth}, (3, side - 1, side - 1), 10, seed=0)(
            torch.zeros(2, 3, side - 1, side - 1)
        )


@pytest.mark.parametrize("name", OF_IMAGES)
def test_weights_come_from_the_seed_alone(name):
    """One seed, one set of weights; torch's own random state is left as it was."""
    torch.manual_seed(7)
    before = torch.get_rng_state()
    first, second, other = (make_model(name, options_of(name), (3, 32, 32), 10, seed=seed) for seed in (1, 1, 2))
    assert torch.equal(before, torch.get_rng_state())
    pairs = list(zip(first.parameters(), second.parameters(), strict=True))
    assert all(torch.equal(a, b) for a, b in pairs)
    assert any(not torch.equal(a, b) for a, b in zip(first.parameters(), other.parameters(), strict=True))


@pytest.mark.parametrize("name", OF_IMAGES)
def test_no_bias_before_a_norm(name):
    """A bias whose effect a norm removes has a gradient of pure noise; no layer before a norm has one."""
    modules = list(make_model(name, options_of(name), (3, 32, 32), 10, seed=0).modules())
    has_norm = any(isinstance(m, nn.BatchNorm2d) for m in modules)
    followed = [m for m in modules if isinstance(m, nn.Conv2d) and m.kernel_size == (3, 3)]
    assert not has_norm or all(m.bias is None for m in followed)


def test_width_scales_the_layers():
    """Twice the width is twice the hidden units."""
    model = make_model("mlp", {"hidden": (64, 32), "width": 2.0}, (1, 8, 8), 10, seed=0)
    assert [m.out_features for m in model.modules() if isinstance(m, nn.Linear)] == [128, 64, 10]


@pytest.mark.parametrize("name", OF_IMAGES)
def test_norm_and_dropout_are_where_they_belong(name):
    """A norm comes before each activation, and no layer before it has a bias; dropout comes before a linear layer."""
    for norm in MODELS[name].options["norm"].words:
        options = {**options_of(name), "norm": norm, "dropout": 0.5}
        modules = [m for m in make_model(name, options, (3, 32, 32), 10, seed=0).modules() if not list(m.children())]
        kinds = {"batch": (nn.BatchNorm1d, nn.BatchNorm2d), "group": nn.GroupNorm}
        norms = [m for m in modules if isinstance(m, (nn.BatchNorm1d, nn.BatchNorm2d, nn.GroupNorm))]
        layers = [m for m in modules if isinstance(m, (nn.Linear, nn.Conv2d))]
        drops = [i for i, m in enumerate(modules) if isinstance(m, Dropout)]
        assert drops
        assert all(isinstance(modules[i + 1], nn.Linear) for i in drops)
        if norm == "none":
            assert not norms
            continue
        assert norms
        assert all(isinstance(m, kinds[norm]) for m in norms)
        assert layers[-1].bias is not None
        if name != "convnet":  # whose first layer, which whitens, has no norm behind it
            assert all(layer.bias is None for layer in layers[:-1])


def test_group_norm_needs_no_batch():
    """An image's logits do not depend on the others of its batch."""
    model = make_model("cnn", {"norm": "group"}, (1, 8, 8), 10, seed=0)
    x = torch.randn(4, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(model(x)[:1], model(x[:1]), atol=1e-6)


def test_dropout_keeps_the_mean_and_drops_the_share():
    """What is left is scaled up; nothing is dropped outside of training; a generator of one's own gives equal masks."""
    layer, x = Dropout(0.3), torch.ones(100, 1000)
    torch.manual_seed(3)
    dropped = layer(x)
    assert dropped.unique().tolist() == pytest.approx([0.0, 1 / 0.7])
    assert (dropped == 0).float().mean().item() == pytest.approx(0.3, abs=0.01)
    assert dropped.mean().item() == pytest.approx(1.0, abs=0.02)
    assert torch.equal(dropped, layer.mask(x.shape, x, torch.Generator().manual_seed(3)))
    assert torch.equal(layer.eval()(x), x)
