"""Searches over texts and tables from the command line, as a user types them."""

from __future__ import annotations

import json

import pytest

REVIEWS = "review,sentiment\n" + "".join(
    f"the film {'was good' if i % 2 else 'is bad'} {i % 5},{'pos' if i % 2 else 'neg'}\n" for i in range(60)
)
TEXT = ["--data", "text", "--set", "data.path=reviews.csv", "--set", "data.dataset.length=6", "--batch-size", "8"]
FAST = ["--set", "search.lr=[0.1, 0.01]", "--epochs", "2", "--set", "model={hidden: 4, embedding: 4}"]


@pytest.fixture(autouse=True)
def reviews(tmp_path, monkeypatch):
    """A file of reviews in the working folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "reviews.csv").write_text(REVIEWS)


def test_texts_of_a_file_with_arms_and_two_workers(lrsearch, tmp_path):
    """A ranked table of two arms, and a task of texts."""
    done = lrsearch("grid", *TEXT, *FAST, "--jobs", "2", "--over", "model.name=lstm,gru", torch=True)
    assert "40 texts of text" in done.stdout
    task = json.loads((tmp_path / "runs/text-grid-001/run.json").read_text())["arms"]["lstm"]["task"]
    assert (task["kind"], task["shape"], task["n_classes"]) == ("texts", [6], 2)


def test_a_regression_without_any_other_key(lrsearch, tmp_path):
    """R squared ranks the rates; what a regression does not have is empty."""
    done = lrsearch(
        "grid", "--data", "diabetes", "--set", "search.lr=[0.003, 0.001, 1e-9]", "--epochs", "4", torch=True
    )
    assert "expected validation R squared" in done.stdout
    folder = tmp_path / "runs/diabetes-grid-001"
    trials = (folder / "trials.csv").read_text().splitlines()
    row = dict(zip(trials[0].split(","), trials[1].split(","), strict=True))
    assert row["val_accuracy"] == row["balanced_accuracy"] == ""
    assert float(row["r2"]) > 0.2
    assert "295 rows to train" in (folder / "results.md").read_text()
    shown = lrsearch("show", "latest", "--metric", "mae")
    assert "mean absolute error" in shown.stdout


def test_a_range_test_of_texts(lrsearch):
    """The rate rises over the texts as over images."""
    done = lrsearch("range", *TEXT, "--set", "model={name: bow}", torch=True)
    assert "runs/text-range-001/found.yaml" in done.stdout


def test_time_and_lists(lrsearch):
    """`check --time` estimates a search over a table, and the lists name the new data and models."""
    assert "diabetes" in lrsearch("check", "--data", "diabetes", "--time", torch=True).stdout
    assert "25,000 for training and validation" in lrsearch("list", "datasets", "imdb").stdout
    assert "texts" in lrsearch("list", "models", "lstm").stdout


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("--data", "text", "--set", "data.path=gone.csv"), "gone.csv: no such file"),
        (("--data", "table", "--set", "data.path=reviews.csv"), "no column is named label or alike"),
        (("--data", "diabetes", "--metric", "val_accuracy"), "diabetes is a regression, which has no val_accuracy"),
    ],
)
def test_mistakes_end_with_one_line(lrsearch, args, message):
    """Exit code 2, and nothing is written."""
    done = lrsearch("grid", *args, code=2, torch=True)
    assert message in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
