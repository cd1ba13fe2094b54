"""The recommended rate and its plateau."""

from __future__ import annotations

import numpy as np
import pytest

from lrsearch.analysis.evidence.fit import fit_curve
from lrsearch.analysis.evidence.noise import Noise
from lrsearch.analysis.evidence.observations import Observations
from lrsearch.analysis.evidence.recommendation import SAFE_FACTOR, TOP, recommend
from lrsearch.catalog import VAL_ACCURACY

LRS = np.logspace(-3, -1, 9)


def recommended(scores, lrs=LRS, tied=None, sd=0.001, fails_from=None):
    """The recommendation for one score for each rate."""
    seen = Observations(lrs=np.array(lrs), scores=np.array(scores)[:, None], losses=np.zeros(len(scores)))
    noise = Noise(sd=sd, paired_sd=sd, degrees=8, is_measured=True)
    tied = np.ones(len(scores), dtype=bool) if tied is None else np.array(tied)
    return recommend(seen, noise, tied, fit_curve(seen, noise), fails_from)


def hill(peak, bend=0.03):
    """A parabola in log10 of the rate, with a maximum of 0.95."""
    return 0.95 - bend * np.log10(LRS / peak) ** 2


def test_the_centre_of_the_top_is_recommended():
    """On a hill this is the peak, on a plateau its centre."""
    found = recommended(hill(0.008))
    assert found.lr == pytest.approx(0.008, rel=0.1)
    assert found.expected == pytest.approx(0.95, abs=0.001)
    flat = recommended([0.95] * 9)
    assert flat.lr == pytest.approx(0.01)
    assert (flat.low, flat.high) == (LRS[0], LRS[-1])


def test_the_plateau_is_where_the_curve_is_within_the_margin():
    """The margin is 0.2 points, or one standard error if that is more."""
    found = recommended(hill(0.01), sd=0.001)
    top = TOP * VAL_ACCURACY.margin
    half = np.sqrt(top / 0.03)
    assert found.margin == top == 0.002
    assert np.log10([found.low, found.high]) == pytest.approx([-2 - half, -2 + half], abs=0.03)
    wide = recommended(hill(0.01), sd=0.008)
    assert wide.margin == 0.008
    assert wide.low < found.low < found.lr < found.high < wide.high


def test_the_recommendation_is_inside_the_tie_group():
    """This holds even if the curve is higher outside it."""
    tied = [False] * 6 + [True] * 2 + [False]
    found = recommended(hill(0.01), tied=tied)
    assert LRS[6] <= found.lr <= LRS[7]
    assert found.low <= found.lr <= found.high


def test_the_recommendation_is_well_below_rates_that_failed():
    """It is a factor below the lowest failed rate and says so; the plateau ends below that rate."""
    found = recommended(hill(0.05, bend=0.01), fails_from=0.06)
    assert found.lr <= 0.06 / SAFE_FACTOR
    assert "0.06" in found.reason
    assert found.high < 0.06
    assert "0.5" not in recommended(hill(0.005), fails_from=0.5).reason


def test_the_lowest_tied_rate_if_all_are_close_to_failure():
    """The distance from failure never leads outside the tie group."""
    tied = [False] * 8 + [True]
    found = recommended([*[0.7] * 6, 0.93, 0.94, 0.95], tied=tied, fails_from=0.12)
    assert found.lr == LRS[-1]


def test_without_a_curve_the_leader_is_recommended():
    """One or two rates give no curve."""
    one = recommended([0.9], lrs=[0.1])
    assert (one.lr, one.low, one.high, one.expected) == (0.1, 0.1, 0.1, 0.9)
    assert one.reason == "the only rate that trained, because too few rates are near the best to fit a curve"
    two = recommended([0.9, 0.91], lrs=[0.1, 0.2])
    assert (two.lr, two.expected) == (0.2, 0.91)
    assert "2 rates" in two.reason


def test_the_recommendation_has_two_digits():
    """It has more only if rounding would leave the top of the curve."""
    assert recommended(hill(0.00812345)).lr in {0.0079, 0.008, 0.0081, 0.0082}
    tied = [False, False, False, True, *[False] * 5]
    assert recommended(hill(0.00562), tied=tied).lr == LRS[3]
