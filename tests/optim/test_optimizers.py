"""Optimizers, and the catalog's description of them, compared with torch."""

import inspect
import subprocess
import sys

import pytest
import torch

from lrsearch.catalog import OPTIMIZERS, usual_range
from lrsearch.optim.optimizers import make_optimizer, take_step


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_catalog_has_torchs_names_and_defaults(name):
    """Each option is one of torch's, with torch's default."""
    entry = OPTIMIZERS[name]
    signature = inspect.signature(getattr(torch.optim, entry.torch_name).__init__).parameters
    for key, option in entry.options.items():
        assert option.default == signature[key].default


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_makes_a_step_as_torch_does(name):
    """Up to rounding, a step equals that of the plain torch optimizer."""
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
    """With momentum m each step goes 1 / (1 - m) times as far, so the range is lower by that factor."""
    assert usual_range("sgd", 0.9) == pytest.approx((1e-4, 3.0))
    assert usual_range("sgd", 0.0) == pytest.approx((1e-3, 30.0))
    assert usual_range("adam") == (1e-5, 0.3)


def test_no_step_imports_the_compiler():
    """Torch's own wrappers would, and take 1.6 s; every optimizer of the catalog avoids it."""
    code = """
import sys, torch
from lrsearch.catalog import OPTIMIZERS
from lrsearch.optim.optimizers import make_optimizer, take_step
for name in OPTIMIZERS:
    weight = torch.ones(3, requires_grad=True)
    optimizer = make_optimizer(name, {}, [weight], lr=0.1)
    weight.sum().backward()
    take_step(optimizer)
    assert (weight < 1).all(), name
sys.exit("torch._dynamo" in sys.modules)
"""
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=120).returncode == 0


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_step_is_that_of_the_optimizer_itself(name):
    """Without the wrappers the numbers are the same to the bit."""
    weights = [torch.linspace(-1, 1, 7, requires_grad=True) for _ in range(2)]
    optimizers = [make_optimizer(name, {}, [weight], lr=0.1) for weight in weights]
    for _ in range(3):
        for weight in weights:
            weight.grad = None
            (weight**2).sum().backward()
        take_step(optimizers[0])
        optimizers[1].step()
    assert torch.equal(*weights)


@pytest.mark.parametrize("name", [name for name in OPTIMIZERS if OPTIMIZERS[name].linear_in_lr])
@pytest.mark.parametrize(("n_members", "n_numbers"), [(3, 4), (3, 10), (5, 10), (14, 33)])
def test_members_of_a_stack_are_updated_by_the_same_arithmetic(name, n_members, n_numbers):
    """They agree to the bit at any place in the stack, even if their numbers fill no whole vector register."""
    generator = torch.Generator().manual_seed(0)

    def drawn():
        return torch.randn(n_numbers, generator=generator).expand(n_members, n_numbers).contiguous()

    stack = torch.nn.Parameter(drawn())
    optimizer = make_optimizer(name, {}, [stack], lr=1.0, stacked=True)
    for _ in range(10):
        stack.grad = drawn()
        take_step(optimizer)
        assert all(torch.equal(member, stack[0]) for member in stack)
