"""A figure that a notebook shows as a picture; importing this module loads matplotlib."""

from __future__ import annotations

import io

from matplotlib.figure import Figure


class NotebookFigure(Figure):
    """A figure without pyplot, which a notebook would otherwise show as a line of text."""

    def _repr_png_(self) -> bytes:
        contents = io.BytesIO()
        self.savefig(contents, format="png", dpi=100)
        return contents.getvalue()
