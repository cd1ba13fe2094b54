"""What counts as learned, and the score that a sampler is given."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factories import make_result
from lrsearch.analysis.ranking import has_learned, sampler_score


@pytest.mark.parametrize(
    ("loss", "accuracy", "expected"),
    [
        (0.3, 0.95, True),
        (0.98 * 2.3026, 0.95, False),
        (0.97 * 2.3026, 0.95, True),
        (math.nan, 0.95, False),
        (math.inf, 0.95, False),
        (0.3, 0.1, False),
        (0.3, 0.02, False),  # stuck on a class that is rarer than the commonest
    ],
)
def test_loss_and_accuracy_must_both_be_better_than_chance(facts, loss, accuracy, expected):
    """A run has learned only if its loss and its accuracy are both better than chance level."""
    assert has_learned(loss, accuracy, facts) is expected


def test_the_margin_is_in_standard_errors(facts):
    """The accuracy must be more than 2.33 binomial standard errors above the majority class's share."""
    edge = 0.1 + 2.33 * math.sqrt(0.1 * 0.9 / 500)
    assert not has_learned(0.3, edge - 1e-6, facts)
    assert has_learned(0.3, edge + 1e-6, facts)
    assert has_learned(0.3, edge - 1e-3, replace(facts, n_val=50_000))


@given(
    loss=st.floats(0, 3),
    accuracy=st.floats(0, 1),
    less=st.floats(0, 1),
    more=st.floats(0, 1),
)
def test_a_better_result_still_counts_as_learned(facts, loss, accuracy, less, more):
    """A lower loss and a higher accuracy never turn learned into not learned."""
    if has_learned(loss, accuracy, facts):
        assert has_learned(loss * less, min(1.0, accuracy + more), facts)


def test_sampler_score(facts):
    """It is the run's score, the majority class's share for a run that broke, and None for a fault."""
    assert sampler_score(make_result(0.1, 0.9), facts) == 0.9
    assert sampler_score(make_result(0.1, 0.6, state="pruned"), facts) == 0.6
    assert sampler_score(make_result(0.1, 0.12, learned=False), facts) == facts.majority
    assert sampler_score(make_result(0.1, state="diverged"), facts) == facts.majority
    for fault in ("failed", "oom", "killed"):
        assert sampler_score(make_result(0.1, state=fault), facts) is None
