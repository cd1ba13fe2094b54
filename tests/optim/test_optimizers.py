"""Optimizers and the catalog's account of them against torch."""

import inspect

import pytest
import torch

from lrsearch.catalog import OPTIMIZERS, usual_range
from lrsearch.optim.optimizers import make_optimizer


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_catalog_has_torchs_names_and_defaults(name):
    """Each option is one of torch's, with torch's default."""
    entry = OPTIMIZERS[name]
    signature = inspect.signature(getattr(torch.optim, entry.torch_name).__init__).parameters
    for key, option in entry.options.items():
        assert option.default == signature[key].default


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_makes_a_step_as_torch_does(name):
    """Our optimizer is torch's plain one, to rounding."""
    options = {key: option.default for key, option in OPTIMIZERS[name].options.items()}
    ours, theirs = (torch.linspace(-1, 1, 12).requires_grad_() for _ in range(2))
    plain = getattr(torch.optim, OPTIMIZERS[name].torch_name)([theirs], lr=0.1, foreach=False, **options)
    for optimizer, weights in ((make_optimizer(name, options, [ours], 0.1), ours), (plain, theirs)):
        for _ in range(5):
            optimizer.zero_grad()
            (weights**2).sum().backward()
            optimizer.step()
    torch.testing.assert_close(ours, theirs)


def test_usual_range_follows_momentum():
    """Momentum m carries each step 1 / (1 - m) times as far, so the range moves down by as much."""
    assert usual_range("sgd", 0.9) == pytest.approx((1e-4, 3.0))
    assert usual_range("sgd", 0.0) == pytest.approx((1e-3, 30.0))
    assert usual_range("adam") == (1e-5, 0.3)
