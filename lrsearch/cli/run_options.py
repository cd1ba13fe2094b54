"""The options of a command that trains: what it shows, when it stops, and what it does at the end."""

from __future__ import annotations

from dataclasses import dataclass

from lrsearch.cli.notify import parse_command
from lrsearch.cli.options import Format, parse_duration


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """The options of a command that runs a search.

    Attributes:
        form: The format of the results.
        max_seconds: Start no more trials after this many seconds; None for no limit.
        quiet: Whether to hide the progress.
        verbose: Whether to show each epoch.
        tensorboard: Whether to write every epoch for TensorBoard.
        live: Whether to write the report again and again while the search runs.
        fail_below: The exit code is 1 if the score of the run is worse than this; None for no such check.
        notify: A command that is told that the search has ended; empty for none.
    """

    form: Format
    max_seconds: float | None
    quiet: bool
    verbose: bool
    tensorboard: bool = False
    live: bool = False
    fail_below: float | None = None
    notify: tuple[str, ...] = ()


def make_run_options(
    form: Format,
    max_time: str | None,
    fail_below: float | None,
    notify: str | None,
    *,
    quiet: bool,
    verbose: bool,
    tensorboard: bool = False,
    live: bool = False,
) -> RunOptions:
    """Make the options from the flags that a command was given.

    Args:
        form: `--format`.
        max_time: `--max-time`, such as 2h or 30m.
        fail_below: `--fail-below`.
        notify: `--notify`, a command line.
        quiet: `--quiet`.
        verbose: `--verbose`.
        tensorboard: `--tensorboard`.
        live: `--live`.

    Raises:
        UsageError: `max_time` is not a duration, or `notify` is not a command line.
    """
    return RunOptions(
        form=form,
        max_seconds=None if max_time is None else parse_duration(max_time),
        quiet=quiet,
        verbose=verbose,
        tensorboard=tensorboard,
        live=live,
        fail_below=fail_below,
        notify=() if notify is None else parse_command(notify),
    )
