"""The consoles that print: stdout for results, stderr for all else."""

from __future__ import annotations

import sys

from rich.console import Console

PIPE_WIDTH = 120
"""Columns where the stream is no terminal: enough for a whole row of the table."""


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Leave it to the command line: rich would end the program with exit code 1."""
        raise BrokenPipeError


def make_console(*, stderr: bool = False) -> Console:
    """A console that prints text as it is: no markup, no highlighting, no emoji in what comes from outside.

    Args:
        stderr: Whether it prints to stderr; else to stdout.
    """
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else PIPE_WIDTH
    # In a notebook rich would turn every line into HTML, and kernels ask for the colours of a terminal: there ours are
    # plain lines on the stream.
    return _Console(
        stderr=stderr,
        highlight=False,
        markup=False,
        emoji=False,
        width=width,
        soft_wrap=False,
        force_jupyter=False,
        force_terminal=False if in_notebook() else None,
    )


def in_notebook() -> bool:
    """Whether this process is the kernel of a notebook, as rich detects it."""
    return Console().is_jupyter


def say(text: str) -> None:
    """Print a line to stderr."""
    make_console(stderr=True).print(text, soft_wrap=True)
