"""The evidence of one arm."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factories import make_result, make_task
from lrsearch.analysis.evidence.remarks import REMARKS
from lrsearch.analysis.evidence.weigh import weigh
from lrsearch.analysis.ranking import rank_results
from lrsearch.records import EPOCH_METRICS, Point, Result, Trial

LRS = [float(lr) for lr in np.logspace(-4, 0, 13)]
PEAK = {lr: max(0.15, 0.96 - 0.04 * math.log10(lr / 0.02) ** 2) for lr in LRS}


@pytest.fixture
def search(task):
    """Weigh a grid of three seeds a rate, with the changes that a test needs."""

    def run(n=3, sd=0.002, more=(), **options):
        rng = np.random.default_rng(0)
        results = [
            make_result(lr, y + sd * rng.standard_normal(), repeat=r) for r in range(n) for lr, y in PEAK.items()
        ]
        return weigh([*results, *more], task, **options)

    return run


def test_a_plain_search_has_ties_a_curve_and_verdicts(search):
    """There are ties around the peak, a recommendation near it, and a verdict on each rate."""
    evidence = search()
    assert evidence.tied_low <= 0.02 <= evidence.tied_high
    assert evidence.recommendation.lr == pytest.approx(0.02, rel=0.5)
    assert evidence.recommendation.expected == pytest.approx(0.96, abs=0.005)
    assert (evidence.n_seeds, evidence.noise.is_measured, evidence.curve is None) == (3, True, False)
    assert [rate.lr for rate in evidence.rates] == LRS
    verdicts = [rate.verdict for rate in evidence.rates]
    assert (verdicts[0], verdicts[-1], {rate.verdict for rate in evidence.rates if rate.is_tied}) == (
        "too low",
        "too high",
        {"good"},
    )
    assert evidence.breaks_from is None
    assert evidence.stable_to == LRS[-1]


def test_no_evidence_if_no_rate_trained(task):
    """There is none without results, if all runs collapsed, or if there were only faults."""
    assert weigh([], task) is None
    assert weigh([make_result(0.1, 0.1, learned=False), make_result(0.2, state="diverged")], task) is None
    assert weigh([make_result(0.1, state="killed")], task) is None
    assert weigh([make_result(0.1, 0.9, arm="other")], task) is None
    assert weigh([make_result(0.1, math.nan), make_result(math.nan, 0.9), make_result(-1.0, 0.9)], task) is None
    assert weigh([make_result(0.1, 0.9), make_result(0.1, 0.1, learned=False, repeat=1)], task) is None


def test_one_or_two_rates_recommend_the_leader(task):
    """They are too few for a curve."""
    one = weigh([make_result(0.1, 0.9)], task)
    assert (one.recommendation.lr, one.curve, one.tied) == (0.1, None, (0.1,))
    two = weigh([make_result(0.1, 0.9), make_result(0.2, 0.7)], task)
    assert (two.recommendation.lr, two.observed) == (0.1, 0.9)


def test_equal_accuracies_tie_all_rates(task):
    """The middle rate is recommended."""
    evidence = weigh([make_result(lr, 0.9, repeat=r) for lr in LRS for r in (0, 1)], task)
    assert evidence.tied == tuple(LRS)
    assert evidence.recommendation.lr == pytest.approx(0.01, rel=0.1)


def test_a_rate_with_a_failed_seed_is_neither_tied_nor_fitted(search):
    """It is named unstable, and the recommendation stays well below it."""
    broken = LRS[8]  # 0.046
    evidence = search(more=[make_result(broken, 0.1, learned=False, repeat=3)])
    rate = next(rate for rate in evidence.rates if rate.lr == broken)
    assert (rate.verdict, rate.n, rate.n_failed, rate.is_tied, rate.low) == ("unstable", 4, 1, False, None)
    assert evidence.breaks_from == broken
    assert evidence.stable_to == LRS[7]
    assert evidence.recommendation.lr <= broken / 2
    assert evidence.recommendation.high < broken
    assert "stability" in {remark.name for remark in evidence.remarks}


def test_a_rate_too_low_to_learn_is_no_stability_limit(search):
    """A failure below the tied rates does not limit the recommendation."""
    evidence = search(more=[make_result(LRS[1], 0.1, learned=False, repeat=3)])
    assert (evidence.stable_to, evidence.breaks_from) == (LRS[-1], None)
    assert evidence.rates[1].verdict == "too low"


def test_only_the_new_seeds_of_confirmed_rates_count(search):
    """A lucky first result does not count; the leader is a confirmed rate, as in the ranking."""
    lucky, other = LRS[6], LRS[7]
    more = [make_result(lucky, 0.99, number=99)]  # repeat 0 a second time: the last result counts
    fresh = {lucky: (0.940, 0.942, 0.944), other: (0.950, 0.951, 0.952)}
    more += [
        make_result(lr, score, repeat=1 + i, stage="confirm", number=100 + i)
        for lr, scores in fresh.items()
        for i, score in enumerate(scores)
    ]
    evidence = search(n=1, more=more)
    assert (evidence.leader, evidence.n_seeds) == (other, 3)
    assert evidence.observed == pytest.approx(0.951)
    by_lr = {rate.lr: rate for rate in evidence.rates}
    assert by_lr[lucky].mean == pytest.approx(0.942)
    assert (by_lr[lucky].n, by_lr[LRS[5]].n) == (3, 1)
    assert evidence.noise.is_measured


def test_single_runs_are_judged_by_the_curve(task):
    """A rate beside the peak stays tied after an unlucky run, because its neighbours are tied."""
    scores = dict(PEAK)
    scores[LRS[6]] -= 0.012
    evidence = weigh([make_result(lr, score) for lr, score in scores.items()], task)
    assert not evidence.noise.is_measured
    assert LRS[6] in evidence.tied
    assert evidence.rates[0].verdict == "too low"


def test_a_range_that_is_too_low_is_remarked_first(task):
    """The remark names --extend, unless that was used."""
    evidence = weigh([make_result(lr, PEAK[lr], repeat=r) for lr in LRS[:5] for r in (0, 1)], task)
    assert (evidence.remarks[0].name, "--extend" in evidence.remarks[0].text) == ("edge", True)
    further = [make_result(LRS[5], PEAK[LRS[5]] + 0.01, repeat=r, stage="extend") for r in (0, 1)]
    again = weigh([make_result(lr, PEAK[lr], repeat=r) for lr in LRS[:5] for r in (0, 1)] + further, task)
    assert "--extend" not in again.remarks[0].text


def test_remarks_on_learning_curves_and_step_metrics(task):
    """Each remark that needs them is made for results that call for it."""
    metrics = {"grad_norm_ratio": 1e-4, "clipped_share": 0.8, "grad_norm_p90": 3.0}
    results = [
        make_result(lr, y, losses=(1.0, 0.5, 0.3, 0.2), val_losses=(0.9, 0.5, 0.6, 0.7), metrics=metrics)
        for lr, y in PEAK.items()
    ]
    names = [remark.name for remark in weigh(results, task).remarks]
    assert names == ["fewer_epochs", "vanishing_gradients", "clipping"]
    rising = [
        make_result(
            lr, y, losses=(1.0, 0.5, 0.3, 0.2), val_losses=(0.9, 0.5, 0.6, 0.7), accuracies=(0.5, 0.7, 0.8, 0.9)
        )
        for lr, y in PEAK.items()
    ]
    assert [remark.name for remark in weigh(rising, task).remarks] == ["still_improving"]


def test_a_warmup_is_proposed_at_the_edge_of_stability(task):
    """It is not proposed if the spec has a warm-up."""
    results = [
        make_result(lr, 0.8 + lr, metrics={"grad_norm_p90": 3.0, "clipped_share": 0.0}) for lr in (0.02, 0.05, 0.1)
    ]
    results.append(make_result(0.2, 0.1, learned=False))
    names = [remark.name for remark in weigh(results, task).remarks]
    assert names == ["warmup", "clip_threshold", "stability"]
    assert "warmup" not in {remark.name for remark in weigh(results, task, has_warmup=True).remarks}


def test_a_thousand_random_rates(task):
    """With one seed each, the recommendation is near the peak and less optimistic than the best score."""
    rng = np.random.default_rng(0)
    results = []
    for number, lr in enumerate(10 ** rng.uniform(-4, 0, 1000)):
        score = 0.96 - 0.04 * math.log10(lr / 0.02) ** 2 + 0.004 * rng.standard_normal()
        results.append(make_result(float(lr), min(1.0, score), number=number))
    evidence = weigh(results, task, bounds=(1e-4, 1.0))
    assert len(evidence.rates) == 1000
    assert evidence.recommendation.lr == pytest.approx(0.02, rel=0.5)
    assert abs(evidence.recommendation.expected - 0.96) < evidence.observed - 0.96


def test_remarks_are_short_and_documented(search):
    """Every remark has an entry in `REMARKS`, and they come in its order."""
    names = list(REMARKS)
    for remarks in (search(sd=0.02).remarks, search(more=[make_result(0.05, state="diverged")]).remarks):
        assert [remark.name for remark in remarks] == sorted((remark.name for remark in remarks), key=names.index)
        assert all(len(remark.text) <= 120 for remark in remarks)
    assert all(meaning and "\n" not in meaning for meaning in REMARKS.values())


ANY_FLOAT = st.one_of(st.floats(0, 1), st.sampled_from([math.nan, math.inf, -math.inf, 0.0, 1.0, 1e300, -3.0]))
SCORES = st.one_of(st.none(), st.floats(0, 1), st.sampled_from([0.9, 0.905, 0.91, 0.95]), ANY_FLOAT)


@st.composite
def any_result(draw):
    """A result as a damaged log may contain it."""
    n_epochs, number = draw(st.integers(0, 4)), draw(st.integers(0, 50))
    lr = draw(st.one_of(st.sampled_from([1e-3, 3e-3, 0.01, 0.03, 0.1, 0.3, 1.0]), st.floats(1e-6, 10), ANY_FLOAT))
    values = st.one_of(st.floats(0, 3), ANY_FLOAT)
    points = tuple(
        Point(
            trial=number,
            epoch=epoch,
            lr=lr,
            seconds=1.0,
            metrics={name: draw(values) for name in EPOCH_METRICS}
            | draw(st.dictionaries(st.sampled_from(["grad_norm_ratio", "clipped_share", "grad_norm_p90"]), values)),
        )
        for epoch in range(1, n_epochs + 1)
    )
    repeat, until, stage = (
        draw(st.integers(0, 3)),
        draw(st.sampled_from([2, 2, 4])),
        draw(st.sampled_from(["", "", "confirm"])),
    )
    return Result(
        trial=Trial(number=number, proposal=0, lr=lr, horizon=4, until=until, repeat=repeat, stage=stage),
        state=draw(st.sampled_from(["ok", "ok", "ok", "ok", "diverged", "pruned", "failed", "killed"])),
        points=points,
        score=draw(SCORES),
        scored_epoch=draw(st.one_of(st.none(), st.integers(1, 4))),
        learned=draw(st.sampled_from([True, True, True, False, None])),
        correct=draw(st.one_of(st.none(), st.binary(max_size=4))),
    )


TASK = make_task()


@settings(max_examples=60, deadline=None)
@given(results=st.lists(any_result(), max_size=14))
def test_the_evidence_is_consistent_for_any_results(results):
    """Whatever the results, nothing is raised and the promises of the record hold."""
    evidence = weigh(results, TASK)
    if evidence is None:
        return
    recommendation = evidence.recommendation
    assert evidence.leader in evidence.tied
    assert evidence.tied_low <= recommendation.lr <= evidence.tied_high
    assert recommendation.low <= recommendation.lr <= recommendation.high
    assert 0.0 <= recommendation.expected <= 1.0
    for rate in evidence.rates:
        assert (rate.low is None) == (rate.high is None)
        assert rate.low is None or 0.0 <= rate.low <= rate.mean <= rate.high <= 1.0
    assert list(evidence.rates) == sorted(evidence.rates, key=lambda rate: rate.lr)


@settings(max_examples=30, deadline=None)
@given(results=st.lists(any_result(), max_size=14))
def test_the_leader_is_the_rankings_best(results):
    """This holds for all results that can be ranked."""
    sane = [
        result
        for result in results
        if 0.0 < result.trial.lr < math.inf and (result.score is None or 0.0 <= result.score <= 1.0)
    ]
    evidence, best = weigh(sane, TASK), rank_results(sane, TASK).best_of("")
    assert (evidence and evidence.leader) == (best and best.lr)


def test_no_edge_remark_after_an_extension(task):
    """Rates beyond the requested range are part of the searched range."""
    scores = {1e-3: 0.5, 1e-2: 0.8, 1e-1: 0.95, 3e-1: 0.8, 1.0: 0.5}
    results = [make_result(lr, y, stage="extend" if lr > 1e-2 else "") for lr, y in scores.items()]
    names = {remark.name for remark in weigh(results, task, bounds=(1e-3, 1e-2)).remarks}
    assert "edge" not in names
    asked = [result for result in results if not result.trial.stage]
    assert "edge" in {remark.name for remark in weigh(asked, task, bounds=(1e-3, 1e-2)).remarks}


def test_a_flat_end_of_an_extension_is_no_warning(task):
    """The extension ended there because the end was no better than a rate inside."""
    scores = {1e-3: 0.5, 1e-2: 0.949, 3e-2: 0.951}
    results = [
        make_result(lr, y + 0.004 * (-1) ** (r + (lr > 1e-2)), repeat=r, stage="extend" if lr > 1e-3 else "")
        for r in range(4)
        for lr, y in scores.items()
    ]
    (edge,) = [remark for remark in weigh(results, task).remarks if remark.name == "edge"]
    assert not edge.is_warning
    assert "the last one that --extend tried" in edge.text


def test_a_single_training_has_no_interval(task):
    """It is compared all the same, and its noise is that of a share of so few images."""
    evidence = weigh([make_result(0.1, 0.96)], task)
    (rate,) = evidence.rates
    assert (rate.is_compared, rate.low, rate.high) == (True, None, None)
    assert not evidence.noise.is_measured
    assert evidence.noise.sd == pytest.approx(math.sqrt(0.96 * 0.04 / task.n_val))


def test_a_narrow_stability_limit_has_two_ends(task):
    """Both rates are printed with as many digits as tell them apart."""
    results = [make_result(1.001, 0.9), make_result(1.002, 0.1, state="diverged", learned=None)]
    (limit,) = [remark for remark in weigh(results, task).remarks if remark.name == "stability"]
    assert "1.001" in limit.text
    assert "1.002" in limit.text
