"""The bracket, the probes and the suggestion, on losses from a formula."""

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrsearch.analysis.range.finding import LRSEARCH_METHOD, Finding
from lrsearch.analysis.range.probing import (
    MOST_RATES,
    PROBE_STEPS,
    SAFETY,
    Suggestion,
    Unclear,
    final_losses,
    find_bracket,
    further_rates,
    probe_rates,
    suggest,
)
from lrsearch.analysis.range.ramp import Ramp

START = math.log(10)
RAMP = Ramp()


def train(rates, best, breaks, noise=0.0, seed=0):
    """Losses by step under some rates: the fall is fastest at `best`; from `breaks` on the loss doubles."""
    draws, losses = random.Random(seed), [START]
    for lr in rates:
        speed = 0.1 * math.exp(-(math.log10(lr / best) ** 2) * 2)
        losses.append(losses[-1] * (2.0 if lr >= breaks else 1 - speed) + draws.gauss(0, noise))
    return losses[: len(rates)]


def ramps(best=0.01, breaks=0.3, noise=0.0, n_seeds=3, ramp=RAMP):
    """The losses of some ramps."""
    rates = [ramp.rate(step) for step in range(ramp.steps)]
    return [train(rates, best, breaks, noise, seed) for seed in range(n_seeds)]


def probes(rates, best=0.01, breaks=0.3, noise=0.0, n_seeds=3):
    """The losses of probes at constant rates."""
    return {lr: [train([lr] * PROBE_STEPS, best, breaks, noise, seed) for seed in range(n_seeds)] for lr in rates}


@pytest.mark.parametrize("best", [1e-4, 1e-3, 1e-2, 1e-1])
def test_the_best_rate_lies_in_the_bracket_and_is_suggested(best):
    """The suggestion is within a fifth of a decade of the best rate, and the range contains it."""
    low, high = find_bracket(RAMP, ramps(best, 30 * best, noise=1e-3))
    assert low < best < high
    found = suggest(probes(probe_rates(low, high), best, 30 * best, noise=1e-3))
    assert abs(math.log10(found.lr / best)) < 0.2
    assert found.low < best < found.high
    assert math.log10(found.high / found.low) <= 2


def test_the_suggestion_is_well_below_collapse():
    """It is a factor below rates that break, and the range ends where all seeds break."""
    rates = probe_rates(1e-3, 0.1)
    breaks = min(rate for rate in rates if rate > 0.012)
    found = suggest(probes(rates, best=0.01, breaks=breaks))
    assert found.lr == pytest.approx(breaks / SAFETY, rel=0.01)
    assert found.high == pytest.approx(breaks, rel=0.01)


@pytest.mark.parametrize("noise", [0.0, 0.02])
def test_a_flat_ramp_has_no_answer(noise):
    """For a loss that only fluctuates there is no bracket, and the answer says what to change."""
    found = find_bracket(RAMP, [[START + random.Random(seed).gauss(0, noise) for _ in range(150)] for seed in range(5)])
    assert isinstance(found, Unclear)
    assert str(found).startswith("no suggestion: no rate of the ramp brought the loss below ")
    assert "--high" in found.advice


def test_a_ramp_that_starts_too_high_is_advised_to_start_lower():
    """It is not advised to go higher."""
    found = find_bracket(RAMP, [[2.3, 40.0, 900.0, math.inf]] * 3, untrained_loss=START)
    assert (
        str(found) == "no suggestion: the loss rises from the first steps on, at the lowest rates; give a smaller --low"
    )


def test_a_network_that_starts_far_above_chance_is_reported():
    """The cause is its initial weights, and no rate."""
    found = find_bracket(RAMP, [[4.5e5 - step for step in range(150)]] * 3, untrained_loss=START)
    assert "starts at 4.5e+05" in found.reason
    assert "weights" in found.advice


def test_a_loss_that_ends_at_chance_is_a_collapse():
    """This holds however far above chance the first loss was."""
    rates = {lr: [train([lr] * PROBE_STEPS, 0.01, 1e9)] * 2 for lr in probe_rates(1e-3, 0.1)}
    dead = min(lr for lr in rates if lr > 0.02)
    rates |= {lr: [[START + 1.0] * 10 + [START] * (PROBE_STEPS - 10)] * 2 for lr in rates if lr >= dead}
    assert suggest(rates, untrained_loss=START).lr <= dead / SAFETY * 1.01


def test_a_fall_to_chance_is_not_learning():
    """With bad initial weights and meaningless labels the loss falls to chance and stays there."""
    curves = [[START + 0.5 * math.exp(-step / 30) for step in range(150)]] * 3
    assert not isinstance(find_bracket(RAMP, curves), Unclear)
    assert isinstance(find_bracket(RAMP, curves, untrained_loss=START), Unclear)
    assert isinstance(suggest({lr: [curves[0][:PROBE_STEPS]] for lr in (0.1, 0.2)}, untrained_loss=START), Unclear)


def test_probes_without_an_answer():
    """There is none if all rates break, and none if no rate learns."""
    assert "every probed rate failed with at least one seed" in str(suggest(probes([0.1, 0.2], breaks=0.01)))
    assert "no rate brought the loss below" in str(suggest(probes([1e-9, 1e-8])))


def test_the_bracket_goes_below_a_ramp_that_falls_at_once():
    """A --low above the rate at which learning begins does no harm."""
    ramp = Ramp(low=0.01)
    low, _ = find_bracket(ramp, ramps(ramp=ramp))
    assert low < 0.01


def test_the_bracket_of_a_linear_ramp_goes_below_its_resolution():
    """Its second rate is already above most decades that matter."""
    ramp = Ramp(low=1e-7, high=0.1, scale="linear")
    low, high = find_bracket(ramp, ramps(ramp=ramp))
    assert low < 0.01 < high


def test_a_curve_that_ends_at_its_first_step_has_no_bracket():
    """No exception is raised."""
    assert isinstance(find_bracket(RAMP, [[math.nan]] * 3), Unclear)


def test_further_rates_lie_beyond_the_end_with_the_lowest_loss():
    """They lie below if nothing trained; there are none if the lowest loss is inside."""
    assert min(further_rates(probes([0.02, 0.05]))) < 0.02
    assert max(further_rates(probes([0.001, 0.002]))) > 0.002
    assert further_rates(probes([0.005, 0.01, 0.02])) == ()
    assert max(further_rates(probes([0.5, 1.0]))) < 0.5


@given(st.floats(1e-8, 1.0), st.floats(1.01, 1e8))
def test_probe_rates_span_the_bracket(low, ratio):
    """They ascend from end to end, and there are not too many."""
    rates = probe_rates(low, low * ratio)
    assert rates[0] == pytest.approx(low, rel=0.01)
    assert rates[-1] == pytest.approx(low * ratio, rel=0.01)
    assert 3 <= len(rates) <= MOST_RATES


LOSSES = st.lists(st.floats(0, 20) | st.just(math.inf) | st.just(math.nan), min_size=1, max_size=PROBE_STEPS)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.floats(1e-8, 10), st.lists(LOSSES, min_size=2, max_size=2), min_size=2, max_size=6))
def test_whatever_the_losses_there_is_an_answer(losses):
    """The answer is a rate inside its range, or a reason; there is no exception and no infinite number."""
    answer = suggest(losses)
    further_rates(losses)
    if isinstance(answer, Suggestion):
        assert 0 < answer.low < answer.lr
        assert answer.lr < answer.high < math.inf


def test_a_rate_with_a_seed_that_ended_has_infinite_loss():
    """It does not matter how good its other seeds are."""
    one = probes([0.005, 0.01, 0.02])
    one[0.01][1] = one[0.01][1][:30]
    ends = final_losses(one)
    assert math.isinf(ends[1, 1])
    assert suggest(one).lr != pytest.approx(0.01, rel=0.01)


def test_a_finding_compares_lrsearch_with_the_published_methods():
    """Each method also has every seed's own answer, so that the spread shows."""
    curves = tuple(map(tuple, ramps(noise=1e-3)))
    of_rates = probes(probe_rates(*find_bracket(RAMP, curves)), noise=1e-3)
    finding = Finding(RAMP, curves, of_rates, suggest(of_rates))
    assert next(iter(finding.readings)) == LRSEARCH_METHOD
    assert finding.readings[LRSEARCH_METHOD].lr == finding.suggestion.lr
    assert len(finding.readings[LRSEARCH_METHOD].by_seed) == len(finding.readings["steepest"].by_seed) == 3
    assert Finding(RAMP, curves, {}, Unclear("a", "b")).suggestion is None
