"""The consoles that print: stdout for results, stderr for all else. What cannot be seen in a text is shown by them."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from rich.console import Console, ConsoleOptions, JustifyMethod, OverflowMethod, RenderableType
from rich.segment import Segment
from rich.style import Style
from rich.text import Text

from lrsearch.wording import one_line, visible

PIPE_WIDTH = 120
"""Columns where the stream is no terminal: enough for a whole row of the table."""


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Leave it to the command line: rich would end the program with exit code 1."""
        raise BrokenPipeError

    def render_str(
        self,
        text: str,
        *,
        style: str | Style = "",
        justify: JustifyMethod | None = None,
        overflow: OverflowMethod | None = None,
        **_unused: object,
    ) -> Text:
        """A string is one line, and its text is what is shown: no markup, no emoji, no escape."""
        return Text(one_line(text), style=style, justify=justify, overflow=overflow)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """What is drawn. Escapes of our own are in the styles of segments and in controls, never in their text."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(visible(segment.text), segment.style)


def make_console(*, stderr: bool = False) -> Console:
    """A console that prints text as it is: no markup, no highlighting, no emoji, no escapes in what comes from outside.

    A string is one line: a newline in it is escaped, so that no name can make a line of its own.

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


def say(*lines: str) -> None:
    """Print lines to stderr."""
    make_console(stderr=True).print(*lines, sep="\n", soft_wrap=True)


def write_over(text: str, shown: str) -> None:
    """Write a line over another one on stderr.

    Args:
        text: The line.
        shown: What stands there.
    """
    sys.stderr.write(f"\r{one_line(text):<{len(one_line(shown))}}")
    sys.stderr.flush()


def end_line() -> None:
    """End a line that was written over."""
    sys.stderr.write("\n")
