"""Keys under their old names: read wherever a spec can come from, never written."""

from __future__ import annotations

from pathlib import Path

import pytest

from lrsearch.errors import SpecError
from lrsearch.spec import (
    arm_specs,
    change_spec,
    differences,
    load_spec,
    make_spec,
    spec_schema,
    spec_template,
    spec_values,
    spec_yaml,
)


def load(text, sets=(), over=()):
    """The spec in a text, as `exp.yaml`."""
    Path("exp.yaml").write_text(text)
    return load_spec("exp.yaml", sets, over)


@pytest.fixture(autouse=True)
def _in_tmp_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_old_name_is_read_everywhere():
    """In a file, by --set, in an arm, by --over, in plain values and as a change."""
    assert load("search: {score: best}").search.scored_epoch == "best"
    assert load("", ["search.score=best"]).search.scored_epoch == "best"
    assert load("", ["search={score: best}"]).search.scored_epoch == "best"
    assert make_spec({"search": {"score": "best"}}).search.scored_epoch == "best"
    assert change_spec(make_spec({}), {"search.score": "best"}).search.scored_epoch == "best"
    for spec in (
        load("arms: {a: {search.score: best}, b: {train.epochs: 2}}"),
        load("", ["arms={a: {search.score: best}, b: {train.epochs: 2}}"]),
        load("", [], ["search.score=best,last"]),
    ):
        assert [arm.search.scored_epoch for arm in arm_specs(spec).values()] == ["best", "last"]


def test_old_and_new_name_mean_the_same_spec():
    """What is written has the new name alone, and an old run's spec differs in nothing."""
    old = load("search: {score: best}\narms: {a: {search.score: last}, b: {train.epochs: 2}}")
    new = load("search: {scored_epoch: best}\narms: {a: {search.scored_epoch: last}, b: {train.epochs: 2}}")
    assert old == new
    assert differences(old, new) == []
    for keys in (spec_values(old)["search"], spec_schema()["$defs"]["SearchSpec"]["properties"]):
        assert "scored_epoch" in keys
        assert "score" not in keys
    for text in (spec_yaml(old), spec_template()):
        assert "  scored_epoch: " in text
        assert "  score: " not in text


@pytest.mark.parametrize(
    ("text", "sets", "over"),
    [
        ("search: {score: last}", ["search.scored_epoch=best"], []),
        ("search: {scored_epoch: last}", ["search.score=best"], []),
        ("arms: {a: {search.score: last}}", [], ["search.scored_epoch=best"]),
        ("search: {score: last}\narms: {a: {search.scored_epoch: best}}", [], []),
    ],
)
def test_the_command_line_and_arms_go_before_the_file(text, sets, over):
    """Under either name, as for any other key."""
    (arm,) = arm_specs(load(text, sets, over)).values()
    assert arm.search.scored_epoch == "best"


@pytest.mark.parametrize(
    ("text", "sets", "problem"),
    [
        (
            "search:\n  scored_epoch: best\n  score: best\n",
            [],
            (
                "exp.yaml:3:3: search: 'score' is the old name of 'scored_epoch', which is set too on line 2; "
                "remove 'score'"
            ),
        ),
        (
            "arms:\n  a: {search.score: best,\n      search.scored_epoch: last}\n",
            [],
            (
                "exp.yaml:2:7: arms.a: 'search.score' is the old name of 'search.scored_epoch', which is set too on "
                "line 3; remove 'search.score'"
            ),
        ),
        (
            "",
            ["search.score=best", "search.scored_epoch=best"],
            "--set: search.score is the old name of search.scored_epoch, which is set too; remove search.score",
        ),
        (
            "",
            ["search={score: best, scored_epoch: last}"],
            "--set: search: 'score' is the old name of 'scored_epoch', which is set too by --set; remove 'score'",
        ),
    ],
)
def test_both_names_are_a_mistake(text, sets, problem):
    """It names both places, and what to leave out."""
    with pytest.raises(SpecError) as caught:
        load(text, sets)
    assert str(caught.value) == problem


def test_a_wrong_value_is_named_at_its_place():
    """Under the new name, where the old one stands."""
    with pytest.raises(SpecError) as caught:
        load("search: {score: wors}\narms: {a: {search.score: bset}}")
    assert str(caught.value).split("\n") == [
        "exp.yaml:1:17: search.scored_epoch: expected last or best; got text 'wors'",
        "exp.yaml:2:26: arms.a.search.scored_epoch: expected last or best; got text 'bset'; did you mean 'best'?",
    ]
