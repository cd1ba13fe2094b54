"""Consoles that print: stdout for results, stderr for messages. Consoles escape invisible characters in text."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from rich.console import Console, ConsoleOptions, JustifyMethod, OverflowMethod, RenderableType
from rich.segment import Segment
from rich.style import Style
from rich.text import Text

from lrsearch.wording import one_line, visible

PIPE_WIDTH = 120
"""Width in columns if the stream is not a terminal. A row with all columns of the table fits."""


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Raise the error, so that the command line can handle it. Rich would end the program with exit code 1."""
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
        """Return a string as one line of plain text, without markup, emoji and escape sequences."""
        return Text(one_line(text), style=style, justify=justify, overflow=overflow)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Escape invisible characters in everything that is drawn.

        Colours stay, because they are not part of the text.
        """
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(visible(segment.text), segment.style)


def make_console(*, stderr: bool = False) -> Console:
    """Make a console that prints text as it is: no markup, no highlighting, no emoji, no escape sequences.

    Each string is printed on one line. A newline in a string is escaped, so that a name cannot start a new line.

    Args:
        stderr: Whether the console prints to stderr instead of stdout.
    """
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else PIPE_WIDTH
    # In a notebook, rich would turn every line into HTML, and would use colours if the kernel sets FORCE_COLOR.
    # Make it print plain lines to the stream instead.
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
    """Replace the current line on stderr by another one.

    Args:
        text: The new line.
        shown: The line that is shown now.
    """
    sys.stderr.write(f"\r{one_line(text):<{len(one_line(shown))}}")
    sys.stderr.flush()


def end_line() -> None:
    """End the line that `write_over` has written."""
    sys.stderr.write("\n")
