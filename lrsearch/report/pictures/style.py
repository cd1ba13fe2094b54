"""The style of all pictures: colours that colour-blind readers can distinguish, and reproducible files."""

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

# From the palette of Okabe and Ito 2008, "Color universal design". In black and white they differ in lightness.
BLUE, ORANGE, GREEN, RED, PURPLE, SKY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9"
GREY = "#767676"
SERIES = (BLUE, ORANGE, GREEN, RED, PURPLE, SKY, "#000000", GREY)
MARKERS = "osD^vPX*"
"""One marker for each colour of `SERIES`, so that a series can also be recognised without its colour."""

MOST_MARKS = 400
"""Maximum number of marks of one kind (rates, trainings, trials). More marks would overlap and make a large file."""

T = TypeVar("T")

_SETTINGS: dict[Any, Any] = {
    "svg.hashsalt": "lrsearch",  # makes the ids in the file depend only on its contents
    "svg.fonttype": "none",  # keeps text as text, so that it can be searched and selected
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "legend.frameon": False,
}


def load_matplotlib() -> None:
    """Import matplotlib, even if the environment variable MPLBACKEND names a backend that is not installed.

    A command that a notebook starts inherits the notebook's MPLBACKEND. If this backend is not installed here, the
    import of matplotlib fails. Our pictures are drawn to files and need no backend. So this function hides the variable
    during the import. Afterwards it selects the backend, if matplotlib knows it.
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
    """Make an empty figure, with its size in inches. Draw on it inside the `with` block. It needs no display."""
    load_matplotlib()
    from matplotlib import rc_context

    from lrsearch.report.pictures.notebook_figure import NotebookFigure

    with rc_context(_SETTINGS):
        yield NotebookFigure(figsize=(width, height), layout="constrained")


def save_figure(figure: Figure, form: Form) -> bytes:
    """Return a figure as the contents of a file. With one version of matplotlib, equal figures give equal bytes.

    The layout is computed for the first file only, because this takes half of the time; further files reuse it.
    """
    from matplotlib import rc_context

    contents = io.BytesIO()
    with rc_context(_SETTINGS):
        figure.savefig(contents, format=form, dpi=150, metadata={"Date": None} if form == "svg" else None)
        figure.set_layout_engine("none")
    return contents.getvalue()


def plain(text: str) -> str:
    """Escape text so that matplotlib draws it as it is, on one line.

    Matplotlib reads text between dollar signs as a formula, and hides labels that begin with an underscore.
    """
    escaped = one_line(text).replace("$", r"\$")
    return f" {escaped}" if escaped.startswith("_") else escaped


def thinned(items: Sequence[T], most: int) -> Sequence[T]:
    """Return at most `most` items, evenly spread, including the first and the last.

    Example:
        >>> thinned(range(10), 4)
        [0, 3, 6, 9]
    """
    if len(items) <= most:
        return items
    return [items[i * (len(items) - 1) // (most - 1)] for i in range(most)]
