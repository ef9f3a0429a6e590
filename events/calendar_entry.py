"""The event as a calendar entry: stable UID, SEQUENCE that grows with each change, CANCELLED when it is off."""

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from icalendar import Calendar, vCalAddress, vText
from icalendar import Event as Entry

from events import mailing
from events.templatetags import house


def _calendar(method: str) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", "-//Nextstop//nextstop//ZH")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    return calendar


def _entry(event, uid: str) -> Entry:
    entry = Entry()
    entry.add("uid", uid)
    entry.add("dtstamp", timezone.now())
    entry.add("sequence", event.revision)
    entry.add("summary", f"{house.said(event, 'title')} · {house.said(event, 'city')}")
    entry.add("dtstart", event.local(event.starts_at))
    entry.add("dtend", event.local(event.ends_at))
    entry.add("url", settings.SITE_URL + event.get_absolute_url())
    entry.add("organizer", _who(mailing.sender(), house.said(event.series, "name")))
    return entry


def _who(address: str, name: str) -> vCalAddress:
    who = vCalAddress(f"MAILTO:{address}")
    who.params["CN"] = name.replace('"', "")
    return who


def _host() -> str:
    return settings.SITE_URL.partition("://")[2].partition(":")[0]


def for_event(event) -> bytes:
    """The public entry: no address unless it is public."""
    calendar = _calendar("PUBLISH")
    entry = _entry(event, f"event-{event.slug}@{_host()}")
    place = house.said(event, "address") if event.address_is_public else house.said(event, "city")
    entry["location"] = vText(place)
    entry.add("status", "CANCELLED" if event.cancelled_at else "CONFIRMED")
    calendar.add_component(entry)
    calendar.add_missing_timezones()
    return calendar.to_ical()


def for_attendee(attendee, *, cancelled=False) -> bytes:
    """The attendee's own entry, with the address; cancelled when the place is given up.

    It names who organises and who comes, as RFC 5546 asks of a REQUEST and of a CANCEL: a calendar that misses them
    does not take the update.
    """
    event = attendee.event
    off = cancelled or event.cancelled_at is not None
    calendar = _calendar("CANCEL" if off else "REQUEST")
    entry = _entry(event, f"ticket-{attendee.uid}@{_host()}")
    entry["sequence"] = event.revision + attendee.transitions.count()
    if attendee.contact_kind == attendee.Contact.MAIL and attendee.contact:
        comes = _who(attendee.contact, attendee.name)
        comes.params |= {"PARTSTAT": "DECLINED" if off else "ACCEPTED", "RSVP": "FALSE", "ROLE": "REQ-PARTICIPANT"}
        entry.add("attendee", comes)
    entry["location"] = vText(" ".join(filter(None, [house.said(event, "venue"), house.said(event, "address")])))
    doors = _("Doors %(doors)s") % {"doors": house.clock(event.doors_at, event)}
    entry.add(
        "description", f"{doors} · No.{attendee.number:04d} · {attendee.spaced_code}\n{settings.SITE_URL}/{event.code}"
    )
    entry.add("status", "CANCELLED" if off else "CONFIRMED")
    calendar.add_component(entry)
    calendar.add_missing_timezones()
    return calendar.to_ical()
