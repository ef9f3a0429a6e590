"""What calendars and other programmes read of ours: rows become the values of the pure modules.

Feeds tell what was announced (announced.py); before the first version they are empty.
"""

import json
import uuid
from datetime import datetime

from django.urls import reverse
from django.utils.safestring import mark_safe

from events import mailing
from sessions import announced, ical, schedule_export


def stamp(event):
    """The same for the same programme, so that a feed that did not change is byte-equal."""
    version = announced.latest(event)
    return version.at if version else event.published_at or event.starts_at


def talks(event, *, speaker=None):
    """The announced entries; those of one speaker, if one is given."""
    if announced.latest(event) is None:
        return []
    rows = announced.talks(event)
    return rows if speaker is None else [row for row in rows if any(p.speaker_id == speaker.pk for p in row.people())]


def _said(thing, name, english):
    return (english and getattr(thing, name + "_en", "")) or getattr(thing, name)


def _url(request, talk):
    return request.build_absolute_uri(reverse("talks:talk", args=[talk.event.slug, talk.pk]))


def uid(event, pk):
    return f"talk-{pk}@{event.slug}.nextstop"


def sequence(event, revision) -> int:
    """Grows with the entry and with its event; calling the event off, and on again, each makes it higher."""
    return revision + 2 * event.revision + (event.cancelled_at is not None)


def calendar(request, event, *, speaker=None, only=None, name="") -> bytes:
    """An iCalendar of the programme, of one speaker's part in it, or of `only` these entries.

    In English where `?lang=en` asks for it. What was taken out of the programme stands in it as cancelled, for a while.
    """
    english = request.GET.get("lang") == "en"
    rows = talks(event, speaker=speaker) if only is None else only
    entries = [_calendar_entry(request, event, talk, english) for talk in rows]
    if only is None:
        gone = announced.taken_out(event, speaker=speaker)
        entries += [_cancelled(event, pk, said, english) for pk, said in gone.items()]
    return _file(event, name or _said(event, "title", english), entries, english)


def cancellation(request, event, pk) -> bytes | None:
    """An iCalendar of one entry that was taken out of the programme; None where nothing tells of it (any more)."""
    english = request.GET.get("lang") == "en"
    said = announced.taken_out(event).get(str(pk))
    return _file(event, said["title"], [_cancelled(event, pk, said, english)], english) if said else None


def _file(event, title, entries, english) -> bytes:
    organizer = (_said(event.series, "name", english), mailing.sender())
    return ical.calendar(title, entries, stamp=stamp(event), organizer=organizer)


def _calendar_entry(request, event, talk, english) -> ical.Entry:
    people = (", " if english else "、").join(_said(row.speaker, "name", english) for row in talk.people())
    place = (_said(talk, "room", english), _said(event, "venue", english))
    return ical.Entry(
        uid(event, talk.pk),
        sequence(event, talk.revision),
        _said(talk, "title", english),
        event.local(talk.starts_at),
        talk.minutes,
        " · ".join(filter(None, place)),
        "\n\n".join(filter(None, (people, _said(talk, "abstract", english)))),
        _url(request, talk),
        cancelled=event.cancelled_at is not None,
    )


def _cancelled(event, pk, said, english) -> ical.Entry:
    """With the UID that it had and a higher SEQUENCE: a calendar that follows the feed drops it."""
    starts = event.local(datetime.fromisoformat(said["starts_at"]))
    title = (english and said["title_en"]) or said["title"]
    number = sequence(event, said["revision"])
    return ical.Entry(uid(event, pk), number, title, starts, said["minutes"], said["room"], "", "", cancelled=True)


def schedule(request, event) -> dict:
    rows = talks(event)
    entries = [
        schedule_export.Entry(
            talk.pk,
            str(uuid.uuid5(uuid.NAMESPACE_URL, uid(event, talk.pk))),
            talk.title,
            talk.title_en if talk.title_en != talk.title else "",
            talk.kind,
            talk.track,
            event.local(talk.starts_at),
            talk.minutes,
            talk.room or event.venue,
            talk.abstract,
            _url(request, talk),
            "zh",
            [schedule_export.Person(row.speaker_id, row.speaker.name) for row in talk.people()],
        )
        for talk in rows
    ]
    version = announced.latest(event)
    frame = schedule_export.Frame(
        acronym=event.code.lower(),
        title=event.title,
        zone=event.timezone,
        base_url=request.build_absolute_uri("/"),
        version=str(version.number if version else 0),
        day=event.local(event.starts_at),
    )
    return schedule_export.as_json(frame, entries)


def json_ld(request, event, talk) -> str:
    """schema.org's Event for one entry, safe inside a script element."""
    place = {"@type": "Place", "name": event.venue or event.city, "address": event.city}
    status = "EventCancelled" if event.cancelled_at else "EventScheduled"
    body = {
        "@context": "https://schema.org",
        "@type": "Event",
        "name": talk.title,
        "startDate": event.local(talk.starts_at).isoformat(),
        "endDate": event.local(talk.ends_at).isoformat(),
        "eventAttendanceMode": "https://schema.org/OfflineEventAttendanceMode",
        "eventStatus": f"https://schema.org/{status}",
        "location": place,
        "performer": [{"@type": "Person", "name": row.speaker.name} for row in talk.people()],
        "url": _url(request, talk),
        "superEvent": {
            "@type": "Event",
            "name": event.title,
            "startDate": event.local(event.starts_at).isoformat(),
            "location": place,
        },
    }
    text = json.dumps(body, ensure_ascii=False)
    return mark_safe(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))
