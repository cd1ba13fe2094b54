"""The critical distance from the best of several means."""

from __future__ import annotations

import numpy as np
import pytest

from lrsearch.analysis.evidence.confidence import comparison_constant, t_quantile


@pytest.mark.parametrize(
    ("k", "degrees", "expected"), [(11, 4, 3.658), (11, 8, 2.964), (17, 8, 3.162), (2, 8, 1.860), (2, 1, 6.314)]
)
def test_known_values(k, degrees, expected):
    """For two means it is Student's one-sided quantile."""
    assert comparison_constant(k, degrees) == pytest.approx(expected, abs=0.002)


def test_it_has_the_stated_level_in_a_simulation():
    """Of 17 equal means the first lies within d standard errors of the largest in 95 % of the draws."""
    rng = np.random.default_rng(0)
    z, s = rng.standard_normal((40_000, 17)), np.sqrt(rng.chisquare(4, 40_000) / 4)
    within = (z[:, 1:].max(axis=1) - z[:, 0]) / (np.sqrt(2) * s) <= comparison_constant(17, 4)
    assert within.mean() == pytest.approx(0.95, abs=0.005)


def test_more_rates_and_fewer_degrees_make_it_larger():
    """For a single mean it is 0."""
    assert comparison_constant(1, 3) == 0.0
    by_k = [comparison_constant(k, 8) for k in (2, 5, 17, 100, 1000)]
    assert by_k == sorted(by_k)
    by_degrees = [comparison_constant(17, degrees) for degrees in (1, 2, 4, 8, 100, 10**6)]
    assert by_degrees == sorted(by_degrees, reverse=True)


def test_students_quantile():
    """The value of a published table."""
    assert t_quantile(0.975, 10) == pytest.approx(2.228, abs=1e-3)
