"""Changes a checked spec, makes the spec of each arm, and finds the differences between two specs."""

from __future__ import annotations

from collections.abc import Mapping

from lrsearch.spec.document_changes import change_document
from lrsearch.spec.parsing import parse_spec
from lrsearch.spec.reading import plain_document
from lrsearch.spec.sections import Arms, Spec, plain
from lrsearch.spec.writing import spec_values


def change_spec(spec: Spec, changes: Mapping[str, object], source: str = "--set") -> Spec:
    """Change some values of a spec, check the result and return it.

    Args:
        spec: The spec to start from.
        changes: New values by dotted path. A new optimizer, model, schedule or data set starts with its own default
            options. If only one end of a range is given, the other end stays. If the spec gives no rates, the other end
            is the optimizer's usual one.
        source: The source of the new values, as named in problems.

    Raises:
        SpecError: The changed spec contains mistakes; the error lists every mistake.

    Example:
        >>> from lrsearch.spec.parsing import make_spec
        >>> change_spec(make_spec({}), {"train.optimizer.name": "adam", "search.lr.low": 1e-4}).search.lr
        LrRange(low=0.0001, high=0.3, scale='log')
    """
    document = plain_document(spec_values(spec), source)
    wanted = plain_document(changes, source).values.items()
    return parse_spec(change_document(document, [(tuple(key.split(".")), value) for key, value in wanted], source))


def arm_specs(spec: Spec) -> dict[str, Spec]:
    """Return the spec of each arm, by name. A spec without arms counts as one arm with the name "".

    Args:
        spec: A checked spec.

    Returns:
        Specs without arms, in the order of the arms.

    Example:
        >>> from lrsearch.spec.parsing import make_spec
        >>> specs = arm_specs(make_spec({"arms": {"adam": {"train.optimizer": "adam"}}}))
        >>> {name: arm.train.optimizer.name for name, arm in specs.items()}
        {'adam': 'adam'}
    """
    base = spec.model_copy(update={"arms": Arms()})
    if not spec.arms:
        return {"": base}
    overrides = {name: {key: plain(value) for key, value in changes.items()} for name, changes in spec.arms.items()}
    return {name: change_spec(base, changes, f"arm {name}") for name, changes in overrides.items()}


def change_arms(spec: Spec, changes: Mapping[str, Mapping[str, object]]) -> Spec:
    """Return a spec in which some arms have added or changed overrides.

    Args:
        spec: A checked spec.
        changes: Overrides by arm; arms that the spec does not have are ignored.

    Raises:
        SpecError: The changed arms contain mistakes; the error lists every mistake.
    """
    if not spec.arms:
        return spec
    return change_spec(spec, {"arms": {name: {**spec.arms[name], **changes.get(name, {})} for name in spec.arms}})


def differences(old: Spec, new: Spec) -> list[tuple[str, object, object]]:
    """List the values that differ between two specs, as (dotted path, old, new); None if a spec lacks the value."""
    before, after = flatten(spec_values(old)), flatten(spec_values(new))
    return [(key, before.get(key), after.get(key)) for key in before | after if before.get(key) != after.get(key)]


def flatten(values: Mapping[str, object], prefix: str = "") -> dict[str, object]:
    """Flatten nested values into a dict by dotted path. An empty mapping counts as a value.

    Args:
        values: The nested values.
        prefix: Text to put before each path.

    Example:
        >>> flatten({"train": {"epochs": 3, "optimizer": {"name": "sgd"}}, "arms": {}})
        {'train.epochs': 3, 'train.optimizer.name': 'sgd', 'arms': {}}
    """
    flat: dict[str, object] = {}
    for key, value in values.items():
        if isinstance(value, Mapping) and value:
            flat |= flatten(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = value
    return flat
