"""Arms: what each one searches, and what comes back of them."""

from __future__ import annotations

import pickle

import pytest
import yaml

from lrsearch.errors import SpecError
from lrsearch.spec import LrRange, arm_specs, change_spec, load_spec, make_spec, spec_values, spec_yaml

ARMS = {
    "sgd-constant": {"train.optimizer": {"name": "sgd", "momentum": 0.9}},
    "sgd-cosine": {"train.optimizer": {"name": "sgd", "momentum": 0.9}, "train.schedule": "cosine"},
    "adam": {"train.optimizer": "adam", "search.lr": {"low": 1e-5, "high": 1e-1}},
}


def test_a_spec_without_arms_is_its_own_arm():
    """The one arm has no name."""
    spec = make_spec({"train": {"epochs": 3}})
    assert arm_specs(spec) == {"": spec}
    assert "arms" not in spec_values(spec)
    assert make_spec({"arms": None}) == make_spec({"arms": {}}) == make_spec({})


def test_each_arm_is_the_spec_with_its_overrides():
    """In the order of the spec, as `--set` would change it."""
    specs = arm_specs(make_spec({"train": {"epochs": 3}, "arms": ARMS}))
    assert list(specs) == list(ARMS)
    assert all(not arm.arms and arm.train.epochs == 3 for arm in specs.values())
    assert specs["adam"].search.lr == LrRange(low=1e-5, high=0.1)
    assert specs["adam"] == change_spec(make_spec({"train": {"epochs": 3}}), ARMS["adam"])
    assert (specs["sgd-cosine"].train.schedule.name, specs["sgd-constant"].train.schedule.name) == (
        "cosine",
        "constant",
    )


def test_arms_travel(tmp_path):
    """Through plain values, YAML and pickle a spec with arms comes back equal."""
    spec = make_spec({"arms": ARMS})
    path = tmp_path / "digits.yaml"
    path.write_text(spec_yaml(spec), encoding="utf-8")
    assert load_spec(path) == make_spec(spec_values(spec)) == pickle.loads(pickle.dumps(spec)) == spec  # noqa: S301  # made in the line itself
    assert hash(make_spec(spec_values(spec))) == hash(spec)
    assert yaml.safe_load(spec_yaml(spec))["arms"]["sgd-cosine"]["train.schedule"] == "cosine"
    with pytest.raises(TypeError):
        spec.arms["adam"]["train.optimizer"] = "sgd"


def test_an_open_end_is_the_arms_own():
    """An end of the range that the spec leaves to the optimizer follows the arm's optimizer, and stays so."""
    arms = {"sgd": {"train.epochs": 3}, "adam": {"train.optimizer": "adam"}}
    spec = make_spec({"search": {"lr": {"low": 1e-4}}, "arms": arms})
    for same in (spec, make_spec(spec_values(spec))):
        assert [arm.search.lr.high for arm in arm_specs(same).values()] == [3.0, 0.3]


def test_the_order_of_an_arms_keys_does_not_matter():
    """A name comes before the options beneath it."""
    arms = {"a": {"train.optimizer.betas": [0.8, 0.9], "train.optimizer.name": "adam"}}
    assert arm_specs(make_spec({"arms": arms}))["a"].train.optimizer.options["betas"] == (0.8, 0.9)


def test_a_change_of_the_spec_reaches_every_arm_that_does_not_override_it():
    """`--epochs` is for all, but for the arm that has its own."""
    spec = change_spec(make_spec({"arms": {**ARMS, "long": {"train.epochs": 9}}}), {"train.epochs": 2})
    assert [arm.train.epochs for arm in arm_specs(spec).values()] == [2, 2, 2, 9]


def test_a_change_can_make_two_arms_alike():
    """Then it is refused, under its own source."""
    spec = make_spec({"arms": {"a": {"train.epochs": 9}, "b": {"model.width": 1.0}}})
    with pytest.raises(SpecError) as caught:
        change_spec(spec, {"train.epochs": 9})
    assert (
        str(caught.value)
        == "--set: arms.b: the arm is the same search as arm 'a'; change or remove one of the two arms"
    )
