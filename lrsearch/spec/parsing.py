"""Makes a checked spec from a document. Finds all mistakes at once, in single values and between values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pydantic import ValidationError

from lrsearch.errors import Problem, SpecError
from lrsearch.spec.arms import Parsed, read_arms
from lrsearch.spec.old_keys import with_current_keys
from lrsearch.spec.problems import explain_all, problem_at
from lrsearch.spec.reading import Document, plain_document
from lrsearch.spec.rules import check_all
from lrsearch.spec.sections import CHOICES, KeyPath, Spec, show

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


def find_hidden_mistakes(document: Document, changed: Iterable[KeyPath]) -> list[Problem]:
    """What is wrong in a document and cannot be seen any more once it is changed.

    If `data: mnist` stands where a section belongs, a change to data.batch_size would make a section of it.

    Args:
        document: Plain values with their places, before the change.
        changed: Keys that are set. A wrong value there, or beneath, is mended: the change means to replace it.
    """
    mended = [path[:-1] if _is_name_of_text(document, path) else path for path in changed]
    found = find_mistakes(document)
    return [problem for path, problem in found if not any(path[: len(at)] == at for at in mended)]


def _is_name_of_text(document: Document, path: KeyPath) -> bool:
    """Whether a path is `train.optimizer.name` or the like, and the document has only a name there."""
    values: object = document.values
    for part in path[:-1]:
        values = values.get(part) if isinstance(values, Mapping) else None
    return path[-1] == "name" and path[:-1] in CHOICES and isinstance(values, str)


def find_mistakes(document: Document) -> list[tuple[KeyPath, Problem]]:
    """What is wrong with single values of a document, with the path of each.

    What two values say together is left out: a change to one of them may mend it, as `--high` completes a range.
    """
    arms = document.values.get("arms")
    found: list[tuple[KeyPath, Problem]] = []
    if arms is not None and not isinstance(arms, Mapping):
        message = f"expected a mapping of names to overrides, got {show(arms)}"
        found.append((("arms",), problem_at(document, ("arms",), message)))
    try:
        Spec.model_validate(_own_values(document, _UNNAMED))
    except ValidationError as error:
        found += explain_all(error, document)
    search = document.values.get("search")
    has_range = isinstance(search, Mapping) and isinstance(search.get("lr"), Mapping)
    return [(path, problem) for path, problem in found if path != ("search", "lr") or not has_range]


def _own_values(document: Document, name: str) -> dict[str, object]:
    """The values of a document without its arms; with a name, if it has none."""
    values = {key: value for key, value in document.values.items() if (key, value) != ("name", None) and key != "arms"}
    return {"name": name} | values


def _read(document: Document, name: str | None) -> Parsed:
    """Read the spec in a document and the problems in it; the document's arms are ignored."""
    is_named = document.values.get("name") is not None or name is not None
    values = _own_values(document, name or _UNNAMED)
    problems: list[Problem] = []
    for at, before in document.replaced:
        problems += [problem for path, problem in find_mistakes(before) if path[: len(at)] == at]
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
