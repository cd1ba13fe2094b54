"""--metric: on a search, on show, and where it is refused."""

import json


def test_a_search_by_a_loss(lrsearch, tmp_path):
    """Table, plot, answer and files speak of the loss; no spec is needed."""
    done = lrsearch("grid", "--metric", "val_loss", "--repeats", 3, "--confirm", 2, "--name", "a", COLUMNS="120")
    lines = done.stdout.splitlines()
    assert lines[1].split()[:6] == ["rank", "lr", "val", "loss", "train", "val"]
    for words in (
        ": expected validation loss 0.0",
        " nats of the lowest point): ",
        "margin 0.023 nats (1 % of the distance from the best constant prediction, 2.3026, to the best)",
        "seed noise: standard deviation 0.0",
        "≥",
    ):
        assert words in done.stdout
    assert "best so far" not in done.stderr
    assert "val loss 0.0" in done.stderr
    results = json.loads((tmp_path / "runs/a/results.json").read_text())
    assert results["metric"]["goal"] == "min"
    assert results["best"]["score"] == min(row["score"] for row in results["rates"] if row["confirmed"])
    assert (results["best"]["metric"], results["best"]["val_accuracy_low"]) == ("val_loss", None)
    assert results["best"]["score_low"] < results["best"]["score"] < results["best"]["score_high"]


def test_a_run_is_shown_by_another_metric(lrsearch, tmp_path):
    """The same log, another order; what the run wrote stays."""
    lrsearch("grid", "--name", "a", "--points", 5)
    written = (tmp_path / "runs/a/results.csv").read_text()
    shown = lrsearch("show", "a", "--metric", "val_loss").stdout
    assert "expected validation loss" in shown
    assert "the noise was not measured, so the tied rates are not known; --repeats 3 measures the noise" in shown
    assert "! ranked by validation loss, from the same log" in shown
    assert (tmp_path / "runs/a/results.csv").read_text() == written
    assert "expected train accuracy" in lrsearch("show", "a", "--metric", "{name: train_accuracy, goal: max}").stdout


REFUSED = {
    (
        "grid",
        "--metric",
        "val_los",
    ): "--metric: search.metric: unknown metric 'val_los'; did you mean 'val_loss'? Choose ",
    ("grid", "--metric", "{name: perplexity, goal: min}"): "search.metric: the training reports no 'perplexity'; it ",
    ("show", "a", "--metric", "macro_f1"): "--metric: the log of a has no 'macro_f1'; it has grad_norm, ",
    (
        "resume",
        "a",
        "--metric",
        "val_loss",
    ): "search.metric: a keeps its metric, val_accuracy; `lrsearch show a --metric NAME`",
    (
        "resume",
        "a",
        "--set",
        "search.metric=val_loss",
    ): "search.metric: a keeps its metric, val_accuracy; `lrsearch show",
}


def test_what_is_refused(lrsearch):
    """In one line, with exit code 2."""
    lrsearch("grid", "--name", "a", "--points", 3)
    for args, said in REFUSED.items():
        error = lrsearch(*args, code=2).stderr
        assert said in error
        assert len(error.strip().splitlines()) == 1


def test_runs_of_different_metrics_are_not_compared(lrsearch):
    """Unless they are forced to; runs of one metric are."""
    for name, metric in (("a", "val_loss"), ("b", "val_loss"), ("c", "val_accuracy")):
        lrsearch("grid", "--metric", metric, "--name", name, "--points", 3, "--repeats", 2)
    assert "a is ranked by val_loss, c by val_accuracy" in lrsearch("compare", "a", "c", code=2).stderr
    assert "val loss" in lrsearch("compare", "a", "b").stdout
    assert "score" in lrsearch("compare", "a", "c", "--force").stdout
    assert "val loss 0." in lrsearch("runs").stdout
