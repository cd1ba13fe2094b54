"""check prints the plan of a search."""

import json

import pytest


@pytest.mark.parametrize("strategy", ["grid", "random", "bayes"])
def test_check_prints_what_dry_run_prints(lrsearch, strategy):
    """With the flags of the search."""
    flags = ("--optimizer", "adam", "--batch-size", "32", "--epochs", "5", "--refine", "2", "--repeats", "2")
    assert lrsearch("check", "--strategy", strategy, *flags).stdout == lrsearch(strategy, *flags, "--dry-run").stdout


def test_the_schema_is_json(lrsearch):
    """An editor reads it."""
    assert json.loads(lrsearch("check", "--schema").stdout)["properties"]["train"]


def test_a_plan_looks_for_files_and_device(lrsearch):
    """What the search would refuse, check and --dry-run refuse too, before they print anything."""
    missing = ("--set", "data.dataset=arrays", "--set", "data.path=nope")
    for args, message in (
        (missing, "nope: no such file"),
        (("--device", "cuda:9"), "cuda:9 is not available; this machine"),
    ):
        for command in (("check", *args), ("grid", *args, "--dry-run")):
            done = lrsearch(*command, code=2, torch=True)
            assert message in done.stderr
            assert not done.stdout


def test_a_plan_checks_the_memory(lrsearch):
    """The search refuses images that cannot fit, with exit code 2; so do check and --dry-run."""
    large = ("--set", "data.dataset={name: synthetic, size: 1000000, shape: [3, 1024, 1024]}")
    for command in (("check", *large), ("grid", *large, "--dry-run"), ("grid", *large)):
        done = lrsearch(*command, code=2, torch=True)
        assert "data.dataset: synthetic: its images take 2,929.7 GiB of memory" in done.stderr
        assert not done.stdout


def test_many_rates_are_counted_and_not_listed(lrsearch):
    """The first 200, and how many more."""
    out = lrsearch("check", "--points", "1000").stdout
    assert out.rstrip().endswith(" and 800 more")
    assert out.count(", ") < 220


def test_rates_of_a_narrow_range_are_told_apart(lrsearch):
    """Its ends too, which would be 0.9995 and 1 by themselves."""
    lines = lrsearch("check", "--low", "0.9995", "--high", "1.0004", "--points", "4").stdout.splitlines()
    assert lines[1].startswith("grid: 4 rates in 0.9995 .. 1.0004 (search.lr)")
    assert lines[2] == "rates: 0.9995, 0.9998, 1.0001, 1.0004"


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("--trials", "5"), "--trials: only for random and bayes; for grid, set the number of rates with --points"),
        (
            ("--strategy", "bayes", "--points", "5"),
            "--points: only for grid and halving; for bayes, set the number of rates with",
        ),
    ],
)
def test_a_budget_without_effect_is_refused(lrsearch, args, message):
    """As the search refuses it."""
    assert message in lrsearch("check", *args, code=2).stderr


def test_a_time_is_estimated(lrsearch):
    """Of each arm and of all, with the plan that was measured."""
    lines = lrsearch("check", "--time", "--refine", "2", "--over", "train.optimizer.name=sgd,adam").stdout.splitlines()
    times = [line for line in lines if line.startswith("time: ")]
    assert len(times) == 2
    assert all("about 1 s or less, then at most 1 s or less more, on cpu with 1 thread" in line for line in times)
    assert lines[-1] == "time of all arms: about 1 s or less"
