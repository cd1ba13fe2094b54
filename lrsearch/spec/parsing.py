"""Makes a checked spec from a document. Reports all mistakes at once: wrong values, and values that conflict."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pydantic import ValidationError

from lrsearch.errors import Problem, SpecError
from lrsearch.spec.arms import Parsed, read_arms
from lrsearch.spec.document_changes import Change, change_document
from lrsearch.spec.old_keys import with_current_keys
from lrsearch.spec.problems import explain_all, problem_at
from lrsearch.spec.program_keys import ProgramKeys, of_program
from lrsearch.spec.reading import Document, plain_document
from lrsearch.spec.rules import check_all
from lrsearch.spec.sections import CHOICES, KeyPath, Spec, show

_UNNAMED = "unnamed"


def parse_spec(document: Document, name: str | None = None) -> Spec:
    """Check a document and return its spec, including the arms.

    Args:
        document: The plain values with their lines and columns.
        name: The spec's name if the document has none. If this is None too, the name of the data set is used.

    Raises:
        SpecError: The document contains mistakes; the error lists every mistake with its line and column.
    """
    document = with_current_keys(document)
    base = _read(document, name)
    arms, problems = read_arms(document, base, lambda of_arm: _read(of_arm, name))
    problems += [*document.problems, *base.problems]
    if problems:
        raise SpecError(problems)
    return base.spec.model_copy(update={"arms": arms}) if arms else base.spec


def find_hidden_mistakes(document: Document, changed: Iterable[KeyPath]) -> list[Problem]:
    """Find mistakes in a document that a change would hide.

    For example, the document has `data: mnist`, although `data` must be a section. A change of data.batch_size would
    replace this text by a section, and the mistake would not be reported.

    Args:
        document: The plain values with their lines and columns, before the change.
        changed: Keys that are changed. Mistakes in their values are left out, because the change replaces the values.
    """
    mended = [path[:-1] if _is_name_of_text(document, path) else path for path in changed]
    found = find_mistakes(document)
    return [problem for path, problem in found if not any(path[: len(at)] == at for at in mended)]


def _is_name_of_text(document: Document, path: KeyPath) -> bool:
    """Whether a path, such as `model.name`, is the name of a choice that is given as plain text (`model: cnn`)."""
    values: object = document.values
    for part in path[:-1]:
        values = values.get(part) if isinstance(values, Mapping) else None
    return path[-1] == "name" and path[:-1] in CHOICES and isinstance(values, str)


def find_mistakes(document: Document) -> list[tuple[KeyPath, Problem]]:
    """Find mistakes in single values of a document, and return each with the path of its value.

    Rules between values are not checked, because a change of one value may satisfy a violated rule. For example,
    `--high` completes a range.
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
    """Return the values of a document without its arms. If the document has no name, `name` is added."""
    values = {key: value for key, value in document.values.items() if (key, value) != ("name", None) and key != "arms"}
    return {"name": name} | values


def _read(document: Document, name: str | None) -> Parsed:
    """Read the spec in a document and find the problems in the spec. The document's arms are ignored."""
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
    """Shorten a path to the key that contains the value, such as `seed`, `model` or `train.optimizer`."""
    return path[:1] if path[:1] == ("model",) else path[:2]


def _without(values: Mapping[str, object], keys: set[KeyPath]) -> dict[str, object]:
    """Return the values without some keys, but always with a name."""
    others: dict[str, object] = {"name": _UNNAMED}
    for key, value in values.items():
        if (key,) in keys:
            continue
        if isinstance(value, Mapping):
            others[key] = {inner: of for inner, of in value.items() if (key, inner) not in keys}
        else:
            others[key] = value
    return others


def make_spec(
    values: Mapping[str, object],
    source: str = "spec",
    name: str | None = None,
    changes: Mapping[str, object] | None = None,
    program: ProgramKeys | None = None,
) -> Spec:
    """Make a spec from plain values. The inverse is `spec_values`.

    Args:
        values: Sections and keys; a key that is left out gets its default.
        source: The source of the values, as named in problems.
        name: The spec's name if the values have none. If this is None too, the name of the data set is used.
        changes: New values by dotted path, which replace the values in `values`.
        program: The program that trains in place of a network of the spec.

    Raises:
        SpecError: The values contain mistakes; the error lists every mistake.

    Example:
        >>> make_spec({"train": {"optimizer": "adam"}}).train.optimizer.options["eps"]
        1e-08
    """
    document = plain_document(values, source)
    hidden: list[Problem] = []
    if changes:
        paths: list[Change] = [(tuple(key.split(".")), value) for key, value in changes.items()]
        before = document if program is None else of_program(document, program)
        hidden = find_hidden_mistakes(before, [path for path, _ in paths])
        document = change_document(document, paths, source)
    if program is not None:
        document, name = of_program(document, program), name or program.name
    try:
        spec = parse_spec(document, name)
    except SpecError as error:
        raise SpecError([*hidden, *error.problems]) from None
    if hidden:
        raise SpecError(hidden)
    return spec
