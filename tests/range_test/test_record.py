"""The contents of range.json, and the list of range tests."""

import json
import math

import pytest

from factories import make_plan, make_task
from lrsearch.analysis.range.finding import Finding
from lrsearch.analysis.range.probing import Suggestion, Unclear
from lrsearch.analysis.range.ramp import Ramp
from lrsearch.errors import StorageError
from lrsearch.range_test.record import RangeSummary, list_range_tests, range_file, with_earlier

CURVES = ((2.3, 2.0, math.nan), (2.3, 1.9))
FOUND = Finding(Ramp(1e-3, 1.0, 30), CURVES, {0.1: ((2.3, 1.0),), 0.2: ((2.3, math.inf),)}, Suggestion(0.1, 0.01, 1.0))
LOST = Finding(Ramp(1e-3, 1.0, 30), CURVES, {}, Unclear("the loss fell by 0 %", "raise --high"))


def contents(**findings):
    """The contents of range.json for some arms."""
    return range_file(
        findings,
        spec={"name": "digits"},
        tasks=dict.fromkeys(findings, make_task()),
        decisions=dict.fromkeys(findings, make_plan().decisions),
        versions={"torch": "2"},
        created="2026-01-02T03:04:05Z",
    )


def test_a_test_without_arms_is_at_the_top_level():
    """The file has the suggestion, each method by seed and the curves; it is valid JSON for any losses."""
    found = json.loads(contents(**{"": FOUND}), parse_constant=pytest.fail)
    assert found["suggestion"] == {"lr": 0.1, "low": 0.01, "high": 1.0}
    assert found["message"] == ""
    assert found["curves"]["loss_by_seed"] == [[2.3, 2.0, None], [2.3, 1.9]]
    assert len(found["curves"]["lr"]) == 3
    assert found["probes"][1] == {"lr": 0.2, "steps": 60, "loss_by_seed": [[2.3, None]]}
    assert set(found["methods"]) == {"lrsearch", "steepest", "valley", "slide", "minimum / 10", "largest stable"}
    assert all({"lr", "by_seed", "formula"} == set(method) for method in found["methods"].values())
    assert (found["format"], found["facts"]["n_train"], found["decisions"]["device"]["value"]) == (1, 1000, "cpu")


def test_arms_are_recorded_by_name():
    """An arm without a suggestion has a message with the reason."""
    found = json.loads(contents(a=FOUND, b=LOST))
    assert found["arms"]["a"]["suggestion"]["lr"] == 0.1
    assert found["arms"]["b"]["suggestion"] is None
    assert found["arms"]["b"]["message"].startswith("no suggestion: the loss fell")


def test_range_tests_are_listed(tmp_path):
    """Tests with their own folder are listed, damaged ones too; runs and hidden folders are not."""
    assert list_range_tests(tmp_path / "none") == []
    for name, text in (
        ("a-range-001", contents(**{"": FOUND})),
        ("b-range-001", contents(a=FOUND, b=LOST)),
        ("c-range-001", b"{"),
        (".hidden", contents(**{"": FOUND})),
        ("a-grid-001", contents(**{"": FOUND})),
    ):
        (tmp_path / name).mkdir()
        (tmp_path / name / "range.json").write_bytes(text)
    (tmp_path / "a-grid-001" / "run.json").write_text("{}")
    (tmp_path / "empty").mkdir()
    assert list_range_tests(tmp_path) == [
        RangeSummary("a-range-001", "2026-01-02T03:04:05Z", {"": 0.1}),
        RangeSummary("b-range-001", "2026-01-02T03:04:05Z", {"a": 0.1, "b": None}),
        RangeSummary("c-range-001"),
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"created": 5},
        {"created": "yesterday"},
        {"suggestion": "0.1"},
        {"suggestion": {"lr": "0.1", "low": 0.01, "high": 1.0}},
        {"suggestion": {"lr": 10**400, "low": 0.01, "high": 1.0}},
        {"suggestion": {"lr": -1, "low": 0.01, "high": 1.0}},
        {"arms": []},
        {"arms": {"a": 3}},
    ],
)
def test_an_edited_range_test_is_listed_as_one_that_cannot_be_read(tmp_path, change):
    """And keeps no other from being listed."""
    for name, values in (("a-range-001", change), ("b-range-001", {})):
        (tmp_path / name).mkdir()
        (tmp_path / name / "range.json").write_text(json.dumps({**json.loads(contents(**{"": FOUND})), **values}))
    edited, whole = list_range_tests(tmp_path)
    assert edited == RangeSummary("a-range-001")
    assert whole.suggestions == {"": 0.1}


def test_new_arms_join_the_earlier_ones(tmp_path):
    """In one file."""
    path = tmp_path / "range.json"
    assert with_earlier(path, contents(a=FOUND)) == contents(a=FOUND)
    path.write_bytes(contents(a=FOUND))
    assert set(json.loads(with_earlier(path, contents(b=LOST)))["arms"]) == {"a", "b"}


@pytest.mark.parametrize("damaged", [b"{", b"[1]", b'{"arms": 3}', contents(**{"": FOUND}), b"\xff"])
def test_a_damaged_file_is_not_overwritten(tmp_path, damaged):
    """It may be mended: the error says what to do."""
    path = tmp_path / "range.json"
    path.write_bytes(damaged)
    with pytest.raises(StorageError, match=r"damaged .* restore the file from a copy, or move it away, then resume"):
        with_earlier(path, contents(b=LOST))
    assert path.read_bytes() == damaged
