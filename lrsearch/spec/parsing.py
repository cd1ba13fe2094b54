"""Makes a checked spec from a document. Finds all mistakes at once, in single values and between values."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import ValidationError

from lrsearch.errors import Problem, SpecError
from lrsearch.spec.arms import Parsed, read_arms
from lrsearch.spec.old_keys import with_current_keys
from lrsearch.spec.problems import explain_all, problem_at
from lrsearch.spec.reading import Document, plain_document
from lrsearch.spec.rules import check_all
from lrsearch.spec.sections import KeyPath, Spec

_UNNAMED = "unnamed"


def parse_spec(document: Document, name: str | None = None) -> Spec:
    """The spec that a document holds, its arms included.

    Args:
        document: Plain values with their places.
        name: The spec's name if the document has none; None: the name of the data set.

    Raises:
        SpecError: Every mistake that was found, each with its place.
    """
    document = with_current_keys(document)
    base = _read(document, name)
    arms, problems = read_arms(document, base, lambda of_arm: _read(of_arm, name))
    problems += [*document.problems, *base.problems]
    if problems:
        raise SpecError(problems)
    return base.spec.model_copy(update={"arms": arms}) if arms else base.spec


def _read(document: Document, name: str | None) -> Parsed:
    """Read the spec in a document and the problems in it; the document's arms are ignored."""
    values = {key: value for key, value in document.values.items() if (key, value) != ("name", None) and key != "arms"}
    is_named = "name" in values or name is not None
    values.setdefault("name", name or _UNNAMED)
    problems: list[Problem] = []
    wrong: set[KeyPath] = set()
    try:
        spec = Spec.model_validate(values)
    except ValidationError as error:
        found = explain_all(error, document)
        problems += [problem for _, problem in found]
        wrong = {_key_of(path) for path, _ in found}
        # Check the other values too, so that all mistakes are shown at once.
        spec = Spec.model_validate(_without(values, wrong))
    problems += [problem_at(document, path, message) for path, message in check_all(spec, wrong)]
    return Parsed(spec if is_named else spec.model_copy(update={"name": spec.data.dataset.name}), problems)


def _key_of(path: KeyPath) -> KeyPath:
    """The key of the spec, or of a section, that holds the value at a path."""
    return path[:1] if path[:1] == ("model",) else path[:2]


def _without(values: Mapping[str, object], keys: set[KeyPath]) -> dict[str, object]:
    """The values with some keys left out."""
    others: dict[str, object] = {"name": _UNNAMED}
    for key, value in values.items():
        if (key,) in keys:
            continue
        if isinstance(value, Mapping):
            others[key] = {inner: of for inner, of in value.items() if (key, inner) not in keys}
        else:
            others[key] = value
    return others


def make_spec(values: Mapping[str, object], source: str = "spec", name: str | None = None) -> Spec:
    """The spec that plain values describe, in the form that `spec_values` gives.

    Args:
        values: Sections and keys; a key that is left out has its default.
        source: What problems name as their source.
        name: The spec's name if the values have none; None: the name of the data set.

    Raises:
        SpecError: Every mistake that was found.

    Example:
        >>> make_spec({"train": {"optimizer": "adam"}}).train.optimizer.options["eps"]
        1e-08
    """
    return parse_spec(plain_document(values, source), name)
