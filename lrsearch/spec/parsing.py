"""From a document to a spec: every mistake of both kinds, of single values and of values that do not agree, at once."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import ValidationError

from lrsearch.errors import Problem, SpecError
from lrsearch.spec.arms import Reading, read_arms
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
        name: The spec's name where the document has none; None: the data set's.

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


def _read(document: Document, name: str | None) -> Reading:
    """What a document holds without its arms."""
    values = {key: value for key, value in document.values.items() if (key, value) != ("name", None) and key != "arms"}
    is_named = "name" in values or name is not None
    values.setdefault("name", name or _UNNAMED)
    problems: list[Problem] = []
    faulty: set[KeyPath] = set()
    try:
        spec = Spec.model_validate(values)
    except ValidationError as error:
        found = explain_all(error, document)
        problems += [problem for _, problem in found]
        faulty = {_field(path) for path, _ in found}
        # The rest is checked too, so that one look shows all mistakes.
        spec = Spec.model_validate(_without(values, faulty))
    problems += [problem_at(document, path, message) for path, message in check_all(spec, faulty)]
    return Reading(spec if is_named else spec.model_copy(update={"name": spec.data.dataset.name}), problems)


def _field(path: KeyPath) -> KeyPath:
    """The field of a section, or of the spec, that a path leads into."""
    return path[:1] if path[:1] == ("model",) else path[:2]


def _without(values: Mapping[str, object], fields: set[KeyPath]) -> dict[str, object]:
    kept: dict[str, object] = {"name": _UNNAMED}
    for key, value in values.items():
        match value:
            case _ if (key,) in fields:
                pass
            case Mapping():
                kept[key] = {inner: of for inner, of in value.items() if (key, inner) not in fields}
            case _:
                kept[key] = value
    return kept


def make_spec(values: Mapping[str, object], source: str = "spec", name: str | None = None) -> Spec:
    """The spec that plain values describe, as `spec_values` gives them.

    Args:
        values: Sections and keys; whatever is left out has its default.
        source: What problems name as their source.
        name: The spec's name where the values have none; None: the data set's.

    Raises:
        SpecError: Every mistake that was found.

    Example:
        >>> make_spec({"train": {"optimizer": "adam"}}).train.optimizer.options["eps"]
        1e-08
    """
    return parse_spec(plain_document(values, source), name)
