"""The command `resume`: continues a run, or gives a finished run a larger budget."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lrsearch.cli.completion import complete_spec
from lrsearch.cli.options import (
    FailBelow,
    Format,
    Live,
    MaxTime,
    NoReport,
    Notify,
    OutputFormat,
    PluginPaths,
    Quiet,
    RunRef,
    RunsDir,
    Sets,
    TensorBoardFlag,
    Verbose,
)
from lrsearch.cli.run_options import make_run_options
from lrsearch.cli.signature import KeyValues, takes_key_flags

if TYPE_CHECKING:
    from lrsearch.command import Program
    from lrsearch.store import RunFolder


@takes_key_flags("resume")
def resume(
    ctx: typer.Context,
    run: RunRef,
    spec: Annotated[
        Path | None,
        typer.Argument(
            metavar="SPEC",
            help="The changed spec. It may have a larger budget and more arms, but no other training settings.",
            show_default=False,
            autocompletion=complete_spec,
        ),
    ] = None,
    sets: Sets = None,
    runs_dir: RunsDir = Path("runs"),
    *,
    keys: KeyValues,
    metric: Annotated[
        str | None,
        typer.Option("--metric", metavar="NAME", help="Another metric, as long as no training has a score."),
    ] = None,
    trust: Annotated[
        bool,
        typer.Option(
            "--trust", help="Run the recorded program or plugin although you have not used it on this machine."
        ),
    ] = False,
    accept_changes: Annotated[
        bool,
        typer.Option(
            "--accept-changes",
            help="Go on although the program's command, or a file of it or of a plugin, has changed.",
        ),
    ] = False,
    plugin: PluginPaths = None,
    max_time: MaxTime = None,
    form: OutputFormat = Format.TABLE,
    no_report: NoReport = False,
    tensorboard: TensorBoardFlag = False,
    live: Live = False,
    fail_below: FailBelow = None,
    notify: Notify = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Go on with an interrupted run, or give a finished run a larger budget.

    If your data have moved, give their new path with --set data.path=PATH. A resumed run continues to write TensorBoard
    files.

    Example: [bold]lrsearch resume latest --trials 80[/bold]
    """
    from lrsearch.catalog import described_entries
    from lrsearch.cli.latest import say_interrupted, say_passed_over
    from lrsearch.cli.output import say
    from lrsearch.cli.running import resume_job, run_and_print
    from lrsearch.command import Consent
    from lrsearch.runs.tensorboard import goes_on
    from lrsearch.spec import dotted, load_spec, parse_set
    from lrsearch.store import find_run, read_manifest

    options = make_run_options(
        form, max_time, fail_below, notify, quiet=quiet, verbose=verbose, tensorboard=tensorboard, live=live
    )
    given = None
    if spec is not None:
        manifest = read_manifest(find_run(runs_dir, run).manifest)
        recorded = manifest.program
        with described_entries(manifest.plugin_entries):
            given = load_spec(spec, program=None if recorded is None else recorded.program.keys)
    say_passed_over([run], runs_dir)
    say_interrupted(run, runs_dir)
    if spec is None:
        _say_edited_spec(find_run(runs_dir, run))
    changes = {dotted(path): value for path, value in map(parse_set, sets or [])} | keys.changes()
    if metric is not None:
        changes["search.metric"] = parse_set(f"search.metric={metric}")[1]
    options = replace(options, tensorboard=tensorboard or goes_on(find_run(runs_dir, run).path, say))
    consent = Consent(_given_again(find_run(runs_dir, run), ctx.obj), trust=trust, accept_changes=accept_changes)
    job = resume_job(
        run,
        spec=given,
        changes=changes,
        runs_dir=runs_dir,
        consent=consent,
        plugins=plugin or (),
        report=not no_report,
    )
    raise typer.Exit(run_and_print(job, options))


def _say_edited_spec(folder: RunFolder) -> None:
    """Say that spec.yaml in the folder of a run was edited, because a resume goes on with the spec in run.json."""
    from lrsearch.cli.output import say
    from lrsearch.errors import LrSearchError
    from lrsearch.runs import read_run
    from lrsearch.spec import differences, load_spec
    from lrsearch.store import file_argument, run_argument, shown_path

    try:
        run = read_run(folder)
        program = run.manifest.program
        edited = load_spec(folder.spec, program=None if program is None else program.program.keys)
    except LrSearchError:
        return  # a resume does not need spec.yaml; if run.json is damaged, reading the run says so
    if found := differences(run.spec, edited):
        shown = shown_path(folder.spec)
        say(
            f"! {shown}: {found[0][0]} differs from run.json, which a resume goes on with; to use the changed "
            f"spec: lrsearch resume {run_argument(folder.path)} {file_argument(shown)}"
        )


def _given_again(folder: RunFolder, command: tuple[str, ...] | None) -> Program | None:
    """Return the program behind `--`, with the settings that the run recorded; None without `--`."""
    from lrsearch.command import Program
    from lrsearch.store import read_manifest

    if command is None:
        return None
    recorded = read_manifest(folder.manifest).program
    if recorded is None:
        return Program(command=command, folder=str(Path.cwd()))
    return replace(recorded.program, command=command, folder=str(Path.cwd()))
