"""The programme as iCalendar (PURE): stable UIDs, a SEQUENCE that grows with each change."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from icalendar import Calendar, Event, vCalAddress, vText

REFUSED = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)")  # RFC 5545 calls them CONTROL


def later(at: datetime, minutes: int) -> datetime:
    """So many minutes after an aware moment, in its zone, also where the clocks change between the two."""
    return (at.astimezone(UTC) + timedelta(minutes=minutes)).astimezone(at.tzinfo)


@dataclass(frozen=True)
class Entry:
    """One entry, with aware times in the event's zone."""

    uid: str
    sequence: int
    title: str
    starts_at: datetime
    minutes: int
    place: str
    text: str
    url: str
    cancelled: bool = False

    @property
    def ends_at(self) -> datetime:
        return later(self.starts_at, self.minutes)


def calendar(name: str, entries: list[Entry], *, stamp: datetime, organizer: tuple[str, str] = ("", "")) -> bytes:
    """A published calendar of the entries, with the time zones that they use and without control characters.

    `organizer` is (name, mail address), which RFC 5546 asks of every entry that is published; ("", "") leaves it out.
    """
    who, address = organizer
    by = vCalAddress(f"MAILTO:{address}")
    by.params["CN"] = who.replace('"', "")
    feed = Calendar()
    feed.add("prodid", "-//Nextstop//nextstop//ZH")
    feed.add("version", "2.0")
    feed.add("method", "PUBLISH")
    feed.add("x-wr-calname", " ".join(name.splitlines()))
    for entry in entries:
        event = Event()
        event.add("uid", entry.uid)
        event.add("sequence", entry.sequence)
        event.add("dtstamp", stamp)
        event.add("dtstart", _once(entry.starts_at))
        event.add("dtend", _once(entry.ends_at))
        event.add("summary", entry.title)
        event["location"] = vText(entry.place)
        event.add("description", entry.text)
        if address:
            event.add("organizer", by)
        if entry.url:
            event.add("url", entry.url)
        if entry.cancelled:
            event.add("status", "CANCELLED")
        feed.add_component(event)
    feed.add_missing_timezones()
    return REFUSED.sub(b"", feed.to_ical())


def _once(at: datetime) -> datetime:
    """A time that the clocks show twice is told in UTC the second time: with a TZID it would mean the first."""
    return at.astimezone(UTC) if at.fold else at
