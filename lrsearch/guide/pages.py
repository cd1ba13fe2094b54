"""The pages of the manual: their names, their titles and their text."""

from __future__ import annotations

from pathlib import Path

_FOLDER = Path(__file__).parent

PAGES = (
    "commands",
    "answer",
    "auto",
    "metrics",
    "script",
    "slurm",
    "cluster",
    "stages",
    "train",
    "pruning",
    "range-test",
    "spec",
    "data",
    "text",
    "tables",
    "optimizers",
    "schedules",
    "arms",
    "configs",
    "plugins",
    "python",
    "run-folder",
    "fields",
    "machine",
    "speed",
    "faults",
    "benchmarks",
)
"""The names of the pages, in the order in which a newcomer reads them."""


def page_text(name: str) -> str:
    """Read a page of the manual, as Markdown.

    Args:
        name: One of `PAGES`.
    """
    return (_FOLDER / f"{name}.md").read_text(encoding="utf-8")


def page_summary(name: str) -> str:
    """Return a one-line summary of a page: the text after the colon in its first heading.

    Args:
        name: One of `PAGES`.

    Example:
        >>> page_summary("data")
        'the built-in data sets, and your own'
    """
    heading = page_text(name).partition("\n")[0]
    return heading.partition(": ")[2]
