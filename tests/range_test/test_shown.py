"""The output of a range test: plot, picture, table, lines."""

import io
import math
import re

import pytest
from PIL import Image
from rich.console import Console

from lrsearch.analysis.range.finding import Finding
from lrsearch.analysis.range.probing import Suggestion, Unclear
from lrsearch.analysis.range.ramp import Ramp
from lrsearch.range_test import RangeTest
from lrsearch.range_test.plot import draw_range, range_pictures
from lrsearch.range_test.text import answer_line, block_lines, suggestion_table

RAMP = Ramp(steps=80)


def ramp_losses(seed):
    """A fall around 1e-3, and a rise from 0.1 on."""
    losses = []
    for step in range(80):
        x = math.log10(RAMP.rate(step))
        losses.append(1 + 1.3 / (1 + math.exp(4 * (x + 3))) + max(0.0, x + 1) ** 2 * 5 + 0.01 * math.sin(step + seed))
    return tuple(losses)


ENDS = {1e-3: 1.2, 1e-2: 0.7, 0.1: 1.5}
PROBES = {lr: tuple((2.3,) * 40 + (loss + seed / 10,) * 20 for seed in range(3)) for lr, loss in ENDS.items()}
FOUND = Finding(RAMP, tuple(map(ramp_losses, range(5))), PROBES, Suggestion(0.01, 0.001, 0.1))
LINEAR = Finding(Ramp(1e-7, 1.0, 80, "linear"), FOUND.curves, PROBES, FOUND.answer)
LOST = Finding(RAMP, ((2.3,) * 80,) * 2, {}, Unclear("the loss fell by 0.0% at most, from 2.3", "raise --high"))


@pytest.mark.parametrize("width", [40, 80, 120])
@pytest.mark.parametrize("finding", [FOUND, LOST, LINEAR])
def test_the_plot_fits_its_width(finding, width):
    """It is plain text with numbers on its axes, and marks the suggestion only."""
    lines = draw_range(finding, width)
    assert max(map(len, lines)) <= width
    assert "\x1b" not in "".join(lines)
    text = "\n".join(lines)
    assert ("▲" in text, "◆" in text) == (bool(finding.suggestion), bool(finding.probes))
    assert "●" in text
    assert re.search(r"^ +[\d.]+ ┤", text, re.MULTILINE)


def test_a_ramp_that_ended_at_once_is_not_drawn():
    """A single point makes no line."""
    assert draw_range(Finding(RAMP, ((2.3, math.nan),), {}, LOST.answer), 80) == []


def test_the_pictures_hold_every_suggestion_and_do_not_change():
    """The SVG has searchable text, the PNG a fixed size; each arm has its own files."""
    made = range_pictures({"": FOUND}, "digits")
    assert set(made) == {"range.svg", "range.png"}
    svg = made["range.svg"].decode()
    for words in (
        "digits: range test",
        "suggested: 0.01",
        "range to search: 0.001 .. 0.1",
        "steepest: ",
        "valley: ",
        "60 steps at one rate, mean",
    ):
        assert words in svg
    assert Image.open(io.BytesIO(made["range.png"])).size == (1200, 825)
    assert range_pictures({"": FOUND}, "digits") == made
    assert set(range_pictures({"a b": LOST}, "digits")) == {"range-a_b.svg", "range-a_b.png"}


def test_the_table_tells_the_spread_over_seeds():
    """Each method has its rate, and the lowest and the highest rate of its seeds."""
    console = Console(width=120, file=io.StringIO())
    console.print(suggestion_table(FOUND))
    text = console.file.getvalue()
    assert re.search(r"lrsearch +0\.01 +\S+ \.\. \S+ \(0\.\d decades\)", text)
    assert re.search(r"minimum / 10 +\S+ +\S+ \.\. \S+ \(0\.\d decades\)", text)
    console.print(suggestion_table(Finding(RAMP, ((2.3,), (2.2,)), {}, LOST.answer)))
    assert "none from any seed" in console.file.getvalue()


def test_the_answer_is_a_range_or_a_reason():
    """It names the range to search, or why there is none."""
    assert answer_line(FOUND) == "suggested lr 0.01; search 0.001 .. 0.1 (3 rates probed for 60 steps with 3 seeds)"
    assert answer_line(LOST) == "no suggestion: the loss fell by 0.0% at most, from 2.3; raise --high"
    assert block_lines(FOUND.answer, "a")[1:] == [
        "  a:",
        "    search.lr: {low: 0.001, high: 0.1}",
        "    search.suggested: 0.01",
    ]


def test_the_repr_of_a_range_test_is_one_line(tmp_path):
    """What was suggested, if anything; of several arms how many have a suggestion."""
    folder = tmp_path / "r"
    assert repr(RangeTest(folder, {"": FOUND}, None)) == "<RangeTest r: suggested lr 0.01, search 0.001 .. 0.1>"
    assert repr(RangeTest(folder, {"": LOST}, None)) == "<RangeTest r: no suggestion>"
    assert repr(RangeTest(folder, {"a": FOUND, "b": LOST}, None)) == "<RangeTest r: 2 arms, 1 with a suggested lr>"


def test_a_narrow_range_is_told_apart():
    """In as many digits as that takes."""
    narrow = Finding(RAMP, FOUND.curves, FOUND.probes, Suggestion(1.0, 0.9996, 1.0004))
    assert answer_line(narrow).startswith("suggested lr 1; search 0.9996 .. 1.0004 (")
    assert block_lines(narrow.answer) == ["search:", "  lr: {low: 0.9996, high: 1.0004}", "  suggested: 1"]
