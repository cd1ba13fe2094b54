"""What a run folder tells: numbers, states, and what to be careful about. No search is needed for it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from factories import make_result, make_run, stop_after
from lrsearch.errors import RunNotFound, StorageError
from lrsearch.runs import load_run, resume_run, run_search, write_up
from lrsearch.store import Session

RATES = [0.1, 0.01, 1.0]
SPEC = {"search": {"lr": RATES}}


def grid(*lrs, **values):
    """A result for each rate, in the order of a list of rates."""
    return [make_result(lr, number=RATES.index(lr), **values) for lr in lrs]


def numbers(run):
    """(number, proposal, rate, repeat, stage) of each result."""
    return [(r.trial.number, r.trial.proposal, r.trial.lr, r.trial.repeat, r.trial.stage) for r in run.results]


def test_results_stand_in_the_order_of_trials():
    """Whatever the order in which they were recorded; of a trial that was tried again the last counts."""
    failed = make_result(0.1, number=0, state="failed", message="broken")
    run = make_run([*grid(1.0, 0.01), failed, *grid(0.1)], spec=SPEC)
    assert [(result.trial.lr, result.state) for result in run.results] == [(0.1, "ok"), (0.01, "ok"), (1.0, "ok")]
    assert run.log[2] is failed


def test_numbers_are_those_of_todays_budget():
    """More rates, then more repeats: each result has the number that a search with all of them would give it."""
    log = [*grid(0.1, 0.01), make_result(0.1, number=2, proposal=0, repeat=1), make_result(0.01, number=3, repeat=1)]
    run = make_run(log, spec={"search": {"lr": RATES, "repeats": 3}})
    assert numbers(run) == [(0, 0, 0.1, 0, ""), (1, 1, 0.01, 0, ""), (3, 0, 0.1, 1, ""), (4, 1, 0.01, 1, "")]


def test_what_followed_is_numbered_behind_all():
    """In the order in which it was asked for, however far the search itself has grown."""
    stages = [make_result(0.3, number=2, stage="refine"), make_result(0.1, number=3, repeat=1, stage="confirm")]
    run = make_run([*grid(0.1, 0.01), *stages], spec=SPEC)
    assert numbers(run)[2:] == [(3, 2, 0.3, 0, "refine"), (4, 3, 0.1, 1, "confirm")]


def test_a_confirming_seed_becomes_the_searchs_own():
    """Where the repeats of a larger budget reach it."""
    run = make_run(
        [*grid(*RATES), make_result(0.1, number=3, repeat=1, stage="confirm")],
        spec={"search": {"lr": RATES, "repeats": 2}},
    )
    assert numbers(run)[3:] == [(3, 0, 0.1, 1, "")]


def test_arms_are_numbered_one_after_another():
    """The first arm's rates times repeats stand before the second's."""
    spec = {**SPEC, "arms": {"a": {"search.repeats": 2}, "b": {"train.optimizer": "adam"}}}
    run = make_run([make_result(1.0, number=1, arm="b"), make_result(0.01, number=0, arm="a", repeat=1)], spec=spec)
    assert numbers(run) == [(4, 1, 0.01, 1, ""), (8, 2, 1.0, 0, "")]
    assert run.n_rates == 6


def test_bayes_keeps_its_numbers():
    """Its rates are not known beforehand; stages stand behind the trials that were planned."""
    log = [
        make_result(0.02, number=1),
        make_result(0.3, number=0),
        make_result(0.3, number=2, repeat=1, stage="confirm"),
    ]
    run = make_run(log, spec={"search": {"trials": 5}}, strategy="bayes", n_trials=5)
    assert [number for number, *_ in numbers(run)] == [0, 1, 5]
    assert run.n_rates == 5


@pytest.mark.parametrize(
    ("states", "stands", "complete"),
    [
        (["ok"], True, True),
        (["diverged"], True, True),
        (["pruned"], True, True),
        (["failed"], False, False),
        (["oom"], False, False),
        (["failed", "killed"], True, True),
        (["failed", "ok"], True, True),
    ],
)
def test_a_fault_is_tried_twice(states, stands, complete):
    """What broke once is tried again by a resume; what broke twice stands, as all else does."""
    log = [make_result(0.1, number=0, state=state) for state in states]
    run = make_run([*log, *grid(0.01, 1.0)], spec=SPEC, n_trials=3)
    assert (log[0].trial.key in run.standing) == stands
    assert run.is_complete == complete
    assert run.finished


@pytest.mark.parametrize(("finished", "n_trials", "expected"), [(True, 3, True), (False, 3, False), (True, 4, False)])
def test_a_run_is_finished_when_all_that_was_planned_has_a_result(finished, n_trials, expected):
    """And the search said so: a budget that grew makes it unfinished again."""
    run = make_run(grid(*RATES), spec=SPEC, finished=finished, n_trials=n_trials)
    assert run.finished == run.is_complete == expected


def test_an_unfinished_run_says_how_far_it_is():
    """Results and trainings planned; a finished one says nothing of it."""
    (warning,) = make_run(grid(0.1, 0.01), spec=SPEC, finished=False, n_trials=3).warnings
    assert "not finished" in warning
    assert "2 of 3" in warning
    assert not any("not finished" in line for line in make_run(grid(*RATES), spec=SPEC, n_trials=3).warnings)


def test_an_unfinished_run_names_the_stages_to_come():
    """Those that its spec asks for, and no other."""
    spec = {"search": {"lr": RATES, "refine": 2, "confirm": 2}}
    (warning,) = make_run(grid(0.1), spec=spec, finished=False, n_trials=3).warnings
    assert "refine" in warning
    assert "confirm" in warning
    assert "extend" not in warning


def test_an_unfinished_run_names_the_arms_without_a_result():
    """So that nobody takes the leader of half a comparison for its winner."""
    arms = {name: {"train.epochs": 2 + number} for number, name in enumerate(["first", "second", "third"])}
    (warning,) = make_run(
        [make_result(0.1, arm="second")], spec={**SPEC, "arms": arms}, finished=False, n_trials=9
    ).warnings
    assert "first" in warning
    assert "third" in warning
    assert "second" not in warning


def test_faults_are_counted():
    """None is charged to a rate; what happened stands in the row of the rate, once."""
    log = [*grid(0.01), make_result(0.1, number=0, state="oom", message="no memory left"), *grid(1.0, state="killed")]
    run = make_run(log, spec=SPEC, n_trials=3)
    (warning,) = [line for line in run.warnings if "fault" in line]
    assert warning.startswith("2 of 3 trials ended in a fault")
    assert [row.message for row in run.ranking.rows if row.lr == 0.1] == ["no memory left"]
    assert run.best.lr == 0.01


def test_notes_and_warnings_of_each_session_come_first():
    """Each once, however often it was said."""
    sessions = tuple(Session(started="", warnings=("torch differs",)) for _ in range(2))
    run = make_run(grid(*RATES), spec=SPEC, notes=("a line was cut off",), sessions=sessions)
    assert run.warnings[:2] == ("a line was cut off", "torch differs")
    assert run.warnings.count("torch differs") == 1


def test_remarks_on_the_data_are_warnings():
    """What is odd about the data is said once, also where several arms share them."""
    run = make_run(grid(*RATES), spec=SPEC)
    task = replace(run.manifest.task, remarks=("data: 4 images are equal",))
    run = replace(run, manifest=replace(run.manifest, task=task))
    assert run.warnings.count("data: 4 images are equal") == 1


def collapsed(*lrs):
    """Results at the majority's share."""
    return grid(*lrs, score=0.1, learned=False, losses=(2.3, 9.0))


@pytest.mark.parametrize(
    ("log", "parts"),
    [
        (collapsed(*RATES), ["0.01", "lower"]),
        (grid(*RATES, score=0.1, learned=False, losses=(2.31, 2.30)), ["to 1 ", "higher"]),
        (
            [*grid(0.01, score=0.1, learned=False, losses=(2.31, 2.30)), *collapsed(0.1, 1.0)],
            ["0.01", "0.1", "between"],
        ),
    ],
)
def test_where_nothing_learned_it_says_where_to_search(log, parts):
    """Lower, higher or between, with the rates that tell it."""
    run = make_run(log, spec=SPEC, n_trials=3)
    assert run.best is run.recommended is run.best_evidence is None
    (warning,) = run.warnings
    for part in parts:
        assert part in warning


def test_a_run_comes_back_from_its_folder(analytic, tmp_path):
    """By name, by folder and as the latest; reading changes nothing."""
    run = run_search(SPEC, runs_dir=tmp_path, name="x")
    files = {path: path.read_bytes() for path in run.path.iterdir() if path.is_file()}
    for ref in ("x", run.path, "latest"):
        again = load_run(ref, runs_dir=tmp_path)
        assert (again.spec, again.results, again.ranking) == (run.spec, run.results, run.ranking)
    assert {path: path.read_bytes() for path in run.path.iterdir() if path.is_file()} == files


def test_a_folder_that_is_none(analytic, tmp_path):
    """No such run; a manifest that is damaged."""
    with pytest.raises(RunNotFound, match="nothing"):
        load_run("nothing", runs_dir=tmp_path)
    run = run_search(SPEC, runs_dir=tmp_path)
    run.folder.manifest.write_text("{")
    with pytest.raises(StorageError, match=r"run\.json"):
        load_run(run.path)


def test_write_up_makes_the_derived_files_again(analytic, tmp_path):
    """From what was read, byte for byte."""
    run = run_search(SPEC, runs_dir=tmp_path)
    derived = [path for path in run.path.iterdir() if path.name.startswith("results") or path.suffix == ".csv"]
    before = {path: path.read_bytes() for path in derived}
    for path in derived:
        path.unlink()
    write_up(load_run(run.path))
    assert {path: path.read_bytes() for path in derived} == before
    assert len(derived) == 4


def test_a_grown_run_reads_as_one_that_was_large_from_the_start(analytic, tmp_path):
    """Interrupted, grown by rates and by repeats: the same trials under the same numbers."""
    cut = run_search({"search": {"points": 4}}, runs_dir=tmp_path, **stop_after(2))
    grown = resume_run(cut.path, changes={"search.points": 7, "search.repeats": 2})
    large = run_search({"search": {"points": 7, "repeats": 2}}, runs_dir=tmp_path)
    assert [result.trial for result in grown.results] == [result.trial for result in large.results]
    assert load_run(cut.path).results == grown.results


@pytest.mark.parametrize(
    ("scores", "line"),
    [
        ((0.5, 0.7, 0.9), "the best rate, 0.1, is the highest rate that was tried, but the range goes up to 100"),
        ((0.9, 0.7, 0.5), "the best rate, 0.01, is the lowest rate that was tried, but the range goes down to 1e-05"),
        ((0.5, 0.9, 0.7), None),
    ],
)
def test_a_best_rate_with_no_rate_beside_it_is_said(scores, line):
    """Rates that were drawn may all lie on one side, far from the ends of the range; a list has no more rates."""
    rates = (0.01, 0.03, 0.1)
    results = [make_result(rates[number], score, number=number) for number, score in enumerate(scores)]
    spec = {"search": {"lr": {"low": 1e-5, "high": 100.0}, "trials": 3}}
    for strategy in ("bayes", "random"):
        said = [each for each in make_run(results, spec=spec, strategy=strategy).warnings if "that was tried" in each]
        advice = "; try more rates: `lrsearch resume digits-grid-001 --trials 6`"
        assert said == ([] if line is None else [line + advice])
    of_list = make_run(results, spec={"search": {"lr": [0.01, 0.03, 0.1]}})
    assert not [each for each in of_list.warnings if "that was tried" in each]
