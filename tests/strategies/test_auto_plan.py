"""What `auto` plans, and what it refuses, before anything is trained."""

import pytest

from lrsearch.errors import UsageError
from lrsearch.spec import make_spec
from lrsearch.strategies import method_of, n_planned_trials, planned_rates
from lrsearch.strategies.auto.plan import (
    is_constant,
    least_budget,
    n_further,
    needs_range_test,
    ready,
    remarks,
    scan_epochs,
)


def spec_of(epochs=8, schedule="constant", warmup=0.0, arms=None, **search):
    train = {"epochs": epochs, "schedule": schedule, "warmup": warmup}
    return make_spec({"train": train, "search": search, **({"arms": arms} if arms else {})})


def test_the_scan_covers_the_range():
    """Eight rates in the usual range of sgd, half a step from its ends; four in a decade."""
    rates = planned_rates("auto", spec_of())
    assert len(rates) == 8 == n_planned_trials("auto", spec_of())
    assert rates[0] == 0.00019
    assert rates[-1] == 1.58
    assert planned_rates("auto", spec_of(lr={"low": 0.01, "high": 0.1})) == (0.0133, 0.0237, 0.0422, 0.075)


def test_a_suggested_rate_is_scanned():
    """The others keep their distance."""
    rates = planned_rates("auto", spec_of(suggested=0.05))
    assert len(rates) == 8
    assert 0.05 in rates


@pytest.mark.parametrize(
    ("epochs", "warmup", "expected"),
    [(1, 0.0, 1), (8, 0.0, 1), (20, 0.0, 2), (60, 0.1, 8), (20, {"epochs": 2}, 4), (4, {"epochs": 3}, 4)],
)
def test_the_scan_trains_for_an_eighth_of_the_epochs(epochs, warmup, expected):
    """But longer than a warm-up that does not shrink with the training."""
    assert scan_epochs(spec_of(epochs, warmup=warmup)) == expected


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        (spec_of(8), 4),  # 8 / 8 + 3 * 7 / 8
        (spec_of(8, "cosine"), 4),  # 8 / 8 + 3
        (spec_of(2, "cosine"), 7),  # 8 / 2 + 3
        (spec_of(1, lr={"low": 0.01, "high": 0.1}), 4),  # the scan is the bracket
        (spec_of(1), 8),
    ],
)
def test_the_least_budget_holds_scan_and_bracket(spec, expected):
    """In whole trainings."""
    assert least_budget(spec) == expected


@pytest.mark.parametrize(
    ("search", "message"),
    [
        (
            {"budget": 7, "scan_epochs": 8},
            "search.budget: 7 trainings cannot hold the scan of 8 whole trainings; set it to 8 or more",
        ),
        (
            {"budget": 2},
            "search.budget: 2 trainings cannot hold the scan (8 rates for 1 of 8 epochs) and 3 whole trainings; set",
        ),
        (
            {"lr": [0.1, 0.2]},
            "search.lr: auto needs a range, but this is a list of rates; `lrsearch grid`",
        ),
        (
            {"lr": {"low": 0.1, "high": 1, "scale": "linear"}},
            "search.lr.scale: auto searches on a log scale; set it to log, or use `lrsearch grid`",
        ),
        (
            {"repeats": 3},
            "search.repeats: auto chooses rates and seeds itself; leave it out, or add --set search.repeats=1",
        ),
        (
            {"extend": True},
            "search.extend: auto chooses rates and seeds itself; leave it out, or add --set search.extend=false",
        ),
        (
            {"lr": {"low": 0.1, "high": 0.1001}},
            "search.lr: 0.1 .. 0.1001 holds too few floating-point numbers for 4 different rates; widen the range",
        ),
    ],
)
def test_what_cannot_be_searched_is_refused(search, message):
    """In one line, with what to do."""
    with pytest.raises(UsageError) as error:
        planned_rates("auto", spec_of(**search))
    assert str(error.value).startswith(message)


def test_one_epoch_begins_with_a_range_test():
    """A scan would cost whole trainings. A range that is given is scanned all the same."""
    assert needs_range_test(spec_of(1))
    assert not needs_range_test(spec_of(1, lr={"low": 0.01, "high": 0.1}))
    assert not needs_range_test(spec_of(2))
    assert ready(spec_of(1), None).search.lr == "auto"
    arms = ready(spec_of(8, arms={"short": {"train.epochs": 1}, "long": {"train.epochs": 9}}), None).arms
    assert arms["short"]["search.lr"] == "auto"
    assert "search.lr" not in arms["long"]


def test_the_stages_that_may_follow_fill_the_budget():
    """With the scan, they are about as many trainings as may be spent."""
    spec = spec_of(8, budget=12)
    assert method_of("auto").n_further(spec) == {"bracket": 3, "fill": 8}
    assert method_of("auto").budget(spec) == 12
    assert method_of("grid").budget(spec) is None


def test_trainings_of_a_program_do_not_go_on_from_each_other():
    """Its schedule is not known. If it cannot be told its epochs, its scan costs whole trainings."""
    told, not_told = (ready(spec_of(16, budget=12), has_epochs) for has_epochs in (True, False))
    assert (scan_epochs(told), is_constant(told), least_budget(told)) == (2, False, 4)
    assert (scan_epochs(not_told), is_constant(not_told), least_budget(not_told)) == (16, False, 8)
    assert not needs_range_test(not_told)
    assert remarks(not_told)[0].startswith("search.scan_epochs: each training of the scan is a whole one; {epochs} in")
    own = ready(spec_of(16, scan_epochs=4), True)
    assert (scan_epochs(own), n_further(own)) == (4, {"bracket": 3, "fill": 5})
