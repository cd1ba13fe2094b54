"""What people see of a search that was ranked by a loss."""

import re

import pytest

from lrsearch.reporting.page import notebook_html
from lrsearch.reporting.page.writing import make_pictures
from lrsearch.reporting.pictures.arm import accuracy_figure
from lrsearch.reporting.terminal import arms_table, draw_accuracy, footer_lines, next_command, ranked_table
from lrsearch.reporting.terminal.suggested import suggested_lines
from lrsearch.runs import write_up

RANGE = {"low": 1e-3, "high": 50.0}


@pytest.fixture
def by_loss(run_of):
    """A run that was ranked by the validation loss, with two seeds."""
    return run_of(metric="val_loss", lr=RANGE, points=12, repeats=2, suggested=0.01)


def drawn(table):
    """The heads of a table, and the cells of each column."""
    return {str(column.header): [str(cell) for cell in column.cells] for column in table.columns}


def test_the_table_has_the_loss_and_beside_it_the_accuracy(by_loss):
    """The best rate has the longest bar."""
    columns = drawn(ranked_table(by_loss.ranking, 140))
    assert list(columns)[2] == "val loss"
    assert "val accuracy" in columns
    assert re.fullmatch(r"0\.\d{4} ±0\.\d{4}", columns["val loss"][0])
    lengths = list(map(len, columns[""]))
    assert lengths[0] == max(lengths)
    assert lengths[:6] == sorted(lengths[:6], reverse=True)


@pytest.mark.parametrize("width", [40, 80, 120])
def test_the_plot_has_low_losses_below(by_loss, width):
    """The worst scores stand on its first line, which is marked with `≥`."""
    lines = draw_accuracy(by_loss.ranking.rows, by_loss.best_evidence, width)
    assert max(map(len, lines)) <= width
    assert "≥" in lines[0]
    assert "×" in lines[0]  # noqa: RUF001  (the sign of a rate that collapsed)
    marks = [float(line.split("┤")[0].replace("≥", "")) for line in lines if "┤" in line]
    assert marks == sorted(marks, reverse=True)
    lowest = max(number for number, line in enumerate(lines[:9]) if "●" in line)
    assert lowest > 4


def test_the_lines_speak_of_nats(by_loss):
    """Expected loss, margin, noise, and how far a suggested rate is above the best."""
    text = "\n".join(footer_lines(by_loss, "x"))
    assert "expected validation loss 0." in text
    assert "(1 % of the distance from the best constant prediction, 2.3026, to the best)" in text
    assert re.search(r"seed noise: standard deviation 0\.\d+ nats", text)
    assert re.search(r", 0\.\d+ nats above the best", suggested_lines(by_loss)[0])


def test_noise_that_nobody_knows(run_of):
    """No rate is called tied or worse; the next command measures the noise."""
    run = run_of(metric="train_loss", lr=RANGE, points=12)
    text = "\n".join(footer_lines(run, "x"))
    assert "the noise was not measured, so the tied rates are not known; --repeats 3 measures the noise" in text
    assert "is better than every other rate" not in text
    assert next_command(run, "a") == "lrsearch resume a --repeats 3"
    plot = "\n".join(draw_accuracy(run.ranking.rows, run.best_evidence, 100))
    assert "○ noise not measured" in plot
    assert "●" not in plot


def test_pictures_of_a_loss(by_loss, run_of):
    """The axis has its unit, the title says which way is better; without known noise no rate is called worse."""
    figure = accuracy_figure(by_loss, "")
    top, whole = figure.axes
    assert top.get_ylabel() == "validation loss (nats)"
    assert top.get_title(loc="left").endswith("validation loss by learning rate, lower is better")
    best = by_loss.best_evidence.observed
    for axes in (top, whole):
        low, high = axes.get_ylim()
        assert low < best < (low + high) / 2
    assert whole.get_ylim()[1] > 2.3
    unknown = run_of(metric="train_loss", lr=RANGE, points=12)
    words = {text for axes in accuracy_figure(unknown, "").axes for text in axes.get_legend_handles_labels()[1]}
    assert "other rates; noise not measured" in words
    assert "worse than the best" not in words


def test_arms_of_a_loss(run_of):
    """Table, picture and report are made, also with a single seed, which has no interval."""
    arms = {"sgd": {"train.optimizer": "sgd"}, "adam": {"train.optimizer": "adam"}}
    for repeats in (1, 2):
        run = run_of(metric="val_loss", points=5, repeats=repeats, arms=arms)
        assert list(drawn(arms_table(run.ranking, 140)))[3] == "val loss"
        assert "arms.svg" in make_pictures(run)


def test_files_and_pages(by_loss):
    """Markdown and HTML name the loss, too."""
    write_up(by_loss)
    text = by_loss.folder.results_md.read_text()
    assert "expected validation loss 0." in text
    assert "| val loss |" in text
    assert "| val accuracy |" in text
    assert "<th>val loss</th>" in notebook_html(by_loss)
