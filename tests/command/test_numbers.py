"""Numbers with commas and other marks are read rightly, or the training has no score: no value is lost silently."""

import pytest

from factories import make_run
from lrsearch.command import Program, Recorded
from lrsearch.command.files import read_files
from lrsearch.command.lines import LineReader
from lrsearch.command.metrics import Series
from lrsearch.command.numbers import parse_number, plain_numbers
from lrsearch.command.pattern import PatternReader
from lrsearch.command.reported import Reported
from lrsearch.runs.budget import enlarged


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1,234.56", 1234.56),
        ("-12,345,678", -12345678.0),
        ("1,234.5e2", 123450.0),
        ("1'234.56", 1234.56),
        ("1\u2019234", 1234.0),
        ("1\u202f234\u202f567.5", 1234567.5),
        ("1_234", 1234.0),
        ("\u22120.5", -0.5),
        (" 7 ", 7.0),
        ("0,91", "0,91"),
        ("1,950", "1,950"),
        ("1.234,56", "1.234,56"),
        ("0.9,0.8", "0.9,0.8"),
        ("12:30", None),
        ("91%", None),
        ("", None),
    ],
)
def test_a_number_alone(text, number):
    """The text itself if there are two readings."""
    assert parse_number(text) == number


@pytest.mark.parametrize(
    "text", ["[5,10,100]", "v1,234.5", "192.168.1.1,234.5", "0.5,123.4", "1234,567.8", "1,23,456.7"]
)
def test_other_commas_stay(text):
    """Lists, versions, addresses."""
    assert plain_numbers(text) == text


FORMS = [
    "loss: {}\n",
    "loss: {}, lr: 0.1\n",
    "loss={}\n",
    "val loss {}, epoch done\n",
    "| loss | {} |\n",
    "{{'loss': '{}'}}\n",
]


@pytest.mark.parametrize("form", FORMS)
def test_the_second_value_counts_in_every_form(form):
    """998.5, then 1,234.56: the last one is the score. With 1,950 there is no score, and a sentence says why."""
    wanted = "val loss" if "val" in form else "loss"

    def series(*numbers):
        reader, reported = LineReader(), Reported(wanted)
        reported.add([*reader.feed("".join(map(form.format, numbers))), *reader.end()])
        return reported.series()

    assert series("998.5", "1,234.56").values == (998.5, 1234.56)
    said = f"{wanted} is 1,950 in line 2, and a comma may stand for a point or between thousands"
    assert series("998.5", "1,950") == f"{said}; print a point and no commas"


def test_a_table_of_columns():
    """As fastai prints them."""
    reader, reported = LineReader(), Reported("loss")
    reported.add(reader.feed("epoch loss time\n1 998.5 00:10\n2 1,234.5 00:10\n"))
    assert reported.series().values == (998.5, 1234.5)


def test_another_metric_may_be_unclear():
    """The score does not come from it, though its name ends with the same word."""
    reader, reported = LineReader(), Reported("loss")
    reported.add(reader.feed("loss: 0.5, val_loss: 0,7\n"))
    assert reported.series() == Series("loss", (None,), (0.5,))
    reported = Reported("val_loss")
    reported.add(LineReader().feed("loss: 0.5, val_loss: 0,7\n"))
    assert reported.series().startswith("val_loss is 0,7 in line 1")


def test_files_and_patterns(tmp_path):
    """A cell in quotes, and a group of the expression."""
    (tmp_path / "metrics.csv").write_text('epoch,loss\n1,"998.5"\n2,"1,234.56"\n3,"0,5"\n')
    readings = read_files(f"{tmp_path}/metrics.csv")
    assert [each.unclear or each.value for each in readings] == [998.5, 1234.56, "0,5"]
    assert [each.epoch for each in readings] == [1, 2, 3]
    reader = PatternReader(r"loss is (\S+)", "loss")
    assert [each.unclear or each.value for each in reader.feed("loss is 1,234.5\nloss is 0,5\n")] == [1234.5, "0,5"]


@pytest.mark.parametrize(
    ("goal", "name", "given", "lower"),
    [
        ("min", "score", "real_score", True),  # --minimize
        ("max", "score", "real_score", False),
        ("max", "score", "val_loss", True),
        ("max", "my_loss", "val_loss", False),
        ("min", "score", {"name": "real_score", "goal": "max"}, False),
    ],
)
def test_another_name_of_the_metric_keeps_its_goal(goal, name, given, lower):
    """--minimize is not asked for again."""
    metric = {"name": name, "goal": goal, "scale": "real"}
    recorded = Recorded(program=Program(command=("train", "{lr}"), folder="/"), digest="")
    run = make_run(spec={"search": {"lr": [0.1, 0.01], "metric": metric}}, program=recorded)
    changed = enlarged(run, None, {"search.metric": given}).search.metric
    assert (changed.options["goal"] == "min") == lower
