"""The command `guide`: shows the manual in the terminal."""

from __future__ import annotations

import os
import re
import sys
from typing import Annotated

import typer

from lrsearch.cli.streams import write_out
from lrsearch.errors import UsageError
from lrsearch.guide import PAGES, page_summary, page_text
from lrsearch.wording import closest, one_of

_LINK = re.compile(r"\[([^]]+)\]\(([^)\s]+)\)")
_MOST_COLUMNS = 100
"""Maximum width of a page in columns. Longer lines are hard to read."""


def _complete_page(incomplete: str) -> list[tuple[str, str]]:
    """Offer the pages whose names begin with the typed text, each with its summary."""
    return [(name, page_summary(name)) for name in PAGES if name.startswith(incomplete)]


def guide(
    page: Annotated[
        str | None,
        typer.Argument(
            metavar="PAGE",
            help="The page to show; without it, list the pages.",
            autocompletion=_complete_page,
            show_default=False,
        ),
    ] = None,
    pager: Annotated[bool, typer.Option("--pager", help="Show the page in a pager, such as less.")] = False,
) -> None:
    """Show a page of the manual, or list its pages.

    Example: [bold]lrsearch guide answer[/bold]
    """
    if page is None:
        _list_pages()
        return
    if page not in PAGES:
        raise UsageError(_unknown(page))
    text = page_text(page)
    if sys.stdout.isatty():
        _print_formatted(text, pager=pager)
    else:
        write_out(text)


def _unknown(page: str) -> str:
    meant = closest(page.lower(), PAGES)
    hint = "; choose" if meant is None else f"; did you mean '{meant}'? Choose"
    return f"guide: there is no page '{page}'{hint} {one_of(list(PAGES))}"


def _list_pages() -> None:
    """Print the name and the summary of each page, in two columns."""
    width = max(map(len, PAGES)) + 2
    lines = [f"{name.ljust(width)}{page_summary(name)}" for name in PAGES]
    write_out("\n".join([*lines, "", "`lrsearch guide PAGE` shows a page.", ""]))


def _print_formatted(text: str, *, pager: bool) -> None:
    """Print Markdown with colours and tables. Use the width of the terminal, up to `_MOST_COLUMNS`."""
    from rich.console import Console
    from rich.markdown import Markdown
    from rich.theme import Theme

    # Use no background colours: text on black is hard to read in a light terminal.
    console = Console(theme=Theme({"markdown.code": "cyan"}))
    width = min(console.width, _MOST_COLUMNS)
    shown = Markdown(with_named_pages(text), code_theme="ansi_dark", hyperlinks=False)
    if not pager:
        console.print(shown, width=width)
        return
    os.environ.setdefault("LESS", "FRX")  # as git does: show colours, and use no pager if the text fits on the screen
    with console.pager(styles=True):
        console.print(shown, width=width)


def with_named_pages(text: str) -> str:
    """Replace links in Markdown, because a terminal cannot follow a link to a file.

    A link to a page becomes its label and the command that shows the page. A link to any other file becomes its label.

    Example:
        >>> with_named_pages("see [data](data.md), or [the law](../../SECURITY.md)")
        'see data (`lrsearch guide data`), or the law'
    """

    def named(link: re.Match[str]) -> str:
        label, target = link.groups()
        name = target.removesuffix(".md")
        if name in PAGES:
            return f"{label} (`lrsearch guide {name}`)"
        return f"{label} ({target})" if "://" in target else label

    return _LINK.sub(named, text)
