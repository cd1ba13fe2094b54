"""The time of day in UTC, for people to read. Durations are measured elsewhere."""

from __future__ import annotations

from datetime import UTC, datetime


def utc_now() -> str:
    """The time now as ISO 8601 in UTC, to the microsecond. Such texts sort in the order of their times.

    Returns:
        Like `2026-01-31T12:00:00.000000+00:00`.
    """
    return utc_text(datetime.now(UTC))


def utc_text(time: datetime) -> str:
    """A time with a time zone as ISO 8601 in UTC, to the microsecond.

    Example:
        >>> utc_text(datetime.fromisoformat("2026-01-31T13:00:00+01:00"))
        '2026-01-31T12:00:00.000000+00:00'
    """
    return time.astimezone(UTC).isoformat(timespec="microseconds")


def since_epoch() -> float:
    """The time now in seconds since 1970, for file formats that need it."""
    return datetime.now(UTC).timestamp()
