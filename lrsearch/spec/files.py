"""Loads the spec of a command: from a file, `--set` and `--over`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from lrsearch.errors import Problem, SpecError
from lrsearch.spec.arms import Dimension, parse_over, with_product
from lrsearch.spec.document_changes import Change, change_document, parse_set
from lrsearch.spec.old_keys import current_path, with_current_keys
from lrsearch.spec.parsing import find_hidden_mistakes, parse_spec
from lrsearch.spec.problems import problem_at
from lrsearch.spec.reading import Document, Place, read_document
from lrsearch.spec.sections import Spec

_SET = "--set"

RESERVED = "latest"
"""A name that no run can have. The spec of a run that was given another one may have it, and stays readable."""


def load_spec(path: str | Path | None = None, sets: Sequence[str] = (), over: Sequence[str] = ()) -> Spec:
    """The spec in a file, with changes from the command line.

    Args:
        path: A YAML file; None for the built-in spec, which is all defaults.
        sets: Changes as KEY=VALUE: a dotted path and a YAML value. They are made before the spec is checked, and so
            can mend the value of the key that they set; other mistakes of the file stay.
        over: Values to compare as KEY=VALUE,VALUE. Each combination of values becomes an arm.

    Returns:
        The spec. If it has no name, it gets the name of the file without its ending, or that of the data set.

    Raises:
        SpecError: Every mistake in the file and in the changes, each with its place.
    """
    problems: list[Problem] = []
    changes: list[Change] = []
    for text in sets:
        try:
            changes.append(parse_set(text, _SET))
        except SpecError as error:
            problems += error.problems
    dimensions: list[Dimension] = []
    for text in over:
        try:
            dimensions.append(parse_over(text))
        except SpecError as error:
            problems += error.problems
    try:
        document = Document({}, {(): Place(_SET)}) if path is None else with_current_keys(read_document(path))
        problems += document.problems
        problems += find_hidden_mistakes(document, [current_path(path) for path, _ in changes])
        document = with_product(change_document(document, changes, _SET), dimensions)
        spec = parse_spec(document, None if path is None else valid_name(Path(path).stem))
        if spec.name == RESERVED:
            message = f"'{RESERVED}' is reserved: it stands for the newest run; choose another name"
            problems.append(problem_at(document, ("name",), message))
    except SpecError as error:
        raise SpecError([*problems, *error.problems]) from None
    if problems:
        raise SpecError(problems)
    return spec


def is_empty_spec(path: str | Path) -> bool:
    """Whether a file holds no values, so that it means the built-in spec. The caller may warn of it.

    Raises:
        SpecError: The file cannot be read.
    """
    return not read_document(path).values


def valid_name(stem: str) -> str:
    """A spec's name from a file's stem: other characters than letters, digits, '.' and '_' become dashes.

    Example:
        >>> valid_name(".my spec (2)")
        'my-spec-2'
    """
    name = re.sub(r"[^A-Za-z0-9._]+", "-", stem).lstrip(".-")[:64].rstrip("-") or "spec"
    return f"{name}-spec" if name == RESERVED else name
