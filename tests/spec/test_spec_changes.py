"""Changes by dotted path, and the differences of two specs."""

from __future__ import annotations

import pytest

from lrsearch.errors import SpecError
from lrsearch.spec import (
    LrRange,
    WarmupEpochs,
    change_spec,
    differences,
    load_spec,
    make_choice,
    make_spec,
    spec_values,
    spec_warnings,
)


def test_change_and_differences():
    """What was changed is what differs, and nothing else."""
    old = make_spec({})
    new = change_spec(old, {"train.epochs": 5, "seed": 7, "search.lr.low": 1e-3})
    assert differences(old, new) == [
        ("seed", 0, 7),
        ("train.epochs", 20, 5),
        ("search.lr.low", None, 0.001),
        ("search.lr.high", None, 3.0),
        ("search.lr.scale", None, "log"),
    ]
    assert differences(old, old) == []


def test_other_name_drops_options():
    """Another name brings its own options; the same name leaves those that are set."""
    spec = make_spec({"model": {"name": "mlp", "hidden": [32]}})
    assert change_spec(spec, {"model.name": "cnn"}).model == make_choice("model", "cnn")
    assert change_spec(spec, {"model.name": "mlp"}) == spec
    assert change_spec(spec, {"model.width": 2}).model == make_choice("model", "mlp", hidden=[32], width=2)
    swapped = change_spec(spec, {"train.optimizer.amsgrad": True, "train.optimizer.name": "adam"})
    assert swapped.train.optimizer == make_choice("optimizer", "adam", amsgrad=True)


def test_set_option_of_name(tmp_path):
    """An option is set on a thing that the file names in the short form, or does not name."""
    path = tmp_path / "exp.yaml"
    path.write_text("model: cnn\n")
    assert load_spec(path, ["model.width=2"]).model == make_choice("model", "cnn", width=2)
    optimizer = load_spec(path, ["train.optimizer.nesterov=true"]).train.optimizer
    assert optimizer == make_choice("optimizer", "sgd", momentum=0.9, nesterov=True)


def test_forms_of_warmup():
    """One form of a warm-up takes the place of another."""
    spec = make_spec({"train": {"warmup": {"steps": 10}}})
    assert change_spec(spec, {"train.warmup.epochs": 1}).train.warmup == WarmupEpochs(epochs=1)
    assert change_spec(spec, {"train.warmup": 0.1}).train.warmup == 0.1


def test_range_flags():
    """One end moves and the other stays; a list has no ends."""
    spec = make_spec({"search": {"lr": {"low": 0.01, "high": 1}}})
    assert change_spec(spec, {"search.lr.high": 2}).search.lr == LrRange(low=0.01, high=2)
    with pytest.raises(SpecError) as caught:
        change_spec(make_spec({"search": {"lr": [0.1]}}), {"search.lr.low": 0.1}, source="--low")
    assert str(caught.value) == "--low: search.lr is a list; --low and --high need a range"


def test_change_is_checked():
    """A change that does not agree with the rest is refused under its own source."""
    with pytest.raises(SpecError) as caught:
        change_spec(make_spec({"train": {"warmup": {"epochs": 4}}}), {"train.epochs": 2}, source="--epochs")
    assert str(caught.value) == "--epochs: train.warmup: warmup (4 epochs) must be shorter than the run (2 epochs)"


def test_last_of_two_sets_counts():
    """Of two settings of one key the later stands."""
    assert load_spec(None, ["seed=1", "seed=2"]).seed == 2


def test_differences_of_options():
    """An option that only one of two models has is None in the other."""
    old, new = make_spec({}), make_spec({"model": "cnn"})
    assert differences(old, new) == [("model.name", "mlp", "cnn"), ("model.hidden", [64], None)]


def test_auto_is_a_form_of_rates():
    """It loads, is written and loads again; an end of a range cannot be set in it."""
    spec = make_spec({"search": {"lr": "auto", "suggested": 0.1}})
    assert spec.search.lr == "auto"
    assert make_spec(spec_values(spec)) == spec
    with pytest.raises(SpecError, match=r"search\.lr is auto, so the range test finds the range"):
        change_spec(spec, {"search.lr.low": 1e-3})
    assert change_spec(spec, {"search.lr": {"low": 1e-3, "high": 1.0}}).search.lr.high == 1.0


@pytest.mark.parametrize(("value", "said"), [("none", "a list of rates or auto, got text 'none'"), (0, "got 0")])
def test_other_words_are_no_rates(value, said):
    """And the message names the forms that are."""
    with pytest.raises(SpecError, match=said):
        make_spec({"search": {"lr": value}})


def test_a_suggestion_outside_of_the_range_is_odd():
    """It is said, and not refused: the range may grow."""
    spec = make_spec({"search": {"lr": {"low": 1e-3, "high": 1.0}, "suggested": 2.0}})
    assert any("search.suggested: 2 lies outside" in warning for warning in spec_warnings(spec))
    with pytest.raises(SpecError, match=r"search\.suggested: must be above 0, got 0"):
        make_spec({"search": {"suggested": 0}})
