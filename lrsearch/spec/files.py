"""Loads the spec of a command from a file, with changes from `--set` and `--over`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from lrsearch.errors import Problem, SpecError
from lrsearch.spec.arms import Dimension, parse_over, with_product
from lrsearch.spec.document_changes import Change, change_document, parse_set
from lrsearch.spec.old_keys import current_path, with_current_keys
from lrsearch.spec.parsing import find_hidden_mistakes, parse_spec
from lrsearch.spec.problems import problem_at
from lrsearch.spec.program_keys import ProgramKeys, of_program
from lrsearch.spec.reading import Document, Place, read_document
from lrsearch.spec.sections import Spec

_SET = "--set"

RESERVED = "latest"
"""A name that no run can have. `load_spec` refuses this name, but the spec of an older run may contain it."""


def load_spec(
    path: str | Path | None = None,
    sets: Sequence[str] = (),
    over: Sequence[str] = (),
    program: ProgramKeys | None = None,
) -> Spec:
    """Load the spec in a file and apply the changes from the command line.

    Args:
        path: A YAML file; None for the built-in spec, in which every key has its default.
        sets: Changes as KEY=VALUE: a dotted path and a YAML value. The changes are applied before the spec is checked,
            so a change can correct a wrong value in the file. Other mistakes in the file are still reported.
        over: Values to compare as KEY=VALUE,VALUE. Each combination of values becomes an arm.
        program: The program that trains in place of a network of the spec; its placeholders may be set as keys.

    Returns:
        The spec. A spec without a name is named after the file (without its ending), or after the data set if there is
        no file.

    Raises:
        SpecError: The file or the changes contain mistakes; the error lists every mistake with its line and column.
    """
    if program is not None:
        sets, over = list(map(program.full_setting, sets)), list(map(program.full_setting, over))
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
        in_file = document if program is None else of_program(document, program)
        problems += find_hidden_mistakes(in_file, [current_path(path) for path, _ in changes])
        document = with_product(change_document(document, changes, _SET), dimensions)
        if program is not None:
            document = of_program(document, program)
        spec = parse_spec(document, _name_of(path, program))
        problems += _unfit(document, spec, program)
    except SpecError as error:
        raise SpecError([*problems, *error.problems]) from None
    if problems:
        raise SpecError(problems)
    return spec


def _unfit(document: Document, spec: Spec, program: ProgramKeys | None) -> Iterator[Problem]:
    """Yield the problems of a spec for a new run that the spec of an existing run may have."""
    if program is None and "scale" in spec.search.metric.options:
        message = "this is the spec of a program; give its command behind `--`"
        yield problem_at(document, ("search", "metric"), message)
    if spec.name == RESERVED:
        message = f"'{RESERVED}' is reserved for the newest run; choose another name"
        yield problem_at(document, ("name",), message)


def _name_of(path: str | Path | None, program: ProgramKeys | None) -> str | None:
    if path is not None:
        return valid_name(Path(path).stem)
    return None if program is None else valid_name(program.name)


def is_empty_spec(path: str | Path) -> bool:
    """Whether a file contains no values. `load_spec` then returns the built-in spec, and the caller may warn the user.

    Raises:
        SpecError: The file cannot be read.
    """
    return not read_document(path).values


def valid_name(stem: str) -> str:
    """Make a spec's name from a file's stem. Characters other than letters, digits, '.' and '_' become dashes.

    Example:
        >>> valid_name(".my spec (2)")
        'my-spec-2'
    """
    name = re.sub(r"[^A-Za-z0-9._]+", "-", stem).lstrip(".-")[:64].rstrip("-") or "spec"
    return f"{name}-spec" if name == RESERVED else name
