"""How a search ends for the person who started it."""

import pytest

from factories import make_result, make_run
from lrsearch.cli import running
from lrsearch.cli.options import Format
from lrsearch.cli.run_options import RunOptions
from lrsearch.errors import DataError, RunInUse, StorageError, TooManyFaults

OPTIONS = RunOptions(form=Format.TABLE, max_seconds=None, quiet=True, verbose=False)


@pytest.mark.parametrize(
    ("error", "code", "has_table"),
    [
        (DataError("the data have changed since the search began"), 2, True),
        (TooManyFaults("3 trials in a row failed"), 1, True),
        (StorageError("no space left"), 4, False),
    ],
)
def test_an_error_during_training_ends_with_the_command_that_resumes(monkeypatch, capsys, error, code, has_table):
    """What happened, then the command, as the last line; the table so far where the disk can be read."""
    run = make_run([make_result(0.1, number=0)], spec={"search": {"lr": [0.1, 0.01]}}, finished=False)
    monkeypatch.setattr(running, "read_run", lambda _: run)

    def job(_limits, listener):
        listener.started(run, 2)
        raise error

    assert running.run_and_print(job, OPTIONS) == code
    out, err = capsys.readouterr()
    assert err.splitlines() == [str(error), f"lrsearch resume {run.name}"]
    assert ("1 of 2 trials" in out or "not finished" in out) is has_table


@pytest.mark.parametrize("error", [DataError("no such file"), RunInUse("in use by process 7")])
def test_an_error_before_training_is_passed_on(error):
    """There is nothing to resume."""

    def job(_limits, _listener):
        raise error

    with pytest.raises(type(error)):
        running.run_and_print(job, OPTIONS)
