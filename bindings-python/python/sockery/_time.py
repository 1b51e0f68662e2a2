"""Timestamps of tables as Python's datetimes, exactly, without floating point."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_SECOND = timedelta(seconds=1)


def split(moment: datetime) -> tuple[int, int] | None:
    """Seconds since 1970 in UTC and nanoseconds above them; None for a naive datetime."""
    if moment.utcoffset() is None:
        return None
    secs, rest = divmod(moment - _EPOCH, _SECOND)
    return secs, rest.microseconds * 1000


def join(secs: int, nanos: int) -> datetime:
    """The moment in UTC. Nanoseconds are cut to microseconds, which is all that datetime holds."""
    return _EPOCH + timedelta(seconds=secs, microseconds=nanos // 1000)
