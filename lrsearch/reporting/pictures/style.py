"""The style of all pictures: colours that colour-blind readers can distinguish, and reproducible files."""

from __future__ import annotations

import io
import math
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias, TypeVar

from lrsearch.wording import one_line

if TYPE_CHECKING:
    from matplotlib.axis import Axis
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
    while matplotlib is imported. After the import, this function selects the backend that the variable names, if
    matplotlib has it.
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


class Margins(NamedTuple):
    """The space around the plots of a figure, in inches."""

    left: float = 0.75
    right: float = 0.2
    top: float = 0.4
    bottom: float = 0.5


@contextmanager
def new_figure(width: float, height: float, margins: Margins | None = None) -> Iterator[Figure]:
    """Make an empty figure. Draw on the figure inside the `with` block. A figure needs no display.

    Args:
        width: In inches.
        height: In inches.
        margins: The space around the plots. None to let matplotlib compute this space, which takes half of the time of
            a picture.
    """
    load_matplotlib()
    from matplotlib import rc_context

    from lrsearch.reporting.pictures.notebook_figure import NotebookFigure

    with rc_context(_SETTINGS):
        figure = NotebookFigure(figsize=(width, height), layout=None if margins else "constrained")
        if margins:
            left, right, top, bottom = margins
            figure.subplots_adjust(left / width, bottom / height, 1 - right / width, 1 - top / height)
        yield figure


def mark_decades(axis: Axis, low: float, high: float) -> None:
    """Mark a logarithmic axis at 1, 2 and 5 times powers of ten, or at the powers alone if there are several.

    The labels are plain numbers. Matplotlib's own labels are formulas, which take a quarter of the time of a picture.

    Args:
        axis: The axis of a plot or a colour bar.
        low: Lower end of the axis, > 0.
        high: Upper end.
    """
    marks = log_marks(low, high)
    if len(marks) > 1:
        axis.set_ticks(marks, labels=[f"{mark:g}" for mark in marks])
        axis.set_ticks([], minor=True)


def log_marks(low: float, high: float) -> list[float]:
    """Return where to mark a logarithmic axis.

    Example:
        >>> log_marks(2e-4, 0.3), log_marks(0.02, 0.3), log_marks(1e-12, 1.0)
        ([0.001, 0.01, 0.1], [0.02, 0.05, 0.1, 0.2], [1e-12, 1e-10, 1e-08, 1e-06, 0.0001, 0.01, 1.0])
    """
    exponents = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    powers = [float(f"1e{exponent}") for exponent in exponents if low <= float(f"1e{exponent}") <= high]
    if len(powers) < 3:
        return [
            mark
            for exponent in exponents
            for digit in (1, 2, 5)
            if low <= (mark := float(f"{digit}e{exponent}")) <= high
        ]
    return powers[:: 1 + len(powers) // 8]


def save_figure(figure: Figure, form: Form) -> bytes:
    """Return a figure as the contents of a file. With one version of matplotlib, equal figures give equal bytes.

    Matplotlib computes the layout for the first file only; further files reuse the same layout.
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
