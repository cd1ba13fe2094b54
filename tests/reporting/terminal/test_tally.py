"""The counts of a running search, and the time that it still needs."""

import pytest

from factories import make_plan, make_point, make_result, make_run, make_trial
from lrsearch.records import Doing, Started
from lrsearch.reporting.terminal.tally import Tally


class Clock:
    """A clock that stands still until a test moves it."""

    now = 100.0

    def __call__(self):
        """The time in seconds."""
        return self.now


def begun(spec, n_trials, *, clock=None, results=(), jobs=1, stack=1, strategy="grid"):
    """The tally of a run that begins."""
    tally = Tally(clock or Clock())
    run = make_run(results, spec=spec, strategy=strategy, finished=False, plan=make_plan(jobs=jobs, stack=stack))
    tally.begin(run, n_trials)
    return tally


GRID = {"search": {"lr": [0.01, 0.1, 1.0, 10.0]}, "train": {"epochs": 3}}


def test_long_epochs_have_the_right_time_left():
    """4 trainings of 3 epochs of 20 s each: after the first epoch, 11 epochs are left."""
    clock = Clock()
    tally = begun(GRID, 4, clock=clock)
    tally.see(Started(trials=(make_trial(0.01, epochs=3),)))
    assert tally.time_left == ""
    tally.see(make_point(1, seconds=20.0))
    assert tally.time_left == "0:03:40 left"
    clock.now += 15
    assert tally.time_left == "0:03:25 left"
    for epoch in (2, 3):
        tally.see(make_point(epoch, seconds=20.0))
    tally.see(make_result(0.01, trial=make_trial(0.01, epochs=3), losses=(1, 1, 1), epoch_seconds=20.0, seconds=63.0))
    assert tally.time_left == "0:03:09 left"  # with the 3 s beside the epochs
    assert tally.counts == "1/4"


def test_workers_share_the_time_that_is_left():
    """Two workers need half the time; but the last of three trials runs alone."""
    tally = begun(GRID, 4, jobs=2)
    tally.see(Started(trials=(make_trial(0.01, epochs=3),)))
    tally.see(Started(trials=(make_trial(0.1, number=1, epochs=3),)))
    for number in (0, 1):
        tally.see(make_point(1, trial=number, seconds=20.0))
    assert tally.time_left == "0:01:40 left"  # 10 epochs of 20 s, by two
    tally = begun({"search": {"lr": [0.01, 0.1, 1.0]}, "train": {"epochs": 3}}, 3, jobs=2)
    tally.see(Started(trials=(make_trial(0.01, epochs=3),)))
    tally.see(make_point(1, seconds=20.0))
    assert tally.time_left == "0:01:40 left"  # 2 epochs of this trial, then 3 of the third


def test_a_stack_reports_all_its_members_at_once():
    """Each epoch's seconds are the member's share of the stack, so a burst of points makes nothing faster."""
    tally = begun(GRID, 4, stack=4)
    tally.see(Started(trials=tuple(make_trial(lr, number=i, epochs=3) for i, lr in enumerate(GRID["search"]["lr"]))))
    for number in range(4):
        tally.see(make_point(1, trial=number, seconds=5.0))
    assert tally.time_left == "0:00:40 left"


def test_a_training_that_diverges_at_once_takes_no_time():
    """One of two trials trained 3 epochs of 20 s, the other none: the mean is 30 s for a training."""
    tally = begun(GRID, 4)
    of = make_trial(0.01, epochs=3)
    tally.see(Started(trials=(of,)))
    for epoch in (1, 2, 3):
        tally.see(make_point(epoch, seconds=20.0))
    tally.see(make_result(trial=of, losses=(1, 1, 1), epoch_seconds=20.0, seconds=60.0))
    diverged = make_trial(10.0, number=1, epochs=3)
    tally.see(Started(trials=(diverged,)))
    tally.see(make_result(trial=diverged, state="diverged", losses=(), seconds=0.0))
    assert tally.time_left == "0:01:00 left"


def test_an_arm_that_has_not_trained_counts_by_its_epochs():
    """An arm of 1 epoch has shown 10 s an epoch: the other, of 5 epochs, is taken to need 50 s for a training."""
    spec = {
        "search": {"lr": [0.01, 0.1]},
        "train": {"epochs": 1},
        "arms": {"short": {"train.optimizer": "adam"}, "long": {"train.epochs": 5}},
    }
    tally = begun(spec, 4)
    tally.see(Started(trials=(make_trial(0.01, arm="short"),)))
    tally.see(make_point(1, seconds=10.0))
    tally.see(make_result(trial=make_trial(0.01, arm="short"), losses=(1,), epoch_seconds=10.0, seconds=10.0))
    assert tally.time_left == "0:01:50 left"


def test_stages_are_counted_apart():
    """The number of planned trials stays; what stages may add is a bound on its own."""
    spec = {"search": {"lr": [0.01, 0.1], "refine": 2}, "train": {"epochs": 1}}
    tally = begun(spec, 2)
    for number, lr in enumerate((0.01, 0.1)):
        of = make_trial(lr, number=number)
        tally.see(Started(trials=(of,)))
        tally.see(make_point(1, trial=number, seconds=10.0))
        if number == 0:
            assert tally.time_left == "0:00:10 left, at most 0:00:30"
        tally.see(make_result(trial=of, losses=(1,), epoch_seconds=10.0, seconds=10.0))
    assert (tally.counts, tally.progress, tally.time_left) == ("2/2", 2, "at most 0:00:20 left")
    of = make_trial(0.03, number=2, stage="refine")
    tally.see(Started(trials=(of,)))
    assert (tally.stage, tally.counts) == ("refine", "2/2")
    tally.see(make_point(1, trial=2, seconds=10.0))
    tally.see(make_result(trial=of, losses=(1,), epoch_seconds=10.0, seconds=10.0))
    assert (tally.counts, tally.progress) == ("2/2, refine 1 of at most 2", 2)
    assert tally.time_left == "at most 0:00:10 left"


def test_a_resume_knows_the_time_of_the_earlier_session():
    """Until an epoch ends here: another machine may be slower."""
    earlier = [make_result(lr, number=i, epochs=3, losses=(1, 1, 1), seconds=30.0) for i, lr in enumerate((0.01, 0.1))]
    tally = begun(GRID, 4, results=earlier)
    assert (tally.counts, tally.time_left) == ("2/4", "0:01:00 left")
    tally.see(Started(trials=(make_trial(1.0, number=2, epochs=3),)))
    tally.see(make_point(1, trial=2, seconds=60.0))
    assert tally.time_left == "0:05:00 left"


@pytest.mark.parametrize("state", ["failed", "oom", "killed"])
def test_a_fault_says_nothing_on_the_time(state):
    """A trial that could not train is no measure of the others."""
    tally = begun(GRID, 4)
    of = make_trial(0.01, epochs=3)
    tally.see(Started(trials=(of,)))
    tally.see(make_result(trial=of, state=state, losses=(), seconds=0.0))
    assert (tally.counts, tally.time_left) == ("1/4", "")


def test_a_budget_is_spent_epoch_by_epoch():
    """A short training counts as its share, one that goes on from it as the rest; it is not the best so far."""
    tally = begun({"train": {"epochs": 8}}, 8, strategy="auto")
    assert (tally.counts, tally.unit, tally.total) == ("0.0 of 10", "trainings", 10)
    short = make_trial(0.1, epochs=8, until=2)
    tally.see(Doing(text="scan: 8 rates for 2 of 8 epochs"))
    tally.see(Started(trials=(short,)))
    tally.see(make_point(1, seconds=20.0))
    assert (tally.progress, tally.doing) == (1 / 8, "scan: 8 rates for 2 of 8 epochs")
    assert tally.time_left == "at most 0:26:20 left"  # 79 epochs of 20 s
    tally.see(make_result(0.1, trial=short, losses=(1, 1)))
    assert (tally.progress, tally.best) == (2 / 8, None)
    whole = make_trial(0.1, number=1, epochs=8)
    tally.see(Started(trials=(whole,)))
    tally.see(make_result(0.1, trial=whole, losses=(1,) * 8))
    assert tally.progress == 1
    assert tally.best.trial == whole
