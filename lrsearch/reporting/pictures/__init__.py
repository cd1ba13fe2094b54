"""Draws plots as SVG and PNG files. Matplotlib is imported only when the first plot is drawn."""

from __future__ import annotations

from lrsearch.reporting.pictures.arm import accuracy_figure, accuracy_picture
from lrsearch.reporting.pictures.arms import side_by_side_picture
from lrsearch.reporting.pictures.learning_curves import learning_curves_picture
from lrsearch.reporting.pictures.schedule import draw_schedules, schedule_picture, spec_curve
from lrsearch.reporting.pictures.style import (
    BLUE,
    GREEN,
    GREY,
    MARKERS,
    ORANGE,
    RED,
    SERIES,
    Form,
    new_figure,
    plain,
    save_figure,
)
from lrsearch.reporting.pictures.timeline import timeline_picture

__all__ = [
    "BLUE",
    "GREEN",
    "GREY",
    "MARKERS",
    "ORANGE",
    "RED",
    "SERIES",
    "Form",
    "accuracy_figure",
    "accuracy_picture",
    "draw_schedules",
    "learning_curves_picture",
    "new_figure",
    "plain",
    "save_figure",
    "schedule_picture",
    "side_by_side_picture",
    "spec_curve",
    "timeline_picture",
]
