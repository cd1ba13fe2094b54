"""Data on the device."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from lrsearch.data import images
from lrsearch.data.arrays import Split
from lrsearch.data.augment import apply_flip_crop, crop_pad, draw_flip_crop
from lrsearch.data.images import ResidentImages

INDICES = torch.tensor([7, 0, 7, 99])


@pytest.fixture(params=[(3, 6, 5), (1, 8, 8)], ids=["colour", "grey"])
def parts(request):
    """100 images to train with and 30 to validate with, the channels of different brightness."""
    rng = np.random.default_rng(0)
    channels = request.param[0]
    bright = np.arange(1, channels + 1).reshape(1, channels, 1, 1)
    x = (rng.integers(0, 80, (130, *request.param)) * bright).astype(np.uint8)
    y = rng.integers(0, 3, 130)
    return Split(x_train=x[:100], y_train=y[:100], x_val=x[100:], y_val=y[100:], n_classes=3)


@pytest.fixture(params=[0, images.FLOAT_BYTES], ids=["uint8", "float32"])
def kept(request, monkeypatch):
    """Both ways of keeping the images."""
    monkeypatch.setattr(images, "FLOAT_BYTES", request.param)
    return torch.float32 if request.param else torch.uint8


def expected(parts, x):
    """The normalisation as its definition has it, in float64."""
    axes = (0, 2, 3)
    mean = parts.x_train.mean(axis=axes, keepdims=True, dtype=np.float64)
    std = parts.x_train.std(axis=axes, keepdims=True, dtype=np.float64)
    return (x - mean) / std


@pytest.mark.parametrize("channels_last", [False, True])
def test_batches_are_normalised_by_the_training_part(parts, kept, channels_last):
    """By index, as float32, in the memory format that was asked for."""
    data = ResidentImages(parts, channels_last=channels_last)
    memory_format = torch.channels_last if channels_last else torch.contiguous_format
    assert data.x_train.dtype == kept
    x = data.batch(INDICES)
    np.testing.assert_allclose(expected(parts, parts.x_train[INDICES]), x.numpy(), atol=2e-6)
    assert x.dtype == torch.float32
    assert x.is_contiguous(memory_format=memory_format)
    batches = list(data.val_batches(12))
    assert [len(y) for _, y in batches] == [12, 12, 6]
    assert all(x.is_contiguous(memory_format=memory_format) for x, _ in batches)
    np.testing.assert_allclose(expected(parts, parts.x_val), torch.cat([x for x, _ in batches]).numpy(), atol=2e-6)
    np.testing.assert_array_equal(parts.y_val, torch.cat([y for _, y in batches]).numpy())


@pytest.mark.parametrize("channels_last", [False, True])
def test_crops_come_before_the_normalisation_or_after_alike(parts, kept, channels_last):
    """An augmented batch is the normalised form of the augmented images."""
    data = ResidentImages(parts, channels_last=channels_last)
    draws = draw_flip_crop(4, crop_pad(data.shape), torch.Generator().manual_seed(0))
    x = data.batch(INDICES, draws)
    augmented = apply_flip_crop(torch.from_numpy(parts.x_train[INDICES]), draws).numpy()
    np.testing.assert_allclose(expected(parts, augmented), x.numpy(), atol=2e-6)
    assert x.is_contiguous(memory_format=torch.channels_last if channels_last else torch.contiguous_format)


def test_kept_images_in_the_plain_order(parts, kept):
    """The images themselves can be had as (N, C, H, W), whatever their memory order."""
    for channels_last in (False, True):
        data = ResidentImages(parts, channels_last=channels_last)
        assert data.x_train.shape == parts.x_train.shape
        if kept == torch.uint8:
            np.testing.assert_array_equal(parts.x_train, data.x_train.numpy())
            np.testing.assert_array_equal(parts.x_val, data.x_val.numpy())


def test_facts_of_the_data(parts):
    """Counts, labels, mean and standard deviation, the latter exact."""
    data = ResidentImages(parts)
    assert (data.n_train, data.n_val, data.n_classes, data.shape) == (100, 30, 3, parts.shape)
    np.testing.assert_array_equal(parts.y_train, data.y_train.numpy())
    assert data.y_train.dtype == torch.int64
    np.testing.assert_allclose(parts.x_train.mean(axis=(0, 2, 3)), data.mean.numpy(), rtol=1e-6)
    np.testing.assert_allclose(parts.x_train.std(axis=(0, 2, 3)), data.std.numpy(), rtol=1e-6)


def test_a_channel_without_variation_does_not_explode(parts):
    """Its standard deviation counts as 1."""
    flat = replace(parts, x_train=np.full_like(parts.x_train, 9))
    data = ResidentImages(flat)
    assert data.std.tolist() == [1.0] * parts.shape[0]
    assert torch.count_nonzero(data.batch(INDICES)) == 0


def test_read_only_arrays_are_taken(parts):
    """Arrays that may not be written to, as from a memory map, are copied without a warning."""
    for values in (parts.x_train, parts.y_train):
        values.flags.writeable = False
    np.testing.assert_array_equal(parts.y_train, ResidentImages(parts).y_train.numpy())


def test_the_split_is_left_as_it_was(parts, kept):
    """Nothing writes into the arrays, which may share their memory with the batches."""
    before = parts.x_train.copy(), parts.x_val.copy()
    data = ResidentImages(parts)
    data.batch(INDICES).zero_()
    first = data.batch(INDICES)
    first.add_(1)
    assert not torch.equal(first, data.batch(INDICES))
    np.testing.assert_array_equal(before[0], parts.x_train)
    np.testing.assert_array_equal(before[1], parts.x_val)
