"""Rates that the user leaves out of a ranking."""

import pytest

from lrsearch.errors import StorageError, UsageError
from lrsearch.runs.dropped import DROPPED_FILE, after_drop, find_tried, read_dropped, split_dropped, write_dropped

TRIED = [0.01, 0.0562341, 0.3]


def test_a_rate_is_found_by_the_digits_of_the_table():
    """Three digits are enough; a rate that was not tried is refused, with the nearest one."""
    assert find_tried(0.0562, TRIED) == 0.0562341
    with pytest.raises(UsageError, match=r"^0.1 was not tried; the nearest rate is 0.0562$"):
        find_tried(0.1, TRIED)


def test_dropping_and_taking_back():
    """Named rates go and come back; without names, all come back."""
    assert after_drop([], [0.3], TRIED, undo=False) == [0.3]
    assert after_drop([0.3], [0.01], TRIED, undo=False) == [0.01, 0.3]
    assert after_drop([0.01, 0.3], [0.3], TRIED, undo=True) == [0.01]
    assert after_drop([0.01, 0.3], [], TRIED, undo=True) == []


@pytest.mark.parametrize(
    ("dropped", "named", "tried", "undo", "message"),
    [
        ([], [0.01, 0.0562, 0.3], TRIED, False, "no rate would stay in the ranking; drop fewer rates"),
        ([], [float("nan")], TRIED, False, "nan was not tried; name a finite rate"),
        ([], [float("-inf")], TRIED, True, "-inf was not tried; name a finite rate"),
        ([0.3], [0.3], TRIED, False, "0.3 is dropped already"),
        ([], [0.3], TRIED, True, "0.3 is not dropped"),
        ([], [0.3], [], False, "the run has no results yet, so there is nothing to drop"),
    ],
)
def test_mistakes(dropped, named, tried, undo, message):
    """One line each."""
    with pytest.raises(UsageError) as raised:
        after_drop(dropped, named, tried, undo=undo)
    assert str(raised.value) == message


def test_the_file(tmp_path):
    """Rates in order; no file, no rates; an edited file is refused with what to do."""
    assert read_dropped(tmp_path) == ()
    write_dropped(tmp_path, [0.3, 0.01])
    assert read_dropped(tmp_path) == (0.01, 0.3)
    (tmp_path / DROPPED_FILE).write_text('{"format": 1, "rates": [0]}')
    with pytest.raises(StorageError, match="delete the file to rank all rates again"):
        read_dropped(tmp_path)


def test_an_edited_file_names_tried_rates_as_a_command_does():
    """Three digits are enough; a rate that was not tried is kept apart, and twice the same is once."""
    assert split_dropped((0.0562, 0.0562341, 0.1), TRIED) == ((0.0562341,), (0.1,))
