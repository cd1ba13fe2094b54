"""What `lrsearch` exports: every name that a public signature or a public attribute names."""

import inspect
import re
import subprocess
import sys
import typing
from dataclasses import fields, is_dataclass

import pytest

import lrsearch
from lrsearch import errors

NOT_OURS = {
    *dir(typing),
    *("Callable", "Mapping", "Sequence", "Iterator", "Path", "None", "True", "False"),
    *("DataFrame", "Figure"),  # of pandas and matplotlib
}
FUNCTIONS = [name for name in lrsearch.__all__ if inspect.isfunction(getattr(lrsearch, name))]
HANDLED = ["Run", "RangeTest", "RangeOptions", "Limits", "Listener", "Ranking", "Evidence", "Finding"]
"""Records that a caller makes, or gets and looks into."""


def names_in(annotations):
    """The types that annotations name, as far as they are this package's."""
    found = {name for text in annotations for name in re.findall(r"\b[A-Z]\w+", str(text))}
    return found - NOT_OURS


@pytest.mark.parametrize("name", FUNCTIONS)
def test_types_of_signatures_are_exported(name):
    """Of arguments and of what is returned."""
    signature = inspect.signature(getattr(lrsearch, name), eval_str=False)
    annotations = [each.annotation for each in signature.parameters.values()] + [signature.return_annotation]
    assert names_in(annotations) <= set(lrsearch.__all__)


@pytest.mark.parametrize("name", HANDLED)
def test_types_of_attributes_are_exported(name):
    """Fields, properties and methods of the records that one holds in one's hand."""
    cls = getattr(lrsearch, name)
    annotations = [field.type for field in fields(cls)] if is_dataclass(cls) else []
    for key, member in vars(cls).items():
        function = getattr(member, "fget", None) or getattr(member, "func", None) or member
        if not key.startswith("_") and inspect.isfunction(function):
            annotations += function.__annotations__.values()
    assert names_in(annotations) <= set(lrsearch.__all__) | {"Probes"}  # a mapping of plain numbers


def test_every_error_is_exported():
    """So that `except lrsearch.X` works for each."""
    tree = {name for name, each in vars(errors).items() if inspect.isclass(each) and issubclass(each, Exception)}
    assert tree <= set(lrsearch.__all__)


def test_every_name_is_there_and_listed():
    """The lazy package behaves like any other."""
    for name in lrsearch.__all__:
        assert getattr(lrsearch, name) is not None
    assert dir(lrsearch) == sorted(lrsearch.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        lrsearch.nothing  # noqa: B018  (the attribute access is what is tested)


def test_a_first_use_draws_no_random_numbers():
    """What it imports may draw some: a script with a seed would go on otherwise with every new version of them."""
    script = (
        "import random, lrsearch; random.seed(3); state = random.getstate(); lrsearch.run_search; lrsearch.run_range; "
        "print(random.getstate() == state)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=100)
    assert done.stdout == "True\n"
