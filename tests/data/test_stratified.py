"""Stratified draws."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lrsearch.data.stratified import draw_stratified


@st.composite
def labels_and_size(draw):
    """Labels of up to 8 classes in any order, some of which may be absent, and a size that fits."""
    labels = draw(st.lists(st.integers(0, 7), min_size=1, max_size=200))
    return np.array(labels), draw(st.integers(0, len(labels)))


@given(labels_and_size(), st.integers(0, 2**63 - 1))
def test_exact_size_and_shares_to_within_one(case, seed):
    """The size is exact, every index new, and each class within one image of its share."""
    labels, size = case
    drawn = draw_stratified(labels, size, seed)
    assert len(drawn) == size
    assert np.all(np.diff(drawn) > 0)
    got = np.bincount(labels[drawn], minlength=8)
    share = np.bincount(labels, minlength=8) * size / len(labels)
    assert np.all(np.abs(got - share) < 1)
    np.testing.assert_array_equal(drawn, draw_stratified(labels, size, seed))


def test_every_image_can_be_drawn():
    """Over many seeds each image is drawn about equally often."""
    labels = np.arange(30) % 3
    times = np.bincount(np.concatenate([draw_stratified(labels, 10, seed) for seed in range(600)]), minlength=30)
    assert times.min() > 120  # 200 expected, standard deviation 11.5
    assert times.max() < 280


def test_the_draw_never_changes():
    """Pinned: a run that is resumed with another numpy must see the same split."""
    labels = np.array([0, 1, 2, 0, 1, 2, 0, 0, 1, 0])
    assert draw_stratified(labels, 5, 7).tolist() == PINNED


PINNED = [2, 3, 4, 6, 9]
