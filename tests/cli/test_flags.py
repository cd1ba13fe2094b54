"""The table of flags is true: of the spec, of the help, of what a flag sets."""

import re
from functools import cache

import pytest
from typer.testing import CliRunner

from lrsearch.catalog import STRATEGIES
from lrsearch.cli.flags import KEY_FLAGS, find_flag, flags_of
from lrsearch.cli.kinds import KEYS, TABLES
from lrsearch.cli.main import app
from lrsearch.spec import describe_keys, load_spec

COMMANDS = sorted({command for flag in KEY_FLAGS for command in flag.commands})
VALUES = {
    "--data": "synthetic",
    "--model": "cnn",
    "--optimizer": "adam",
    "--schedule": "cosine",
    "--low": "1e-3",
    "--high": "0.5",
    "--device": "cpu",
    "--executor": "processes",
    "--address": "auto",
    "--jobs": "2",
    "--range-test": "auto",
    "--extend": True,
    "--margin": 0.5,
    "--metric": "val_loss",
    "--prune": "median",
    "--sampler": "gp",
}
"""A value for each flag that takes no whole number."""


@cache
def help_of(command):
    """The help of a command, its lines joined."""
    text = CliRunner().invoke(app, [command, "--help"], env={"COLUMNS": "200", "TERMINAL_WIDTH": "200"}).output
    return " ".join(text.replace("│", " ").split())


def words(text):
    """The words of a text that are longer than three letters, without a plural's s."""
    return {word.rstrip("s") for word in re.findall(r"[a-z-]{4,}", text.lower())}


@pytest.mark.parametrize("flag", KEY_FLAGS, ids=lambda flag: flag.name)
def test_a_flag_stands_for_a_key_of_the_spec(flag):
    """The key exists, and the help of the flag speaks of the same thing as the description of the key."""
    described = describe_keys()
    assert flag.key in described
    assert words(flag.about) & words(f"{described[flag.key]} {flag.key.replace('.', ' ')}")


@pytest.mark.parametrize("flag", KEY_FLAGS, ids=lambda flag: flag.name)
def test_a_flag_is_in_the_help_of_its_commands(flag):
    """With its name and its line."""
    for command in flag.commands:
        assert f" {flag.name} " in help_of(command)
        assert flag.help in help_of(command)


def test_each_name_and_each_key_stands_in_the_table_once():
    """Two flags of one key could disagree."""
    assert len({flag.name for flag in KEY_FLAGS}) == len(KEY_FLAGS)
    assert len({flag.key for flag in KEY_FLAGS}) == len(KEY_FLAGS)
    assert find_flag("--epochs").key == "train.epochs"
    assert find_flag("--tials") is None


LACKS = {
    "grid": {"--trials", "--budget", "--sampler"},
    "random": {"--points", "--budget", "--sampler"},
    "bayes": {"--points", "--budget"},
    "halving": {"--trials", "--budget", "--sampler", "--prune", "--repeats"},
    "auto": {
        *("--points", "--trials", "--repeats", "--extend", "--refine", "--confirm", "--max-repeats", "--try"),
        *("--sampler", "--prune", "--eta", "--min-epochs"),
    },
}


def test_commands_of_the_table_are_commands():
    """And a search has the flags of `check`, but for those that its strategy does not read."""
    registered = {command.name or command.callback.__name__ for command in app.registered_commands}
    assert set(COMMANDS) <= registered
    for name in STRATEGIES:
        lacks = {flag.name for flag in flags_of("check")} - {flag.name for flag in flags_of(name)}
        assert lacks == LACKS[name]


@pytest.mark.parametrize("flag", KEY_FLAGS, ids=lambda flag: flag.name)
def test_a_flag_sets_its_key_as_set_does(flag):
    """What `--set KEY=VALUE` would make of it."""
    value = VALUES.get(flag.name, 3)
    assert load_spec(None, [flag.setting(value)]) == load_spec(None, [f"{flag.key}={str(value).replace('T', 't')}"])
    assert load_spec(None, [flag.setting(value)]) != load_spec()


def test_every_kind_of_thing_has_a_flag():
    """And the key that names it."""
    assert set(KEYS) == set(TABLES)
    assert KEYS["optimizers"] == "train.optimizer"


def test_jobs_say_that_they_change_the_threads(lrsearch):
    """Another number of threads changes the last digits, and with them perhaps the best rate."""
    words = " ".join(lrsearch("grid", "--help").stdout.replace("│", " ").split())
    assert "more jobs leave fewer threads to each job, which may change the last digits of the results" in words
