"""`--over`: arms from the command line."""

from __future__ import annotations

import pytest

from lrsearch.errors import SpecError
from lrsearch.spec import arm_specs, load_spec


def names(*over, path=None):
    """Names of the arms that these values make."""
    return list(load_spec(path, [], over).arms)


def test_every_combination_is_an_arm():
    """The first key turns slowest."""
    spec = load_spec(None, ["train.epochs=4"], ["train.optimizer.name=sgd,adam", "model.width=0.5,1,2"])
    assert list(spec.arms) == [f"{name}_width-{width}" for name in ("sgd", "adam") for width in ("0.5", "1", "2")]
    specs = arm_specs(spec)
    assert specs["adam_width-2"].model.options["width"] == 2.0
    assert specs["sgd_width-1"].train.optimizer.options["momentum"] == 0.9
    assert all(arm.train.epochs == 4 for arm in specs.values())


@pytest.mark.parametrize(
    ("over", "expected"),
    [
        ("train.schedule=cosine,{name: step, every: 2}", ["cosine", "step-every-2"]),
        ("train.optimizer={name: sgd, momentum: 0.5}, adam", ["sgd-momentum-0.5", "adam"]),
        ("data.augment=none,flip-crop", ["none", "flip-crop"]),
        ("train.clip_norm=null,1,1e-5", ["clip_norm-null", "clip_norm-1", "clip_norm-1e-05"]),
        ("train.optimizer.nesterov=true,false", ["nesterov-true", "nesterov-false"]),
        ("model.hidden=[64],[64, 32]", ["hidden-64", "hidden-64-32"]),
        ("train.warmup=0.5,", ["warmup-0.5"]),
    ],
)  # fmt: skip
def test_names_tell_the_values(over, expected):
    """A word is a name in itself, a number stands behind its key."""
    assert names(over) == expected


def test_arms_of_the_spec_are_combined(tmp_path):
    """Each with every value; an override of the same key gives way."""
    path = tmp_path / "exp.yaml"
    path.write_text("arms: {a: {train.epochs: 3, train.schedule: linear}, b: {train.optimizer: adam}}\n")
    assert names("train.epochs=1,2", path=path) == ["a_epochs-1", "a_epochs-2", "b_epochs-1", "b_epochs-2"]
    specs = arm_specs(load_spec(path, [], ["train.epochs=1,2"]))
    assert (specs["a_epochs-2"].train.epochs, specs["a_epochs-2"].train.schedule.name) == (2, "linear")


def test_long_names_stay_different():
    """At most 64 characters each, and no two alike."""
    widths = ",".join(f"{i}.{'1' * 12}" for i in range(1, 4))
    over = [f"model.width={widths}", f"train.clip_norm={widths}", f"train.label_smoothing=0.{'1' * 14},0.{'2' * 14}"]
    found = names(*over)
    assert len(set(found)) == len(found) == 18
    assert all(len(name) <= 64 for name in found)


@pytest.mark.parametrize(
    ("over", "said"),
    [
        (["x"], "expected KEY=VALUE,VALUE, got 'x'"),
        (["train.epochs="], "expected KEY=VALUE,VALUE, got 'train.epochs='"),
        (["=1,2"], "expected KEY=VALUE,VALUE, got '=1,2'"),
        (["train.epochs=1,1.0"], "train.epochs: 1 is given twice"),
        (["train.schedule=cosine,cosine"], "train.schedule: 'cosine' is given twice"),
        (
            ["train.epochs=1,2", "train.epochs=3"],
            "train.epochs is given twice; list all values of this key in one --over",
        ),
        (["foo=1"], "unknown key 'foo'"),
        (["train.epoch=1"], "unknown key 'train.epoch'; did you mean 'train.epochs'?"),
        (
            ["model.widht=1,2"],
            "model: mlp takes no 'widht'; did you mean 'width'? It takes hidden, width, norm, dropout",
        ),
        (["train.epochs=0,1", "model.width=1,2"], "train.epochs: must be a whole number of at least 1, got 0"),
        (["train.epochs=[1"], "train.epochs: the list opened here is not closed"),
        (["model.width=" + ",".join(map(str, range(1, 1002)))], "1,001 arms are too many; 1,000 at most"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(over, said):
    """However many arms it would make."""
    with pytest.raises(SpecError) as caught:
        load_spec(None, [], over)
    assert str(caught.value) == f"--over: {said}"


def test_mistakes_of_every_source_come_together(tmp_path, monkeypatch):
    """The file's, those of `--set` and those of `--over`."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "exp.yaml").write_text("arms: {a: {train.epochs: 0}}\n")
    with pytest.raises(SpecError) as caught:
        load_spec("exp.yaml", ["oops"], ["x", "train.schedule=cosin,linear"])
    assert str(caught.value).split("\n") == [
        "--over: expected KEY=VALUE,VALUE, got 'x'",
        "--over: train.schedule: unknown schedule 'cosin'; did you mean 'cosine'? (`lrsearch list schedules`)",
        "--set: expected KEY=VALUE, got 'oops'",
        "exp.yaml:1:26: arms.a_cosin.train.epochs: must be a whole number of at least 1, got 0",
        "exp.yaml:1:26: arms.a_linear.train.epochs: must be a whole number of at least 1, got 0",
    ]
