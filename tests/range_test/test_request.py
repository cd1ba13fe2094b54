"""What is asked for, checked before data are opened."""

import pytest

from lrsearch.errors import SpecError, UsageError
from lrsearch.interfaces import NOTHING_GIVEN, Given
from lrsearch.range_test import make_request
from lrsearch.spec import load_spec, make_spec


@pytest.mark.parametrize("spec", [None, {}, make_spec({})])
def test_a_spec_in_any_form(tmp_path, spec):
    """None, a mapping or a spec; a path is read."""
    request = make_request(spec, NOTHING_GIVEN, tmp_path, None)
    assert request.spec.train == load_spec(None).train
    assert (request.given.names, request.runs_dir, request.name) == (frozenset(), tmp_path, None)


def test_mistakes_are_said_at_once(tmp_path):
    """In the spec, the data and the name."""
    with pytest.raises(SpecError, match="epoch"):
        make_request({"train": {"epoch": 3}}, NOTHING_GIVEN, tmp_path, None)
    with pytest.raises(UsageError, match="expected a mapping with x_train and y_train, got list"):
        make_request(None, Given(data=[1, 2]), tmp_path, None)
    with pytest.raises(UsageError):
        make_request(None, NOTHING_GIVEN, tmp_path, "latest")
    with pytest.raises(UsageError, match="'latest' is reserved"):
        make_request({"name": "latest"}, NOTHING_GIVEN, tmp_path, None)
    assert make_request({"name": "latest"}, NOTHING_GIVEN, tmp_path, "x").spec.name == "latest"


def test_what_is_given_is_named(tmp_path):
    """The model and the data, whatever they are."""
    assert make_request(None, Given(list, {"x_train": 1}), tmp_path, "x").given.names == {"model", "data"}


@pytest.mark.parametrize("form", ["mapping", "file"])
def test_sizes_of_own_data_are_not_those_of_the_default(tmp_path, form):
    """The built-in data set has 1,000 images to train: a batch of 2,000 is refused there, and not here."""
    values = {"data": {"batch_size": 2000, "train_size": 4000}, "train": {"accumulate": 20}}
    path = tmp_path / "mine.yaml"
    path.write_text("data: {batch_size: 2000, train_size: 4000}\ntrain: {accumulate: 20}\n")
    spec, own = values if form == "mapping" else path, Given(data={"x_train": 1})
    with pytest.raises(SpecError, match="2000 exceeds the 1000 training images"):
        make_request(spec, NOTHING_GIVEN, tmp_path, "x")
    checked = make_request(spec, own, tmp_path, "x").spec
    assert (checked.data.dataset.name, checked.data.batch_size, checked.train.accumulate) == ("own", 2000, 20)
    named = {"data": {"dataset": "folder", "path": "pets"}}
    for spec in (named, make_spec(named)):
        checked = make_request(spec, own, tmp_path, "x").spec
        assert (checked.data.dataset.name, checked.data.path) == ("own", None)
    for given, metric, hidden in ((own, None, "data"), (NOTHING_GIVEN, "val_loss", "search")):
        with pytest.raises(SpecError, match=f"{hidden}: expected a mapping") as caught:
            make_request({hidden: "mnist"}, given, tmp_path, "x", metric)
        assert len(caught.value.problems) == 1
