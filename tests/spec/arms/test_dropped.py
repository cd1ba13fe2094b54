"""Options of the spec that a name in --over drops."""

from __future__ import annotations

import pytest

from lrsearch.spec import load_spec, over_warnings

DECAY = ["train.optimizer={name: sgd, momentum: 0.9, weight_decay: 0.01}"]


def said(settings, *over):
    """The lines about a spec with these arms."""
    return over_warnings(load_spec(None, settings, over))


def test_an_option_that_the_other_name_takes_too_is_named():
    """Adam has a weight decay of its own, and no momentum."""
    (line,) = said(DECAY, "train.optimizer.name=sgd,adam")
    assert line.startswith(
        "adam: train.optimizer: adam starts from its defaults, without the spec's weight_decay: 0.01"
    )
    assert line.endswith("; to keep the old options, write {name: adam, weight_decay: 0.01}")


def test_a_whole_value_drops_the_options_of_the_same_name_too():
    """`train.optimizer=sgd` is sgd with its defaults."""
    lines = said(DECAY, "train.optimizer=sgd,adam")
    assert lines[0].startswith(
        "sgd: train.optimizer: sgd starts from its defaults, without the spec's momentum: 0.9, w"
    )
    assert len(lines) == 2


def test_the_built_in_momentum_counts():
    """The default of the program is sgd with a momentum of 0.9, and a bare sgd has none."""
    (line,) = said([], "train.optimizer=sgd,adam")
    assert line.startswith("sgd: train.optimizer: sgd starts from its defaults, without the spec's momentum: 0.9; ")


def test_arms_that_drop_the_same_share_a_line():
    """One for each combination would be many."""
    (line,) = said(DECAY, "train.optimizer.name=adam", "model.width=1,2")
    assert line.startswith("adam_width-1, adam_width-2: train.optimizer: adam starts")


@pytest.mark.parametrize(
    "over",
    [
        "train.optimizer={name: sgd, momentum: 0, weight_decay: 0},{name: adam, weight_decay: 0.1}",
        "train.schedule=constant,cosine",
        "model.width=1,2",
        "train.optimizer.momentum=0,0.9",
    ],
)
def test_what_is_written_out_is_no_accident(over):
    """Nor is a name whose options the spec does not set, nor another value of an option."""
    assert said(DECAY, over) == []
