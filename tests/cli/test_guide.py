"""The command `guide`: pages of the manual in a terminal, and as text in a pipe."""

import os
import pty
import re
import subprocess
import sys

import pytest

from lrsearch.cli.guide import with_named_pages
from lrsearch.guide import PAGES, page_summary, page_text


def on_terminal(environment, *args, columns=80, **variables):
    """What `lrsearch ARGS` shows on a terminal of so many columns, without colours."""
    reader, writer = pty.openpty()
    done = subprocess.run(
        [sys.executable, "-m", "lrsearch", *args],
        env={**environment, "TERM": "xterm", "COLUMNS": str(columns), "LINES": "40", **variables},
        stdin=writer,
        stdout=writer,
        stderr=subprocess.PIPE,
        timeout=60,
        check=False,
    )
    os.close(writer)
    shown = b""
    try:
        while part := os.read(reader, 65536):
            shown += part
    except OSError:  # the end of a terminal without a writer
        pass
    os.close(reader)
    assert done.returncode == 0, done.stderr
    return re.sub(r"\x1b\[[\d;]*m", "", shown.decode().replace("\r\n", "\n"))


def test_pages_are_listed(lrsearch):
    """Without a page each is listed, with what it is about."""
    shown = lrsearch("guide").stdout
    for name in PAGES:
        assert f"{name.ljust(12)}{page_summary(name)}\n" in shown


def test_a_pipe_gets_the_markdown(lrsearch):
    """What is no terminal gets the page as it is written, with --pager too."""
    assert lrsearch("guide", "data").stdout == page_text("data")
    assert lrsearch("guide", "data", "--pager").stdout == page_text("data")


def test_an_unknown_page_is_a_mistake_with_a_hint(lrsearch):
    """The nearest page and the list of all are named."""
    done = lrsearch("guide", "run_folder", code=2)
    assert done.stdout == ""
    assert "did you mean 'run-folder'?" in done.stderr
    assert all(name in done.stderr for name in PAGES)


def test_a_word_that_is_near_no_page_gets_the_list(lrsearch):
    """No hint is better than a wrong one."""
    stderr = lrsearch("guide", "[red]xyzzy", code=2).stderr
    assert "did you mean" not in stderr
    assert "there is no page '[red]xyzzy'" in stderr


def test_a_terminal_gets_tables_that_fit(environment):
    """No marks of Markdown are left, and no line is wider than the terminal."""
    shown = on_terminal(environment, "guide", "commands")
    assert not any(mark in shown for mark in ("**", "](", "```", "|"))
    assert "lrsearch guide" in shown
    assert max(map(len, shown.splitlines())) <= 80


def test_the_pager_is_the_users(environment):
    """--pager hands the page to $PAGER."""
    shown = on_terminal(environment, "guide", "faults", "--pager", PAGER="sed s/^/paged:/")
    assert "paged:" in shown
    assert "what a search survives" in shown


@pytest.mark.parametrize("name", PAGES)
def test_links_become_commands(name):
    """A terminal cannot follow a link to a file."""
    text = with_named_pages(page_text(name))
    assert "](" not in text
    assert text.count("`lrsearch guide ") >= page_text(name).count(".md)") - page_text(name).count("../")


def test_pages_are_completed(environment):
    """The shell's completion knows the pages."""
    code = "import sys; sys.argv = ['lrsearch']; from lrsearch.cli import main; main()"
    words = {"_LRSEARCH_COMPLETE": "complete_bash", "COMP_WORDS": "lrsearch guide s", "COMP_CWORD": "2"}
    done = subprocess.run(
        [sys.executable, "-c", code], env={**environment, **words}, capture_output=True, text=True, check=False
    )
    assert done.stdout.split() == [name for name in PAGES if name.startswith("s")]


@pytest.mark.parametrize("args", [(), ("answer",)])
def test_a_full_disk_behind_stdout(environment, args):
    """Exit 4, as everywhere."""
    with open("/dev/full", "w", encoding="utf-8") as full:  # noqa: PTH123  (a device)
        done = subprocess.run(
            [sys.executable, "-m", "lrsearch", "guide", *args],
            env=environment,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 4
    assert done.stderr == "cannot write the output: No space left on device\n"
