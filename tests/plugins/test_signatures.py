"""Arguments of a plugin's function become options with the checks and messages of built-in ones."""

from typing import Literal

import pytest

from lrsearch.catalog import Option
from lrsearch.errors import SpecError, UsageError
from lrsearch.plugins.signatures import first_line, read_options
from lrsearch.spec import make_spec, spec_schema, spec_values


def net(  # noqa: D417  (as a user writes it)
    shape,
    classes,
    *,
    width: int = 64,
    factor: float = 1,
    flat: bool = False,
    act: Literal["relu", "tanh"] = "relu",
    file: str = "",
    units: list[int] = [64, 32],  # noqa: B006  (as a user writes it)
    depth: int | None = None,
    guessed=0.5,
):
    """A network.

    Args:
        width: Units of a layer,
            in thousands.
        depth (int): Layers.
    """


def test_every_kind_of_argument_is_an_option():
    """With its default as a spec stores it, and its line of the docstring."""
    about = "an option of the plugin"
    assert read_options("model", net, ("shape", "classes")) == {
        "width": Option("whole", 64, "Units of a layer, in thousands"),
        "factor": Option("number", 1.0, about),
        "flat": Option("flag", False, about),
        "act": Option("word", "relu", about, words=("relu", "tanh")),
        "file": Option("text", "", about),
        "units": Option("wholes", (64, 32), about),
        "depth": Option("whole", None, "Layers"),
        "guessed": Option("number", 0.5, about),
    }
    assert first_line(net, "otherwise") == "A network"


def one(default, annotation):
    """A model with one option."""

    def function(shape, classes, *, option=default):
        pass

    function.__annotations__ = {"option": annotation}
    return function


@pytest.mark.parametrize(
    ("default", "annotation", "message"),
    [
        ("a", int, "has the default 'a', which does not fit its annotation"),
        (True, int, "has the default True"),
        ("sgd", Literal["adam"], "has the default 'sgd'"),
        ({}, dict, "has the annotation dict; allowed are int, float, bool, str"),
        (None, int, r"has the default None; annotate it with `\| None`"),
        (1, int | str, "has the annotation int | str".replace("|", r"\|")),
        ([1, "a"], list[int], "has the default 'a'"),
        (3, list[int], "has the default 3, which is no list"),
        (float("nan"), float, "has the default nan"),
    ],
)
def test_arguments_that_no_spec_could_set_are_refused(default, annotation, message):
    """The message names the function and the argument."""
    with pytest.raises(UsageError, match=f"model 'function': the argument 'option' {message}"):
        read_options("model", one(default, annotation), ("shape", "classes"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("shape, classes, width", "the argument 'width' has no default"),
        ("shape", r"the first arguments must be \(shape, classes, \*, \.\.\.\), got \(shape\)"),
        ("shape, classes, **more", r"\*\*more cannot become keys"),
        ("shape, classes, *more", r"\*more cannot become keys"),
        ("shape, classes, width=None", "the argument 'width' needs an annotation"),
        ("shape, classes, name='a'", "rename the argument 'name'"),
    ],
)
def test_signatures_that_do_not_fit_are_refused(load, arguments, message):
    """What is wrong, and what is expected."""
    with pytest.raises(UsageError, match=f"^plugin mine.py: model 'net': {message}"):
        load(f"@lrsearch.model\ndef net({arguments}): pass\n")


PLUGIN = '''
@lrsearch.model
def net(shape, classes, *, width: int = 64, act: Literal["relu", "tanh"] = "relu", file: str = "",
        units: list[int] = [3], names: list[str] = [], copy: bool = False):
    """A network."""
'''


def test_options_of_a_plugin_are_keys_of_a_spec(load):
    """Any name is allowed, also one that a method of pydantic has; a spec that is read again is the same."""
    load(PLUGIN)
    spec = make_spec({"model": {"name": "net", "units": [1, 2], "names": ["a"], "copy": True}})
    options = {"width": 64, "act": "relu", "file": "", "units": (1, 2), "names": ("a",), "copy": True}
    assert dict(spec.model.options) == options
    assert make_spec(spec_values(spec)) == spec
    (form,) = [form for form in spec_schema()["properties"]["model"]["anyOf"] if "copy" in form.get("properties", {})]
    assert form["properties"]["act"]["enum"] == ["relu", "tanh"]
    assert form["properties"]["copy"] == {"default": False, "type": "boolean", "title": "copy"} | {
        "description": "an option of the plugin"
    }


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ({"name": "net", "widht": 1}, "net takes no 'widht'; did you mean 'width'?"),
        ({"name": "net", "width": 1.5}, "model.width: must be a whole number, got 1.5"),
        ({"name": "net", "act": "rely"}, "did you mean 'relu'?"),
        ({"name": "net", "file": 3}, "model.file: expected text, got 3"),
        ({"name": "net", "units": ["a"]}, "must be a whole number, got text 'a'"),
        ({"name": "net", "names": "a"}, "expected a list of texts"),
        ("nets", "unknown model 'nets'; did you mean 'net'?"),
    ],
)
def test_wrong_options_of_a_plugin_have_the_messages_of_built_in_ones(load, model, message):
    """With a suggestion where there is one."""
    load(PLUGIN)
    with pytest.raises(SpecError) as caught:
        make_spec({"model": model})
    assert message in str(caught.value)
