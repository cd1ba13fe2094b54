"""The spec of a command: where it is read from, and what a SPEC that is no file may have meant."""

import pytest

from lrsearch.spec import load_spec, make_choice


def refused(lrsearch, *args):
    """The message of a refused command."""
    return lrsearch(*args, code=2).stderr.strip()


@pytest.fixture
def configs(tmp_path):
    """A folder of specs beside the command."""
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs/fashion-mnist.yaml").write_text("data: {dataset: fashion-mnist}\n")
    (tmp_path / "my-run.yaml").write_text("train: {epochs: 3}\n")


@pytest.mark.usefixtures("configs")
@pytest.mark.parametrize(
    ("args", "meant"),
    [
        (("grid", "fashion-mnist"), "configs/fashion-mnist.yaml, or --data fashion-mnist"),
        (("check", "fashion-mnist.yaml"), "configs/fashion-mnist.yaml"),
        (("grid", "fashon-mnist.yml"), "configs/fashion-mnist.yaml"),
        (("grid", "mnist.yaml"), "--data mnist"),
        (("grid", "cifar10.yaml"), "--data cifar10"),
        (("grid", "my-run"), "my-run.yaml"),
        (("bayes", "cifar10"), "--data cifar10"),
        (("grid", "adam"), "--optimizer adam"),
        (("grid", "adamm"), "--optimizer adam"),
        (("random", "resnet18"), "--model resnet18"),
        (("schedule", "one-cycle"), "--schedule one-cycle"),
        (("schedule", "mlp"), "--set model=mlp"),
        (("range", "cosine"), "--set train.schedule=cosine"),
        (("grid", "train.epochs=5"), "--set train.epochs=5"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_a_spec_that_is_no_file_may_mean(lrsearch, args, meant):
    """A spec of that name, or the flag whose value it is."""
    assert refused(lrsearch, *args) == f"{args[1]}: no such file; did you mean {meant}?"


def test_a_file_is_proposed_only_where_it_exists(lrsearch):
    """And a flag only for a name of the catalog."""
    assert (
        refused(lrsearch, "grid", "fashion-mnist") == "fashion-mnist: no such file; did you mean --data fashion-mnist?"
    )
    assert refused(lrsearch, "grid", "nothere.yaml") == "nothere.yaml: no such file"


@pytest.mark.parametrize(
    ("setting", "key"),
    [
        ("optimizer=adam", "train.optimizer"),
        ("epochs=3", "train.epochs"),
        ("lr=0.1", "search.lr"),
        ("learning_rate=0.1", "search.lr"),
        ("batch_size=8", "data.batch_size"),
        ("batch-size=8", "data.batch_size"),
        ("points=3", "search.points"),
        ("dataset=mnist", "data.dataset"),
        ("low=1e-3", "search.lr.low"),
        ("momentum=0.9", "train.optimizer.momentum"),
    ],
)
def test_a_key_without_its_section(lrsearch, setting, key):
    """The whole key is proposed."""
    name = setting.partition("=")[0]
    assert refused(lrsearch, "grid", "--set", setting) == f"--set: unknown key '{name}'; did you mean '{key}'?"
    if "." not in key.partition(".")[2] and key != "data.dataset":
        over = refused(lrsearch, "grid", "--over", f"{setting},2")
        assert over == f"--over: unknown key '{name}'; did you mean '{key}'?"


def test_flags_name_things_and_drop_the_options_of_what_they_replace(lrsearch, tmp_path):
    """As --set train.optimizer=adam does; an option that --set gives the new one stays."""
    (tmp_path / "e.yaml").write_text("train: {optimizer: {name: sgd, momentum: 0.8, nesterov: true}}\n")
    names = ("--optimizer", "adam", "--schedule", "cosine", "--model", "cnn", "--batch-size", "50")
    lrsearch("grid", "e.yaml", *names, "--set", "train.optimizer.eps=1e-7", "--points", "3", "--name", "x")
    spec = load_spec(tmp_path / "runs/x/spec.yaml")
    assert spec.train.optimizer == make_choice("optimizer", "adam", eps=1e-7)
    assert (spec.train.schedule.name, spec.model.name, spec.data.batch_size) == ("cosine", "cnn", 50)
    assert "adam" in lrsearch("check", "--optimizer", "adam", "--data", "mnist").stdout
    assert "exponential" in lrsearch("schedule", "--schedule", "exponential", "--epochs", "5").stdout


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--optimizer", "adamm"), "--optimizer: train.optimizer: unknown optimizer 'adamm'; did you mean 'adam'?"),
        (("--batch-size", "0"), "--batch-size: data.batch_size: must be a whole number of at least 1, got 0"),
        (("--data", "3"), "--data: data.dataset: expected the name of a dataset"),
        (("--model", ""), "--model: model: expected the name of a model"),
        (("--schedule", "["), "--set:"),
    ],
)
def test_bad_values_of_the_flags_that_name_things(lrsearch, tmp_path, args, words):
    """Under the name of the flag; nothing is written."""
    assert words in refused(lrsearch, "grid", *args)
    assert not (tmp_path / "runs").exists()
