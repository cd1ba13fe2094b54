"""Finds options of the spec that `--over` drops, because an optimizer or model that is named anew gets its defaults."""

from __future__ import annotations

from collections.abc import Mapping

from lrsearch.spec.sections import CHOICES, TABLES, Choice, KeyPath, Spec, dotted, show
from lrsearch.spec.spec_changes import arm_specs


def over_warnings(spec: Spec) -> list[str]:
    """Return a warning for each set of options that arms drop, if the arms' optimizer or model has these options too.

    Args:
        spec: A spec whose arms `--over` has made.
    """
    arms_of: dict[str, list[str]] = {}
    for arm, of_arm in arm_specs(spec).items():
        for path, kind in CHOICES.items():
            if dropped := _dropped(kind, _choice_at(spec, path), _choice_at(of_arm, path), _named(spec, arm, path)):
                options = ", ".join(f"{key}: {show(value)}" for key, value in dropped.items())
                name = _choice_at(of_arm, path).name
                line = f"{dotted(path)}: {name} starts from its defaults, without the spec's {options}"
                arms_of.setdefault(f"{line}; to keep the old options, write {{name: {name}, {options}}}", []).append(
                    arm
                )
    return [f"{', '.join(arms)}: {line}" for line, arms in arms_of.items()]


def _dropped(kind: str, base: Choice, choice: Choice, named: frozenset[str]) -> dict[str, object]:
    """Return the options that the spec sets and that the arm's choice resets to their defaults."""
    defaults = TABLES[kind][base.name].options
    of_spec = {key: value for key, value in base.options.items() if value != defaults[key].default}
    shared = of_spec.keys() & choice.options.keys() - named
    return {key: value for key, value in of_spec.items() if key in shared and choice.options[key] != value}


def _named(spec: Spec, arm: str, path: KeyPath) -> frozenset[str]:
    """Return the options that an arm sets itself."""
    overrides, key = spec.arms.get(arm, {}), dotted(path)
    value = overrides.get(key)
    inside = {other.removeprefix(f"{key}.") for other in overrides if other.startswith(f"{key}.")}
    return frozenset(inside | (set(map(str, value)) if isinstance(value, Mapping) else set()))


def _choice_at(spec: Spec, path: KeyPath) -> Choice:
    value: object = spec
    for key in path:
        value = getattr(value, str(key))
    if not isinstance(value, Choice):
        raise TypeError(f"{dotted(path)} is not a choice")
    return value
