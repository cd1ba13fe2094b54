"""Signatures made from the table: what a command receives, and whose mistake a problem is."""

import inspect

import pytest

from lrsearch.cli.flags import find_flag, flags_of
from lrsearch.cli.signature import KeyValues, takes_key_flags
from lrsearch.errors import Problem, SpecError


def values(**given):
    """What was given by flags, by the name of the parameter."""
    return KeyValues("grid", {find_flag(f"--{name.replace('_', '-')}"): value for name, value in given.items()})


def test_the_flags_of_the_table_stand_in_place_of_the_parameter():
    """In the order of the table, where the function has `keys`."""

    @takes_key_flags("resume")
    def command(run: str, *, keys: KeyValues, quiet: bool = False) -> None:
        """Do."""

    names = list(inspect.signature(command).parameters)
    assert names == ["run", *(flag.parameter for flag in flags_of("resume")), "quiet"]
    assert command.__doc__ == "Do."


def test_a_command_receives_what_was_given():
    """A flag without a value sets what it means; what was not given is not there."""
    received = []

    @takes_key_flags("grid")
    def command(*, keys: KeyValues) -> None:
        received.append(keys)

    command(points=5, extend=True, range_test=False, low="1e-4", refine=0)
    assert received[0].changes() == {
        "search.points": 5,
        "search.lr.low": "1e-4",
        "search.extend": True,
        "search.refine": 0,
    }
    assert received[0].settings(["train.epochs=3"]) == [
        "train.epochs=3",
        "search.points=5",
        "search.lr.low=1e-4",
        "search.extend=true",
        "search.refine=0",
    ]


@pytest.mark.parametrize(
    ("given", "sets", "path", "source"),
    [
        ({"epochs": 0}, [], "train.epochs", "--epochs"),
        ({"epochs": 0}, [], "train.schedule", "--set"),
        ({"low": "1"}, [], "search.lr", "--low"),
        ({"low": "1"}, ["search.lr=0.1"], "search.lr", "--set"),
        ({"epochs": 3}, [], "train", "--set"),
        ({"optimizer": "adam"}, [], "train.optimizer.eps", "--optimizer"),
        ({"optimizer": "adam"}, ["train.optimizer.eps=x"], "train.optimizer.eps", "--set"),
        ({"optimizer": "adam"}, [], "", "--set"),
        ({"seed": 1}, [], "search", "--set"),
    ],
)
def test_a_problem_is_that_of_the_flag_that_set_the_key(given, sets, path, source):
    """A problem of a range is that of its ends; one of an option is that of the name, unless --set gave the option."""
    error = values(**given).name_flags(SpecError([Problem("--set", 0, 0, path, "wrong")]), sets)
    assert [problem.source for problem in error.problems] == [source]


def test_a_problem_of_a_file_keeps_its_place():
    """Only what stands for a --set is renamed."""
    problem = Problem("exp.yaml", 2, 3, "train.epochs", "wrong")
    assert values(epochs=3).name_flags(SpecError([problem])).problems == (problem,)
