"""What all pictures share: colours for the colour-blind, and the same bytes for the same figure."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar

from lrsearch.wording import one_line

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Form: TypeAlias = Literal["png", "svg"]

# Of the palette of Okabe and Ito 2008, "Color universal design"; in black and white their lightness differs.
BLUE, ORANGE, GREEN, RED, PURPLE, SKY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9"
GREY = "#767676"
SERIES = (BLUE, ORANGE, GREEN, RED, PURPLE, SKY, "#000000", GREY)
MARKERS = "osD^vPX*"
"""One for each colour of `SERIES`, so that no series is identified by its colour alone."""

MOST_MARKS = 400
"""Rates, trainings and trials that are drawn of each kind, evenly spread: more would overlap, and make a large file."""

T = TypeVar("T")

_SETTINGS: dict[Any, Any] = {
    "svg.hashsalt": "lrsearch",  # names inside the file follow from its contents
    "svg.fonttype": "none",  # text that can be read, searched and selected
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "legend.frameon": False,
}


def load_matplotlib() -> None:
    """Import matplotlib, whatever backend the environment names.

    The shell of a notebook has MPLBACKEND from the notebook, whose backend may be no package here: the import fails.
    Our pictures need no backend, since they are drawn for a file. One that is known here stays the caller's choice.
    """
    if "matplotlib" in sys.modules:
        return
    named = os.environ.pop("MPLBACKEND", None)
    try:
        import matplotlib as mpl
    finally:
        if named is not None:
            os.environ["MPLBACKEND"] = named
    if named:
        with suppress(ValueError):
            mpl.rcParams["backend"] = named


@contextmanager
def new_figure(width: float, height: float) -> Iterator[Figure]:
    """An empty figure of so many inches, to be drawn on inside the block; it needs no display."""
    load_matplotlib()
    from matplotlib import rc_context

    from lrsearch.report.pictures.notebook_figure import NotebookFigure

    with rc_context(_SETTINGS):
        yield NotebookFigure(figsize=(width, height), layout="constrained")


def save_figure(figure: Figure, form: Form) -> bytes:
    """A figure as the contents of a file; equal figures give equal bytes with one version of matplotlib."""
    from matplotlib import rc_context

    contents = io.BytesIO()
    with rc_context(_SETTINGS):
        figure.savefig(contents, format=form, dpi=150, metadata={"Date": None} if form == "svg" else None)
    return contents.getvalue()


def plain(text: str) -> str:
    """Text that matplotlib draws unchanged, on one line: no formula, no hidden label, nothing that breaks the file."""
    escaped = one_line(text).replace("$", r"\$")
    return f" {escaped}" if escaped.startswith("_") else escaped


def thinned(items: Sequence[T], most: int) -> Sequence[T]:
    """At most so many of the items, evenly spread, the first and the last among them.

    Example:
        >>> thinned(range(10), 4)
        [0, 3, 6, 9]
    """
    if len(items) <= most:
        return items
    return [items[i * (len(items) - 1) // (most - 1)] for i in range(most)]
