"""Checks a request before any data are opened: the spec, the user's own model and data, and the folder's name."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lrsearch.catalog import DATASETS
from lrsearch.errors import UsageError
from lrsearch.interfaces import Given
from lrsearch.plugins import load_plugins, plugins_of
from lrsearch.spec import (
    AUTO,
    ProgramKeys,
    Spec,
    arm_specs,
    change_spec,
    load_spec,
    make_spec,
    named_entries,
    unfit_keys,
)
from lrsearch.store import check_name, check_new, check_runs_dir

OWN = next(name for name, entry in DATASETS.items() if entry.from_python)
"""The data set that stands for arrays that the user passes from Python."""


@dataclass(frozen=True)
class Request:
    """A request for a search or a range test.

    Attributes:
        spec: The checked spec.
        given: The user's own model, data or program, if any.
        runs_dir: The folder of all runs.
        name: The exact name of the new folder; None to choose one from the spec's name.
    """

    spec: Spec
    given: Given
    runs_dir: Path
    name: str | None


def make_request(
    spec: Spec | Mapping[str, object] | str | Path | None,
    given: Given,
    runs_dir: str | Path,
    name: str | None,
    metric: str | Mapping[str, object] | None = None,
    plugins: Sequence[str | Path] = (),
) -> Request:
    """Check the arguments of a search or a range test, and return them as a request.

    Args:
        spec: A spec, a mapping or the path of a YAML file; None for the built-in spec.
        given: The user's own model, data or program, if any.
        runs_dir: The folder of all runs.
        name: The exact name of the new folder; None to choose one from the spec's name.
        metric: The metric that ranks the rates, in place of `search.metric`; None to keep the metric of the spec.
        plugins: Files of Python with networks, data sets and the like that the spec names.

    Raises:
        SpecError: The spec has mistakes; the error lists every mistake.
        UsageError: The name is taken or not allowed, a program has keys that only a network can have, or a network has
            keys that only a program can have, or a file stands in the place of `runs_dir`.
    """
    load_plugins(plugins)
    changes: dict[str, object] = {} if metric is None else {"search.metric": metric}
    if given.data is not None:  # so that its sizes are not checked against those of another data set
        changes |= {"data.dataset": OWN, "data.path": None, "data.test_path": None}
    checked = _as_spec(spec, changes, None if given.program is None else given.program.keys)
    if given.program is not None:
        _check_of_program(checked)
    elif any(of_arm.placeholders for of_arm in arm_specs(checked).values()):
        raise UsageError("placeholders: only a program behind `--` has placeholders; remove the key")
    check_runs_dir(Path(runs_dir))
    if name is None:
        check_name(checked.name)
    else:
        check_new(Path(runs_dir), name)
    given = replace(given, plugins=plugins_of(named_entries(checked)))
    return Request(checked, given, Path(runs_dir), name)


def _as_spec(
    spec: Spec | Mapping[str, object] | str | Path | None,
    changes: Mapping[str, object],
    program: ProgramKeys | None,
) -> Spec:
    if isinstance(spec, Spec):
        return change_spec(spec, changes, "metric") if changes else spec
    if isinstance(spec, Mapping):
        return make_spec(spec, changes=changes, program=program)
    return load_spec(spec, [f"{key}={json.dumps(value)}" for key, value in changes.items()], program=program)


def _check_of_program(spec: Spec) -> None:
    """Check that the spec of a program has the keys that a program needs, and no keys that a program cannot have."""
    if unfit := unfit_keys(spec):
        keys = "the key" if len(unfit) == 1 else "the keys"
        raise UsageError(f"{', '.join(unfit)}: cannot be set, because the program decides this; remove {keys}")
    for of_arm in arm_specs(spec).values():
        if of_arm.search.lr in {None, AUTO}:
            raise UsageError("search.lr: lrsearch knows no usual range of rates for a program; give low and high")
