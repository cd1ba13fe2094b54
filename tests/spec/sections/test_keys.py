"""The spec as a value: defaults, short forms, frozen, hashable, picklable."""

from __future__ import annotations

import pickle

import pytest
from pydantic import ValidationError

from lrsearch import catalog
from lrsearch.spec import (
    EarlyStopping,
    LrRange,
    WarmupEpochs,
    WarmupSteps,
    make_choice,
    make_spec,
    search_rates,
)

RICH = {
    "name": "rich",
    "data": {"dataset": {"name": "synthetic", "shape": [3, 16, 16]}, "val_fraction": 0.25, "train_size": 100},
    "model": {"name": "convnet", "depth": 2},
    "train": {
        "optimizer": {"name": "adamw", "betas": [0.8, 0.99]},
        "schedule": "cosine",
        "warmup": {"steps": 3},
        "early_stopping": {"patience": 5},
        "clip_norm": 1,
    },
    "search": {"lr": [0.1, 1, 0.01]},
    "run": {"device": "cuda:1", "jobs": 2},
}


def test_empty_spec():
    """Nothing at all means digits, an mlp, and sgd with momentum 0.9."""
    spec = make_spec({})
    assert (spec.name, spec.data.dataset.name, spec.model.name) == ("digits", "digits", "mlp")
    assert spec.model.options == {"hidden": (64,), "width": 1.0, "norm": "none", "dropout": 0.0}
    assert spec.train.optimizer == make_choice("optimizer", "sgd", momentum=0.9)


def test_empty_sections():
    """A section of which every line is commented out is the default one."""
    assert make_spec({"data": None, "train": {}, "search": None, "run": None, "name": None}) == make_spec({})


def test_values_have_their_types():
    """Whole numbers become floats where a number is meant, lists become tuples, forms of a warm-up stay apart."""
    spec = make_spec(RICH)
    assert spec.train.optimizer.options["betas"] == (0.8, 0.99)
    assert spec.data.dataset.options["shape"] == (3, 16, 16)
    assert (spec.train.clip_norm, type(spec.train.clip_norm)) == (1.0, float)
    assert spec.search.lr == (0.1, 1.0, 0.01)
    assert spec.train.warmup == WarmupSteps(steps=3)
    assert make_spec({"train": {"warmup": {"epochs": 1}}}).train.warmup == WarmupEpochs(epochs=1.0)
    assert make_spec({"train": {"warmup": 0.1}}).train.warmup == 0.1
    assert spec.train.early_stopping == EarlyStopping(patience=5, min_delta=0.0)


def test_models_as_values():
    """A part of another spec is a value as good as the mapping that it was made of."""
    spec = make_spec(RICH)
    again = make_spec({key: getattr(spec, key) for key in type(spec).model_fields})
    assert again == spec
    lr = LrRange(low=0.1, high=1.0, scale="linear")
    assert make_spec({"search": {"lr": lr}}).search.lr == lr


@pytest.mark.parametrize("values", [{}, RICH])
def test_frozen_hashable_picklable(values):
    """A spec travels between processes and is a key of a dict; nothing in it can be changed."""
    spec = make_spec(values)
    twin = pickle.loads(pickle.dumps(spec))  # noqa: S301  # made in the line itself
    assert (twin, hash(twin), hash(twin.data)) == (spec, hash(spec), hash(spec.data))
    assert twin != make_spec({**values, "seed": 1})
    with pytest.raises(ValidationError):
        spec.train.epochs = 3
    with pytest.raises(TypeError):
        spec.model.options["width"] = 2.0


def test_optimizer_by_name_alone():
    """`sgd` by its name has torch's momentum of 0; a mapping without a name changes the default one."""
    assert make_spec({"train": {"optimizer": "sgd"}}).train.optimizer.options["momentum"] == 0.0
    assert make_spec({"train": {"optimizer": {"name": "sgd"}}}).train.optimizer.options["momentum"] == 0.0
    changed = make_spec({"train": {"optimizer": {"nesterov": True}}}).train.optimizer
    assert (changed.options["momentum"], changed.options["nesterov"]) == (0.9, True)


def test_aliases():
    """Another name of the catalog resolves to the main one."""
    assert make_spec({"train": {"schedule": "fixed"}}) == make_spec({"train": {"schedule": "constant"}})


@pytest.mark.parametrize(
    ("kind", "table"),
    [
        ("dataset", catalog.DATASETS),
        ("model", catalog.MODELS),
        ("optimizer", catalog.OPTIMIZERS),
        ("schedule", catalog.SCHEDULES),
    ],
)
def test_catalog_defaults_are_valid(kind, table):
    """Every default that the catalog states passes the check that it states, and is what a bare name means."""
    for name, entry in table.items():
        defaults = {key: option.default for key, option in entry.options.items()}
        assert make_choice(kind, name, **defaults) == make_choice(kind, name)
        assert dict(make_choice(kind, name).options) == defaults


@pytest.mark.parametrize(
    ("optimizer", "lr", "expected"),
    [
        ({"name": "sgd", "momentum": 0.9}, None, (1e-4, 3.0)),
        ("sgd", None, (1e-3, 30.0)),
        ("adam", {"low": 1e-4}, (1e-4, 0.3)),
        ("adam", {"high": 0.1}, (1e-5, 0.1)),
        ("adam", {}, (1e-5, 0.3)),
    ],
)
def test_usual_range(optimizer, lr, expected):
    """What a range leaves out is the optimizer's usual end."""
    rates = search_rates(make_spec({"train": {"optimizer": optimizer}, "search": {"lr": lr}}))
    assert (rates.low, rates.high) == expected


def test_list_of_rates():
    """A list of rates is kept in its order."""
    assert search_rates(make_spec({"search": {"lr": [0.1, 0.3, 0.2]}})) == (0.1, 0.3, 0.2)


@pytest.mark.parametrize(
    ("file", "key", "message"),
    [
        ("photos/", "dataset", "a folder; set data.dataset to folder (images) or text, and data.path to this path"),
        ("a.csv", "dataset", "a file; set data.dataset to text or table, and data.path to this path"),
        ("a.NPZ", "dataset", "a file; set data.dataset to arrays, and data.path to this path"),
        ("net.py", "model", "a file; give the file with --plugin, and here the name of the model that it defines"),
    ],
)
def test_a_file_in_place_of_a_name(tmp_path, file, key, message):
    """It is said which key takes the file."""
    path = tmp_path / file
    path.mkdir() if file.endswith("/") else path.touch()
    with pytest.raises(ValidationError) as caught:
        make_choice(key, str(path))
    assert message in str(caught.value)
