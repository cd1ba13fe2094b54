"""Checks a request before any data are opened: the spec, the model and data given from Python, the folder's name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lrsearch.interfaces import Given
from lrsearch.spec import Spec, load_spec, make_spec
from lrsearch.store import check_name, check_new


@dataclass(frozen=True)
class Request:
    """A request for a search or a range test.

    Attributes:
        spec: The checked spec.
        given: The model and the data given from Python.
        runs_dir: The folder of all runs.
        name: The exact name of the new folder; None to choose one from the spec's name.
    """

    spec: Spec
    given: Given
    runs_dir: Path
    name: str | None


def make_request(
    spec: Spec | Mapping[str, object] | str | Path | None,
    model: Callable[[], Any] | None,
    data: Mapping[str, Any] | None,
    runs_dir: str | Path,
    name: str | None,
) -> Request:
    """Check the arguments of a search or a range test, and return them as a request.

    Args:
        spec: A spec, a mapping or the path of a YAML file; None for the built-in spec.
        model: Builds a network in place of `spec.model`.
        data: Arrays in place of `spec.data.dataset`.
        runs_dir: The folder of all runs.
        name: The exact name of the new folder; None to choose one from the spec's name.

    Raises:
        SpecError: The spec has mistakes; the error lists them all.
        UsageError: The name is taken or not allowed, or the data are not a mapping.
    """
    checked = _as_spec(spec)
    if name is None:
        check_name(checked.name)
    else:
        check_new(Path(runs_dir), name)
    return Request(checked, Given(model, data), Path(runs_dir), name)


def _as_spec(spec: Spec | Mapping[str, object] | str | Path | None) -> Spec:
    if isinstance(spec, Spec):
        return spec
    return make_spec(spec) if isinstance(spec, Mapping) else load_spec(spec)
