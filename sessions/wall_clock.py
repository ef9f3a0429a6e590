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


def ahead(first: int, last: int) -> int:
    """From one time to another, each in minutes after midnight; at least twelve hours earlier is past midnight."""
    length = last - first
    return length + 1440 if length <= -720 else length


def minutes_between(start: str, end: str) -> int:
    """Length from "HH:MM" to "HH:MM"; past midnight only where the end is at least twelve hours earlier by the clock."""
    return ahead(*(int(text[:2]) * 60 + int(text[3:5]) for text in (start, end)))


def day_of(at: datetime, doors: datetime, zone: ZoneInfo) -> date:
    """The day of the event that a moment belongs to: just after midnight it is still that of the evening before."""
    return (at.astimezone(zone) - _beginning(doors, zone)).date()  # by the wall clock, however long the day is


def on_the_day(doors: datetime, hour: int, minute: int, zone: ZoneInfo, day: date | None = None) -> datetime:
    """The time on that day of the event, or on the first; one that is long before the doors' is after midnight.

    Raises NoSuchTime.
    """
    day = day or doors.astimezone(zone).date()
    after_midnight = timedelta(hours=hour, minutes=minute) < _beginning(doors, zone)
    return moment(day + timedelta(days=after_midnight), hour, minute, zone)


def _beginning(doors, zone) -> timedelta:
    """How long after midnight each day of the event begins: six hours before the doors' clock time, or at midnight."""
    local = doors.astimezone(zone)
    return max(timedelta(), timedelta(hours=local.hour - 6, minutes=local.minute))
