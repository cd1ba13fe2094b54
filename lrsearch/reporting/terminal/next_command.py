"""Tells which command to run after a search, and how to run a search again."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from lrsearch.reporting.terminal.trained import command_line, trained_by
from lrsearch.store import enter_folder, file_argument
from lrsearch.wording import distinct_rates, significant

if TYPE_CHECKING:
    from lrsearch.analysis.evidence import Evidence
    from lrsearch.runs import Run
    from lrsearch.spec import Spec


def next_command(run: Run, argument: str) -> str:
    """Return the command that the user should run next.

    Args:
        run: The run.
        argument: The argument that names the run on the command line.
    """
    recorded = run.manifest.program
    is_own = bool(run.manifest.given) or (recorded is not None and recorded.is_objective)
    # A run with a model, data or a function given from Python can only be resumed from there. A resume trains faulty
    # trials again.
    if is_own or not run.is_complete:
        return f"lrsearch {'show' if is_own else 'resume'} {argument}"
    best, evidence = run.best, run.best_evidence
    if run.found:
        return _next_of_auto(run, argument)
    if run.dropped and not run.counted:
        return f"lrsearch drop {argument} --undo"
    if best is None or evidence is None:
        return (None if run.spec.arms else _search_elsewhere(run)) or f"lrsearch show {argument}"
    if any(remark.name == "edge" for remark in evidence.remarks) and not run.best_spec.search.extend:
        return f"lrsearch resume {argument} --extend"
    more = _more_of(evidence, run.best_spec)
    return f"lrsearch resume {argument} {more}" if more else f"lrsearch train {argument}"


def _more_of(evidence: Evidence, spec: Spec) -> str:
    """Return the options that add missing evidence: seeds, or rates near the best; "" if nothing is missing."""
    if evidence.noise is None:
        return "--repeats 3"
    if not evidence.noise.is_measured:
        return "--refine 4 --confirm 3"
    return "--refine 4" if evidence.curve is None and len(evidence.rates) > 1 and not spec.search.refine else ""


def _next_of_auto(run: Run, argument: str) -> str:
    """Return the next command after `auto`: more trainings, a range test, or the results as CSV."""
    found = None if run.best_evidence is None else run.best_evidence.auto
    if found is None:
        # A program takes no range test.
        is_program = run.manifest.program is not None
        return (
            f"lrsearch show {argument}" if is_program else f"lrsearch range {_spec_argument(run)}{_plugin_options(run)}"
        )
    if not found.is_settled:
        return f"lrsearch resume {argument} --budget {found.budget + 5}"
    return f"lrsearch train {argument}"


def search_again(run: Run, options: str = "") -> str:
    """Return the command that runs the search of a run again.

    Args:
        run: The run.
        options: Options to add.
    """
    program = trained_by(run).program
    search = f"lrsearch {run.manifest.strategy} {_spec_argument(run)}{options and f' {options}'}"
    if program is None:
        return f"{search}{_plugin_options(run)}"
    given = (
        ("--unit", program.unit),
        ("--chance", program.chance),
        ("--n-val", program.n_val),
        ("--metric-file", program.metric_files),
        ("--metric-regex", program.metric_regex),
        ("--gpus-per-trial", program.gpus_per_trial),
    )
    flags = [f" {flag} {shlex.quote(str(value))}" for flag, value in given if value not in {None, ""}]
    flags += [" --lr-from-env"] * program.lr_from_env + [" --keep-dir"] * program.keep_dir
    flags += [f" --template {shlex.quote(program.template_name)}"] * (program.template is not None)
    return f"{enter_folder(program.folder)}{search}{''.join(flags)} -- {command_line(program)}"


def _spec_argument(run: Run) -> str:
    """Write the path of a run's spec. The command of a program from another folder needs the whole path."""
    program = trained_by(run).program
    is_elsewhere = program is not None and bool(enter_folder(program.folder))
    return file_argument(run.path.absolute() / "spec.yaml" if is_elsewhere else run.path / "spec.yaml")


def _plugin_options(run: Run) -> str:
    """Write the options that load the plugin files of a run, each after a space."""
    files = [recorded.plugin.place for recorded in run.manifest.plugins if recorded.plugin.is_file]
    return "".join(f" --plugin {file_argument(file)}" for file in files)


def _search_elsewhere(run: Run) -> str | None:
    """Return the command that searches a new range if no rate learned.

    The new range lies above the rates that have not learned yet, and below the rates that collapsed.

    Return None if a new range may not help, because some rate may have learned, or because all trials ended in faults.
    """
    if any(row.state == "cannot tell" for row in run.ranking.rows):
        return None
    low = max((row.lr for row in run.ranking.rows if row.state == "not yet"), default=None)
    high = min((row.lr for row in run.ranking.rows if row.state in {"collapsed", "diverged"}), default=None)
    if low is None and high is None:
        return None
    return search_again(run, _range(run, low or (high or 1.0) / 1000, high or (low or 1.0) * 1000))


def _range(run: Run, low: float, high: float) -> str:
    """Return the options that set the range. If the spec has a list of rates, --low and --high cannot be used."""
    start, end = significant(low, 2), significant(high, 2)
    if float(end) <= 2 * float(start):  # two digits would move the ends of so narrow a range
        start, end = distinct_rates([low, high])
    if isinstance(run.spec.search.lr, tuple):
        return f"--set 'search.lr={{low: {start}, high: {end}}}'"
    return f"--low {start} --high {end}"
