"""Remarks on a whole search: for each, a case that calls for it and one that does not."""

from __future__ import annotations

import math

import pytest

from factories import make_result
from lrsearch.analysis.evidence.remarks import (
    clip_threshold,
    clip_threshold_remark,
    clipping_remark,
    edge_remark,
    gradient_remark,
    improving_remark,
    stability_remark,
    touches_edge,
    turned_remark,
    warmup_remark,
)
from lrsearch.analysis.ranking import rank_results


def test_edge_remark_proposes_an_extension():
    """It repeats `edge_warning` without the name of the arm, and proposes --extend unless that was used."""
    ranking = rank_results([make_result(lr, lr, arm="adam") for lr in (0.1, 0.2, 0.3)])
    remark = edge_remark(ranking, "adam")
    assert remark.is_warning
    assert (
        remark.text == "the best rate lies at the high end of the range (0.1 .. 0.3); search higher, for example with "
        "--extend"
    )
    assert "--extend" not in edge_remark(ranking, "adam", was_extended=True).text
    inside = rank_results([make_result(lr, score) for lr, score in ((0.1, 0.8), (0.2, 0.9), (0.3, 0.7))])
    assert edge_remark(inside) is None


def test_still_improving():
    """The accuracy rose by half a point or more over the last quarter, at more than half of the good rates."""
    rising, flat = [0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.91, 0.915], [0.5, 0.8, 0.9, 0.9, 0.9, 0.9, 0.902, 0.904]
    remark = improving_remark([rising, rising, flat])
    assert remark.text.startswith("2 of 3 good rates were still improving at the last epoch")
    assert "--over train.epochs=8,24,72" in remark.text
    assert improving_remark([rising], may_set_epochs=False).text.endswith("; compare longer trainings")
    assert improving_remark([rising, flat]) is None
    assert improving_remark([flat, flat]) is None
    assert improving_remark([[0.9, math.nan]]) is None
    assert improving_remark([[0.9], [0.8]]) is None
    assert improving_remark([]) is None


def test_validation_loss_turned():
    """The validation loss rose again at more than half of the good rates."""
    falling = [1.0, 0.5, 0.3, 0.2]
    turned, fine = ([0.9, 0.5, 0.6, 0.7], falling), ([0.9, 0.5, 0.45, 0.44], falling)
    remark = turned_remark([turned, turned, fine])
    assert remark.text == "validation loss is lowest at epoch 2 of 4 and then rises, so --epochs 2 is enough"
    assert turned_remark([turned, fine]) is None
    assert turned_remark([]) is None


@pytest.mark.parametrize(
    ("ratios", "expected"),
    [
        ([0.005, 0.008, 0.5], "vanishing_gradients"),
        ([500.0, 200.0], "exploding_gradients"),
        ([0.0, 0.0], "vanishing_gradients"),
        ([0.01, 100.0], None),
        ([1.0, math.nan, -1.0], None),
        ([math.nan, math.inf], None),
        ([], None),
    ],
)
def test_vanishing_and_exploding_gradients(ratios, expected):
    """The median ratio of first to last layer is outside 0.01 to 100."""
    remark = gradient_remark(ratios)
    assert (remark and remark.name) == expected


def test_clipping():
    """The remark is made if any step was clipped, and is a warning if most were."""
    little = clipping_remark(0.1, 2.345)
    assert "10% of the steps" in little.text
    assert "train.clip_norm=2.3" in little.text
    assert not little.is_warning
    assert clipping_remark(0.5, None).is_warning
    assert clipping_remark(0.0, 2.0) is None
    assert clipping_remark(None, 2.0) is None


def test_clip_threshold():
    """It is the largest percentile over epochs, and the median over repeats."""
    assert clip_threshold([[3.0, 1.0, 0.1], [4.0, 5.0], [math.nan, 2.0]]) == 3.0
    assert clip_threshold([[math.nan], []]) is None
    assert clip_threshold([]) is None


def test_a_best_rate_near_failure_is_at_the_edge_of_stability():
    """A seed failed at a rate of at most 2.5 times the best one."""
    assert touches_edge(0.1, 0.25)
    assert not touches_edge(0.1, 0.26)
    assert not touches_edge(0.1, None)
    assert warmup_remark(0.1, 0.2, has_warmup=False).name == "warmup"
    assert warmup_remark(0.1, 0.2, has_warmup=True) is None
    assert warmup_remark(0.1, 0.3, has_warmup=False) is None
    assert "train.clip_norm=1.5" in clip_threshold_remark(0.1, 0.2, 0.0, 1.5).text
    assert clip_threshold_remark(0.1, 0.2, 0.3, 1.5) is None  # it is clipped already
    assert clip_threshold_remark(0.1, 0.3, 0.0, 1.5) is None
    assert clip_threshold_remark(0.1, 0.2, None, None) is None


def test_stability_limit():
    """It lies between the largest rate that trained and the smallest that broke."""
    remark = stability_remark(0.3, 0.6)
    assert (
        remark.text
        == "the stability limit lies between 0.3, where every seed trained, and 0.6, where at least one failed"
    )
    assert stability_remark(0.3, None) is None
    assert stability_remark(None, 0.6) is None


def test_rates_are_told_apart_from_all_that_were_tried():
    """As in the table, where 1 would stand for two rates of four."""
    rates = [0.9995, 0.9998, 1.0001, 1.0004]
    assert "close to 1.0001, where" in warmup_remark(0.9998, 1.0001, has_warmup=False, rates=rates).text
    limit = stability_remark(0.9998, 1.0001, rates).text
    assert "between 0.9998, where every seed trained, and 1.0001, where" in limit
