"""Pictures: the same bytes every time, well formed, and drawn whatever the results are."""

import math
from dataclasses import replace
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factories import make_result
from lrsearch.errors import StorageError
from lrsearch.reporting.page.writing import file_name, make_pictures, write_report
from lrsearch.reporting.pictures.arm import accuracy_figure, accuracy_picture
from lrsearch.reporting.pictures.learning_curves import learning_curves_picture, mean_learning_curves
from lrsearch.reporting.pictures.style import MOST_MARKS
from lrsearch.reporting.pictures.timeline import pack_lanes, timeline_picture, trial_spans

ODD = {
    "one rate": {"lr": [0.1]},
    "two rates": {"lr": [0.1, 0.2]},
    "all collapsed": {"lr": [500.0, 1000.0, 2000.0]},
    "nothing learned": {"lr": {"low": 1e-9, "high": 1e-7}, "points": 4},
    "equal rates": {"lr": {"low": 0.1, "high": 0.10001}, "points": 5},
    "too many to mark": {"lr": {"low": 1e-4, "high": 3.0}, "points": MOST_MARKS + 50},
}


@pytest.fixture
def drawn(monkeypatch):
    """Pictures that take no time, for tests of what becomes of the files."""
    pictures = {"accuracy.svg": b"<svg/>", "accuracy.png": b"\x89PNG", "courses.svg": b"<svg/>"}
    monkeypatch.setattr("lrsearch.reporting.page.writing.make_pictures", lambda _: pictures)
    return pictures


def texts(svg):
    """The words of a picture."""
    root = ET.fromstring(svg)  # noqa: S314  (our own file)
    return {"".join(node.itertext()).strip() for node in root.iter("{http://www.w3.org/2000/svg}text")}


def test_the_accuracy_picture_tells_all(run_of):
    """Axes, fit, plateau, recommendation, ties, and what broke."""
    run = run_of(lr={"low": 1e-2, "high": 50.0}, points=25, repeats=3)
    words = " | ".join(texts(accuracy_picture(run, "", "svg")))
    for expected in (
        "learning rate",
        "validation accuracy",
        "recommended: ",
        "plateau, within",
        "fitted curve (",
        "failures from ",
    ):
        assert expected in words
    for expected in ("tied with the best", "worse than the best", "collapsed or diverged", "one training"):
        assert expected in words


def test_equal_runs_give_equal_pictures(run_of):
    """No date, no chance in the names inside."""
    runs = [run_of(points=7, repeats=2, name=name) for name in ("run-one", "run-two")]
    pictures = [
        {name: contents.replace(run.name.encode(), b"") for name, contents in make_pictures(run).items()}
        for run in runs
    ]
    assert {"accuracy.svg", "accuracy.png", "courses.svg"} <= set(pictures[0])
    for name in ("accuracy.svg", "courses.svg"):
        assert pictures[0][name] == pictures[1][name]


@pytest.mark.parametrize("search", ODD.values(), ids=ODD)
def test_any_results_can_be_drawn_and_reported(run_of, search):
    """One rate, none that learned, more than a picture has marks for: a report all the same."""
    run = run_of(**search)
    write_report(run)
    for path in run.folder.plots.glob("*.svg"):
        ET.fromstring(path.read_bytes())  # noqa: S314
    assert (run.folder.plots / "accuracy.png").read_bytes().startswith(b"\x89PNG")
    assert "</html>" in run.folder.report.read_text()


def test_pictures_of_an_earlier_report_go(run_of, drawn):
    """What a new report does not make would be taken for part of it; files of others stay."""
    run = run_of(points=4)
    run.folder.plots.mkdir()
    stale, other = run.folder.plots / "accuracy-02-gone.svg", run.folder.plots / "notes.txt"
    stale.write_text("old")
    other.write_text("mine")
    write_report(run)
    assert {path.name for path in run.folder.plots.iterdir()} == {*drawn, "notes.txt"}
    assert other.read_text() == "mine"


def test_arms_have_pictures_of_their_own(run_of):
    """The best under the plain name, the next ones under their place and name, and all side by side."""
    arms = {
        "sgd": {"train.optimizer": {"name": "sgd", "momentum": 0.9}},
        "adam": {"train.optimizer": "adam", "search.lr": {"low": 1e-5, "high": 1e-1}},
    }
    run = run_of(points=5, arms=arms)
    second = run.ranking.arms[1]
    made = make_pictures(run)
    assert {"accuracy.svg", "arms.svg", f"accuracy-02-{second}.svg"} <= set(made)
    assert {"sgd", "adam"} <= texts(made["arms.svg"])


def test_names_of_arms_are_made_names_of_files():
    """Nothing of an arm's name reaches out of the folder."""
    assert "/" not in file_name("../../etc/passwd")
    assert len(file_name("x" * 500)) <= 80


def test_learning_curves_are_means_over_seeds():
    """An infinite loss leaves a gap; a seed that stopped early no longer counts."""
    first = make_result(score=0.5, losses=(1.0, 2.0, math.inf))
    second = make_result(score=0.5, repeat=1, losses=(3.0,))
    epochs, losses, accuracies = mean_learning_curves([first, second])[0.1]
    assert epochs == [1, 2, 3]
    assert losses[:2] == [2.0, 2.0]
    assert math.isnan(losses[2])
    assert accuracies == [0.5] * 3


def test_a_pause_is_cut_out_of_the_time_line():
    """A search that went on another day takes no more room than one that did not."""
    day = 86_400.0
    results = [make_result(0.1, seconds=2.0, ended=100.0), make_result(0.2, seconds=3.0, ended=100.0 + day)]
    assert [(start, end) for start, end, _ in trial_spans(results)] == [(0.0, 2.0), (2.0, 5.0)]
    assert trial_spans([replace(result, ended=None) for result in results]) == []


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0.01, 50)), max_size=30))
def test_no_two_spans_of_a_lane_overlap(pairs):
    """Whatever ran at one time stands in different lanes."""
    spans = sorted((start, start + length) for start, length in pairs)
    lanes = pack_lanes(spans)
    for lane in set(lanes):
        inside = [span for span, of in zip(spans, lanes, strict=True) if of == lane]
        assert all(before[1] <= after[0] + 1e-6 for before, after in pairwise(inside))


def test_the_time_line_needs_times(run_of):
    """A log that does not tell when trials ended has no time line."""
    run = run_of(points=3)
    assert timeline_picture(run, "svg") is not None
    bare = replace(run, log=tuple(replace(result, ended=None) for result in run.log))
    assert timeline_picture(bare, "svg") is None


def test_learning_curves_mark_the_recommended_rate(run_of):
    """The rate nearest to it is named."""
    assert any(
        "nearest to the recommended rate" in words
        for words in texts(learning_curves_picture(run_of(points=5), "", "svg"))
    )


def test_nobody_elses_pictures_are_touched(run_of, drawn, tmp_path):
    """Names that a report does not make stay, folders stay, and what stands elsewhere is not written to."""
    run = run_of(points=4)
    run.folder.plots.mkdir()
    mine = run.folder.plots / "mine.svg"
    mine.write_text("mine")
    (run.folder.plots / "accuracy-02-x.svg").mkdir()
    write_report(run)
    assert mine.read_text() == "mine"
    assert (run.folder.plots / "accuracy-02-x.svg").is_dir()
    elsewhere = tmp_path / "elsewhere"
    run.folder.plots.rename(elsewhere)
    run.folder.plots.symlink_to(elsewhere)
    before = {path: path.stat().st_mtime_ns for path in elsewhere.iterdir()}
    with pytest.raises(StorageError, match="symbolic link"):
        write_report(run)
    assert {path: path.stat().st_mtime_ns for path in elsewhere.iterdir()} == before


def test_rates_that_did_not_learn_are_drawn(run_of):
    """Seven points at chance are seven points."""
    run = run_of(lr={"low": 1e-9, "high": 1e-7}, points=7)
    assert "one training" in texts(accuracy_picture(run, "", "svg"))


def test_each_rate_has_a_mark(run_of):
    """Whatever came of it, with one seed or two; one that diverged stands at the edge, and not at an accuracy of 0."""
    for repeats in (1, 2):
        run = run_of(lr={"low": 1e-7, "high": 1e4}, points=23, repeats=repeats)
        assert {row.state for row in run.ranking.rows} >= {"too low", "not yet", "collapsed", "diverged"}
        whole = accuracy_figure(run, "").axes[1]
        marks = [line for line in whole.lines if line.get_marker() in {"o", ".", "x"}]
        assert {lr for line in marks for lr in line.get_xdata()} == {row.lr for row in run.ranking.rows}
        (crosses,) = [line for line in marks if line.get_marker() == "x"]
        heights = dict(zip(crosses.get_xdata(), crosses.get_ydata(), strict=True))
        diverged = [row.lr for row in run.ranking.rows if row.state == "diverged"]
        assert {heights[lr] for lr in diverged} == {whole.get_ylim()[0]} != {0.0}


def test_the_picture_of_auto_shows_scan_bracket_and_band(run_of):
    """The short trainings have marks of their own, and no dots."""
    words = texts(accuracy_picture(run_of("auto"), "", "svg"))
    assert {"scan, 2 of 20 epochs", "bracket", "± one standard error", "failures from 1.58 upwards"} <= words
    assert "one training" not in words


def test_the_picture_of_a_scan_without_a_rate_that_learns(run_of):
    """There is no curve, and there are no failures beyond the best."""
    words = texts(accuracy_picture(run_of("auto", lr={"low": 50.0, "high": 500.0}), "", "svg"))
    assert "broke in the scan" in words
