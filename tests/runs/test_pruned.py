"""Whole searches with pruning, and successive halving: equal for a seed, and shown apart."""

import math

import pytest

from lrsearch.errors import SpecError
from lrsearch.executors import StopSwitch
from lrsearch.interfaces import Limits, Listener
from lrsearch.records import Result
from lrsearch.reporting.page import report_page
from lrsearch.reporting.terminal import footer_lines
from lrsearch.runs import load_run, resume_run, run_search

DIGITS = {"data": {"train_size": 200}, "train": {"epochs": 4}, "model": {"hidden": [8]}}
SEARCHES = [
    ("grid", {"points": 9, "repeats": 2}),
    ("random", {"trials": 9, "metric": "val_loss"}),
    ("bayes", {"trials": 14, "metric": "val_loss"}),
]


@pytest.fixture
def _formula(monkeypatch):
    monkeypatch.setenv("LRSEARCH_TRAINER", "analytic")


def search(tmp_path, strategy="grid", *, limits=None, listener=Listener(), run=None, epochs=8, name=None, **search):
    spec = {"train": {"epochs": epochs}, "search": {"prune": "median", **search}, "run": run or {}}
    options = {"runs_dir": tmp_path, "listener": listener, "progress": False, "name": name}
    return run_search(spec, strategy, **options, **({} if limits is None else {"limits": limits}))


def stopping(after=4):
    """The limits and the listener of a session that is stopped after so many results."""
    stop, n_seen = StopSwitch(), []

    def saw(event):
        n_seen.extend([event] if isinstance(event, Result) else [])
        if len(n_seen) >= after:
            stop.stop()

    return {"limits": Limits(stop=stop), "listener": Listener(saw=saw)}


def outcome(run):
    """What a run found: its trials, and its table."""
    trials = [(r.trial.number, r.trial.lr, r.trial.repeat, r.state, len(r.points), r.score) for r in run.results]
    return trials, [(row.rank, row.lr, row.state, row.score, row.verdict) for row in run.ranking.rows]


@pytest.mark.usefixtures("_formula")
def test_pruned_rates_stand_apart(tmp_path):
    """Without rank and verdict, at the end of the table; every text says what was saved."""
    run = search(tmp_path, points=17, repeats=3)
    pruned = [row for row in run.ranking.rows if row.state == "pruned"]
    assert run.finished
    assert run.is_complete
    assert pruned
    assert run.ranking.rows[-len(pruned) :] == tuple(pruned)
    assert {row.rank for row in pruned} == {None}
    assert {(row.verdict, row.tied) for row in pruned} == {(None, None)}
    assert [row.rank for row in run.ranking.rows[: -len(pruned)]] == list(range(1, 18 - len(pruned)))
    assert len(run.results) == 17 * 3 - 2 * len(pruned)
    assert [result.trial.number for result in run.results] == list(range(len(run.results)))
    words = run.saved.words
    whole = 8 * 3 * 17 - 8 * sum(result.state == "diverged" for result in run.results)
    assert words.startswith(f"pruned: {len(pruned)} of 17 rates stopped early, ")
    assert f"of {whole} epochs saved" in words
    for text in ("\n".join(footer_lines(run, "x")), report_page(run, {}), run.folder.results_md.read_text().lower()):
        assert words in text
    assert run.recommended == pytest.approx(0.1, rel=0.5)


@pytest.mark.usefixtures("_formula")
@pytest.mark.parametrize(("strategy", "keys"), SEARCHES)
def test_a_search_does_not_depend_on_its_workers(tmp_path, strategy, keys):
    """One process, two of them, and stopped again and again: the same trials and the same table."""
    whole = outcome(search(tmp_path, strategy, **keys))
    assert "pruned" in {state for _, _, _, state, _, _ in whole[0]}
    workers = {"executor": "processes", "jobs": 2}
    assert outcome(search(tmp_path, strategy, run=workers, **keys)) == whole
    run, n_sessions = search(tmp_path, strategy, name="cut", **stopping(), **keys), 1
    while not run.is_complete:
        run = resume_run("cut", runs_dir=tmp_path, progress=False, **stopping())
        n_sessions += 1
    assert n_sessions > 1
    assert outcome(run) == whole
    assert outcome(load_run("cut", runs_dir=tmp_path)) == whole


@pytest.mark.usefixtures("_formula")
def test_a_larger_budget_keeps_what_was_trained(tmp_path):
    """More seeds and more rates for a pruned search: numbers have no gaps, and pruned rates stay pruned."""
    run = search(tmp_path, points=9, name="small")
    pruned = {result.trial.lr for result in run.results if result.state == "pruned"}
    run = resume_run("small", runs_dir=tmp_path, progress=False, changes={"search.repeats": 2, "search.confirm": 2})
    assert run.finished
    run = resume_run("small", runs_dir=tmp_path, progress=False, changes={"search.points": 17})
    assert run.is_complete
    assert [result.trial.number for result in run.results] == list(range(len(run.results)))
    assert pruned <= {row.lr for row in run.ranking.rows if row.rank is None}
    assert len({result.trial.lr for result in run.results}) == 17


def test_stacks_prune_as_single_trainings_do(tmp_path):
    """The same rates after the same epochs, in a stack of networks and one by one."""
    seen = {}
    for engine in ("population", "single"):
        search = {"points": 9, "prune": "halving", "eta": 3}
        spec = {"data": {"train_size": 400}, "train": {"epochs": 4}, "search": search}
        spec["run"] = {"engine": engine, "jobs": 1}
        run = run_search(spec, "grid", runs_dir=tmp_path, progress=False)
        seen[engine] = [(r.trial.number, r.trial.lr, r.state, len(r.points)) for r in run.results]
    assert seen["population"] == seen["single"]
    assert "pruned" in {state for _, _, state, _ in seen["single"]}


def test_halving_goes_on_from_checkpoints(tmp_path):
    """A training that went on equals one that was never stopped, and those that stopped are shown as pruned."""
    spec = {**DIGITS, "search": {"points": 8}, "run": {"jobs": 1}}
    whole = run_search(spec, "grid", runs_dir=tmp_path, progress=False)
    run = run_search(spec, "halving", runs_dir=tmp_path, progress=False)
    scores = {result.trial.lr: result.score for result in whole.results}
    rows = {row.lr: row for row in run.ranking.rows}
    trained = [row for row in rows.values() if row.state != "pruned"]
    assert set(rows) == set(scores)
    assert len(trained) == 3
    assert all(row.score == scores[row.lr] for row in trained)
    stopped = [row for row in rows.values() if row.state == "pruned"]
    assert {row.message for row in stopped} == {"after 1 of 4 epochs", "after 2 of 4 epochs"}
    assert {row.rank for row in stopped} == {None}
    assert run.saved.words == "pruned: 5 of 8 rates stopped early, 14 of 32 epochs saved (44 %)"
    assert {result.trial.stage for result in run.results} == {"", "halve"}


@pytest.mark.usefixtures("_formula")
def test_halving_is_the_same_after_a_stop(tmp_path):
    """With two workers or one, and stages may follow."""
    whole = outcome(search(tmp_path, "halving", prune="none", points=9, confirm=2))
    run = search(tmp_path, "halving", name="cut", prune="none", points=9, confirm=2, **stopping(7))
    while not run.is_complete:
        run = resume_run("cut", runs_dir=tmp_path, progress=False, **stopping(7))
    assert outcome(run) == whole
    assert {result.trial.stage for result in run.results} == {"", "halve", "confirm"}


@pytest.mark.usefixtures("_formula")
@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"train": {"early_stopping": {"patience": 2}}}, "early stopping decides itself when a training ends"),
        ({"train": {"epochs": 1}}, "with 1 epoch there is nothing to prune"),
        ({"search": {"min_epochs": 20}}, "must be below train.epochs, 20"),
        ({"search": {"eta": 1}}, "eta: must be a whole number of at least 2, got 1"),
        ({"search": {"prune": "hyperband"}}, "prune: expected none, median or halving"),
    ],
)
def test_what_cannot_be_pruned_is_refused(tmp_path, values, message):
    """In a line that says what to change."""
    with pytest.raises(SpecError, match=message):
        run_search({**values, "search": {"prune": "median", **values.get("search", {})}}, "grid", runs_dir=tmp_path)


def test_a_function_is_pruned_at_its_report(tmp_path):
    """It ends there, as a program does; a function that reports once cannot be pruned, which is said."""
    ended = []

    def train(lr, report):
        for epoch in range(1, 5):
            report(epoch=epoch, val_acc=math.exp(-((math.log10(lr) + 2) ** 2)) * epoch / 4)
        ended.append(lr)

    spec = {"search": {"lr": {"low": 1e-4, "high": 1.0}, "points": 9, "prune": "median"}, "train": {"epochs": 4}}
    run = run_search(spec, "grid", objective=train, metric="val_acc", runs_dir=tmp_path, progress=False)
    states = {result.trial.lr: result.state for result in run.results}
    assert {lr for lr, state in states.items() if state == "ok"} == set(ended)
    assert "pruned" in states.values()
    assert not any("search.prune" in line for line in run.warnings)
    once = run_search(spec, "grid", objective=lambda lr: lr, metric="val_acc", runs_dir=tmp_path, progress=False)
    assert any(line.startswith("search.prune had no effect") for line in once.warnings)
