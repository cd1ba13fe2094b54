"""Flips and shifts of a batch."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from lrsearch.data.augment import apply_flip_crop, crop_pad, draw_flip_crop


def one_by_one(x, draws, pad):
    """The plain form: pad an image, take the window, flip it."""
    _, _, height, width = x.shape
    out = np.empty_like(x)
    for i, (flip, down, right) in enumerate(draws.tolist()):
        padded = np.pad(x[i], ((0, 0), (pad, pad), (pad, pad)), mode="reflect")
        window = padded[:, pad + down : pad + down + height, pad + right : pad + right + width]
        out[i] = window[:, :, ::-1] if flip else window
    return out


@pytest.mark.parametrize("shape", [(3, 32, 32), (1, 28, 28), (1, 8, 8), (3, 5, 9), (1, 2, 2), (3, 3, 1)])
@pytest.mark.parametrize("memory_format", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize("dtype", [torch.uint8, torch.float32])
def test_equals_the_plain_loop(shape, memory_format, dtype):
    """Every image is what one would make of it alone, in the memory format that it had."""
    generator = torch.Generator().manual_seed(0)
    x = torch.randint(0, 256, (50, *shape), dtype=torch.uint8, generator=generator).to(dtype)
    x = x.contiguous(memory_format=memory_format)
    pad = crop_pad(shape)
    draws = draw_flip_crop(50, pad, generator)
    out = apply_flip_crop(x, draws)
    np.testing.assert_array_equal(one_by_one(x.numpy(), draws, pad), out.numpy())
    assert out.dtype == dtype
    assert out.is_contiguous(memory_format=memory_format)


def test_no_draw_is_no_change():
    """Without flip and shift the image stays, and is a new one."""
    x = torch.arange(48, dtype=torch.uint8).view(1, 3, 4, 4)
    out = apply_flip_crop(x, torch.zeros(1, 3, dtype=torch.int64))
    assert torch.equal(out, x)
    assert out.data_ptr() != x.data_ptr()


def test_draws_are_uniform_and_independent():
    """Every pair of flip and shift is about equally frequent (chi-square, at one in a million)."""
    from scipy.stats import chi2

    draws = draw_flip_crop(81_000, 4, torch.Generator().manual_seed(1))
    assert draws.shape == (81_000, 3)
    cells = (draws[:, 0] * 9 + draws[:, 1] + 4) * 9 + draws[:, 2] + 4
    counts = torch.bincount(cells, minlength=162).double()
    assert len(counts) == 162
    assert float(((counts - 500) ** 2 / 500).sum()) < chi2.ppf(1 - 1e-6, 161)


def test_draws_come_from_the_generator_alone():
    """The same seed gives the same draws, whatever else is drawn."""
    first = draw_flip_crop(100, 4, torch.Generator().manual_seed(5))
    torch.rand(3)
    assert torch.equal(first, draw_flip_crop(100, 4, torch.Generator().manual_seed(5)))


@pytest.mark.parametrize(("side", "pad"), [(1, 0), (2, 1), (8, 1), (28, 3), (32, 4), (64, 8)])
def test_pad_is_an_eighth(side, pad):
    """4 pixels for 32x32; never as much as the image, which reflection could not fill."""
    assert crop_pad((3, side, side + 5)) == pad
