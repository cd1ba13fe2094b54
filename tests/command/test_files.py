"""Metrics are read from the files of loggers, as they are written while a program still runs."""

import json

import pytest

from lrsearch.command.files import file_stamps, read_files
from lrsearch.command.metrics import find_series
from lrsearch.errors import DataError

RECORDS = [{"epoch": 0, "val_acc": 0.5, "note": "x"}, {"epoch": 1, "loss": 0.3}, {"epoch": 1, "val_acc": 0.75}]
CONTENTS = {
    "metrics.csv": "epoch,step,val_acc,loss\n0,9,0.5,\n1,19,,0.3\n1,19,0.75,\n",
    "log.jsonl": "\n".join(map(json.dumps, RECORDS)) + '\n{"epoch": 2, "val_a',
    "log.json": json.dumps(RECORDS),
    "trainer_state.json": json.dumps({"best_metric": None, "log_history": RECORDS}),
    "history.json": json.dumps({"epoch": [0, 1], "val_acc": [0.5, 0.75]}),
}


@pytest.mark.parametrize("name", CONTENTS)
def test_one_value_for_each_epoch(tmp_path, name):
    """Lightning's CSV with empty cells, JSON Lines whose last line is half written, Hugging Face's state, columns."""
    folder = tmp_path / "version_0"
    folder.mkdir()
    (folder / name).write_text(CONTENTS[name])
    series = find_series(read_files(f"{tmp_path}/**/{name}"), "val_acc")
    assert (series.epochs, series.values) == ((0, 1), (0.5, 0.75))


def test_tensorboard_scalars(tmp_path):
    """One value for each step."""
    from torch.utils.tensorboard import SummaryWriter

    with SummaryWriter(tmp_path) as writer:
        for step, value in enumerate([0.5, 0.75, 0.25]):
            writer.add_scalar("val/acc", value, step)
    series = find_series(read_files(f"{tmp_path}/events.out.tfevents.*"), "val_acc")
    assert series.values == (0.5, 0.75, 0.25)


def test_no_file_is_no_reading(tmp_path):
    """The program has not written it yet."""
    assert read_files(f"{tmp_path}/metrics.csv") == []
    (tmp_path / "metrics.csv").mkdir()
    assert read_files(f"{tmp_path}/metrics.csv") == []


@pytest.mark.parametrize(
    ("name", "content"), [("a.json", "{"), ("a.jsonl", "{\n{}\n"), ("a.json", "[" * 100_000), ("a.json", "")]
)
def test_a_file_that_is_something_else_is_named(tmp_path, name, content):
    """In one line."""
    (tmp_path / name).write_text(content)
    with pytest.raises(DataError, match=rf"{name}: cannot read metrics from this file: "):
        read_files(str(tmp_path / name))


@pytest.mark.parametrize("content", ["[1, null, [2]]", '"x"', "3", "{}", '{"a": null}', '[{"epoch": NaN, "a": "b"}]'])
def test_what_holds_no_metric(tmp_path, content):
    """Nothing is read from it."""
    (tmp_path / "a.json").write_text(content)
    assert read_files(str(tmp_path / "a.json")) == []


def test_a_file_that_an_earlier_training_wrote_is_left_out(tmp_path):
    """Otherwise its score would be that of every rate."""
    old, new = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    old.write_text('{"epoch": 1, "val_acc": 0.77}\n')
    before = file_stamps(f"{tmp_path}/*.jsonl")
    assert read_files(f"{tmp_path}/*.jsonl", before) == []
    new.write_text('{"epoch": 1, "val_acc": 0.5}\n')
    assert [reading.value for reading in read_files(f"{tmp_path}/*.jsonl", before)] == [0.5]
    old.write_text('{"epoch": 1, "val_acc": 0.77}\n{"epoch": 2, "val_acc": 0.8}\n')
    assert sorted(reading.value for reading in read_files(f"{tmp_path}/*.jsonl", before)) == [0.5, 0.77, 0.8]
