"""Spec files: numbers of YAML 1.2, the name, the empty file."""

from __future__ import annotations

import math

import pytest

from lrsearch.spec import flatten, is_empty_spec, load_spec, make_spec, spec_values
from lrsearch.spec.files import RESERVED
from lrsearch.spec.reading.loader import parse_value
from lrsearch.store import LATEST


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-3", 0.001),
        ("1e5", 1e5),
        ("-.5E+2", -50.0),
        ("5.", 5.0),
        ("+7", 7),
        ("017", 17),
        ("0o17", 15),
        ("0x1F", 31),
        ("1_000", "1_000"),
        ("1:30", "1:30"),
        ("2024-01-01", "2024-01-01"),
        ("no", "no"),
        ("yes", "yes"),
        ("on", "on"),
        ("True", True),
        ("tRUE", "tRUE"),
        ("~", None),
        ("", None),
        ("none", "none"),
        ('"1"', "1"),
        ("'null'", "null"),
        ("-.inf", -math.inf),
        (".", "."),
        ("e5", "e5"),
        ("[1, a, {b: 2}]", [1, "a", {"b": 2}]),
    ],
)
def test_core_schema(text, value):
    """YAML 1.2's core schema decides what is a number, not PyYAML's 1.1."""
    read = parse_value(text, "--set")
    assert (read, type(read)) == (value, type(value))


def test_not_a_number():
    """`.nan` is read as one, for the check of finite numbers to name."""
    assert math.isnan(parse_value(".NaN", "--set"))


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n", "~", "\ufeff", "data:\n"])
def test_empty_file(text, tmp_path):
    """Row 11: an empty file is the built-in spec under the file's name, and the caller can tell."""
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    assert load_spec(path) == make_spec({}, name="mine")
    assert is_empty_spec(path) == (text != "data:\n")


@pytest.mark.parametrize(
    ("stem", "name"),
    [("exp", "exp"), ("my exp (2)", "my-exp-2"), ("..", "spec"), ("-x", "x"), ("größe", "gr-e"), ("a" * 80, "a" * 64)],
)
def test_name_from_stem(stem, name, tmp_path):
    """A file's name becomes a spec's, whatever characters it has."""
    path = tmp_path / f"{stem}.yaml"
    path.write_text("seed: 1\n")
    assert load_spec(path).name == name


def test_name_without_file():
    """Without a file the data set lends its name; a name that is given stands."""
    assert load_spec(None, ["data.dataset=mnist"]).name == "mnist"
    assert load_spec(None, ["name=mine"]).name == "mine"


def test_row_1(tmp_path):
    """`1e-5` is a number."""
    path = tmp_path / "exp.yaml"
    path.write_text("search: {lr: {low: 1e-5, high: 1e0}}\n")
    assert load_spec(path).search.lr.low == 0.00001


def test_sets_come_before_checks(tmp_path):
    """A --set can mend what is wrong in the file."""
    path = tmp_path / "exp.yaml"
    path.write_text("train: {epochs: 0}\nmodel: resnet81\n")
    assert load_spec(path, ["train.epochs=3", "model=cnn"]).train.epochs == 3


@pytest.mark.parametrize(
    ("text", "sets"),
    [
        ("search: {lr: {low: 50}}", ["search.lr.high=100"]),
        ("search: {lr: {low: 1, high: 0.1}}", ["search.lr.low=0.01"]),
        ("train: {warmup: 0.1}", ["train.warmup.epochs=1"]),
        ("train: {early_stopping: null}", ["train.early_stopping.patience=2"]),
        ("train: {epochs: 3, schedule: {name: step, every: 10}}", ["train.epochs=20"]),
        ("data: {dataset: arrays}", ["data.path=x.npz"]),
        ("train: {optimizer: adamm}", ["train.optimizer.name=adam"]),
        ("train:", ["train.epochs=1"]),
    ],
)
def test_sets_complete_a_file(text, sets, tmp_path):
    """What is right in itself, or is the very value that is set, is no mistake of the file."""
    path = tmp_path / "exp.yaml"
    path.write_text(text)
    load_spec(path, sets)


@pytest.mark.parametrize(
    ("sets", "values"),
    [
        (["train.optimizer.name=sgd", "train.optimizer=adam"], {"train.optimizer.name": "adam"}),
        (["train.optimizer=adam", "train.optimizer.name=sgd"], {"train.optimizer.name": "sgd"}),
        (["train.optimizer.eps=1e-7", "train.optimizer=adam"], {"train.optimizer.eps": 1e-7}),
        (
            ["train.optimizer.eps=1e-7", "train.optimizer={name: adam, eps: 1e-6}"],
            {"train.optimizer.eps": 1e-6},
        ),
        (["train.optimizer.eps=1e-7", "train.optimizer={name: adam}"], {"train.optimizer.eps": 1e-7}),
        (["data.batch_size=8", "data={batch_size: 16}"], {"data.batch_size": 16}),
        (["data.batch_size=8", "data={dataset: mnist}"], {"data.batch_size": 8, "data.dataset.name": "mnist"}),
        (["data={batch_size: 16}", "data.batch_size=8"], {"data.batch_size": 8}),
        (["train.warmup.epochs=3", "train.warmup=0.1"], {"train.warmup": 0.1}),
        (["train.warmup.epochs=3", "train.warmup={steps: 4}"], {"train.warmup.steps": 4}),
        (["train.early_stopping.patience=3", "train.early_stopping=null"], {"train.early_stopping": None}),
        (["search.lr.low=0.5", "search.lr={low: 0.1, high: 1}"], {"search.lr.low": 0.1}),
        (["train.epochs=1", "train.epochs=2"], {"train.epochs": 2}),
    ],
)
def test_the_last_set_of_a_key_wins(sets, values):
    """As typed, whether it names the key alone or the mapping around it; what it leaves open stays."""
    spec = flatten(spec_values(load_spec(None, sets)))
    assert {key: spec[key] for key in values} == values


def test_no_spec_is_named_latest(tmp_path):
    """It stands for the newest run, as in the store; a file of that name gives another one."""
    assert RESERVED == LATEST
    path = tmp_path / "latest.yaml"
    path.write_text("seed: 1")
    assert load_spec(path).name == "latest-spec"
    assert load_spec(path, ["name=Latest"]).name == "Latest"
    assert make_spec({"name": "latest"}).name == "latest"  # a stored run stays readable
