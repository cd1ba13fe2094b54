"""Reads the arms of a spec. Checks the names, keys and values of the arms, and that no two arms are the same search."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import NamedTuple

from lrsearch.errors import Problem, SpecError
from lrsearch.spec.document_changes import change_document
from lrsearch.spec.key_names import suggest_key
from lrsearch.spec.problems import keys_at
from lrsearch.spec.reading import Document, Place
from lrsearch.spec.sections import (
    AUTO,
    MOST_RATES,
    NAME_PATTERN,
    NAME_RULE,
    Arms,
    KeyPath,
    Spec,
    quote,
    show,
    suggestion,
)
from lrsearch.spec.writing import spec_values

OVER = "--over"
"""The name of the source in problems with an arm that `--over` made."""

MOST_ARMS = 1000

_SECTIONS = ("data", "train", "search", "run")
_ALLOWED = ("model", "train.*", "search.*", "data.batch_size", "data.augment", "data.train_size", "run.engine")


class Parsed(NamedTuple):
    """The spec in a document, without its arms, and the problems in the spec. Defaults replace wrong values."""

    spec: Spec
    problems: list[Problem]


def key_problem(key: str) -> str | None:
    """Explain why an arm cannot override a key; None if an arm can override the key.

    Options such as model.width are not checked here, but when the arm is read.

    Example:
        >>> key_problem("train.epochs"), key_problem("train.epoch")
        (None, "unknown key 'train.epoch'; did you mean 'train.epochs'?")
    """
    section, field = (".".join(key.split(".")[:depth]) for depth in (1, 2))
    if field == "search.metric":
        return (
            "an arm cannot override 'search.metric', because arms are compared by one metric; set the metric for all "
            "arms"
        )
    if _is_allowed(field):
        return None
    top_keys = keys_at((), {})
    known = [*top_keys, *(f"{name}.{inner}" for name in _SECTIONS for inner in keys_at((name,), {}))]
    if key in _SECTIONS:
        return f"'{key}' is a whole section; give one of its keys, such as train.epochs"
    if field in known or section in set(top_keys) - set(_SECTIONS):
        return f"an arm cannot override '{key}'; an arm can override {', '.join(_ALLOWED)}"
    return f"unknown key {quote(key)}{suggestion(field, known) or suggest_key(key.rpartition('.')[2], [])}"


def _is_allowed(field: str) -> bool:
    section, _, inner = field.partition(".")
    if section == "placeholders":
        return bool(inner)
    return section in _ALLOWED or field in _ALLOWED or (f"{section}.*" in _ALLOWED and inner in keys_at((section,), {}))


def read_arms(document: Document, base: Parsed, read: Callable[[Document], Parsed]) -> tuple[Arms, list[Problem]]:
    """Read the arms of a document, and find every mistake in the arms.

    Args:
        document: The plain values with their lines and columns, including the arms.
        base: The spec in the document, without its arms.
        read: A function that reads the spec in a document without arms.

    Returns:
        The arms, in the order of the document, and the problems, each with its line and column.
    """
    named = document.values.get("arms")
    if named is None:
        return Arms(), []
    if not isinstance(named, Mapping):
        problem = f"expected a mapping of names to overrides, got {show(named)}"
        return Arms(), [Problem(*document.place(("arms",)), "arms", problem)]
    if len(named) > MOST_ARMS:
        return Arms(), [
            Problem(*document.place(("arms",)), "arms", f"{len(named):,} arms are too many; {MOST_ARMS:,} at most")
        ]
    arms: dict[str, dict[str, object]] = {}
    problems: list[Problem] = []
    first_with: dict[Spec, str] = {}
    n_rates = {"points": 0, "trials": 0}
    places, keys = by_arm(document.places), by_arm(document.keys)
    for name, given in named.items():
        # Give each arm only the places of its own values: with a thousand arms, copying all places would be slow.
        within = {("arms", name, *inner): at for inner, at in places.get(name, {}).items()}
        of_keys = {("arms", name, *inner): at for inner, at in keys.get(name, {}).items()}
        part = replace(document, places={(): document.place(("arms",)), **within}, keys=of_keys)
        problems += _form_problems(part, name, given)
        overrides = _overrides(part, name)
        if not overrides:
            continue
        arm, found = _read_arm(part, name, read)
        # Drop mistakes of the spec itself: they are reported once, at their own places.
        known = {(problem.path, problem.message) for problem in base.problems}
        found = [problem for problem in found if (problem.path, problem.message) not in known]
        problems += [_under_arm(problem, name) for problem in found]
        if not found and (twin := first_with.setdefault(arm, name)) != name:
            problems.append(
                _at_arm(part, name, f"the arm is the same search as arm '{twin}'; change or remove one of the two arms")
            )
        n_rates["points"] += arm.search.points or 0
        n_rates["trials"] += arm.search.trials
        arms[name] = {**_full_range(document, arm, base.spec, overrides), **overrides}
    for key, n in n_rates.items():
        if n > MOST_RATES:
            message = f"{len(arms):,} arms have {n:,} {key} in total; a run can have at most {MOST_RATES:,} rates"
            problems.append(Problem(*document.place(("arms",)), "arms", message))
    return Arms(arms), problems


def by_arm(places: Mapping[KeyPath, Place]) -> dict[str, dict[KeyPath, Place]]:
    """Group the lines and columns of the arms' values by arm.

    The path ("arms", "a", "train.epochs") becomes ("train.epochs",).
    """
    found: dict[str, dict[KeyPath, Place]] = {}
    for path, place in places.items():
        if path[:1] == ("arms",) and len(path) > 1:
            found.setdefault(str(path[1]), {})[path[2:]] = place
    return found


def _form_problems(document: Document, name: str, overrides: object) -> list[Problem]:
    """Return the problems with the name and the keys of an arm. `_read_arm` checks the values."""
    if not re.fullmatch(NAME_PATTERN, name):
        return [Problem(*_arm_place(document, name), "arms", f"{NAME_RULE}; got {quote(name)}")]
    if overrides is None or overrides == {}:
        return [_at_arm(document, name, "the arm overrides nothing; give at least one key, such as train.epochs: 10")]
    if not isinstance(overrides, Mapping):
        return [_at_arm(document, name, f"expected a mapping of keys to values, got {show(overrides)}")]
    problems = []
    for key in overrides:
        if message := key_problem(key):
            place = document.place(("arms", name, key), of_key=True)
            problems.append(Problem(*place, "" if place.source == OVER else f"arms.{name}", message))
    return problems


def _read_arm(document: Document, name: str, read: Callable[[Document], Parsed]) -> tuple[Spec, list[Problem]]:
    try:
        return read(_arm_document(document, name))
    except SpecError:  # the only possible cause: an override sets an end of a range, but there is no range
        search = document.values.get("search")
        is_auto = isinstance(search, Mapping) and search.get("lr") == AUTO
        problem = (
            f"search.lr is {'auto' if is_auto else 'a list of rates'}, so an arm cannot set low or high; give a range"
        )
        return Spec(name=name), [Problem(*_arm_place(document, name), "", problem)]


def _arm_document(document: Document, name: str) -> Document:
    """Make the document of one arm.

    Overrides keep their lines and columns. Every other value gets the line and column of the arm.
    """
    overrides = _overrides(document, name)
    here = _arm_place(document, name)
    bare = Document({key: value for key, value in document.values.items() if key != "arms"}, {(): here})
    changed = change_document(bare, [(tuple(key.split(".")), value) for key, value in overrides.items()], here.source)
    places: dict[KeyPath, Place] = {(): here}
    keys: dict[KeyPath, Place] = {}
    for key in overrides:
        at, path = ("arms", name, key), tuple(key.split("."))
        for depth in range(1, len(path) + 1):
            places.setdefault(path[:depth], document.place(at))
        places |= {path + inner[3:]: place for inner, place in document.places.items() if inner[:3] == at}
        keys |= {path + inner[3:]: place for inner, place in document.keys.items() if inner[:3] == at}
    replaced = tuple((path, replace(before, places=places, keys=keys)) for path, before in changed.replaced)
    return replace(changed, places=places, keys=keys, problems=(), replaced=replaced)


def _overrides(document: Document, name: str) -> dict[str, object]:
    """Return the overrides of an arm, without the keys that an arm cannot override."""
    arms = document.values["arms"]
    overrides = arms[name] if isinstance(arms, Mapping) else {}
    is_readable = re.fullmatch(NAME_PATTERN, name) and isinstance(overrides, Mapping)
    return {key: value for key, value in overrides.items() if key_problem(key) is None} if is_readable else {}


def _full_range(document: Document, arm: Spec, base: Spec, overrides: Mapping[str, object]) -> dict[str, object]:
    """Return the arm's range as an override if the spec has one end, and the arm's optimizer gives the other end."""
    search = document.values.get("search")
    lr = search.get("lr") if isinstance(search, Mapping) else None
    has_open_end = isinstance(lr, Mapping) and not {"low", "high"} <= lr.keys()
    if not has_open_end or "search.lr" in overrides or arm.search.lr == base.search.lr:
        return {}
    values = spec_values(arm)["search"]
    return {"search.lr": values["lr"]} if isinstance(values, Mapping) else {}


def _arm_place(document: Document, name: str) -> Place:
    return document.place(("arms", name), of_key=True)


def _at_arm(document: Document, name: str, message: str) -> Problem:
    return Problem(*_arm_place(document, name), f"arms.{name}", message)


def _under_arm(problem: Problem, name: str) -> Problem:
    """Put the name of an arm into the path of a problem.

    A value of --over gets no name, because several arms have it.
    """
    if problem.source == OVER:
        return problem
    return replace(problem, path=f"arms.{name}.{problem.path}" if problem.path else f"arms.{name}")
