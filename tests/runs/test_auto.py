"""A whole search by `auto` with the formula as the trainer: run, read, resume, report."""

import json
import math

import pytest

from lrsearch.errors import UsageError
from lrsearch.interfaces import Limits, Listener
from lrsearch.records import Doing, Result
from lrsearch.runs import load_run, resume_run, run_search
from lrsearch.spec import make_spec

BEST = 0.1  # of the formula


@pytest.fixture(autouse=True)
def _formula(monkeypatch):
    monkeypatch.setenv("LRSEARCH_TRAINER", "analytic")


def search(tmp_path, listener=Listener(), strategy="auto", **values):
    spec = {"train": {"epochs": 8}, **values}
    return run_search(spec, strategy, runs_dir=tmp_path, listener=listener, progress=False)


def test_the_answer_is_the_rate_with_what_it_is_worth(tmp_path):
    """The best rate of the formula is 0.1; the truth lies in the interval, and no rate is better by more than U."""
    run = search(tmp_path)
    found = run.found[""]
    assert run.finished
    assert found.is_done
    assert run.recommended == found.lr == pytest.approx(BEST, rel=0.4)
    assert found.expected_low <= 0.98 <= found.expected_high
    assert found.tied_low <= BEST <= found.tied_high
    assert found.breaks_from == 1.58
    assert found.spent <= found.budget + 0.5
    assert run.evidence[""].curve == found.curve
    assert run.evidence[""].recommendation.lr == found.lr


def test_short_trainings_are_not_ranked_with_whole_ones(tmp_path):
    """The scan stands apart; trials are numbered without gaps."""
    run = search(tmp_path)
    short = [result for result in run.results if result.trial.until == 1]
    assert len(short) == 8 == len(run.found[""].scan)
    whole = {result.trial.lr for result in run.results if result.trial.until == 8}
    assert {row.lr for row in run.ranking.rows} == whole
    assert [result.trial.number for result in run.results] == list(range(len(run.results)))
    assert {result.trial.stage for result in run.results} == {"", "bracket", "fill"}


def test_the_search_says_what_it_does(tmp_path):
    """A line for each step, before its trainings; U is in it as soon as there is a curve."""
    events = []
    search(tmp_path, Listener(saw=events.append))
    texts = [event.text for event in events if isinstance(event, Doing)]
    assert texts[0] == "scan: 8 rates for 1 of 8 epochs"
    assert texts[1].startswith("bracket: lr ")
    assert texts[1].endswith("(the best rate of the scan and its neighbours) · 1.0 of 10 trainings spent")
    assert all(text.startswith("filling the top: lr ") for text in texts[2:])
    assert "another rate could be better by" in texts[-1]
    assert isinstance(events[0], Doing)


def test_a_larger_budget_goes_on_from_the_same_trainings(tmp_path):
    """And a smaller margin. A smaller budget is refused."""
    few = search(tmp_path, search={"budget": 5, "margin": 0.1})
    before = [result.trial.key for result in few.results]
    more = resume_run(few.path, changes={"search.budget": 9}, progress=False)
    assert [result.trial.key for result in more.results][: len(before)] == before
    assert len(more.results) > len(before)
    with pytest.raises(UsageError, match=r"has search\.budget 9; a resume can only keep or raise this value"):
        resume_run(few.path, changes={"search.budget": 5}, progress=False)


def test_a_smaller_margin_goes_on(tmp_path):
    """From where a larger one was settled."""
    run = search(tmp_path, search={"margin": 5.0})
    assert run.found[""].is_settled
    closer = resume_run(run.path, changes={"search.margin": 0.1}, progress=False)
    assert len(closer.results) > len(run.results)
    assert closer.found[""].bound < run.found[""].bound


def test_a_loss_is_searched_in_its_own_unit(tmp_path):
    """Bound, margin and interval are losses."""
    run = search(tmp_path, search={"metric": "val_loss"})
    found = run.found[""]
    assert found.lr == pytest.approx(BEST, rel=0.6)
    assert found.margin == pytest.approx(0.02 * (2.3026 - run.best.score), rel=0.05)
    assert found.expected_low <= found.expected <= found.expected_high
    assert found.expected == pytest.approx(run.best.score, abs=0.05)


def test_another_metric_ranks_the_same_trainings_without_auto(tmp_path):
    """Auto would have asked for others."""
    run = search(tmp_path).ranked_by("val_loss")
    assert run.found == {}
    assert run.evidence[""].auto is None


def test_each_arm_is_searched_by_auto(tmp_path):
    """With its own scan and answer; adam's rates are lower by a factor of ten."""
    run = search(tmp_path, arms={"sgd": {"train.optimizer": "sgd"}, "adam": {"train.optimizer": "adam"}})
    assert set(run.found) == {"sgd", "adam"}
    assert run.found["sgd"].lr == pytest.approx(BEST, rel=0.4)
    assert run.found["adam"].lr == pytest.approx(BEST / 10, rel=0.4)
    assert sorted(result.trial.number for result in run.results) == list(range(len(run.results)))


def test_no_rate_learns(tmp_path):
    """The run ends with nothing to recommend, and says what to look at."""
    run = search(tmp_path, search={"lr": {"low": 1e-9, "high": 1e-8}})
    assert run.recommended is None
    assert run.evidence[""] is None
    assert any("changed the training loss within 8 epochs: look at the labels" in line for line in run.warnings)


def test_a_deleted_line_of_the_log_is_trained_again(tmp_path):
    """Of the scan or of a later step: the run is not finished, and a resume gives the same answer."""
    run = search(tmp_path)
    whole = run.folder.log.read_bytes().splitlines(keepends=True)
    for line in (3, len(whole) - 2):
        run.folder.log.write_bytes(b"".join(whole[:line] + whole[line + 1 :]))
        cut = load_run(run.path)
        assert not cut.finished
        assert not any("ended in a fault" in warning for warning in cut.warnings)
        again = resume_run(run.path, progress=False)
        assert again.finished
        assert again.found == run.found


def test_the_files_have_what_it_found(tmp_path):
    """And a run that is read again says the same."""
    run = search(tmp_path)
    values = json.loads((run.path / "results.json").read_text())["evidence"][""]
    assert values["recommended"] == run.recommended
    assert values["auto"]["bound"] == run.found[""].bound
    assert len(values["auto"]["scan"]) == 8
    assert load_run(run.path).found == run.found
    assert "Another rate could be better by at most" in (run.path / "results.md").read_text()


def test_an_unfinished_search_says_how_far_it_is(tmp_path):
    """After the scan there is nothing to recommend yet."""
    n_left = [8]

    class Stop:
        memory_share = 1.0

        def should_stop(self):
            return n_left[0] == 0

    def saw(event):
        n_left[0] -= isinstance(event, Result)

    spec = {"train": {"epochs": 8}}
    run = run_search(
        spec, "auto", runs_dir=tmp_path, limits=Limits(stop=Stop()), listener=Listener(saw=saw), progress=False
    )
    assert not run.finished
    assert run.recommended is None
    assert "not finished: 1.0 of 10 trainings are spent" in run.warnings
    whole = resume_run(run.path, progress=False)
    assert whole.found == search(tmp_path).found


def test_one_epoch_begins_with_a_range_test(tmp_path):
    """It says so; arms that train longer scan."""
    notes = []
    arms = {"short": {"train.epochs": 1}, "long": {"train.epochs": 16}}
    run = search(tmp_path, Listener(note=notes.append), arms=arms)
    assert notes[0] == (
        "! short: train.epochs: with 1 epoch, a scan costs whole trainings, so a range test finds the range first; "
        "--low and --high set a range yourself"
    )
    assert run.arms["short"].search.suggested is not None
    assert run.arms["long"].search.lr is None
    assert {arm: found.lr for arm, found in run.found.items()} == pytest.approx({"short": BEST, "long": BEST}, rel=0.4)
    as_written = make_spec({"train": {"epochs": 8}, "arms": arms})  # without what the range test found
    assert resume_run(run.path, spec=as_written, progress=False).is_complete


@pytest.mark.parametrize(
    ("train", "expected"),
    [
        (
            {"early_stopping": {"patience": 2}},
            "! train.early_stopping: the scan trains for 1 of 8 epochs, too few to see which rates would stop early",
        ),
        (
            {"schedule": "plateau"},
            "! train.schedule: the scan trains for 1 of 8 epochs, too few to see how `plateau` lowers the rate",
        ),
    ],
)
def test_what_short_trainings_cannot_show_is_said(tmp_path, train, expected):
    """In one line; the search goes on."""
    notes = []
    run = search(tmp_path, Listener(note=notes.append), train={"epochs": 8, **train})
    assert expected in notes
    assert run.found[""].lr == pytest.approx(BEST, rel=0.4)


def test_without_checkpoints_nothing_goes_on(tmp_path):
    """This is said too."""
    notes = []
    search(tmp_path, Listener(note=notes.append), run={"checkpoint_seconds": None})
    assert notes[0].startswith("! run.checkpoint_seconds: without checkpoints, whole trainings cannot go on")


def test_a_function_of_your_own_trains_each_time_from_its_beginning(tmp_path):
    """Its short trainings are whole ones of fewer epochs, so that a scan of 8 rates for 1 of 8 epochs costs 1."""
    calls = []

    def train(lr, epochs, report):
        calls.append((lr, epochs))
        for epoch in range(1, epochs + 1):
            report(epoch=epoch, val_acc=0.9 - (math.log10(lr) + 1) ** 2 / 20 - 0.2 / epoch)

    spec = {"train": {"epochs": 8}, "search": {"lr": {"low": 1e-4, "high": 1}}}
    run = run_search(
        spec,
        "auto",
        objective=train,
        metric={"name": "val_acc", "goal": "max"},
        runs_dir=tmp_path,
        listener=Listener(),
        progress=False,
    )
    found = run.found[""]
    assert found.lr == pytest.approx(0.1, rel=0.4)
    assert [epochs for _, epochs in calls] == [1] * 8 + [8] * (len(calls) - 8)
    assert found.spent == 1 + len(calls) - 8
    assert {result.trial.horizon for result in run.results} == {1, 8}
