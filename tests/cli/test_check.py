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
