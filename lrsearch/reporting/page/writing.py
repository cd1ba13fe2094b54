"""Writes the report and its pictures into the folder of a run. A report can be made again from the log at any time."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lrsearch.reporting.page.page import PICTURES, report_page
from lrsearch.reporting.pictures import (
    accuracy_figure,
    accuracy_picture,
    learning_curves_picture,
    save_figure,
    side_by_side_picture,
    timeline_picture,
)
from lrsearch.store import files

if TYPE_CHECKING:
    from lrsearch.runs import Run

_OURS = re.compile(r"(accuracy|courses|timeline|arms)\.(svg|png)|accuracy-\d\d-.*\.svg")
"""Matches the file names of a report's pictures. A new report removes no files with other names."""

MOST_ARM_PICTURES = 12
"""Maximum number of arms with their own picture of the accuracy; the best arms come first."""


def write_report(run: Run, refresh_seconds: int | None = None) -> None:
    """Write report.html and plots/. Remove pictures of an earlier report that the new report does not have.

    Args:
        run: The run, finished or not.
        refresh_seconds: How often a browser loads the page again, for a run that goes on; None for never.

    Raises:
        StorageError: A file cannot be written. The log and the tables are not changed.
    """
    pictures = make_pictures(run)
    files.refuse_link(run.folder.plots)
    files.make_parents(run.folder.plots)
    for name, contents in pictures.items():
        files.replace_file(run.folder.plots / name, contents)
    for path in run.folder.plots.iterdir():
        if _OURS.fullmatch(path.name) and path.name not in pictures and path.is_file():
            files.remove(path)
    inline = {name: pictures[f"{name}.svg"] for name in PICTURES if f"{name}.svg" in pictures}
    page = report_page(run, inline, refresh_seconds)
    files.replace_file(run.folder.report, page.encode(errors="backslashreplace"))


def make_pictures(run: Run) -> dict[str, bytes]:
    """Draw the pictures of a run. Return them by file name; an empty dict if no training has finished.

    accuracy.svg and courses.svg (the learning curves) show the best arm. The accuracy of each further arm, up to
    `MOST_ARM_PICTURES` arms, has its own file, named by the rank and the name of the arm.
    """
    arms = run.ranking.arms
    if not arms:
        return {}
    accuracy = accuracy_figure(run, arms[0])
    made = {
        "accuracy.svg": save_figure(accuracy, "svg"),
        "accuracy.png": save_figure(accuracy, "png"),
        "courses.svg": learning_curves_picture(run, arms[0], "svg"),
    }
    timeline = timeline_picture(run, "svg")
    if timeline is not None:
        made["timeline.svg"] = timeline
    compared = {arm: evidence for arm in arms if (evidence := run.evidence.get(arm)) is not None}
    if run.spec.arms and compared:
        made["arms.svg"] = side_by_side_picture(compared, f"{run.name}: arms, each at its best rate", "svg")
    for place, arm in enumerate(arms[1:MOST_ARM_PICTURES], start=2):
        made[f"accuracy-{place:02d}-{file_name(arm)}.svg"] = accuracy_picture(run, arm, "svg")
    return made


def file_name(arm: str) -> str:
    """Turn the name of an arm into a part of a file name.

    Example:
        >>> file_name("train.optimizer.name=sgd, model.width=0.5")
        'train.optimizer.name_sgd_model.width_0.5'
    """
    return re.sub(r"[^A-Za-z0-9._-]+", "_", arm)[:80]
