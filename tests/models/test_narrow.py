"""The product that stands for a convolution over one channel: the same numbers, names and gradients."""

import pytest
import torch
from torch import nn

from lrsearch.models import make_model
from lrsearch.models.narrow import NarrowConv2d, narrow_first


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("kernel", [(5, 5), (2, 2), (3, 4)])
@pytest.mark.parametrize("padding", [(2, 2), (0, 0), (1, 0)])
def test_same_output_and_gradients_as_the_convolution(kernel, padding, bias):
    """In float64, while training and in evaluation."""
    torch.manual_seed(0)
    layer = nn.Conv2d(1, 6, kernel, padding=padding, bias=bias, dtype=torch.float64)
    narrow = NarrowConv2d(layer)
    x = torch.randn(3, 1, 9, 7, dtype=torch.float64)
    gradients = []
    for module in (layer, narrow):
        layer.zero_grad()
        module(x).square().sum().backward()
        gradients.append([parameter.grad.clone() for parameter in layer.parameters()])
    assert torch.allclose(layer(x), narrow(x), rtol=1e-12)
    for ours, theirs in zip(*gradients, strict=True):
        assert torch.allclose(ours, theirs, rtol=1e-12)
    with torch.no_grad():
        assert torch.equal(layer(x), narrow(x))


@pytest.mark.parametrize(("channels", "changed"), [(1, True), (3, False)])
def test_only_a_first_layer_over_one_channel_changes(channels, changed):
    """Its parameters are the same objects under the same names."""
    model = make_model("cnn", {}, (channels, 8, 8), 10, seed=0)
    before = dict(model.named_parameters())
    narrowed = narrow_first(model)
    assert isinstance(narrowed[0], NarrowConv2d) is changed
    after = dict(narrowed.named_parameters())
    assert list(after) == list(before)
    assert all(after[name] is before[name] for name in before)
