"""Arms on the command line: --over, show, resume, files."""

import csv
import json
import signal

import pytest

SPEC = """
name: digits
arms:
  sgd-constant: {train.optimizer: {name: sgd, momentum: 0.9}}
  sgd-cosine:   {train.optimizer: {name: sgd, momentum: 0.9}, train.schedule: cosine, search.points: 4}
  adam:         {train.optimizer: adam, search.lr: {low: 1e-5, high: 1e-1}}
"""
TIMES = ("seconds", "seconds_to_target")


@pytest.fixture
def spec(tmp_path):
    """A spec file with three arms."""
    path = tmp_path / "arms.yaml"
    path.write_text(SPEC)
    return path


def rows(tmp_path, name):
    """A run's results without times."""
    with (tmp_path / "runs" / name / "results.csv").open() as file:
        return [{key: value for key, value in row.items() if key not in TIMES} for row in csv.DictReader(file)]


def test_a_search_with_arms(lrsearch, tmp_path, spec):
    """Progress names the arm, the tables rank arms and rates, the files carry both."""
    done = lrsearch("grid", spec, "--points", "6", "--name", "x")
    assert "x · 3 arms · mlp, hidden 64 · 20 epochs · 16 rates" in done.stderr
    assert "[ 1/16] sgd-constant: lr 0.0001" in done.stderr
    assert "recommended arm sgd-cosine, lr " in done.stdout
    assert done.stdout.splitlines()[-1] == "next: lrsearch resume x --refine 4 --confirm 3"
    assert lrsearch("show", "x").stdout == done.stdout
    found = rows(tmp_path, "x")
    assert [(row["arm_rank"], row["rank"]) for row in found[:5]] == [("1", str(i)) for i in range(1, 5)] + [("2", "1")]
    document = json.loads(lrsearch("show", "x", "--format", "json").stdout)
    assert [(arm["arm_rank"], arm["arm"]) for arm in document["arms"]] == [
        (1, "sgd-cosine"),
        (2, "adam"),
        (3, "sgd-constant"),
    ]
    assert document["arms"][0]["best"] == document["best"] == document["rates"][0]
    assert [arm["tied"] for arm in document["arms"]] == [None] * 3  # one seed
    assert all(0 < arm["expected"] <= arm["best"]["val_accuracy"] for arm in document["arms"])
    assert "arms: one seed for each rate cannot show whether" in done.stdout
    assert document["arms"][1]["overrides"]["train.optimizer"] == "adam"
    assert "**Recommended learning rate of adam: " in lrsearch("show", "x", "--format", "md").stdout
    assert "(sgd-cosine)" in lrsearch("runs").stdout


def test_without_arms_there_is_no_list_of_them(lrsearch):
    """What programs read is what it was; the table has no second one above it."""
    out = lrsearch("grid", "--points", "4").stdout
    assert "arm" not in out
    document = json.loads(lrsearch("show", "--format", "json").stdout)
    assert "arms" not in document
    assert "arms" not in document["run"]
    assert "arms" not in document["spec"]
    assert document["best"]["epochs_to_target"] > 1


def test_the_specs_file_of_a_run_is_a_spec(lrsearch, tmp_path, spec):
    """Searched again, it gives the same table."""
    lrsearch("grid", spec, "--points", "6", "--name", "x")
    lrsearch("grid", "runs/x/spec.yaml", "--name", "y")
    assert rows(tmp_path, "x") == rows(tmp_path, "y")


@pytest.mark.parametrize("search", ["grid", "bayes"])
def test_a_killed_search_resumes_to_the_same_table(lrsearch, cut_off, tmp_path, spec, search):
    """SIGKILL in the middle of an arm."""
    lrsearch(search, spec, "--name", "whole")
    cut_off(signal.SIGKILL, search, spec, "-q", n_lines=6)
    lrsearch("resume", "cut")
    assert rows(tmp_path, "cut") == rows(tmp_path, "whole")


def test_a_resume_with_more_seeds_as_it_is_proposed(lrsearch, tmp_path, spec):
    """Every rate of every arm gets them."""
    lrsearch("grid", spec, "--points", "4", "--name", "x")
    lrsearch("resume", "x", "--repeats", "3")
    assert {row["n"] for row in rows(tmp_path, "x")} == {"3"}


def test_an_arm_that_was_added_to_the_spec(lrsearch, tmp_path, spec):
    """A resume trains it alone."""
    lrsearch("grid", spec, "--name", "x")
    before = {row["lr"]: row["val_accuracy"] for row in rows(tmp_path, "x") if row["arm"] == "adam"}
    spec.write_text(SPEC + "  adamw: {train.optimizer: adamw}\n")
    done = lrsearch("resume", "x", spec)
    assert "adamw: lr" in done.stderr
    assert "adam: lr" not in done.stderr
    found = rows(tmp_path, "x")
    assert {row["lr"]: row["val_accuracy"] for row in found if row["arm"] == "adam"} == before
    assert {row["arm"] for row in found} == {"sgd-constant", "sgd-cosine", "adam", "adamw"}


@pytest.mark.parametrize("command", ["grid", "random", "bayes"])
def test_over_makes_arms_without_a_spec(lrsearch, tmp_path, command):
    """The cross product of all that is given."""
    lrsearch(command, "--over", "train.optimizer.name=sgd,adam", "--over", "model.width=0.5,1", "--name", "x")
    assert {row["arm"] for row in rows(tmp_path, "x")} == {
        "sgd_width-0.5",
        "sgd_width-1",
        "adam_width-0.5",
        "adam_width-1",
    }


def test_over_with_the_arms_of_a_spec(lrsearch, tmp_path, spec):
    """Each of them with each value."""
    lrsearch("grid", spec, "--over", "train.epochs=2,3", "--points", "3", "--name", "x")
    assert {row["arm"] for row in rows(tmp_path, "x")} == {
        f"{arm}_epochs-{epochs}" for arm in ("sgd-constant", "sgd-cosine", "adam") for epochs in (2, 3)
    }


def test_check_prints_the_plan_of_each_arm(lrsearch, spec):
    """What is in common first, then each arm."""
    lines = lrsearch("check", spec, "--over", "train.epochs=2,3", "--points", "3").stdout.splitlines()
    assert lines[0] == "digits · 6 arms · mlp, hidden 64 · 20 rates"
    assert "adam_epochs-2 · mlp, hidden 64 · adam · 2 epochs · 3 rates" in lines
    assert "grid: 3 rates in 1e-05 .. 0.1 (search.lr), 1 seed each: 3 trainings of 2 epochs" in lines


@pytest.mark.parametrize("command", ["grid", "check"])
def test_bad_over_is_one_line_each(lrsearch, tmp_path, command):
    """Exit code 2, and nothing is written."""
    bad = ("x", "foo=1,2", "train.epochs=", "model.width=1,1", "train.schedule=cosin,linear")
    done = lrsearch(command, *(part for each in bad for part in ("--over", each)), code=2)
    assert done.stderr.splitlines() == [
        "--over: expected KEY=VALUE,VALUE, got 'train.epochs='",
        "--over: expected KEY=VALUE,VALUE, got 'x'",
        "--over: model.width: 1 is given twice",
        "--over: unknown key 'foo'",
        "--over: train.schedule: unknown schedule 'cosin'; did you mean 'cosine'? (`lrsearch list schedules`)",
    ]
    assert not (tmp_path / "runs").exists()


def test_what_is_odd_in_an_arm_is_said_of_it(lrsearch, tmp_path):
    """Of all of them once."""
    (tmp_path / "odd.yaml").write_text("arms: {a: {search.lr: {low: 0.1, high: 0.11}}, b: {train.epochs: 3}}\n")
    assert "! a: search.lr: 0.1 to 0.11" in lrsearch("check", "odd.yaml").stderr
    over = ("--over", "train.epochs=2,3", "--set", "search.lr=[0.1]", "--points", "3")
    assert "! search.points has no effect, because search.lr is a list\n" in lrsearch("check", *over).stderr


def test_options_that_a_name_drops_are_said(lrsearch):
    """On stderr, and only for --over: in a spec the whole arm is written out."""
    decay = ("--set", "train.optimizer={name: sgd, weight_decay: 0.01}", "--dry-run")
    done = lrsearch("grid", *decay, "--over", "train.optimizer.name=sgd,adam")
    assert (
        "! adam: train.optimizer: adam starts from its defaults, without the spec's weight_decay: 0.01" in done.stderr
    )
    assert "starts from its defaults" not in lrsearch("grid", *decay).stderr
