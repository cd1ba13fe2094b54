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


def test_many_rates_are_counted_and_not_listed(lrsearch):
    """The first 200, and how many more."""
    out = lrsearch("check", "--points", "1000").stdout
    assert out.rstrip().endswith(" and 800 more")
    assert out.count(", ") < 220
