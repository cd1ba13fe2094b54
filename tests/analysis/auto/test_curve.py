"""The curve of `auto`, against the same computed with other means."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrsearch.analysis.auto import AutoRun, curve_posterior, judge, near_runs
from lrsearch.analysis.auto import curve as module

X = np.array([-3.0, -2.5, -2.2, -2.0, -1.5])
Y = np.array([90.0, 94.0, 94.5, 94.6, 93.0])
REPEATS = np.array([0, 0, 1, 2, 1])


def run_at(x, score, *, repeat=0, scores=None):
    given_scores = (score,) if scores is None else scores
    return AutoRun(
        x, repeat, len(given_scores), len(given_scores), given_scores, (1.0,) * len(given_scores), learned=True
    )


def test_one_setting_is_the_conditional_normal(monkeypatch):
    """With a vague mean, conditioning the joint normal of scores and curve gives the same mean and covariance."""
    for name, value in (("LENGTHS", (0.6,)), ("AMPLITUDES", (2.0,)), ("NOISES", (0.4,))):
        monkeypatch.setattr(module, name, value)
    at = np.linspace(-3.2, -1.2, 7)
    found = curve_posterior(X, Y, REPEATS, at)
    places = np.concatenate((X, at))
    root = np.sqrt(5) * np.abs(places[:, None] - places) / 0.6
    joint = 1e6 + 4.0 * (1 + root + root**2 / 3) * np.exp(-root)
    noise = 0.16 * (0.5 * np.eye(5) + 0.5 * (REPEATS[:, None] == REPEATS))
    total = joint[:5, :5] + noise
    across = joint[5:, :5]
    assert found.mean == pytest.approx(across @ np.linalg.solve(total, Y), abs=1e-3)
    expected = joint[5:, 5:] - across @ np.linalg.solve(total, across.T)
    assert np.abs(found.covariance - expected).max() < 1e-3


def test_the_average_widens_where_nothing_was_trained():
    """Between the rates the curve is uncertain, and it passes near the scores."""
    at = np.linspace(-3, -1.5, 31)
    found = curve_posterior(X, Y, REPEATS, at)
    assert np.abs(np.interp(X, at, found.mean) - Y).max() < 1.0
    assert found.sd[at.searchsorted(-2.75)] > found.sd[at.searchsorted(-2.1)]
    assert found.sd_above(10)[10] == 0.0


@settings(deadline=None, max_examples=25)
@given(st.floats(-50, 50), st.permutations(range(5)))
def test_the_level_and_the_order_do_not_matter(level, order):
    """A curve of scores that are all higher is higher by as much; the trainings have no order."""
    at = np.linspace(-3, -1.5, 5)
    plain, moved = curve_posterior(X, Y, REPEATS, at), curve_posterior(X[order], Y[order] + level, REPEATS[order], at)
    assert moved.mean == pytest.approx(plain.mean + level, abs=1e-6)
    assert moved.covariance == pytest.approx(plain.covariance, abs=1e-6)


def test_a_judgement_needs_three_rates():
    """Two rates have no curve."""
    runs = [run_at(-2.0, 90.0), run_at(-1.5, 91.0), run_at(-1.5, 91.0, repeat=1)]
    assert judge(runs, cliff=None, constant=True) is None
    assert judge([*runs, run_at(-1.0, 90.0)], cliff=None, constant=True) is not None


def test_the_recommendation_keeps_away_from_the_cliff():
    """By a factor of 1.5, though the curve rises up to it."""
    runs = [run_at(x, 90 + 2 * x) for x in (-2.0, -1.5, -1.0, -0.5)]
    free, held = judge(runs, cliff=None, constant=True), judge(runs, cliff=-0.45, constant=True)
    assert free.peak == -0.5
    assert held.peak <= -0.45 - np.log10(1.5)
    assert held.rec <= -0.45 - np.log10(1.5)


def test_two_epochs_of_a_constant_schedule_are_averaged():
    """Their mean, moved on by half of what the runs gained on average."""
    runs = [run_at(x, None, scores=(y, y + 1)) for x, y in ((-2.0, 90.0), (-1.5, 92.0), (-1.0, 90.0))]
    mean = judge(runs, cliff=None, constant=True).expected
    assert mean == pytest.approx(judge([run_at(r.x, r.score) for r in runs], cliff=None, constant=False).expected)
    swing = [run_at(-2.0, None, scores=(92.0, 90.0)), *runs[1:]]
    assert (
        judge(swing, cliff=None, constant=True).curve.mean[0] > judge(swing, cliff=None, constant=False).curve.mean[0]
    )


def test_near_is_within_five_points_of_the_leader():
    """By the mean of each rate."""
    runs = [run_at(-3.0, 84.9), run_at(-2.0, 90.0), run_at(-2.0, 88.0, repeat=1), run_at(-1.0, 84.1)]
    assert {run.x for run in near_runs(runs)} == {-3.0, -2.0, -1.0}
    assert {run.x for run in near_runs([*runs, run_at(-1.5, 89.95)])} == {-2.0, -1.5}
