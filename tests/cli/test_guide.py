"""The command `guide`: pages of the manual in a terminal, and as text in a pipe."""

import os
import pty
import re

import pytest

from lrsearch.cli.guide import with_named_pages
from lrsearch.guide import PAGES, page_summary, page_text


@pytest.fixture
def on_terminal(tmp_path, environment, forks):
    """What `lrsearch ARGS` shows on a terminal of so many columns, without colours."""

    def show(*args, columns=80, **variables):
        reader, writer = pty.openpty()
        terminal = {"TERM": "xterm", "COLUMNS": str(columns), "LINES": "40"}
        done = forks.run(args, cwd=tmp_path, env={**environment, **terminal, **variables}, stdin=writer, stdout=writer)
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

    return show


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


def test_a_terminal_gets_tables_that_fit(on_terminal):
    """No marks of Markdown are left, and no line is wider than the terminal."""
    shown = on_terminal("guide", "commands")
    assert not any(mark in shown for mark in ("**", "](", "```", "|"))
    assert "lrsearch guide" in shown
    assert max(map(len, shown.splitlines())) <= 80


def test_the_pager_is_the_users(on_terminal):
    """--pager hands the page to $PAGER."""
    shown = on_terminal("guide", "faults", "--pager", PAGER="sed s/^/paged:/")
    assert "paged:" in shown
    assert "what a search survives" in shown


@pytest.mark.parametrize("name", PAGES)
def test_links_become_commands(name):
    """A terminal cannot follow a link to a file."""
    text = with_named_pages(page_text(name))
    assert "](" not in text
    assert text.count("`lrsearch guide ") >= page_text(name).count(".md)") - page_text(name).count("../")


def test_pages_are_completed(lrsearch):
    """The shell's completion knows the pages."""
    words = {"_LRSEARCH_COMPLETE": "complete_bash", "COMP_WORDS": "lrsearch guide s", "COMP_CWORD": "2"}
    assert lrsearch(**words).stdout.split() == [name for name in PAGES if name.startswith("s")]


@pytest.mark.parametrize("args", [(), ("answer",)])
def test_a_full_disk_behind_stdout(tmp_path, environment, forks, args):
    """Exit 4, as everywhere."""
    with open("/dev/full", "w", encoding="utf-8") as full:  # noqa: PTH123  (a device)
        done = forks.run(["guide", *args], cwd=tmp_path, env=environment, stdout=full.fileno())
    assert done.returncode == 4
    assert done.stderr == "cannot write the output: No space left on device\n"
