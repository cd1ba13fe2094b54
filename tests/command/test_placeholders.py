"""Placeholders in commands and templates."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from lrsearch.command.placeholders import named_in, near_misses, number_text, render
from lrsearch.errors import UsageError


def test_only_known_names_are_replaced():
    """All other braces stay: JSON, awk, Hydra's and bash's own."""
    values = {"lr": 0.1, "seed": 3, "dir": "/runs/x/0"}
    assert render("optimizer.lr={lr} seed={seed} {dir}/out", values) == "optimizer.lr=0.1 seed=3 /runs/x/0/out"
    for text in ("{'lr': 1}", "${HOME}", "{print $1}", "{LR}", "{ lr }", "{}", "{{x}}", "{other:.2f}"):
        assert render(text, values) == text
    assert render("{{lr}}", values) == "{0.1}"


def test_a_value_is_not_read_again():
    """A folder whose name looks like a placeholder."""
    assert render("{dir}", {"dir": "/x/{lr}", "lr": 0.1}) == "/x/{lr}"


def test_formats_are_pythons():
    """And a wrong one is one line."""
    assert render("{lr:.3e} {seed:03d}", {"lr": 0.1, "seed": 7}) == "1.000e-01 007"
    with pytest.raises(UsageError, match=r"\{lr:q\}: .*; write the format as in Python, such as \{lr:.3e\}"):
        render("{lr:q}", {"lr": 0.1})


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_yaml_reads_a_rate_as_the_same_number(value):
    """YAML 1.1 takes 1e-05 for text, and Hydra's users meet it."""
    assert yaml.safe_load(number_text(value)) == value
    assert isinstance(yaml.safe_load(number_text(value)), float)
    assert float(number_text(value)) == value


def test_which_are_used():
    """Over all parts of a command."""
    assert named_in(["--lr={lr:.3e}", "{seed}", "{epochs"]) == {"lr", "seed"}


def test_near_misses_are_told():
    """What looks like a placeholder, and will not be replaced."""
    known = ["lr", "seed", "repeat", "epochs", "dir", "config"]
    assert near_misses(["--lr", "{lr}", "{'a': 1}", "${HOME}"], known) == []
    assert near_misses(["{learning_rate}", "{ lr }", "{Seed}"], known) == [
        "{learning_rate} is passed on as it is; did you mean {lr}?",
        "{ lr } is passed on as it is; did you mean {lr}?",
        "{Seed} is passed on as it is; did you mean {seed}?",
    ]
