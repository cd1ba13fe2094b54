"""Times are UTC, and their texts sort as they do."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import lrsearch
from lrsearch.store.clock import utc_now, utc_text

ZONES = st.sampled_from([UTC, timezone(timedelta(hours=14)), timezone(timedelta(hours=-9, minutes=-30))])
TIMES = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=ZONES)  # noqa: DTZ001 - bounds must be naive


@pytest.mark.fault(15)
def test_now_is_utc():
    """Whatever the machine's zone."""
    assert utc_now().endswith("+00:00")


@given(one=TIMES, other=TIMES)
def test_texts_sort_as_times(one, other):
    """The order of the texts is that of the times, across zones."""
    assert (utc_text(one) < utc_text(other)) == (one < other)


@pytest.mark.fault(15)
def test_no_duration_is_taken_from_the_time_of_day():
    """Clocks jump: only the clock's own module asks for the time of day, and those that need it and no duration."""
    package = Path(lrsearch.__file__).parent
    asking = re.compile(r"datetime\.now|time\.time\(|utcnow|localtime|st_mtime\b")
    found = {path.relative_to(package).as_posix() for path in package.rglob("*.py") if asking.search(path.read_text())}
    may_ask = {"store/clock.py", "data/leftovers.py", "reporting/terminal/progress.py"}  # age of a file; "14:05:09"
    assert found == may_ask
