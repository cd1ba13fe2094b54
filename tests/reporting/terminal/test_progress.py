"""Progress of a search: plain lines, one line in a notebook, a live display, and none when nobody wants it."""

import io

import pytest
from rich.console import Console

from factories import make_point, make_run
from lrsearch.interfaces import Listener
from lrsearch.records import Doing, Lost, Result, Started, Trial
from lrsearch.reporting.terminal import progress as module
from lrsearch.reporting.terminal import shows_progress
from lrsearch.reporting.terminal.progress import make_display, search_progress
from lrsearch.reporting.terminal.tally import Tally, best_line, lost_line, result_line


def trial(number, lr, *, arm="", repeat=0):
    """A trial of two epochs."""
    return Trial(number=number, proposal=number, lr=lr, horizon=2, until=2, arm=arm, repeat=repeat)


def point(number, epoch):
    """An epoch of a trial."""
    return make_point(epoch, trial=number, val_accuracy=0.5, seconds=0.1)


def result(of, score, *, learned=True, state="ok", message=""):
    """How a trial ended."""
    return Result(trial=of, state=state, score=score, scored_epoch=2, learned=learned, seconds=1.0, message=message)


EVENTS = (
    Started(trials=(trial(0, 0.1), trial(1, 3.0))),
    point(0, 1),
    result(trial(0, 0.1), 0.9),
    result(trial(1, 3.0), 0.1, learned=False),
)


@pytest.mark.parametrize(
    ("ended", "line"),
    [
        (result(trial(0, 0.1), 0.9), "lr 0.1  val accuracy 0.900  1.0 s"),
        (result(trial(0, 0.1, repeat=2), 0.9), "lr 0.1 (seed 2)  val accuracy 0.900  1.0 s"),
        (result(trial(0, 0.1, arm="adam"), 0.9), "adam: lr 0.1  val accuracy 0.900  1.0 s"),
        (result(trial(0, 3.0), 0.1, learned=False), "lr 3  val accuracy 0.100  ended at chance level  1.0 s"),
        (result(trial(0, 3.0), None, state="diverged", message="at step 7"), "lr 3  diverged: at step 7"),
    ],
)
def test_a_line_says_how_a_trial_ended(ended, line):
    """With the table's words."""
    assert result_line(ended) == line


def test_rates_of_a_narrow_range_are_told_apart():
    """From the first line on: the ends of the range are known before the other rates."""
    tally = Tally()
    tally.rates.update((0.9995, 1.0004))
    tally.see(Started(trials=(trial(0, 0.9995), trial(1, 0.9998))))
    assert result_line(result(trial(0, 0.9995), 0.9), tally.rates) == "lr 0.9995  val accuracy 0.900  1.0 s"
    assert result_line(result(trial(1, 0.9998), 0.9), tally.rates) == "lr 0.9998  val accuracy 0.900  1.0 s"


def test_a_line_names_the_first_of_many_lost_trials():
    """And how many more there are."""
    lost = Lost(trials=tuple(trial(i, 0.1 * (i + 1)) for i in range(5)), reason="a worker died")
    assert lost_line(lost) == "lr 0.1, 0.2, 0.3 and 2 more: killed: a worker died"


def test_a_tally_counts_epochs_of_what_runs():
    """Half of one of two trials is a quarter; the best is the best that learned."""
    tally = Tally()
    tally.begin(make_run(spec={"search": {"lr": [0.1, 3.0]}}, finished=False), 2)
    for event in EVENTS[:2]:
        tally.see(event)
    assert tally.progress == 0.5
    assert best_line(tally) == ""
    for event in EVENTS[2:]:
        tally.see(event)
    assert (tally.n_done, tally.running) == (2, {})
    assert best_line(tally) == "best so far: lr 0.1, val accuracy 0.900"


def test_a_failure_is_told_in_full_once():
    """The same failure again with its cause alone, as the table has it."""
    message = "exit code 1: Traceback | File 'a.py', line 3 | ValueError: boom"
    ended = Result(trial=trial(0, 0.1), state="failed", message=message)
    assert result_line(ended) == f"lr 0.1  failed: {message}"
    assert result_line(ended, is_short=True) == "lr 0.1  failed: exit code 1: ValueError: boom"


def test_plain_lines_go_to_stderr(run_of, capsys, monkeypatch):
    """The header, then one line for each trial, with the time of day and the time left."""
    monkeypatch.setattr(module, "wall_time", lambda: "14:05:09")
    run = run_of(points=2)
    capsys.readouterr()
    with make_display() as display:
        display.started(run, 4)
        for event in EVENTS:
            display.saw(event)
    out, err = capsys.readouterr()
    assert out == ""
    header, *lines = err.splitlines()
    assert header.startswith(f"{run.name} · ")
    assert lines == [
        "14:05:09 [3/4] lr 0.1  val accuracy 0.900  1.0 s  0:00:07 left",
        "14:05:09 [4/4] lr 3  val accuracy 0.100  ended at chance level  1.0 s",
    ]


def test_a_notebook_has_one_line_that_is_written_over(run_of, capsys, monkeypatch):
    """The last state stands; what is noted has a line of its own."""
    monkeypatch.setattr(module, "in_notebook", lambda: True)
    run = run_of(lr=[1e-9])
    capsys.readouterr()
    with make_display() as display:
        display.started(run, 3)
        for event in EVENTS:
            display.saw(event)
        display.note("a note")
    out, err = capsys.readouterr()
    assert out == ""
    header, states, note = err.split("\n")[:3]
    assert header.startswith(f"{run.name} · ")
    assert states.split("\r")[-1].rstrip() == "100 %, 3/3 trials, best so far: lr 0.1, val accuracy 0.900"
    assert note == "a note"


def test_a_terminal_has_a_live_display(run_of, monkeypatch):
    """A bar, the trials that run, and the best so far."""
    terminal = Console(file=io.StringIO(), force_terminal=True, width=100)
    monkeypatch.setattr(module, "make_console", lambda **_: terminal)
    run = run_of(lr=[0.05, 0.2])
    with make_display() as display:
        display.started(run, 4)
        for event in EVENTS[:2]:
            display.saw(event)
        shown = Console(file=io.StringIO(), width=100)
        shown.print(display._render())
    text = shown.file.getvalue()
    for words in (
        "training",
        "/4 trials",
        "elapsed",
        "left",
        "lr 0.1",
        "epoch 1/2",
        "val accuracy 0.500",
        "best so far",
    ):
        assert words in text


def test_quiet_shows_nothing_but_notes(run_of, capsys):
    """A note answers a signal."""
    run = run_of(points=2)
    capsys.readouterr()
    with make_display(quiet=True) as display:
        display.started(run, 2)
        for event in EVENTS:
            display.saw(event)
        display.note("stopping")
    assert capsys.readouterr() == ("", "stopping\n")


def test_progress_is_shown_unless_the_caller_listens_or_asks_for_none():
    """The function gets the display's listener, the caller's, or its own default."""

    @shows_progress(search_progress)
    def search(*, listener=None, progress=True):
        return listener

    mine = Listener()
    assert isinstance(search(), Listener)
    assert search(listener=mine) is mine
    assert search(progress=False) is None


@pytest.mark.parametrize("kind", ["plain", "notebook", "live"])
def test_what_the_search_does_is_said_when_it_changes(run_of, capsys, monkeypatch, kind):
    """A line of its own; with the budget that is spent."""
    terminal = Console(file=io.StringIO(), force_terminal=True, width=120, highlight=False)
    if kind == "live":
        monkeypatch.setattr(module, "make_console", lambda **_: terminal)
    monkeypatch.setattr(module, "in_notebook", lambda: kind == "notebook")
    monkeypatch.setattr(module, "wall_time", lambda: "14:05:09")
    run = run_of("auto", train={"epochs": 4})
    capsys.readouterr()
    with make_display() as display:
        display.started(run, 8)
        display.saw(Doing(text="bracket: lr 0.1"))
        shown = Console(file=io.StringIO(), width=100)
        if kind == "live":
            shown.print(display._render())
    said = terminal.file.getvalue() + shown.file.getvalue() + capsys.readouterr().err
    assert "bracket: lr 0.1" in said
    assert "at most 10 trainings" in said
    spent = f"{run.found[''].spent:.1f} of 10"
    assert (spent in said) == (kind != "plain")  # plain lines count with each result
