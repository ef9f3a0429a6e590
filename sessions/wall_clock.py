"""Times as people write them, on a day, in the event's zone (PURE)."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo


class NoSuchTime(ValueError):
    """The clocks go forward that day and leave this time out."""


def moment(day: date, hour: int, minute: int, zone: ZoneInfo) -> datetime:
    """The aware moment of a wall-clock time; raises NoSuchTime. A time that comes twice is its first."""
    at = datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone)
    if at.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != at.replace(tzinfo=None):
        raise NoSuchTime
    return at


def minutes_between(start: str, end: str) -> int:
    """Length from "HH:MM" to "HH:MM"; past midnight only where the end is at least twelve hours earlier by the clock."""
    first, last = ((int(text[:2]) * 60 + int(text[3:5])) for text in (start, end))
    length = last - first
    return length + 1440 if length <= -720 else length


def on_the_day(doors: datetime, hour: int, minute: int, zone: ZoneInfo) -> datetime:
    """The time on the day of the doors; one that is long before them is after midnight. Raises NoSuchTime."""
    local = doors.astimezone(zone)
    at = moment(local.date(), hour, minute, zone)
    return at if at >= local - timedelta(hours=6) else moment(local.date() + timedelta(days=1), hour, minute, zone)
