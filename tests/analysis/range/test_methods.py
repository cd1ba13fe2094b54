"""The published methods, on curves whose answers can be worked out by hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrsearch.analysis.range.methods import METHODS, largest_stable, minimum_tenth, slide, steepest, valley

RATES = [1e-7 * 10 ** (8 * step / 99) for step in range(100)]


def curve(rates=RATES, middle=1e-3, width=0.5):
    """A loss that falls from 2 to 1 around a rate, and rises from 1e-1 on."""
    x = np.log10(np.array(rates))
    fall = 1 / (1 + np.exp((x - math.log10(middle)) / width * 4))
    return list(1 + fall + np.clip(x + 1, 0, None) ** 2)


def test_steepest_is_the_middle_of_the_fall():
    """This is where a sigmoid falls fastest; a rising or a short curve has no answer."""
    assert steepest(RATES, curve()) == pytest.approx(1e-3, rel=0.2)
    assert steepest(RATES, list(np.linspace(1, 2, 100))) is None
    assert steepest(RATES[:16], curve()[:16]) is None


def test_valley_is_the_middle_of_the_longest_fall():
    """On a curve that falls, stays flat and rises, it is the middle of the fall."""
    losses = [2.0] * 20 + list(np.linspace(2, 1, 61)[1:]) + [1.5] * 20
    assert valley(RATES, losses) == RATES[79 - 61 + 30]
    assert valley(RATES, [1.0] * 100) is None
    assert valley([], []) is None


def test_slide_is_where_the_slope_was_steady():
    """Going backwards from the end, it is 15 steps before the last large change of slope."""
    losses = [2.0] * 50 + list(np.linspace(2, 1, 51)[1:])
    assert slide(RATES, losses) == RATES[99 - 15]  # the slope is steady at the very end
    losses = [2.0] * 90 + [2.0 + 0.1 * step**2 for step in range(10)]
    assert slide(RATES, losses) < RATES[99 - 15]
    assert slide(RATES[:10], losses[:10]) is None


def test_minimum_and_largest_stable():
    """These are a tenth of the rate of the lowest loss, and the last rate."""
    lowest = RATES[int(np.argmin(curve()))]
    assert minimum_tenth(RATES, curve()) == lowest / 10
    assert largest_stable(RATES, curve()[:70]) == RATES[69]
    assert minimum_tenth([], []) is largest_stable([], []) is None


@given(st.lists(st.floats(0.01, 100), max_size=60))
def test_every_method_answers_with_a_rate_of_the_curve_or_with_none(losses):
    """This holds for any losses, without an exception."""
    for name, method in METHODS.items():
        lr = method.suggest(RATES[: len(losses)], losses)
        assert lr is None or (lr * 10 if name == "minimum / 10" else lr) == pytest.approx(
            min(RATES, key=lambda rate: abs(math.log(rate / (lr * 10 if name == "minimum / 10" else lr))))
        )
