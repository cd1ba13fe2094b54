"""The synthetic data set."""

from __future__ import annotations

import numpy as np
import pytest

from lrsearch.data.synthetic import make_synthetic


def test_sizes_and_balance():
    """Shapes and types are those asked for, the classes equally frequent to within one."""
    arrays = make_synthetic((3, 9, 12), n_classes=7, size=100, seed=0)
    assert arrays.x_train.shape == (100, 3, 9, 12)
    assert (arrays.x_train.dtype, arrays.y_train.dtype) == (np.uint8, np.int64)
    counts = np.bincount(arrays.y_train, minlength=7)
    assert counts.max() - counts.min() <= 1


def test_made_from_the_seed_alone():
    """One seed gives one data set, another seed another, whatever was made before."""
    first, again, other = (make_synthetic((1, 8, 8), 10, 5000, seed).x_train for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 2, 3), (3, 1, 40)])
def test_odd_shapes(shape):
    """Even one pixel makes a data set."""
    assert make_synthetic(shape, 2, 20, 0).x_train.shape == (20, *shape)


@pytest.mark.parametrize("shape", [(1, 8, 8), (1, 28, 28), (3, 32, 32)])
def test_can_be_learned_but_not_at_a_glance(shape):
    """Logistic regression gets well over chance and leaves room; so every size is about as hard."""
    from sklearn.linear_model import LogisticRegression

    arrays = make_synthetic(shape, 10, 2000, 0)
    x = arrays.x_train.reshape(2000, -1) / 255 - 0.5
    model = LogisticRegression(C=0.01, max_iter=300).fit(x[:1500], arrays.y_train[:1500])
    accuracy = model.score(x[1500:], arrays.y_train[1500:])
    assert 0.6 < accuracy < 1.0
