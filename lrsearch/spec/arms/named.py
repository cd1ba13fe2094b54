"""Arms: named sets of overrides, each searched in the same run; read, checked and told apart."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import NamedTuple

from lrsearch.errors import Problem, SpecError
from lrsearch.spec.document_changes import apply
from lrsearch.spec.problems import keys_at
from lrsearch.spec.reading import Document, Place
from lrsearch.spec.sections import NAME_PATTERN, Arms, KeyPath, Spec, quote, show, suggestion
from lrsearch.spec.writing import spec_values

OVER = "--over"
"""What the problems of arms that the command line makes name as their source."""

MOST_ARMS = 1000

_SECTIONS = ("data", "train", "search", "run")
_ALLOWED = ("model", "train.*", "search.*", "data.batch_size", "data.augment", "data.train_size", "run.engine")


class Reading(NamedTuple):
    """What a document holds, arms apart: with problems, the spec has defaults where values are wrong."""

    spec: Spec
    problems: list[Problem]


def key_problem(key: str) -> str | None:
    """Why an arm cannot override a key; None if it can, as far as its section tells.

    Example:
        >>> key_problem("train.epochs"), key_problem("train.epoch")
        (None, "unknown key 'train.epoch'; did you mean 'train.epochs'?")
    """
    section, field = (".".join(key.split(".")[:depth]) for depth in (1, 2))
    if _matches(field):
        return None
    tops = keys_at((), {})
    known = [*tops, *(f"{top}.{inner}" for top in _SECTIONS for inner in keys_at((top,), {}))]
    if key in _SECTIONS:
        return f"'{key}' is a whole section; name a key of it, such as train.epochs"
    if field in known or section in set(tops) - set(_SECTIONS):
        return f"'{key}' is the same for all arms; an arm may override {', '.join(_ALLOWED)}"
    return f"unknown key {quote(key)}{suggestion(field, known)}"


def _matches(field: str) -> bool:
    section, _, inner = field.partition(".")
    return section in _ALLOWED or field in _ALLOWED or (f"{section}.*" in _ALLOWED and inner in keys_at((section,), {}))


def read_arms(document: Document, base: Reading, read: Callable[[Document], Reading]) -> tuple[Arms, list[Problem]]:
    """The arms of a document, and every mistake in them, each at its arm's or its key's place.

    Args:
        document: Plain values with their places, the arms among them.
        base: What the document holds without its arms.
        read: Reads a document without arms.

    Returns:
        The arms, in the order of the document, and the problems.
    """
    named = document.values.get("arms")
    if named is None:
        return Arms(), []
    if not isinstance(named, Mapping):
        problem = f"expected a mapping of names to overrides, got {show(named)}"
        return Arms(), [Problem(*document.place(("arms",)), "arms", problem)]
    if len(named) > MOST_ARMS:
        return Arms(), [Problem(*document.place(("arms",)), "arms", f"{len(named):,} arms; {MOST_ARMS:,} at most")]
    arms: dict[str, dict[str, object]] = {}
    problems: list[Problem] = []
    names: dict[Spec, str] = {}
    places, keys = by_arm(document.places), by_arm(document.keys)
    for name, given in named.items():
        # Each arm with its own places alone: a search of a thousand arms has many.
        within = {("arms", name, *inner): at for inner, at in places.get(name, {}).items()}
        of_keys = {("arms", name, *inner): at for inner, at in keys.get(name, {}).items()}
        part = replace(document, places={(): document.place(("arms",)), **within}, keys=of_keys)
        problems += _form_problems(part, name, given)
        overrides = _overrides(part, name)
        if not overrides:
            continue
        arm, found = _read_arm(part, name, read)
        # What is wrong with the spec itself is said once, where it stands.
        known = {(problem.path, problem.message) for problem in base.problems}
        found = [problem for problem in found if (problem.path, problem.message) not in known]
        problems += [_within(problem, name) for problem in found]
        if not found and (twin := names.setdefault(arm, name)) != name:
            problems.append(_at_arm(part, name, f"is the same search as arm '{twin}'"))
        arms[name] = {**_own_range(document, arm, base.spec, overrides), **overrides}
    return Arms(arms), problems


def by_arm(places: Mapping[KeyPath, Place]) -> dict[str, dict[KeyPath, Place]]:
    """The places of each arm, by their paths within it."""
    found: dict[str, dict[KeyPath, Place]] = {}
    for path, place in places.items():
        if path[:1] == ("arms",) and len(path) > 1:
            found.setdefault(str(path[1]), {})[path[2:]] = place
    return found


def _form_problems(document: Document, name: str, overrides: object) -> list[Problem]:
    """What is wrong with an arm before its values are looked at."""
    if not re.fullmatch(NAME_PATTERN, name):
        rule = "letters, digits, '.', '_' and '-' only, 64 at most, and neither '.' nor '-' at its start"
        return [Problem(*_arm_place(document, name), "arms", f"an arm's name has {rule}; got {quote(name)}")]
    if overrides is None or overrides == {}:
        return [_at_arm(document, name, "overrides nothing; give it a key at least, such as train.epochs: 10")]
    if not isinstance(overrides, Mapping):
        return [_at_arm(document, name, f"expected a mapping of keys to values, got {show(overrides)}")]
    faults = {key: key_problem(key) for key in overrides}
    places = {key: document.place(("arms", name, key), of_key=True) for key in faults}
    return [
        Problem(*places[key], "" if places[key].source == OVER else f"arms.{name}", fault)
        for key, fault in faults.items()
        if fault is not None
    ]


def _read_arm(document: Document, name: str, read: Callable[[Document], Reading]) -> tuple[Spec, list[Problem]]:
    try:
        return read(_arm_document(document, name))
    except SpecError:  # the one thing that cannot be applied
        problem = "search.lr is a list of rates, which has no ends to set; give a range"
        return Spec(name=name), [Problem(*_arm_place(document, name), "", problem)]


def _arm_document(document: Document, name: str) -> Document:
    """The document of an arm alone: what it overrides stands at its own place, all else at the arm's."""
    overrides = _overrides(document, name)
    here = _arm_place(document, name)
    bare = Document({key: value for key, value in document.values.items() if key != "arms"}, {(): here})
    changed = apply(bare, [(tuple(key.split(".")), value) for key, value in overrides.items()], here.source)
    places: dict[KeyPath, Place] = {(): here}
    keys: dict[KeyPath, Place] = {}
    for key in overrides:
        at, path = ("arms", name, key), tuple(key.split("."))
        for depth in range(1, len(path) + 1):
            places.setdefault(path[:depth], document.place(at))
        places |= {path + inner[3:]: place for inner, place in document.places.items() if inner[:3] == at}
        keys |= {path + inner[3:]: place for inner, place in document.keys.items() if inner[:3] == at}
    return replace(changed, places=places, keys=keys, problems=())


def _overrides(document: Document, name: str) -> dict[str, object]:
    """What an arm overrides, keys that it cannot override left out."""
    arms = document.values["arms"]
    overrides = arms[name] if isinstance(arms, Mapping) else {}
    can_be_read = re.fullmatch(NAME_PATTERN, name) and isinstance(overrides, Mapping)
    return {key: value for key, value in overrides.items() if key_problem(key) is None} if can_be_read else {}


def _own_range(document: Document, arm: Spec, base: Spec, overrides: Mapping[str, object]) -> dict[str, object]:
    """The arm's range in full, where the spec leaves an end of it to the optimizer, and the arm has another one."""
    search = document.values.get("search")
    lr = search.get("lr") if isinstance(search, Mapping) else None
    is_open = isinstance(lr, Mapping) and not {"low", "high"} <= lr.keys()
    if not is_open or "search.lr" in overrides or arm.search.lr == base.search.lr:
        return {}
    values = spec_values(arm)["search"]
    return {"search.lr": values["lr"]} if isinstance(values, Mapping) else {}


def _arm_place(document: Document, name: str) -> Place:
    return document.place(("arms", name), of_key=True)


def _at_arm(document: Document, name: str, message: str) -> Problem:
    return Problem(*_arm_place(document, name), f"arms.{name}", message)


def _within(problem: Problem, name: str) -> Problem:
    """A problem of an arm's spec, under the arm's name; of one value of --over, which several arms share, once."""
    if problem.source == OVER:
        return problem
    return replace(problem, path=f"arms.{name}.{problem.path}" if problem.path else f"arms.{name}")
