"""A figure that a notebook shows as a picture. Importing this module also imports matplotlib."""

from __future__ import annotations

import io

from matplotlib.figure import Figure


class NotebookFigure(Figure):
    """A figure made without pyplot. A notebook would show a plain `Figure` as a line of text."""

    def _repr_png_(self) -> bytes:
        contents = io.BytesIO()
        self.savefig(contents, format="png", dpi=100)
        return contents.getvalue()
