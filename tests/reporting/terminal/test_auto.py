"""What a terminal shows of a search by `auto`."""

from dataclasses import replace

import pytest

from lrsearch.analysis.evidence import AutoFinding, ScannedRate
from lrsearch.analysis.ranking import SHARES
from lrsearch.reporting.page import notebook_html
from lrsearch.reporting.terminal import footer_lines, next_command
from lrsearch.reporting.terminal.answer import run_answer
from lrsearch.reporting.terminal.auto_lines import bound_line, scan_line, spent_line
from lrsearch.runs.warnings import no_rate_learns

FOUND = AutoFinding(
    lr=0.1,
    expected=0.95,
    expected_low=0.94,
    expected_high=0.96,
    bound=0.004,
    tied_low=0.05,
    tied_high=0.2,
    margin=0.005,
    is_settled=True,
    is_done=True,
    breaks_from=None,
    n_trainings=7,
    spent=7.5,
    budget=10,
    epochs=8,
    scan=(),
    scale=SHARES,
)


def scanned(*states):
    """A scan of rates that are tenfold each, from 0.001 on, with these states."""
    return tuple(
        ScannedRate(lr=10.0 ** (i - 3), epochs=1, score=0.5 + 0.1 * i, state=state) for i, state in enumerate(states)
    )


def test_the_bound_says_under_which_condition_it_holds():
    """Below the rate at which training broke; and which rates could be as good."""
    line = "another rate could be better by at most 0.4 points (95 % confidence)"
    assert bound_line(FOUND) == f"{line} · could be as good: 0.05 to 0.2"
    assert bound_line(replace(FOUND, breaks_from=0.6)) == (
        f"{line} if its rate is below 0.4; training broke at 0.6 · could be as good: 0.05 to 0.2"
    )
    assert bound_line(replace(FOUND, bound=None)) == ""


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "no other rate can be better by more than the margin, 0.5 points: 7.5 of 10 trainings spent"),
        ({"is_settled": False}, "not settled to the margin, 0.5 points: 7.5 of 10 trainings spent"),
        ({"is_done": False}, "not finished: 7.5 of 10 trainings spent"),
        ({"bound": None}, "7.5 of 10 trainings spent"),
    ],
)
def test_what_was_spent_and_why_it_ended(changes, expected):
    """Whole trainings, and those of the scan."""
    line = spent_line(replace(FOUND, scan=scanned("learned", "broke"), **changes))
    assert line == f"{expected} (7 whole, and a scan of 2 rates)"


def test_the_scan_is_told_in_one_line():
    """Which rates learned, and what the others did."""
    found = replace(FOUND, scan=scanned("nothing", "learned", "learned", "broke", "broke"))
    assert scan_line(found) == (
        "scan of 5 rates for 1 of 8 epochs: learned at 0.01 to 0.1, best at 0.1 (0.700), nothing learned at 0.001, "
        "broke at 1 to 10"
    )


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        (("nothing", "nothing"), "no rate up to 0.01 changed the training loss within 1 epoch: look at the labels"),
        (("broke", "broke"), "training broke at every rate from 0.001 on: look for values in the data"),
        (("nothing", "broke"), "rates up to 0.001 learned nothing within 1 epoch, and from 0.01 on training broke"),
        (("fault", "fault"), "every training of the scan ended in a fault of the machine or the code"),
        ((), "every training of the scan ended in a fault"),
        (("learned", "broke"), "the rates that learned in the scan broke later: try lower rates"),
    ],
)
def test_no_rate_learns_and_what_to_look_at(states, expected):
    """It depends on what the training loss did."""
    assert no_rate_learns(replace(FOUND, scan=scanned(*states)), "a").startswith(expected)


def test_the_answer_of_a_run(run_of):
    """Rate, interval, bound, what was spent against others; settled, so there is nothing more to train."""
    run = run_of("auto")
    first, _, bound, spent = run_answer(run)
    assert first.startswith("recommended lr 0.11: expected validation accuracy 0.97")
    assert ", 95 % interval 0.95" in first
    assert bound.startswith("another rate could be better by at most 0.")
    assert spent.endswith("; a default grid spends 14, and bayes about 50 for as good a rate")
    assert any(line.startswith("scan of 8 rates for 2 of 20 epochs: learned at ") for line in footer_lines(run, ""))
    assert next_command(run, "x") == "lrsearch train x"


def test_a_run_that_is_not_settled_can_spend_more(run_of):
    """The next command raises the budget."""
    run = run_of("auto", budget=6, margin=0.1)
    assert run_answer(run)[-1].startswith("not settled to the margin, 0.1 points: ")
    assert next_command(run, "x") == "lrsearch resume x --budget 11"


def test_a_leader_without_a_curve(run_of):
    """Two rates near the best cannot say how good a third could be."""
    run = run_of("auto", budget=4)
    first, why, _ = run_answer(run)
    assert first == "recommended lr 0.12: the best observed: 0.973 at 0.12, 500 validation images"
    assert why.startswith("too few rates near the best one were trained to the end")


def test_arms_are_compared_by_their_intervals(run_of):
    """The formula's optimizers are equally good, each at its own rate."""
    run = run_of("auto", arms={"sgd": {"train.optimizer": "sgd"}, "adam": {"train.optimizer": "adam"}})
    line = run_answer(run)[-1]
    assert line.startswith("arms, 95 % interval of the expected val accuracy: ")
    assert ": chance may have put " in line


def test_nothing_to_recommend(run_of):
    """The next command looks for a range; the page says the same."""
    run = run_of("auto", lr={"low": 1e-9, "high": 1e-8})
    assert footer_lines(run, "")[0] == "nothing to recommend: no rate learns"
    assert next_command(run, "x").startswith("lrsearch range ")
    assert "No rate learns." in notebook_html(run)
