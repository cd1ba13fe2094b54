"""The current date and time, as text in UTC or in seconds. Not for measuring durations."""

from __future__ import annotations

from datetime import UTC, datetime


def utc_now() -> str:
    """Return the current time as ISO 8601 in UTC, to the microsecond. Such texts sort in the order of their times.

    Returns:
        Text such as `2026-01-31T12:00:00.000000+00:00`.
    """
    return utc_text(datetime.now(UTC))


def utc_text(time: datetime) -> str:
    """Write a time as ISO 8601 in UTC, to the microsecond. The time must have a time zone.

    Example:
        >>> utc_text(datetime.fromisoformat("2026-01-31T13:00:00+01:00"))
        '2026-01-31T12:00:00.000000+00:00'
    """
    return time.astimezone(UTC).isoformat(timespec="microseconds")


def since_epoch() -> float:
    """Return the current time in seconds since 1970, for file formats that store times this way."""
    return datetime.now(UTC).timestamp()
