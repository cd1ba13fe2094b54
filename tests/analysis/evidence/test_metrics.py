"""The evidence in other metrics than accuracy: turned round, on another scale, and with noise that nobody knows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.replay import draw, load_losses, replay
from benchmarks.ties import SCENES, simulate
from factories import make_result, make_task
from lrsearch.analysis.evidence import compare_arms, judge, weigh
from lrsearch.analysis.ranking import rank_results
from lrsearch.catalog import METRICS, find_metric

LOSS = METRICS["val_loss"]
TASK = make_task(val_entropy=2.3)
LRS = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)


def of_loss(lr, loss, *, repeat=0, arm="", values=None):
    """The result of a training that is scored by its validation loss."""
    result = make_result(lr, loss, repeat=repeat, val_loss=loss, accuracies=(0.9, 0.9), arm=arm)
    return replace(result, values=None if values is None else np.asarray(values, np.float32).tobytes())


def bowl(rng, n_seeds, noise=0.01, arm="", least=0.2):
    """Losses with their minimum at 0.03, and 40 times the noise above 0.3."""
    return [
        of_loss(
            lr,
            least + 0.1 * np.log10(lr / 0.03) ** 2 + noise * (40 if lr > 0.3 else 1) * abs(rng.normal()),
            repeat=repeat,
            arm=arm,
        )
        for repeat in range(n_seeds)
        for lr in LRS
    ]


def test_the_lowest_loss_is_recommended():
    """Order, ties, plateau and expected score have the right side up; a noisy rate far away ties nothing."""
    evidence = weigh(bowl(np.random.default_rng(0), 3), TASK, metric=LOSS)
    assert evidence.leader == 0.03
    assert set(evidence.tied) <= {0.01, 0.03, 0.1}
    found = evidence.recommendation
    assert 0.01 < found.lr < 0.1
    assert found.low <= found.lr <= found.high
    assert found.expected >= evidence.observed  # the curve may promise no less than the best observed loss
    assert found.margin == pytest.approx(max(0.008 * evidence.scale.span, evidence.noise.paired_sd / 3**0.5))
    assert evidence.scale.margin == pytest.approx(0.01 * (2.3 - evidence.observed))
    best = next(rate for rate in evidence.rates if rate.lr == 0.03)
    assert best.low < best.mean < best.high
    assert min(evidence.curve.scores) == pytest.approx(0.2, abs=0.03)


def test_the_rows_of_a_loss():
    """Worse rates below and above the best are told apart."""
    results = bowl(np.random.default_rng(0), 3, noise=0.001)
    ranking = judge(rank_results(results, TASK, LOSS), {"": weigh(results, TASK, metric=LOSS)})
    states = {row.lr: row.state for row in ranking.rows}
    assert (states[0.001], states[0.03], states[0.3]) == ("too low", "ok", "too high")


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 1000), n_seeds=st.integers(1, 3), factor=st.sampled_from([0.01, 3.0, 500.0]))
def test_neither_sign_nor_unit_changes_the_answer(seed, n_seeds, factor):
    """A metric, its negative, and its value in another unit have the same leader, ties and recommended rate."""
    rng = np.random.default_rng(seed)
    results = bowl(rng, n_seeds)
    low, high = find_metric("x", "min"), find_metric("x", "max")
    plain = weigh(results, TASK, metric=low)
    for metric, scale in ((high, -1.0), (low, factor), (high, -factor)):
        other = weigh([replace(each, score=each.score * scale) for each in results], TASK, metric=metric)
        assert (other.leader, other.tied, other.recommendation.lr) == (
            plain.leader,
            plain.tied,
            pytest.approx(plain.recommendation.lr, rel=1e-6),
        )
        assert other.observed == pytest.approx(scale * plain.observed)
        assert other.recommendation.expected == pytest.approx(scale * plain.recommendation.expected)
        assert other.recommendation.margin == pytest.approx(abs(scale) * plain.recommendation.margin)


def test_noise_that_nobody_knows():
    """With one seed and no values for each image: no ties, no interval, no verdict, but a recommended rate."""
    results = bowl(np.random.default_rng(0), 1)
    evidence = weigh(results, TASK, metric=LOSS)
    assert evidence.noise is None
    assert evidence.tied == (evidence.leader,)
    assert {(rate.low, rate.high) for rate in evidence.rates} == {(None, None)}
    assert {rate.verdict for rate in evidence.rates if rate.lr != evidence.leader} == {"unknown"}
    assert 0.005 < evidence.recommendation.lr < 0.2
    assert "statistically tied" not in evidence.recommendation.reason
    ranking = judge(rank_results(results, TASK, LOSS), {"": evidence})
    assert {(row.state, row.tied) for row in ranking.rows} == {("ok", None)}


@pytest.mark.parametrize("name", [name for name, metric in METRICS.items() if metric.noise == "measured"])
def test_only_seeds_measure_these(name):
    """However many rates there are."""
    results = [make_result(lr, 0.5 + 0.001 * i) for i, lr in enumerate(LRS)]
    assert weigh(results, TASK, metric=METRICS[name]).noise is None
    repeated = [make_result(lr, 0.5 + 0.001 * i + 0.01 * r, repeat=r) for r in (0, 1) for i, lr in enumerate(LRS)]
    assert weigh(repeated, TASK, metric=METRICS[name]).noise.is_measured


def test_losses_are_compared_image_by_image():
    """The noise of single trainings is that of the mean difference, which is smaller than that of the losses."""
    rng = np.random.default_rng(0)
    hard = rng.exponential(0.2, 400)  # some images are hard for every rate
    values = {lr: hard + 0.01 * i + rng.normal(0, 0.05, 400) for i, lr in enumerate((0.01, 0.02, 0.04))}
    results = [of_loss(lr, float(of.mean()), values=of) for lr, of in values.items()]
    evidence = weigh(results, TASK, metric=LOSS)
    expected = np.std(values[0.01] - values[0.02], ddof=1) / np.sqrt(2 * 400)
    assert not evidence.noise.is_measured
    assert evidence.noise.sd == pytest.approx(expected, rel=1e-3)
    assert evidence.noise.sd < np.std(hard) / np.sqrt(400) / 2


def test_arms_are_compared_by_a_loss():
    """The arm with the lower loss is first, and the bound is in nats."""
    rng = np.random.default_rng(0)
    results = bowl(rng, 4, arm="bad", least=0.6) + bowl(rng, 4, arm="good")
    evidence = {arm: weigh(results, TASK, arm, metric=LOSS) for arm in ("bad", "good")}
    found = compare_arms(results, evidence, dict.fromkeys(evidence, TASK))
    assert list(found.expected) == ["good", "bad"]
    assert found.tied == ("good",)
    assert found.expected["good"] == pytest.approx(0.21, abs=0.02)
    assert 0 < found.bound < 0.1


@pytest.mark.parametrize("n_seeds", [2, 3])
def test_ties_and_intervals_of_a_loss_hold(n_seeds):
    """In simulated searches the tie group has the best rate, and the intervals have the means (nominal: 95 %)."""
    rng = np.random.default_rng(1)
    tied, leader, others, *_ = np.mean([simulate(SCENES["validation loss"], n_seeds, rng) for _ in range(60)], axis=0)
    assert tied >= 0.9
    assert leader >= 0.88
    assert others >= 0.92


def test_replayed_searches_by_a_loss():
    """On measured curves the recommended rate loses less than the best observed one, and the best rate is tied."""
    rng = np.random.default_rng(0)
    kind = ("grid, every 3rd", 3, 3)
    searches = [replay(curve, *draw(curve, kind, rng)) for curve in load_losses() for _ in range(4)]
    of_leader, of_recommended, _, _, tied = np.mean([found for found in searches if found is not None], axis=0)
    assert of_recommended <= of_leader + 0.1
    assert of_recommended < 1.5  # points: 1 % of the distance from the best constant prediction
    assert tied >= 0.9
