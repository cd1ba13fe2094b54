"""What counts as learned, and the score that a sampler is told."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from factories import make_result
from lrsearch.analysis.ranking import LEVEL, has_learned, sampler_score

RATES = 20
SHARES = {
    "ten equal classes": [0.1] * 10,
    "1 % of the images": [0.99, 0.01],
    "300, 120 and 60 images": [0.625, 0.25, 0.125],
}


def labels_of(shares, n=500):
    """Class labels with these shares."""
    return np.repeat(np.arange(len(shares)), np.round(np.array(shares) * n).astype(int))


def of_constant(labels, shares, answer):
    """Answers and losses of a network that gives every image the same probabilities."""
    return np.full(labels.size, answer), -np.log(np.asarray(shares))[labels]


@st.composite
def validations(draw):
    """Labels, answers and losses of a network, and the number of classes."""
    n_classes = draw(st.integers(2, 6))
    classes = st.lists(st.integers(0, n_classes - 1), min_size=2, max_size=60)
    labels = np.array(draw(classes))
    same = st.lists(st.booleans(), min_size=labels.size, max_size=labels.size)
    others = st.lists(st.integers(0, n_classes - 1), min_size=labels.size, max_size=labels.size)
    answers = np.where(draw(same), labels, draw(others))
    losses = draw(st.lists(st.floats(0, 20), min_size=labels.size, max_size=labels.size))
    return labels, answers, np.array(losses), n_classes


@settings(deadline=None)
@given(validations())
def test_a_network_that_is_right_everywhere_has_learned(validation):
    """However few the images, whatever the loss and the level."""
    labels, _, losses, _ = validation
    assert has_learned(labels, labels, losses, level=1e-12)


@settings(deadline=None)
@given(validations(), st.randoms(use_true_random=False))
def test_renaming_the_classes_changes_nothing(validation, chance):
    """Nor does another order of the images."""
    labels, answers, losses, n_classes = validation
    names = list(range(n_classes))
    chance.shuffle(names)
    order = list(range(labels.size))
    chance.shuffle(order)
    renamed = np.array(names)
    expected = has_learned(labels, answers, losses, 0.05)
    assert has_learned(renamed[labels][order], renamed[answers][order], losses[order], 0.05) is expected


@settings(deadline=None)
@given(validations(), st.lists(st.floats(0.01, 1), min_size=6, max_size=6), st.integers(0, 5))
def test_a_constant_answer_has_never_learned(validation, weights, answer):
    """Whatever its probabilities and the classes of the images, if it is not right everywhere."""
    labels, _, _, n_classes = validation
    assume(len(set(labels)) > 1)
    shares = np.array(weights[:n_classes]) / sum(weights[:n_classes])
    assert not has_learned(labels, *of_constant(labels, shares, answer % n_classes), 0.4)


@pytest.mark.parametrize("shares", SHARES.values(), ids=SHARES)
def test_the_best_constant_answer_has_not_learned(shares):
    """Not even by the rounding of its losses."""
    labels = labels_of(shares)
    frequencies = np.bincount(labels) / labels.size
    answers, losses = of_constant(labels, frequencies, 0)
    for rounding in (0.0, 1e-7, -1e-7):
        assert not has_learned(labels, answers, (losses + rounding).astype(np.float32))


@settings(deadline=None)
@given(validations(), st.floats(0, 1))
def test_a_lower_loss_never_hides_that_it_learned(validation, less):
    """Neither does one more right answer, where all answers were right but two."""
    labels, answers, losses, _ = validation
    if has_learned(labels, answers, losses, 0.05) and not has_learned(labels, answers, losses + 100.0, 0.05):
        assert has_learned(labels, answers, losses - less, 0.05)


@pytest.mark.parametrize("shares", SHARES.values(), ids=SHARES)
def test_a_blind_network_is_seldom_called_learned(shares):
    """Answers and losses that do not depend on the class pass at most as often as the level says."""
    rng, n_networks, level = np.random.default_rng(1), 2000, 0.05
    labels = labels_of(shares)
    n_passed = 0
    for _ in range(n_networks):
        # Each image gets its own probabilities, near the class frequencies but blind to its class.
        logits = np.log(shares) + rng.normal(0, rng.uniform(0, 1), (labels.size, len(shares)))
        losses = np.logaddexp.reduce(logits, axis=1) - logits[np.arange(labels.size), labels]
        n_passed += has_learned(labels, logits.argmax(1), losses, level)
    assert n_passed / n_networks <= level + 3 * np.sqrt(level * (1 - level) / n_networks)


def test_a_rare_class_found_is_learned():
    """1 % of the images show it: nearly all answers are right anyway, and the loss of the best constant is 0.056."""
    labels = labels_of([0.99, 0.01], 600)
    answers = labels.copy()
    answers[-1] = 0  # five of six found
    losses = np.where(labels == answers, 0.002, 1.0)
    assert has_learned(labels, answers, losses, LEVEL / RATES)


def test_skewed_classes_learned_by_loss_alone():
    """The answer is always the most frequent class, but the probabilities depend on the image."""
    labels = labels_of([0.625, 0.25, 0.125], 120)
    losses = np.where(labels == 0, 0.2, 0.9)
    assert has_learned(labels, np.zeros_like(labels), losses, LEVEL / RATES)
    assert not has_learned(labels, np.zeros_like(labels), np.full(labels.size, 0.9), LEVEL / RATES)


@pytest.mark.parametrize("rare", [0, 1])
def test_trained_on_even_classes_judged_on_skewed_ones(rare):
    """It finds 90 % of each class: less accurate than always answering the frequent class, yet it learned."""
    labels = np.array([rare] * 30 + [1 - rare] * 570)
    answers = labels.copy()
    answers[:3], answers[30:87] = 1 - rare, rare
    losses = np.where(labels == answers, 0.2, 1.8)
    assert (labels == answers).mean() < 0.95
    assert has_learned(labels, answers, losses, LEVEL / RATES)


def test_a_smaller_level_asks_for_more():
    """62 of 100 right answers, where half are expected by chance."""
    labels, losses = np.arange(100) % 2, np.full(100, 0.7)
    answers = np.where(np.arange(100) < 62, labels, 1 - labels)
    assert has_learned(labels, answers, losses, 0.05)
    assert not has_learned(labels, answers, losses, 0.001)


@pytest.mark.parametrize("loss", [np.inf, np.nan])
def test_a_loss_that_is_not_finite_shows_nothing(loss):
    """The accuracy can still show it."""
    labels = np.arange(100) % 2
    losses = np.full(100, 1e-3)
    losses[0] = loss
    assert not has_learned(labels, np.zeros_like(labels), losses)
    answers = labels.copy()
    answers[0] = 1
    assert has_learned(labels, answers, losses)


def test_what_a_sampler_is_told():
    """The own score; for what broke or learned nothing the constant's, or the worst so far; None for a fault."""
    score_of = sampler_score(0.1)
    broken = [make_result(0.1, 0.12, learned=False), make_result(0.1, state="diverged")]
    assert score_of(make_result(0.1, 0.9)) == 0.9
    assert score_of(make_result(0.1, 0.6, state="pruned")) == 0.6
    assert [score_of(result) for result in broken] == [0.1, 0.1]
    assert score_of(make_result(0.1, 0.05)) == 0.05  # trained on other frequencies than the validation part has
    assert [score_of(result) for result in broken] == [0.05, 0.05]
    assert [score_of(make_result(0.1, state=fault)) for fault in ("failed", "oom", "killed")] == [None] * 3
