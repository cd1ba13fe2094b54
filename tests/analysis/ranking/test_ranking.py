"""The rows of a ranking: their order, their values and their messages."""

from __future__ import annotations

import math
import statistics
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factories import make_result, make_trial
from lrsearch.analysis.ranking import comparable, latest, rank_results


def rates(ranking):
    """The learning rates in the order of the ranking."""
    return [row.lr for row in ranking.rows]


def test_no_results_give_no_rows():
    """A run without results has no rows and no best row."""
    ranking = rank_results([])
    assert (ranking.rows, ranking.best, ranking.n_trials, ranking.arms) == ((), None, 0, ())


def test_higher_score_first_then_lower_loss_then_lower_rate():
    """Equal scores rank by lower validation loss, then by lower rate."""
    results = [
        make_result(0.4, 0.9, val_loss=0.5),
        make_result(0.3, 0.9, val_loss=math.nan),
        make_result(0.2, 0.9, val_loss=0.5),
        make_result(0.1, 0.9, val_loss=0.4),
        make_result(0.5, 0.95, val_loss=9.0),
    ]
    ranking = rank_results(results)
    assert rates(ranking) == [0.5, 0.1, 0.2, 0.4, 0.3]
    assert [row.rank for row in ranking.rows] == [1, 2, 3, 4, 5]
    assert ranking.best is ranking.rows[0]


def test_groups_come_in_the_documented_order():
    """Candidates, partly trained, not yet, collapsed, diverged, failed, oom, killed, and pruned ones without a rank."""
    results = [
        make_result(7.0, state="killed", losses=()),
        make_result(6.0, state="oom", losses=()),
        make_result(5.0, state="failed", losses=()),
        make_result(4.0, state="diverged"),
        make_result(3.0, 0.11, learned=False),
        make_result(0.001, 0.1, learned=False),
        make_result(0.2, 0.5, state="pruned"),
        make_result(0.3, 0.99),
        make_result(0.3, 0.1, learned=False, repeat=1),
        make_result(0.1, 0.8),
        make_result(0.1, 0.8, repeat=1),
    ]
    ranking = rank_results(results)
    assert [(row.lr, row.state) for row in ranking.rows] == [
        (0.1, "ok"),
        (0.3, "collapsed"),
        (0.001, "not yet"),
        (3.0, "collapsed"),
        (4.0, "diverged"),
        (5.0, "failed"),
        (6.0, "oom"),
        (7.0, "killed"),
        (0.2, "pruned"),
    ]
    assert [row.rank for row in ranking.rows] == [*range(1, 9), None]
    assert ranking.n_trials == 11


def test_a_row_summarises_its_repeats():
    """A row has means, the standard deviation with n - 1, the middle epoch and the sum of seconds."""
    results = [
        make_result(
            0.1,
            score,
            repeat=repeat,
            val_loss=loss,
            scored_epoch=epoch,
            seconds=1.5,
            losses=(1.0, 0.5, 0.4),
            train_accuracies=(0.25, 0.5, 0.75),
        )
        for repeat, (score, loss, epoch) in enumerate([(0.8, 0.1, 3), (0.9, 0.2, 1), (0.85, 0.6, 2)])
    ]
    (row,) = rank_results(results).rows
    assert row.val_accuracy == pytest.approx(0.85)
    assert row.val_accuracy_sd == pytest.approx(statistics.stdev([0.8, 0.9, 0.85]))
    assert row.val_loss == pytest.approx(0.3)
    assert row.train_accuracy == pytest.approx(0.5)  # of the scored epochs 3, 1 and 2
    assert (row.n, row.best_epoch, row.seconds, row.message) == (3, 2, 4.5, "")


def test_one_repeat_has_no_deviation():
    """A single run has no standard deviation."""
    (row,) = rank_results([make_result(0.1, 0.9)]).rows
    assert row.val_accuracy_sd is None


def test_messages_count_the_seeds():
    """If the seeds ended differently, the message counts them; if not, it is a trial's own message."""
    results = [
        make_result(0.1, 0.9),
        make_result(1.0, 0.9, repeat=0),
        make_result(1.0, 0.1, repeat=1, learned=False),
        make_result(1.0, 0.1, repeat=2, learned=False),
        make_result(2.0, 0.8, repeat=0),
        make_result(2.0, repeat=1, state="oom"),
        make_result(2.0, repeat=2, state="diverged", message="loss is NaN at step 7"),
        make_result(3.0, state="diverged", message="loss is NaN at step 3"),
    ]
    messages = {row.lr: row.message for row in rank_results(results).rows}
    assert messages == {
        0.1: "",
        1.0: "2 of 3 seeds collapsed",
        2.0: "1 of 3 seeds diverged; 1 of 3 seeds ran out of memory",
        3.0: "loss is NaN at step 3",
    }


def test_only_ok_can_be_best():
    """A rate with a collapsed seed is never the best, even if it is the only rate."""
    ranking = rank_results([make_result(0.1, 0.99), make_result(0.1, 0.1, repeat=1, learned=False)])
    assert ranking.best is None


def test_each_arm_has_its_own_best_rate_and_ranks():
    """States and ranks refer to the arm's own best rate; the arm of the best rate comes first."""
    results = [
        make_result(0.1, 0.9, arm="adam"),
        make_result(1.0, 0.1, arm="adam", learned=False),
        make_result(1.0, 0.1, arm="sgd", learned=False),
        make_result(3.0, 0.95, arm="sgd"),
    ]
    ranking = rank_results(results)
    assert [(row.arm_rank, row.arm, row.rank, row.lr, row.state) for row in ranking.rows] == [
        (1, "sgd", 1, 3.0, "ok"),
        (1, "sgd", 2, 1.0, "not yet"),
        (2, "adam", 1, 0.1, "ok"),
        (2, "adam", 2, 1.0, "collapsed"),
    ]
    assert ranking.arms == ("sgd", "adam")
    assert ranking.best_of("adam").lr == 0.1
    assert ranking.best_of("none") is None


def test_an_arm_whose_rates_all_failed_comes_last():
    """Such an arm comes last, whatever its name and its accuracy."""
    results = [
        make_result(0.1, 0.5, arm="b"),
        make_result(0.1, 0.9, arm="a"),
        make_result(0.1, 0.1, arm="a", repeat=1, learned=False),
    ]
    assert rank_results(results).arms == ("b", "a")


def test_equal_arms_are_ranked_by_name():
    """A tie between arms is always broken by name."""
    results = [make_result(0.1, 0.9, arm=arm) for arm in ("b", "c", "a")]
    assert rank_results(results).arms == rank_results(reversed(results)).arms == ("a", "b", "c")


def test_each_arm_is_judged_by_its_own_data(task):
    """With fewer validation images, fewer rates are clearly worse."""
    results = [make_result(lr, score, arm=arm) for arm in ("few", "many") for lr, score in ((0.1, 0.9), (0.01, 0.8))]
    ranking = rank_results(results, {"few": replace(task, n_val=20), "many": task})
    assert [row.state for row in ranking.of_arm("few")] == ["ok", "ok"]
    assert [row.state for row in ranking.of_arm("many")] == ["ok", "too low"]


def test_the_last_result_of_a_trial_counts():
    """A repeated trial counts once, with its last result."""
    first = make_result(0.1, state="killed", losses=(), number=1)
    other = make_result(0.2, 0.7, number=0)
    again = make_result(0.1, 0.9, number=1)
    assert latest([first, other, again]) == (other, again)
    assert rank_results([first, other, again]).n_trials == 2


def test_the_result_with_the_most_epochs_counts():
    """Of a training with a result for each stage, the one with the most epochs is ranked."""
    (row,) = rank_results([make_result(0.1, 0.9, until=4), make_result(0.1, 0.6, until=2)]).rows
    assert (row.n, row.val_accuracy) == (1, 0.9)


@settings(deadline=None)
@given(data=st.data())
def test_the_order_of_recording_does_not_matter(data):
    """Every permutation of the results gives the same ranking, so a resumed run has the same table."""
    states = st.sampled_from(["ok", "diverged", "failed", "pruned"])
    results = [
        make_result(
            lr,
            data.draw(st.sampled_from([0.1, 0.5, 0.9])),
            repeat=repeat,
            number=number,
            state=data.draw(states),
            learned=data.draw(st.booleans()),
        )
        for number, (lr, repeat) in enumerate((lr, repeat) for lr in (0.01, 0.1, 1.0) for repeat in (0, 1))
    ]
    ranking = rank_results(results)
    assert rank_results(data.draw(st.permutations(results))) == ranking
    assert sorted(rates(ranking)) == [0.01, 0.1, 1.0]


def test_a_fault_is_not_charged_to_its_rate():
    """The best rate stays the best if a seed of it was killed; only the message says so."""
    results = [make_result(0.1, 0.99, repeat=r) for r in (0, 1)] + [make_result(0.1, repeat=2, state="killed")]
    results += [make_result(0.01, 0.6, repeat=r) for r in (0, 1, 2)]
    best = rank_results(results).best
    assert (best.lr, best.state, best.n) == (0.1, "ok", 2)
    assert best.message == "1 of 3 seeds killed"


def test_clearly_worse_rates_are_too_low_or_too_high(task):
    """The limit is twice the standard error of the difference of two shares."""
    n = task.n_val
    border = 2 * (2 * 0.9 * 0.1 / n) ** 0.5
    results = [
        make_result(0.1, 0.9),
        make_result(0.01, 0.9 - 0.8 * border),
        make_result(0.001, 0.9 - 1.5 * border),
        make_result(1.0, 0.9 - 1.5 * border),
    ]
    states = {row.lr: row.state for row in rank_results(results, task).rows}
    assert states == {0.1: "ok", 0.01: "ok", 0.001: "too low", 1.0: "too high"}


def test_confirmation_does_not_decide_the_order_of_arms(task):
    """Confirmed rates come first within an arm, but arms are ranked by accuracy."""
    results = [
        make_result(0.1, 0.94, arm="good"),
        make_result(0.1, 0.58, arm="poor"),
        make_result(0.1, 0.57, arm="poor", repeat=1, stage="confirm"),
        make_result(0.2, 0.60, arm="poor"),
    ]
    ranking = rank_results(results, task)
    assert ranking.arms == ("good", "poor")
    assert [(row.lr, row.confirmed) for row in ranking.of_arm("poor")] == [(0.1, True), (0.2, False)]
    assert ranking.n_trials == 4


def test_a_rate_with_a_nan_score_comes_after_those_with_a_mean():
    """The results of a damaged log can still be ranked."""
    ranking = rank_results([make_result(0.1, math.nan), make_result(0.1, 0.9, repeat=1), make_result(0.2, 0.5)])
    assert [row.lr for row in ranking.rows] == [0.2, 0.1]
    assert (ranking.rows[1].val_accuracy, ranking.rows[1].val_accuracy_sd) == (None, None)


def test_partial_results_are_not_compared_with_whole_ones():
    """Neither a training that ended early nor one of a shorter schedule; of one trial the last result counts."""
    early, whole = make_result(0.1, 0.9, epochs=4, until=2), make_result(0.1, 0.6, epochs=4)
    again, other_seed = make_result(0.1, 0.7, epochs=4), make_result(0.1, epochs=4, repeat=1)
    short, other_arm = make_result(0.2, 0.99, epochs=3), make_result(0.1, arm="b")
    recorded = [other_seed, whole, again, early, short, other_arm]
    assert comparable(recorded) == [again, other_arm, other_seed]
    assert comparable([early, short]) == [early]  # of the longer schedule
    assert comparable([]) == []
    ranking = rank_results(recorded)
    assert [(row.arm, row.lr, row.n) for row in ranking.rows] == [("b", 0.1, 1), ("", 0.1, 2)]
    assert ranking.n_trials == 4  # the continued training counts once, the short one too


def test_overrides_make_another_trial():
    """Their order does not; nor does the number of a trial."""
    plain, momentum = make_trial(0.1), make_trial(0.1, overrides={"a.b": 1, "c": {"d": [2]}})
    same = make_trial(0.1, number=7, overrides={"c": {"d": [2]}, "a.b": 1})
    assert plain.key == ("", 0.1, "", 0, 1, 1)
    assert momentum.key == same.key == ("", 0.1, '{"a.b": 1, "c": {"d": [2]}}', 0, 1, 1)
    assert len({plain.key, momentum.key, make_trial(0.1, epochs=2, until=1).key}) == 3
