"""The programme as iCalendar (PURE): stable UIDs, a SEQUENCE that grows with each change."""

from dataclasses import dataclass
from datetime import datetime

from icalendar import Calendar, Event, vCalAddress, vText


@dataclass(frozen=True)
class Entry:
    """One entry, with aware times in the event's zone."""

    uid: str
    sequence: int
    title: str
    starts_at: datetime
    ends_at: datetime
    place: str
    text: str
    url: str
    cancelled: bool = False


def calendar(name: str, entries: list[Entry], *, stamp: datetime, organizer: tuple[str, str] = ("", "")) -> bytes:
    """A published calendar of the entries, with the time zones that they use.

    `organizer` is (name, mail address), which RFC 5546 asks of every entry that is published; ("", "") leaves it out.
    """
    who, address = organizer
    by = vCalAddress(f"MAILTO:{address}")
    by.params["CN"] = who.replace('"', "")
    feed = Calendar()
    feed.add("prodid", "-//Nextstop//nextstop//ZH")
    feed.add("version", "2.0")
    feed.add("method", "PUBLISH")
    feed.add("x-wr-calname", name)
    for entry in entries:
        event = Event()
        event.add("uid", entry.uid)
        event.add("sequence", entry.sequence)
        event.add("dtstamp", stamp)
        event.add("dtstart", entry.starts_at)
        event.add("dtend", entry.ends_at)
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
    return feed.to_ical()
