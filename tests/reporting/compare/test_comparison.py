"""Runs side by side: what compares, what differs, who is first."""

import csv
import io
import json
from dataclasses import replace

import pytest

from lrsearch.reporting.compare.comparison import COLUMNS, find_differences, make_sides, why_not_comparable
from lrsearch.reporting.compare.page import comparison_page, comparison_picture, difference_lines
from lrsearch.reporting.compare.text import comparison_csv, comparison_json, comparison_md
from lrsearch.runs.reading import load_run


@pytest.fixture
def sides(run_of):
    """Two runs: sgd with three seeds, and adam."""
    first = run_of(points=7, repeats=3, name="first")
    second = run_of(points=7, train={"optimizer": "adam"}, name="second")
    return make_sides([first, second])


def altered(side, **task):
    """A side whose data are others."""
    manifest = side.run.manifest
    run = replace(side.run, manifest=replace(manifest, task=replace(manifest.task, **task)))
    return replace(side, run=run)


def test_the_best_comes_first(sides):
    """By the mean score of its best rate."""
    scores = [side.best.val_accuracy for side in sides]
    assert scores == sorted(scores, reverse=True)


def test_differences_say_which_matter(sides):
    """Another optimizer changes what a rate is worth; more seeds do not."""
    differences = {each.key: each for each in find_differences(sides)}
    assert differences["train.optimizer"].values == {"first": "sgd, momentum 0.9", "second": "adam"}
    assert differences["train.optimizer"].matters
    assert not differences["search.repeats"].matters
    assert not any(key.startswith("train.optimizer.") for key in differences)
    lines = difference_lines(list(differences.values()))
    assert "train.optimizer: " in lines[1]


def test_the_same_data_compare(sides):
    """And fewer images to train with are a setting like any other."""
    assert why_not_comparable(sides) == []
    fewer = altered(sides[1], n_train=500, fingerprint="other")
    assert why_not_comparable([sides[0], fewer]) == []


@pytest.mark.parametrize(
    ("task", "words"),
    [
        ({"name": "mnist"}, "was trained on mnist"),
        ({"n_val": 100}, "validated on other images"),
        ({"fingerprint": "other"}, "other images or labels"),
    ],
)
def test_other_data_do_not_compare(sides, task, words):
    """Each with its reason."""
    (line,) = why_not_comparable([sides[0], altered(sides[1], **task)])
    assert words in line


def test_programs_read_it(sides):
    """JSON and CSV have the same columns."""
    differences = find_differences(sides)
    document = json.loads(comparison_json(sides, differences), parse_constant=pytest.fail)
    rows = list(csv.DictReader(io.StringIO(comparison_csv(sides))))
    assert document["format"] == 1
    assert [tuple(row) for row in rows] == [COLUMNS] * 2 == [tuple(row) for row in document["sides"]]
    assert all(len(each["values"]) == 2 for each in document["differences"])
    assert "| 1 |" in comparison_md(sides, differences)


def test_a_run_without_a_best_rate_is_last(run_of):
    """It is shown, and not drawn."""
    good, bad = run_of(points=4, name="good"), run_of(lr=[500.0, 1000.0], name="bad")
    sides = make_sides([bad, good])
    assert [side.label for side in sides] == ["good", "bad"]
    assert "every rate failed" in comparison_page(sides, find_differences(sides), [])
    assert comparison_picture([sides[1]], "svg") is None


def test_two_runs_of_one_name(run_of, tmp_path):
    """Every machine has a digits-grid-001: their folders tell them apart."""
    first = run_of(points=4, name="x")
    moved = tmp_path / "elsewhere"
    moved.mkdir()
    first.path.rename(moved / "x")
    second = run_of(points=4, name="x", train={"optimizer": {"name": "sgd", "momentum": 0.5}})
    sides = make_sides([load_run(moved / "x"), second])
    assert len({side.label for side in sides}) == 2
    differences = {each.key: each for each in find_differences(sides)}
    assert set(differences["train.optimizer.momentum"].values.values()) == {0.9, 0.5}


def test_doubts_go_along(sides):
    """Where one asked for it all the same, whoever reads the file is told."""
    document = json.loads(comparison_json(sides, [], ["another split"]))
    assert document["warnings"] == ["another split"]
    assert "- another split" in comparison_md(sides, [], ["another split"])
