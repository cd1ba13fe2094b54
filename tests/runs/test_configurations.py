"""Trials with overrides: a row for each rate and set of overrides, and evidence among equal overrides alone."""

from __future__ import annotations

import csv
import io
import json
import math

import pytest
from rich.console import Console

from factories import make_result, make_task, make_trial, stop_after
from lrsearch.analysis.evidence import compare_arms, judge, weigh
from lrsearch.analysis.ranking import edge_warning, first_collapse, rank_results
from lrsearch.interfaces import Answer
from lrsearch.reporting.page import write_report
from lrsearch.reporting.pictures.arm import accuracy_picture
from lrsearch.reporting.terminal import ranked_table
from lrsearch.runs import load_run, resume_run, run_search
from lrsearch.runs.tensorboard import FOLDER, TensorBoard
from lrsearch.spec import make_spec
from lrsearch.store.results import results_csv, trials_csv
from lrsearch.store.tables import RATE_COLUMNS, TRIAL_COLUMNS
from lrsearch.strategies import Method, drawn, method_of
from lrsearch.strategies.stages import confirm, extend, refine

SMALL, LARGE = {"data.batch_size": 32}, {"data.batch_size": 64}
RATES = (0.001, 0.01, 0.1, 1.0)
TASK = make_task()


def searched(tops, repeats=1, rates=RATES):
    """Results at some rates for each set of overrides; the score falls by 2 points a decade from the top of a set."""
    found = []
    for overrides, (top, best) in tops:
        for repeat in range(repeats):
            for lr in rates:
                trial = make_trial(lr, number=len(found), repeat=repeat, epochs=2, overrides=overrides)
                decades = round(abs(math.log10(lr / top)))
                found.append(make_result(trial=trial, score=best - 0.02 * decades + 0.001 * repeat))
    return found


BOTH = searched([(SMALL, (0.1, 0.9)), (LARGE, (0.01, 0.95))])


def test_equal_rates_with_other_overrides_have_rows_of_their_own():
    """Ordered by their scores; the seeds of a row have its configuration."""
    ranking = rank_results(searched([(SMALL, (0.1, 0.9)), (LARGE, (0.01, 0.95))], repeats=2), TASK)
    assert len(ranking.rows) == 8
    assert {row.n for row in ranking.rows} == {2}
    assert len({row.configuration for row in ranking.rows}) == 8
    assert (ranking.best.lr, ranking.best.overrides) == (0.01, LARGE)
    assert [row.rank for row in ranking.rows] == list(range(1, 9))
    assert [row.lr for row in ranking.leading("")] == [0.01, 0.001, 0.1, 1.0]
    assert all(row.overrides == LARGE for row in ranking.leading(""))


def test_the_order_of_keys_makes_no_other_configuration():
    """Overrides are compared as values."""
    one, two = ({"a": 1, "b": [2]}, {"b": [2], "a": 1})
    results = [make_result(trial=make_trial(repeat=i, number=i, overrides=each)) for i, each in enumerate((one, two))]
    (row,) = rank_results(results, TASK).rows
    assert (row.n, row.overrides_words) == (2, "a=1, b=[2]")


def test_a_place_among_the_rates_is_one_among_equal_overrides():
    """A rate is too high beside the best one of its own curve, and a collapse bounds that curve alone."""
    found = [
        *searched([(SMALL, (1.0, 0.9)), (LARGE, (0.001, 0.95))]),
        make_result(trial=make_trial(10.0, number=20, epochs=2, overrides=SMALL), score=0.1, learned=False),
        make_result(trial=make_trial(0.0001, number=21, epochs=2, overrides=LARGE), score=0.1, learned=False),
    ]
    ranking = rank_results(found, TASK)
    states = {row.configuration: row.state for row in ranking.rows}
    small = {lr: state for (lr, overrides), state in states.items() if overrides == json.dumps(SMALL)}
    large = {lr: state for (lr, overrides), state in states.items() if overrides == json.dumps(LARGE)}
    assert small == {0.001: "too low", 0.01: "ok", 0.1: "ok", 1.0: "ok", 10.0: "collapsed"}
    assert large == {0.0001: "not yet", 0.001: "ok", 0.01: "ok", 0.1: "too high", 1.0: "too high"}
    assert first_collapse(ranking) is None
    assert edge_warning(ranking) is None  # below the best rate of its curve there is one that did not learn


def test_the_evidence_is_that_of_the_best_curve_alone():
    """It equals that of a search without the other overrides; the other rows keep their state."""
    alone = searched([({}, (0.01, 0.95))])
    expected, found = weigh(alone, TASK), weigh(BOTH, TASK)
    assert (expected.overrides, found.overrides) == ({}, LARGE)
    assert found.rates == expected.rates
    assert found.recommendation == expected.recommendation
    assert found.curve == expected.curve
    ranking = judge(rank_results(BOTH, TASK), {"": found})
    assert {row.tied is None for row in ranking.rows if row.overrides == SMALL} == {True}
    assert {row.verdict is None for row in ranking.rows if row.overrides == LARGE} == {False}
    assert sum(row.state == "ok" and row.tied is True for row in ranking.rows) == len(found.tied)


def test_arms_count_by_their_best_curves():
    """The rates of the other curve change nothing."""
    of_arm = [({}, (0.01, 0.95))], [({}, (0.1, 0.9))]
    more = [({}, (0.01, 0.95)), (SMALL, (0.1, 0.7))], [(LARGE, (0.1, 0.9)), ({}, (0.01, 0.6))]

    def compared(tops):
        results = []
        for arm, each in zip("xy", tops, strict=True):
            for result in searched(each, repeats=3):
                trial = make_trial(
                    result.trial.lr,
                    number=len(results),
                    repeat=result.trial.repeat,
                    epochs=2,
                    arm=arm,
                    overrides=result.trial.overrides,
                )
                results.append(make_result(trial=trial, score=result.score))
        evidence = {arm: weigh(results, TASK, arm) for arm in "xy"}
        return compare_arms(results, evidence, dict.fromkeys("xy", TASK))

    assert compared(more) == compared(of_arm)


@pytest.mark.parametrize(
    ("stage", "options"),
    [(extend, {}), (refine, {"n_rates": 3}), (confirm, {"n_rates": 2, "most": 4, "first": 1})],
)
def test_stages_go_on_with_the_overrides_of_the_best_rate(stage, options):
    """They ask for what they would ask for without the other results, with these overrides."""
    options = {"task": TASK, **({} if stage is confirm else {"repeats": 1}), **options}
    top = 1.0 if stage is extend else 0.01  # at the end of the range there is something to extend
    expected = next(stage(searched([({}, (top, 0.95))]), **options))
    found = next(stage(searched([(SMALL, (0.1, 0.9)), (LARGE, (top, 0.95))]), **options))
    assert [(each.lr, each.repeat) for each in found] == [(each.lr, each.repeat) for each in expected]
    assert [each.overrides for each in found] == [LARGE] * len(expected)
    assert expected
    assert {len(each.overrides) for each in expected} == {0}


def test_files_show_overrides_only_where_there_are_some():
    """As JSON in a CSV, as an object in results.json; without them, no file has the column."""
    ranking = judge(rank_results(BOTH, TASK), {"": weigh(BOTH, TASK)})
    rows = list(csv.DictReader(io.StringIO(results_csv(ranking))))
    assert tuple(rows[0]) == (*RATE_COLUMNS, "overrides")
    assert json.loads(rows[0]["overrides"]) == LARGE
    trials = list(csv.DictReader(io.StringIO(trials_csv(BOTH))))
    assert tuple(trials[0]) == (*TRIAL_COLUMNS, "overrides")
    assert [json.loads(row["overrides"]) for row in trials[::4]] == [SMALL, LARGE]
    plain = searched([({}, (0.01, 0.95))])
    ranking = rank_results(plain, TASK)
    assert results_csv(ranking).splitlines()[0] == ",".join(RATE_COLUMNS)
    assert trials_csv(plain).splitlines()[0] == ",".join(TRIAL_COLUMNS)


class Pairs:
    """Tries some rates with small batches, then the same rates with large ones."""

    def __init__(self, rates, epochs):
        tried = [(lr, overrides) for overrides in (SMALL, LARGE) for lr in rates]
        self._trials = (
            make_trial(lr, number=i, epochs=epochs, overrides=overrides) for i, (lr, overrides) in enumerate(tried)
        )

    doing = ""

    def ask(self):
        """The next one."""
        return next(self._trials, Answer.DONE)

    def tell(self, result):
        """Ignore it."""

    def may_continue(self, _):
        """Never."""
        return False


@pytest.fixture
def pairs(monkeypatch):
    """A strategy made by hand, in the place of `random`."""
    method = Method(
        rates=lambda _: None,
        n_rates=lambda spec: 2 * len(spec.search.lr),
        n_trials=lambda spec: 2 * len(spec.search.lr),
        round_size=lambda _: None,
        words=lambda _: "by hand",
        make=lambda spec, *_: Pairs(spec.search.lr, spec.train.epochs),
    )
    monkeypatch.setattr(drawn, "METHOD", method)
    method_of.cache_clear()
    yield "random"
    method_of.cache_clear()


SPEC = {"search": {"lr": [0.01, 0.03, 0.1, 0.3]}, "train": {"epochs": 2}}


@pytest.mark.usefixtures("analytic")
def test_a_whole_run_with_overrides(pairs, tmp_path):
    """Interrupted and resumed: eight rows, in every file, table and picture; the report is written."""
    begun = run_search(make_spec(SPEC), pairs, runs_dir=tmp_path, **stop_after(3))
    assert not begun.finished
    run = resume_run(begun.path, runs_dir=tmp_path)
    assert run.finished
    assert len({result.trial.key for result in run.log}) == len(run.log) == 8
    assert [row.n for row in run.ranking.rows] == [1] * 8
    document = json.loads(run.folder.results_json.read_text())
    assert [row["overrides"] for row in document["rates"]] == [dict(row.overrides) for row in run.ranking.rows]
    assert document["best"]["overrides"] == document["evidence"][""]["overrides"] == dict(run.best.overrides)
    assert [row["overrides"] for row in document["trials"]] == [SMALL] * 4 + [LARGE] * 4
    assert "| data.batch\\_size=32 |" in run.folder.results_md.read_text()
    assert load_run(run.path).ranking == run.ranking
    console = Console(width=120, file=io.StringIO())
    console.print(ranked_table(run.ranking))
    assert console.file.getvalue().count("data.batch_size=64") == 4
    write_report(run)
    assert run.folder.report.read_text().count('<td class="text">data.batch_size=64</td>') == 4
    assert run._repr_html_().count("<td>data.batch_size=32</td>") == 4
    assert accuracy_picture(run, "", "svg").count(b"<svg") == 1


@pytest.mark.usefixtures("analytic")
def test_tensorboard_has_a_folder_for_each_configuration(pairs, tmp_path):
    """Two trials with one rate and one seed do not share one."""
    pytest.importorskip("tensorboard")
    run = run_search(make_spec(SPEC), pairs, runs_dir=tmp_path)
    TensorBoard(pytest.fail).started(run, 8)
    assert len([path for path in (run.path / FOLDER).iterdir() if path.is_dir()]) == 8
