"""Prints the results of a run to stdout. Messages go to stderr."""

from __future__ import annotations

import shlex

from lrsearch.cli.options import Format
from lrsearch.cli.streams import write_out
from lrsearch.final import FINAL_FILE, final_lines, rate_line
from lrsearch.reporting.terminal import (
    arms_table,
    draw_accuracy,
    footer_lines,
    make_console,
    next_command,
    ranked_table,
    say,
)
from lrsearch.runs import Run
from lrsearch.store import results_csv, results_json, results_md, run_argument, shown_path

__all__ = ["make_console", "print_run", "say"]


def print_run(run: Run, form: Format) -> None:
    """Print the results of a run to stdout."""
    if run.manifest.final is not None and form is not Format.CSV:
        _print_final(run, form)
        return
    if form is Format.TABLE:
        console = make_console()
        if run.spec.arms and run.ranking.rows:
            console.print(arms_table(run.ranking, console.width, run.comparison.tied if run.comparison else ()))
        console.print(ranked_table(run.ranking, console.width))
        if run.best is not None and run.best_evidence is not None:
            rows = run.ranking.of_arm(run.best.arm)
            console.print(*draw_accuracy(rows, run.best_evidence, console.width), sep="\n", end="\n\n")
        for line in footer_lines(run, shown_path(run.path)):
            console.print(line, soft_wrap=True)
        console.print(f"next: {next_command(run, run_argument(run.path))}", soft_wrap=True)
        return
    values = run.spec_values
    match form:
        case Format.JSON:
            text = results_json(
                run.manifest, values, run.ranking, run.results, run.warnings, run.evidence, run.comparison
            )
        case Format.CSV:
            text = results_csv(run.ranking)
        case Format.MD:
            text = results_md(run.manifest, values, run.ranking, run.warnings, run.evidence, run.saved)
    write_out(text)


def _print_final(run: Run, form: Format) -> None:
    """Print the result of a final training, and where its files are."""
    plan, test = run.manifest.final, run.final
    if plan is None:
        return
    source = {Format.JSON: FINAL_FILE, Format.MD: "card.md"}.get(form, "")
    if source and (run.path / source).is_file():
        write_out((run.path / source).read_text(encoding="utf-8"))
        return
    console, shown = make_console(), shown_path(run.path)
    is_program = run.manifest.program is not None
    for line in [
        rate_line(run.spec, plan, is_program=is_program),
        *final_lines(plan, test, run.metric, run.spec.search.repeats),
    ]:
        console.print(line, soft_wrap=True)
    if test is None and run.finished:
        again = f"`lrsearch resume {run_argument(run.path)}` tests the network and writes the file again"
        console.print(f"! {FINAL_FILE} is missing; {again}", soft_wrap=True)
    if test is not None:
        console.print(f"{shown}: {', '.join(test.files)}", soft_wrap=True)
        if "test.safetensors" in test.files:
            console.print(f"next: python {shlex.quote(f'{shown}/model.py')}", soft_wrap=True)
