"""lrsearch finds the learning rate at which a network trains best, and shows the evidence.

>>> import lrsearch
>>> spec = lrsearch.load_spec()  # the built-in one: digits, a small mlp
>>> run = lrsearch.run_search(spec, strategy="grid")  # doctest: +SKIP
>>> run.best.lr  # doctest: +SKIP
0.1
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lrsearch.range_test import run_range
    from lrsearch.runs import Run, load_run, resume_run, run_search
    from lrsearch.spec import load_spec

__version__ = "0.1.0"
__all__ = ["Run", "__version__", "load_run", "load_spec", "resume_run", "run_range", "run_search"]

_HOMES = {
    "Run": "lrsearch.runs.run",
    "load_run": "lrsearch.runs.run",
    "load_spec": "lrsearch.spec",
    "resume_run": "lrsearch.runs.api",
    "run_range": "lrsearch.range_test.api",
    "run_search": "lrsearch.runs.api",
}


def __getattr__(name: str) -> object:
    """Import what is asked for when it is asked for, so that `lrsearch --help` loads none of it."""
    if name not in _HOMES:
        raise AttributeError(f"module 'lrsearch' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
