"""Times are UTC, and their texts sort as they do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from lrsearch.store.clock import utc_now, utc_text

ZONES = st.sampled_from([UTC, timezone(timedelta(hours=14)), timezone(timedelta(hours=-9, minutes=-30))])
TIMES = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=ZONES)  # noqa: DTZ001 - bounds must be naive


def test_now_is_utc():
    """Whatever the machine's zone."""
    assert utc_now().endswith("+00:00")


@given(one=TIMES, other=TIMES)
def test_texts_sort_as_times(one, other):
    """The order of the texts is that of the times, across zones."""
    assert (utc_text(one) < utc_text(other)) == (one < other)
