"""schedule draws the rate that a training has."""

import csv
import io
import os
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from lrsearch.catalog import SCHEDULES
from lrsearch.cli.main import app
from lrsearch.optim.schedules import spec_schedule
from lrsearch.spec import make_spec

WARMED = ("--set", "train.schedule=cosine", "--set", "train.warmup={epochs: 2}")


def rows(text):
    """The rows of a CSV text, as numbers."""
    return [{key: float(value) for key, value in row.items()} for row in csv.DictReader(io.StringIO(text))]


def test_csv_has_a_row_for_every_step(lrsearch):
    """The rates of a training, with the peak where it is asked for."""
    out = lrsearch("schedule", *WARMED, "--epochs", "5", "--lr", "0.3", "--format", "csv").stdout
    assert out.startswith("step,epoch,lr\n0,0,")
    found = rows(out)
    scale = spec_schedule(make_spec({"train": {"epochs": 5, "schedule": "cosine", "warmup": {"epochs": 2}}}), 5, 16)
    assert [row["step"] for row in found] == list(range(80))
    assert [row["epoch"] for row in found] == pytest.approx([step / 16 for step in range(80)])
    assert [row["lr"] for row in found] == pytest.approx([0.3 * scale(step) for step in range(80)], rel=1e-9)


@pytest.mark.parametrize("name", SCHEDULES)
def test_every_schedule_is_drawn_in_a_pipe_at_80_columns(tmp_path, monkeypatch, name):
    """Plain text, no control characters, no line too long; the axis names what it counts."""
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["schedule", "--set", f"train.schedule={name}"])
    lines = done.stdout.splitlines()
    assert max(map(len, lines)) <= 80
    assert "\x1b" not in done.stdout
    assert lines[0].startswith(f"{name} · peak lr 0.0173 · 20 epochs of 16 steps")
    assert lines[1] == "learning rate"
    assert lines[-1].strip() == "epoch"
    assert ("validation loss" in done.stderr) == (name == "plateau")


def test_the_warm_up_is_marked(lrsearch):
    """On the axis, and in words."""
    lines = lrsearch("schedule", *WARMED).stdout.splitlines()
    assert lines[-1].strip() == "2 epochs of warm-up: ━"
    assert lines[-4].count("━") == 7


@pytest.mark.parametrize(
    ("settings", "peak"),
    [
        (("search.lr={low: 1e-4, high: 1}",), "0.01"),
        (("search.lr=[0.2]",), "0.2"),
        (("search.lr=[0.3, 0.1, 0.2]",), "0.2"),
        (("train.optimizer=adam",), "0.00173"),
    ],
)
def test_the_peak_is_the_middle_of_what_is_searched(lrsearch, settings, peak):
    """Of a range the geometric middle, of a list the middle rate."""
    sets = [part for setting in settings for part in ("--set", setting)]
    assert f"peak lr {peak} · " in lrsearch("schedule", *sets).stdout


def test_pictures_are_written_where_they_are_asked_for(lrsearch, tmp_path):
    """A PNG that opens; an SVG with its words, the same to the byte each time."""
    lrsearch("schedule", *WARMED, "--out", "rate.png")
    with Image.open(tmp_path / "rate.png") as picture:
        assert picture.size == (1050, 600)
    for name in ("a.svg", "b.SVG"):
        assert f"wrote {name}" in lrsearch("schedule", *WARMED, "--out", name).stderr
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.SVG").read_bytes()
    assert b"<dc:date>" not in (tmp_path / "a.svg").read_bytes()


def test_steps_of_arrays_come_from_the_file(lrsearch, tmp_path):
    """What the catalog does not know is read from the data, and held to the rules again."""
    np.savez(tmp_path / "d.npz", x_train=np.zeros((300, 8, 8), np.uint8), y_train=np.arange(300) % 3)
    data = ("--set", "data.dataset=arrays", "--set", "data.path=d.npz", "--set", "data.batch_size=50")
    assert "20 epochs of 4 steps" in lrsearch("schedule", *data).stdout
    late = ("--set", "train.schedule={name: step, every: 80, unit: steps}", "--set", "train.warmup={steps: 90}")
    message = lrsearch("schedule", *data, *late, code=2).stderr
    assert "train.warmup: warmup (90 steps) must be shorter than the run (80 steps)" in message
    assert "train.schedule.every: first drop (after 80 steps) must come before the end of the run (80 steps)" in message


def test_a_file_that_cannot_be_written_is_named(lrsearch, tmp_path):
    """A folder that is read-only, for whoever is held to it."""
    (tmp_path / "locked").mkdir(mode=0o500)
    if os.access(tmp_path / "locked", os.W_OK):
        pytest.skip("this user may write everywhere")
    assert "cannot be written" in lrsearch("schedule", "--out", "locked/rate.png", code=2).stderr


def test_a_full_disk_leaves_no_cut_picture(lrsearch, tmp_path):
    """Exit 4, and the old picture stays."""
    (tmp_path / "rate.svg").write_text("old")
    for name in ("rate.svg", "new.svg"):
        done = lrsearch("schedule", "--out", name, code=4, LRSEARCH_FAILPOINT="any:2:enospc")
        assert (
            done.stderr
            == f"--out: {name}: cannot be written: {os.strerror(28)}; make room, and run the command again\n"
        )
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("rate.svg", "old")]


def test_a_reader_that_stops_early_is_no_failure(tmp_path, environment):
    """`lrsearch schedule --format csv | head -1` ends quietly."""
    command = f"set -o pipefail; {sys.executable} -m lrsearch schedule --epochs 2000 --format csv | head -1"
    done = subprocess.run(
        ["bash", "-c", command], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr, done.returncode) == ("step,epoch,lr\n", "", 0)


def test_each_arm_is_drawn(lrsearch, tmp_path):
    """In a letter of its own; as CSV behind its name."""
    (tmp_path / "arms.yaml").write_text("arms:\n  flat: {train.epochs: 5}\n  fall: {train.schedule: cosine}\n")
    out = lrsearch("schedule", "arms.yaml", "--out", "s.svg").stdout
    assert "arms: 2 arms · peak lr 0.0173 · 5 to 20 epochs of 16 steps" in out
    assert "a: flat" in out
    assert "b: fall" in out
    lines = lrsearch("schedule", "arms.yaml", "--format", "csv").stdout.splitlines()
    assert lines[0] == "arm,step,epoch,lr"
    assert len(lines) == 1 + 5 * 16 + 20 * 16
    assert b"fall" in (tmp_path / "s.svg").read_bytes()
