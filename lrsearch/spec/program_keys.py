"""The spec of a program behind `--`. It has few keys, because the program has its own network, data and training."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from lrsearch.catalog import is_minimized
from lrsearch.errors import Problem
from lrsearch.spec.problems import problem_at
from lrsearch.spec.reading import Document
from lrsearch.spec.sections import AUTO, BUILT_IN_PLACEHOLDERS, KeyPath, Spec, dotted
from lrsearch.spec.writing import spec_values, spec_yaml

_TOP_LEVEL = ("name", "seed", "placeholders", "train", "search", "run", "arms")
_OF_SECTIONS = {"train": ("epochs",), "run": ("executor", "address", "jobs", "num_cpus", "trial_timeout")}
_NOT_OF_SEARCH = ("scored_epoch",)


@dataclass(frozen=True, slots=True)
class ProgramKeys:
    """The facts about a program that the check of a spec needs.

    Attributes:
        name: The name for a spec without a name, such as the name of the script.
        placeholders: The names in braces in the program's command and template.
        is_share: Whether the metric of the program is a share of the examples.
        minimize: Whether a smaller value of the metric is better; if not, the metric's name decides.
    """

    name: str
    placeholders: frozenset[str]
    is_share: bool = False
    minimize: bool = False

    def full_key(self, key: str) -> str:
        """Return the dotted key of a placeholder of the program. A key that names no placeholder is returned unchanged.

        Example:
            >>> keys = ProgramKeys("train", frozenset({"lr", "opt"}))
            >>> keys.full_key("opt"), keys.full_key("lr"), keys.full_key("search.trials")
            ('placeholders.opt', 'lr', 'search.trials')
        """
        is_own = key in self.placeholders and key not in {*BUILT_IN_PLACEHOLDERS, *_TOP_LEVEL}
        return f"placeholders.{key}" if is_own else key

    def full_setting(self, text: str) -> str:
        """Return KEY=VALUE with the full key.

        Example:
            >>> ProgramKeys("train", frozenset({"opt"})).full_setting("opt=sgd,adam")
            'placeholders.opt=sgd,adam'
        """
        key, equals, value = text.partition("=")
        return f"{self.full_key(key.strip())}{equals}{value}"


def of_program(document: Document, program: ProgramKeys) -> Document:
    """Return the document of a program's spec, with the full keys of placeholders in arms and the goal of the metric.

    An arm may name a placeholder without `placeholders.`. Mistakes are added to the document's problems.

    Args:
        document: The plain values with their lines and columns, with all changes of the command line.
        program: The program.
    """
    problems = list(_problems(document))
    values = dict(document.values)
    arms = values.get("arms")
    if isinstance(arms, Mapping):
        values["arms"] = {
            name: {program.full_key(key): value for key, value in overrides.items()}
            if isinstance(overrides, Mapping)
            else overrides
            for name, overrides in arms.items()
        }
    search = values.get("search")
    if isinstance(search, Mapping) and "metric" in search:
        values["search"] = {**search, "metric": full_metric(search["metric"], program)}
    return replace(document, values=values, problems=(*document.problems, *problems))


def full_metric(value: object, program: ProgramKeys) -> object:
    """Add the goal and the scale to a metric that a program prints. The goal follows from the name of the metric.

    Example:
        >>> full_metric("val_loss", ProgramKeys("train", frozenset()))
        {'goal': 'min', 'scale': 'real', 'name': 'val_loss'}
    """
    if isinstance(value, str):
        value = {"name": value}
    if not isinstance(value, Mapping) or not isinstance(value.get("name"), str):
        return value
    goal = "min" if program.minimize or is_minimized(value["name"]) else "max"
    return {"goal": goal, "scale": "share" if program.is_share else "real", **value}


def _problems(document: Document) -> Iterator[Problem]:
    def missing(path: KeyPath, flags: str, message: str) -> Problem:
        has_file = document.place(()).source != "--set"
        return problem_at(document, path, message) if has_file else Problem(flags, 0, 0, "", message)

    for path in _paths(document):
        if not _is_allowed(path):
            what = "because the program decides this itself; write the value into the program's command"
            yield problem_at(document, path, f"cannot be set for a program behind `--`, {what}")
    search = document.values.get("search")
    search = search if isinstance(search, Mapping) else {}
    rates = search.get("lr")
    if rates == AUTO:
        yield problem_at(document, ("search", "lr"), "a range test cannot train a program; give --low and --high")
    elif rates is None or (isinstance(rates, Mapping) and not {"low", "high"} <= rates.keys()):
        yield missing(
            ("search", "lr"), "--low, --high", "lrsearch knows no usual range of rates for a program; give both ends"
        )
    if search.get("metric") is None:
        message = "name a metric that the program prints, such as val_acc; this metric ranks the rates"
        yield missing(("search", "metric"), "--metric", message)


def _paths(document: Document) -> Iterator[KeyPath]:
    """Yield the path of each key in the document, down to the keys of a section."""
    for key, value in document.values.items():
        is_section = key in Spec.model_fields and isinstance(value, Mapping) and key not in {"placeholders", "arms"}
        if is_section and isinstance(value, Mapping) and key != "model":
            yield from ((key, inner) for inner in value)
        else:
            yield (key,)


def _is_allowed(path: KeyPath) -> bool:
    """Whether the spec of a program may have a key. Unknown keys are allowed here: another check reports them."""
    section, key = str(path[0]), str(path[-1])
    if len(path) == 1 or section == "placeholders":
        return section in _TOP_LEVEL or section not in Spec.model_fields
    if section == "search":
        return key not in _NOT_OF_SEARCH
    return section not in Spec.model_fields or key in _OF_SECTIONS.get(section, ())


def written_values(spec: Spec, *, of_program: bool) -> dict[str, object]:
    """Convert a spec to plain values, as `spec_values` does. Leave out keys that the spec of a program cannot have."""
    if not of_program:
        return spec_values(spec)
    kept: dict[str, object] = {}
    for key, value in spec_values(spec).items():
        if key not in _TOP_LEVEL:
            continue
        if key == "arms":
            kept[key] = {name: _of_arm(overrides) for name, overrides in cast("dict[str, Any]", value).items()}
        elif key in {"train", "search", "run"}:
            inner = cast("dict[str, object]", value)
            kept[key] = {name: of for name, of in inner.items() if _is_allowed((key, name))}
        else:
            kept[key] = value
    return kept


def _of_arm(overrides: Mapping[str, object]) -> dict[str, object]:
    return {key: value for key, value in overrides.items() if _is_allowed(tuple(key.split(".")[:2]))}


def written_yaml(spec: Spec, *, of_program: bool) -> str:
    """Write a spec as YAML, as `spec_yaml` does. Leave out keys that the spec of a program cannot have."""
    return spec_yaml(spec, written_values(spec, of_program=of_program))


def unfit_keys(spec: Spec) -> list[str]:
    """Return the keys of a checked spec that differ from their defaults and that a program's spec cannot have."""
    default, given = spec_values(Spec(name=spec.name)), spec_values(spec)
    found: list[KeyPath] = []
    for key, value in given.items():
        if value == default.get(key) or key in {"placeholders", "arms"}:
            continue
        if isinstance(value, dict) and key != "model":
            before = cast("dict[str, object]", default[key])
            found += [(key, inner) for inner, of in value.items() if of != before.get(inner)]
        else:
            found.append((key,))
    return [dotted(path) for path in found if not _is_allowed(path)]
