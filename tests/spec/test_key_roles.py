"""What depends on each key: scores, and whether a resume may change it."""

from __future__ import annotations

import json

import pytest

from lrsearch.spec import changes_scores, make_spec, may_change_on_resume, spec_schema, spec_template, spec_values
from lrsearch.spec.key_roles import key_roles

ADJUSTABLE = {
    *("search.trials", "search.points", "search.budget", "search.repeats", "search.lr"),
    *("search.extend", "search.refine", "search.confirm", "search.max_repeats", "search.margin"),
    "search.named",
    *("data.root", "data.path", "data.test_path", "run.trial_timeout", "run.checkpoint_seconds", "run.address"),
}
SCORES_STAY = ADJUSTABLE | {
    *("name", "arms", "search.sampler", "search.batch", "search.scan_epochs"),
    *("search.prune", "search.eta", "search.min_epochs"),
    *("run.device", "run.executor", "run.engine", "run.jobs", "run.num_cpus", "run.num_gpus"),
}


def test_every_key_has_a_role():
    """A key without one raises, and no key is left out."""
    values = spec_values(make_spec({}))
    sections = {"data", "train", "search", "run"}
    keys = {f"{section}.{key}" for section in sections for key in values[section]}
    assert set(key_roles()) == keys | (set(values) - sections) | {"arms", "placeholders"}


def test_roles():
    """Listed here a second time, so that none changes by mistake."""
    assert {key for key in key_roles() if may_change_on_resume(key)} == ADJUSTABLE
    assert {key for key in key_roles() if not changes_scores(key)} == SCORES_STAY


@pytest.mark.parametrize("path", ["search.lr.low", "search.lr"])
def test_a_value_has_the_role_of_its_key(path):
    """However deep it is."""
    assert may_change_on_resume(path)
    assert not changes_scores(path)


@pytest.mark.parametrize("path", ["search", "search.lrs", "foo", ""])
def test_what_is_no_key_has_no_role(path):
    """A section has none either."""
    with pytest.raises(KeyError):
        changes_scores(path)


def test_roles_are_not_shown():
    """Neither the schema nor the template mentions them."""
    for text in (json.dumps(spec_schema()), spec_template()):
        assert "changes_scores" not in text
        assert "Adjustable" not in text
