"""Builds the report of a run: one HTML page that contains its pictures, has no scripts and loads no other files."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from lrsearch.analysis.ranking import Row
from lrsearch.catalog import VAL_ACCURACY, Metric
from lrsearch.records import Task
from lrsearch.reporting.page.classes import MOST_CLASSES, class_accuracies
from lrsearch.reporting.terminal import (
    header_line,
    measured_with,
    next_command,
    nothing_line,
    pytorch_lines,
    run_answer,
    search_again,
)
from lrsearch.spec import optimizer_steps, written_yaml
from lrsearch.store import run_argument
from lrsearch.wording import counted, rate_among, rounded, visible

if TYPE_CHECKING:
    from jinja2 import Environment

    from lrsearch.runs import Run

PICTURES = ("accuracy", "arms", "courses", "timeline")
"""The names of the pictures that a page may show. `courses` shows the learning curves."""

MOST_ROWS, MOST_ARMS = 200, 50
"""Maximum number of rows in the table of rates, and in the table of arms."""

MOST_NOTEBOOK_ROWS = 30
"""Maximum number of rows of the table in a notebook."""


def report_page(run: Run, pictures: Mapping[str, bytes], refresh_seconds: int | None = None) -> str:
    """Return the report as HTML.

    All text from outside is escaped. The page has a content security policy that forbids scripts and requests.

    Args:
        run: The run, finished or not.
        pictures: The SVG pictures by name. A picture of `PICTURES` that is missing is not shown.
        refresh_seconds: How often a browser loads the page again; None for never.
    """
    best, evidence, spec = run.best, run.best_evidence, run.best_spec
    manifest, ranking = run.manifest, run.ranking
    task = manifest.task if best is None else manifest.task_of(best.arm)
    answer: dict[str, Any] = {"answer": None, "answer_lines": [], "pytorch": "", "remarks": []}
    if evidence is not None:
        lr = rounded(evidence.recommendation.lr, 4)
        answer = {
            "answer": evidence,
            "answer_lines": run_answer(run),
            "pytorch": "\n".join(pytorch_lines(spec, lr, optimizer_steps(spec, task.n_train))) if task.n_train else "",
            "remarks": [remark.text for remark in evidence.remarks if not remark.is_warning],
        }
    return render(
        "report.html.j2",
        pictures,
        title=f"{run.name}: learning rates",
        refresh_seconds=refresh_seconds,
        run=run,
        best=best,
        metric=run.metric,
        subject="Accuracy" if run.metric.name == VAL_ACCURACY.name else run.metric.label.capitalize(),
        header=header_line(run),
        summary=_summary(run),
        nothing=_nothing(run),
        measured_with=measured_with(run),
        next_command=next_command(run, run_argument(run.path)),
        warnings=run.warnings,
        has_arms=bool(run.spec.arms),
        has_overrides=run.ranking.has_overrides,
        arms=[(arm, ranking.best_of(arm), run.evidence.get(arm)) for arm in ranking.arms[:MOST_ARMS]],
        n_arms=len(ranking.arms),
        classes=(classes := class_accuracies(run))[:MOST_CLASSES],
        n_classes=len(classes),
        rows=shown_rows(ranking.rows, len(ranking.arms)),
        n_rows=len(ranking.rows),
        **_columns(ranking.rows, run.metric),
        reproduce=_reproduce(run),
        environment=_environment(run),
        decisions=[(name, f"{each.value} ({each.reason})") for name, each in manifest.decisions.items()],
        spec=written_yaml(run.spec, of_program=run.manifest.program is not None),
        **answer,
    )


def notebook_html(run: Run) -> str:
    """Return the answer and the ranked table of a run as HTML for a notebook.

    All text is escaped; there are no scripts.

    Args:
        run: The run, finished or not.
    """
    rows = run.ranking.rows
    return render(
        "notebook.html.j2",
        {},
        header=header_line(run),
        answer_lines=run_answer(run),
        nothing=_nothing(run),
        warnings=run.warnings,
        metric=run.metric,
        has_arms=bool(run.spec.arms),
        has_overrides=run.ranking.has_overrides,
        rows=rows[:MOST_NOTEBOOK_ROWS],
        n_more=max(0, len(rows) - MOST_NOTEBOOK_ROWS),
        **_columns(rows, run.metric),
    )


def _columns(rows: Sequence[Row], metric: Metric) -> dict[str, bool]:
    """Tell which optional columns a table has. In a table with scores, a column without any value is left out."""
    others = [row.val_accuracy if metric.name == "val_loss" else row.val_loss for row in rows]
    is_empty = all(row.score is None for row in rows)
    return {
        "has_train": is_empty or any(row.train_accuracy is not None for row in rows),
        "has_other": is_empty or any(other is not None for other in others),
    }


def shown_rows(rows: Sequence[Row], n_arms: int) -> Sequence[Row]:
    """Return the rows that a page shows: all rows, or only the best of each arm if there are more than `MOST_ROWS`."""
    if len(rows) <= MOST_ROWS:
        return rows
    of_each = max(3, MOST_ROWS // n_arms)
    return [row for row in rows if row.rank is not None and row.rank <= of_each][:MOST_ROWS]


def render(template: str, pictures: Mapping[str, bytes], **values: object) -> str:
    """Fill in a template of this package. Escape all values except the pictures, which lrsearch draws itself."""
    from markupsafe import Markup

    # This is safe: matplotlib wrote the pictures, and it escapes all text in them.
    inline = {name: Markup(inline_svg(svg, name)) for name, svg in pictures.items()}  # noqa: S704
    inline = dict.fromkeys(PICTURES, Markup()) | inline
    return _templates().get_template(template).render(**{"pictures": inline, "refresh_seconds": None, **values})


def inline_svg(svg: bytes, name: str) -> str:
    """Turn an SVG file into an element of a page. Put the picture's name before each id, so that ids stay unique.

    Example:
        >>> inline_svg(b'<?xml version="1.0"?><svg><g id="a"/><use xlink:href="#a"/></svg>', "x")
        '<svg role="img" aria-label="x"><g id="x-a"/><use xlink:href="#x-a"/></svg>'
    """
    text = svg.decode()
    text = text[text.index("<svg") :].strip()
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r'\bid="([^"]+)"', rf'id="{name}-\1"', text)
    text = re.sub(r"url\(#([^)]+)\)", rf"url(#{name}-\1)", text)
    text = re.sub(r'href="#([^"]+)"', rf'href="#{name}-\1"', text)
    return text.replace("<svg", f'<svg role="img" aria-label="{name}"', 1)


@cache
def _templates() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    # `select_autoescape` would not escape in report.html.j2, because of its ending.
    environment = Environment(
        loader=PackageLoader("lrsearch.reporting.page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        finalize=_visible,
    )
    environment.filters |= {"rate": _rate, "share": _share, "interval": _interval, "score": _score}
    return environment


def _rate(lr: float, others: Sequence[float] = ()) -> str:
    """Format a rate with enough digits to distinguish it from the other rates of its table."""
    return rate_among(lr, others)


def _visible(value: object) -> object:
    """Escape invisible characters in a string. Return other values unchanged, such as Markup."""
    return visible(value) if type(value) is str else value


def _share(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.4f}" if value < 1000 else f"{value:.1e}"


def _score(value: float | None, metric: Metric) -> str:
    return "-" if value is None else metric.text(value, 4)


def _interval(row: Row, metric: Metric) -> str:
    if row.score_low is None or row.score_high is None:
        return "-"
    return f"{metric.text(row.score_low)} to {metric.text(row.score_high)}"


def _summary(run: Run) -> str:
    manifest, task = run.manifest, run.manifest.task
    state = "finished" if run.finished else "not finished"
    begun = manifest.created[:16].replace("T", " ")
    return (
        f"{manifest.strategy} search, {counted(len(run.ranking.rows), 'learning rate')}, "
        f"{counted(run.ranking.n_trials, 'training')} in {manifest.train_seconds:,.1f} s, "
        f"seed {manifest.seed}, {state}, "
        f"started {begun} UTC. {_data(task)}."
    )


def _data(task: Task) -> str:
    """Write the name of the data and, if known, the number of examples in each part."""
    train = "" if task.n_train is None else f"{task.n_train:,} training {task.kind}"
    val = "" if task.n_val is None else f"{task.n_val:,} validation {task.kind}"
    classes = "" if task.n_classes is None else f"{task.n_classes} classes"
    sizes = ", ".join(filter(None, [train, val, classes]))
    return f"{task.name}: {sizes}" if sizes else task.name


def _nothing(run: Run) -> str:
    """Say why there is no learning rate to recommend."""
    line = nothing_line(run).removeprefix("nothing to recommend: ").removeprefix("nothing to recommend yet: ")
    return f"{line[:1].upper()}{line[1:]}."


def _reproduce(run: Run) -> str:
    return f"{search_again(run)}\n# the command of this run: {shlex.join(run.manifest.command)}"


def _environment(run: Run) -> list[tuple[str, str]]:
    manifest = run.manifest
    versions = ", ".join(f"{name} {version}" for name, version in manifest.versions.items())
    platform = [(str(name), str(value)) for name, value in manifest.platform.items()]
    commit = [("git commit", manifest.git_commit)] if manifest.git_commit else []
    data = [("data", manifest.task.fingerprint)] if manifest.task.fingerprint else []
    return [("versions", versions), *platform, *commit, *data]
