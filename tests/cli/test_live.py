"""--live and --notify: a report while the search runs, and a command at its end."""

import sys

import pytest

from factories import make_result
from lrsearch.cli import live_report
from lrsearch.cli.live_report import LEAST_SECONDS, LiveReport
from lrsearch.cli.notify import notify, parse_command
from lrsearch.errors import UsageError


def test_reports_take_two_percent_of_the_time(lrsearch, tmp_path, monkeypatch):
    """The next report waits 49 times as long as the last one took, and 5 seconds at least."""
    from lrsearch.runs import load_run

    lrsearch("grid", "--points", "4", "--name", "s")
    now, written = [0.0], []

    def write(run, refresh_seconds):
        written.append((now[0], refresh_seconds))
        now[0] += costs.pop(0)

    costs = [1.0, 0.01, 1.0]
    monkeypatch.setattr("lrsearch.reporting.page.write_report", write)
    live = LiveReport(pytest.fail, clock=lambda: now[0])
    live.started(load_run(tmp_path / "runs/s"), 4)
    for _ in range(120):
        live.saw(make_result())
        now[0] += 0.5
    assert [refresh for _, refresh in written] == [int(LEAST_SECONDS)] * 3
    first, second, third = (time for time, _ in written)
    assert second - first == pytest.approx(50.0, abs=0.6)
    assert third - second == pytest.approx(LEAST_SECONDS, abs=0.6)


def test_a_report_that_fails_is_said_once(lrsearch, tmp_path, monkeypatch):
    """The search goes on without it."""
    from lrsearch.runs import load_run

    lrsearch("grid", "--points", "4", "--name", "s")

    def broken(*_, **__):
        raise ValueError("no ink")

    monkeypatch.setattr("lrsearch.reporting.page.write_report", broken)
    said = []
    live = LiveReport(said.append)
    live.started(load_run(tmp_path / "runs/s"), 4)
    for _ in range(3):
        live.saw(make_result())
    assert said == ["--live: report.html is no longer written: ValueError: no ink"]


def test_the_last_page_is_not_loaded_again(lrsearch, tmp_path):
    """While the search runs the page asks to be loaded again, at its end it does not."""
    lrsearch("grid", "--points", "4", "--name", "s", "--live", LRSEARCH_NO_REPORT="0")
    page = (tmp_path / "runs/s/report.html").read_text()
    assert 'http-equiv="refresh"' not in page
    assert live_report.LEAST_SECONDS >= 5


def test_a_command_is_told(lrsearch, tmp_path):
    """results.json on its standard input, the exit code and the folder in its environment."""
    script = tmp_path / "told.py"
    script.write_text(
        "import json, os, sys\n"
        "from pathlib import Path\n"
        "found = json.load(sys.stdin)\n"
        "Path('told.txt').write_text(f\"{os.environ['LRSEARCH_EXIT_CODE']} {found['run']['name']} \"\n"
        "    f\"{os.environ['LRSEARCH_RUN']} {len(found['rates'])}\")\n"
    )
    lrsearch("grid", "--points", "4", "--name", "s", "--notify", f"{sys.executable} told.py")
    assert (tmp_path / "told.txt").read_text() == f"0 s {tmp_path / 'runs/s'} 4"


def test_a_failure_is_told_too(lrsearch, tmp_path):
    """Also one before the run was made; then the input is empty."""
    told = "os.environ['LRSEARCH_EXIT_CODE'] + '|' + sys.stdin.read()"
    code = f"import os, sys, pathlib; pathlib.Path('told.txt').write_text({told})"
    lrsearch("grid", "--points", "4", "--name", "s")
    lrsearch("grid", "--name", "s", "--notify", f'{sys.executable} -c "{code}"', code=2)
    assert (tmp_path / "told.txt").read_text() == "2|"


def test_a_command_that_fails_changes_nothing(lrsearch):
    """A line says so; the exit code is that of the search."""
    err = lrsearch("grid", "--points", "4", "--notify", f'{sys.executable} -c "raise SystemExit(3)"').stderr
    assert "ended with exit code 3" in err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "--notify: the command is empty"),
        ("no-such-program-at-all x", "--notify: no-such-program-at-all: no such program in the PATH"),
        ("sh 'x", "--notify: No closing quotation: sh 'x"),
    ],
)
def test_commands_that_cannot_be(text, message):
    """Said before the search."""
    with pytest.raises(UsageError) as raised:
        parse_command(text)
    assert str(raised.value) == message


def test_a_command_has_no_shell(tmp_path, monkeypatch):
    """A word with `;` stays one word."""
    monkeypatch.chdir(tmp_path)
    assert notify(parse_command(f"{sys.executable} -c pass ;touch x"), None, 0) == ""
    assert list(tmp_path.iterdir()) == []
