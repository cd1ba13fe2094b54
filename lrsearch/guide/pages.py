"""The pages of the manual: their names, their titles and their text."""

from __future__ import annotations

from pathlib import Path

_FOLDER = Path(__file__).parent

PAGES = (
    "commands",
    "answer",
    "stages",
    "range-test",
    "spec",
    "data",
    "optimizers",
    "schedules",
    "arms",
    "configs",
    "python",
    "run-folder",
    "fields",
    "machine",
    "speed",
    "faults",
    "benchmarks",
)
"""The name of each page, in the order in which a newcomer reads them."""


def page_text(name: str) -> str:
    """A page as Markdown.

    Args:
        name: One of `PAGES`.
    """
    return (_FOLDER / f"{name}.md").read_text(encoding="utf-8")


def page_summary(name: str) -> str:
    """What a page is about, in one line: its first heading, behind the colon.

    Args:
        name: One of `PAGES`.

    Example:
        >>> page_summary("data")
        'the built-in data sets, and your own'
    """
    heading = page_text(name).partition("\n")[0]
    return heading.partition(": ")[2]
