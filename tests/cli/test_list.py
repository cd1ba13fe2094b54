"""list NAME says what there is to know."""

import pytest
import yaml

from lrsearch.cli.kinds import TABLES
from lrsearch.cli.list import list_names
from lrsearch.spec import make_spec

NAMED = [(what, name) for what, table in TABLES.items() for name in table]


@pytest.mark.parametrize(("what", "name"), NAMED)
def test_a_named_thing_has_a_page(capsys, what, name):
    """All that the catalog knows of it, and what to write into a spec."""
    list_names(what, name)
    page = " ".join(capsys.readouterr().out.split())
    entry = TABLES[what][name]
    assert page.startswith(name)
    for text in [entry.about, *entry.aliases, *entry.options, *[option.about for option in entry.options.values()]]:
        assert " ".join(text.split()) in page
    for fact in ("formula", "source", "use", "strengths", "weaknesses", "textbook"):
        assert " ".join(getattr(entry, fact, "").split()) in page
    assert "in a spec" in page


def test_an_alias_has_the_page_of_its_name(lrsearch):
    """Whichever word one knows."""
    assert lrsearch("list", "schedules", "scheduled-drop").stdout.startswith("multistep (also: scheduled-drop)\n")


def test_the_page_of_an_optimizer(lrsearch):
    """Range, stacking, and where a textbook's default differs."""
    page = lrsearch("list", "optimizers", "rmsprop").stdout
    assert "usual range  1e-05 .. 0.3, times (1 - momentum)" in page
    assert "many rates can train as one stack" in page
    assert "the lecture and Keras use alpha 0.9 (Keras calls alpha rho), and torch uses 0.99" in page
    assert "alpha" in page
    said = lrsearch("list", "optimizers", "asgd").stdout
    assert "no: an update of the weights is not proportional to the rate" in said


@pytest.mark.parametrize(("what", "name"), [pair for pair in NAMED if pair[0] in {"optimizers", "schedules"}])
def test_the_example_of_a_page_is_a_valid_spec(capsys, what, name):
    """What it says to write can be written."""
    list_names(what, name)
    line = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("in a spec"))
    key, _, value = line.removeprefix("in a spec").strip().partition(": ")
    make_spec({"train": {key.removeprefix("train."): yaml.safe_load(value)}})
