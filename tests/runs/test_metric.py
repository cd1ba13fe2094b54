"""A search ranked by another metric than accuracy, and a run that is ranked again."""

from __future__ import annotations

import json
import re

import pytest

from factories import make_result, make_run
from lrsearch.errors import SpecError, StorageError, UsageError
from lrsearch.runs import load_run, resume_run, run_search
from lrsearch.runs.budget import enlarged
from lrsearch.spec import make_spec
from lrsearch.store import TrialLog

SEARCH = {"points": 9, "repeats": 2}


def search(tmp_path, name, strategy="grid", **more):
    """A run of the formula."""
    spec = make_spec({"search": {**SEARCH, **more}, "train": {"epochs": 4}})
    return run_search(spec, strategy, runs_dir=tmp_path, name=name)


def shown(run):
    """The rows of the ranking without times, and the answer."""
    evidence = run.best_evidence
    rows = [(row.lr, row.state, row.score, row.score_low, row.score_high, row.tied) for row in run.ranking.rows]
    return rows, evidence.recommendation, evidence.noise, evidence.tied


def test_a_run_ranked_again_is_one_that_was_ranked_so(analytic, tmp_path):
    """The same trainings, the same log: the same order, intervals and answer. No file changes."""
    by_accuracy, by_loss = search(tmp_path, "a"), search(tmp_path, "b", metric="val_loss")
    before = {path: path.read_bytes() for path in by_accuracy.path.rglob("*") if path.is_file()}
    again = by_accuracy.ranked_by("val_loss")
    assert shown(again) == shown(load_run(by_loss.path)) == shown(by_loss)
    assert shown(by_loss.ranked_by("val_accuracy")) == shown(by_accuracy)
    assert "ranked by validation loss, from the same log" in again.warnings[0]
    assert by_accuracy.ranked_by("val_accuracy") is by_accuracy
    assert before == {path: path.read_bytes() for path in by_accuracy.path.rglob("*") if path.is_file()}
    losses = [row.score for row in by_loss.ranking.rows if row.state == "ok"]
    assert losses == sorted(losses)
    assert by_loss.recommended == pytest.approx(0.1, rel=0.5)


def test_the_best_epoch_is_that_of_the_metric():
    """With `scored_epoch: best` another metric has another epoch; the bits of the old one are of no use then."""
    result = make_result(
        0.1,
        0.9,
        losses=(1.0, 0.5, 0.4),
        accuracies=(0.8, 0.9, 0.85),
        val_losses=(0.5, 0.6, 0.4),
        scored_epoch=2,
        correct=b"1",
    )
    spec = {"search": {"lr": [0.1], "scored_epoch": "best"}}
    (found,) = make_run([result], spec=spec).ranked_by("val_loss").results
    assert (found.score, found.scored_epoch, found.correct) == (0.4, 3, None)
    (last,) = make_run([result], spec={"search": {"lr": [0.1]}}).ranked_by("val_loss").results
    assert (last.score, last.scored_epoch, last.correct) == (0.6, 2, b"1")


def test_a_metric_of_the_log(analytic, tmp_path):
    """With its goal, whatever the training calls it; what the log does not have is refused in one line."""
    run = search(tmp_path, "a")
    assert run.ranked_by({"name": "train_accuracy", "goal": "max"}).best.lr == run.best.lr
    with pytest.raises(UsageError, match=r"metric: the log of a has no 'macro_f1'; it has grad_norm, train_accuracy, "):
        run.ranked_by("macro_f1")
    with pytest.raises(SpecError, match="unknown metric 'val_los'; did you mean 'val_loss'"):
        run.ranked_by("val_los")


def test_a_metric_that_nobody_reports_costs_nothing(analytic, tmp_path):
    """It is refused before the folder is made."""
    with pytest.raises(
        UsageError, match=r"search\.metric: the training reports no 'macro_f1'; it reports train_loss, "
    ):
        search(tmp_path, "a", metric="macro_f1")
    assert not list(tmp_path.iterdir())


def test_a_resume_keeps_the_metric(analytic, tmp_path):
    """`show` ranks by another one; more repeats are scored as the first were."""
    run = search(tmp_path, "a", metric="val_loss")
    again = re.escape(f"`lrsearch show {run.path} --metric NAME`")
    with pytest.raises(UsageError, match=rf"search\.metric: a keeps its metric, val_loss; {again}"):
        enlarged(run, None, {"search.metric": "val_accuracy"})
    grown = resume_run(run.path, changes={"search.repeats": 3})
    whole = search(tmp_path, "whole", metric="val_loss", repeats=3)
    assert shown(grown) == shown(whole)


def test_a_run_of_an_earlier_version(analytic, tmp_path):
    """Without the key its metric is the accuracy, and 0.25 points are its margin; no number changes."""
    run = search(tmp_path, "a")
    manifest = json.loads(run.folder.manifest.read_text())
    del manifest["spec"]["search"]["metric"]
    manifest["spec"]["search"]["margin"] = 0.25
    run.folder.manifest.write_text(json.dumps(manifest))
    old = load_run(run.path)
    assert old.metric.name == "val_accuracy"
    assert (shown(old), old.ranking) == (shown(run), run.ranking)
    assert resume_run(run.path).ranking == run.ranking


@pytest.mark.parametrize("strategy", ["random", "bayes"])
def test_a_sampler_finds_the_lowest_loss(analytic, tmp_path, strategy):
    """The best rate of the formula is 0.1, and rates above 1 collapse."""
    run = search(tmp_path, "a", strategy, metric="val_loss", trials=24, repeats=1, lr={"low": 1e-4, "high": 100.0})
    assert 0.03 < run.best.lr < 0.3


def test_stages_follow_the_loss(analytic, tmp_path):
    """Extend goes towards lower losses, refine adds rates around the lowest, confirm takes the lowest."""
    low = {"low": 1e-4, "high": 1e-2}
    run = search(tmp_path, "a", metric="val_loss", points=5, lr=low, extend=True, refine=2, confirm=2)
    assert 0.03 < run.best.lr < 0.3
    confirmed = {row.lr for row in run.ranking.rows if row.confirmed}
    assert len(confirmed) == 2
    assert run.best.lr in confirmed
    assert run.best_evidence.noise.is_measured


def test_an_impossible_share_is_refused(analytic, tmp_path):
    """Somebody changed the log; a loss of 7 is possible, an accuracy of 7 is not."""
    run = make_run([make_result(0.1, 7.0)], spec={"search": {"lr": [0.1], "metric": "val_loss"}})
    assert run.best.score == 7.0
    found = search(tmp_path, "a")
    with TrialLog(found.folder.log, found.folder.correct) as log:
        log.append(make_result(0.1, 7.0, accuracies=(0.5, 0.5)))
    with pytest.raises(StorageError, match=r"trials\.jsonl: trial 0: score: must be from 0 to 1, got 7"):
        load_run(found.path)
