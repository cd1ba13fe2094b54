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
