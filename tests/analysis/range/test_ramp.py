"""The ramp: its rates, its smoothed losses, and where a curve ends."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrsearch.analysis.range.ramp import DIVERGES_AT, Ramp, n_stable, smooth


@given(st.floats(1e-12, 1.0), st.floats(1.5, 1e12), st.integers(2, 300), st.sampled_from(["log", "linear"]))
def test_a_ramp_rises_from_low_to_high(low, ratio, steps, scale):
    """Each step multiplies the rate by the same factor, or adds the same amount."""
    ramp = Ramp(low, low * ratio, steps, scale)
    rates = [ramp.rate(step) for step in range(steps)]
    assert rates[0] == pytest.approx(low)
    assert rates[-1] == pytest.approx(low * ratio)
    assert all(a < b for a, b in pairwise(rates))
    if steps % 2:
        assert rates[steps // 2] == pytest.approx(low * math.sqrt(ratio) if scale == "log" else low * (1 + ratio) / 2)


@given(st.lists(st.floats(0, 10), min_size=1, max_size=50), st.floats(0, 0.99))
def test_a_smoothed_loss_lies_between_the_losses_so_far(losses, weight):
    """It is a mean from the first step on."""
    for step, smoothed in enumerate(smooth(losses, weight)):
        assert min(losses[: step + 1]) - 1e-9 <= smoothed <= max(losses[: step + 1]) + 1e-9


def test_a_curve_ends_where_its_smoothed_loss_passes_a_multiple_of_its_best():
    """A single bad batch does not end it; a loss that is not finite ends it at once."""
    flat = [1.0] * 20
    assert n_stable([*flat, 5.0, *flat]) == 41
    rising = [*flat, *[1.5**step for step in range(20)]]
    end = n_stable(rising)
    assert 20 < end < 40
    assert smooth(rising)[end] > DIVERGES_AT * min(smooth(rising)) >= smooth(rising)[end - 1]
    assert n_stable([*flat, math.inf, 1.0]) == 20
    assert n_stable([math.nan]) == 0
