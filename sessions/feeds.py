"""What calendars and other programmes read of ours: rows become the values of the pure modules."""

import hashlib
import json

from django.urls import reverse
from django.utils.safestring import mark_safe

from sessions import ical, schedule_export


def version(request, event) -> str:
    """Changes when anything that the feeds tell changes."""
    rows = event.talks.in_order().with_people()
    facts = [
        (
            t.pk,
            t.revision,
            t.title,
            t.abstract,
            t.kind,
            t.room,
            t.starts_at,
            t.minutes,
            [(a.speaker_id, a.speaker.name) for a in t.people()],
        )
        for t in rows
    ]
    text = repr((request.get_host(), event.title, event.venue, facts))
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:24]}"'


def stamp(event):
    """The same for the same programme, so that a feed that did not change is byte-equal."""
    return event.published_at or event.starts_at


def _url(request, talk):
    return request.build_absolute_uri(reverse("talks:talk", args=[talk.event.slug, talk.pk]))


def uid(event, talk):
    return f"talk-{talk.pk}@{event.slug}.nextstop"


def calendar_entries(request, event) -> list[ical.Entry]:
    return [
        ical.Entry(
            uid(event, talk),
            talk.revision,
            talk.title,
            event.local(talk.starts_at),
            event.local(talk.ends_at),
            " · ".join(filter(None, (talk.room, event.venue))),
            talk.abstract,
            _url(request, talk),
        )
        for talk in event.talks.in_order().select_related("event")
    ]


def schedule(request, event) -> dict:
    entries = [
        schedule_export.Entry(
            talk.pk,
            uid(event, talk),
            talk.title,
            talk.kind,
            event.local(talk.starts_at),
            talk.minutes,
            talk.room or event.venue,
            talk.abstract,
            _url(request, talk),
            "zh",
            [schedule_export.Person(row.speaker_id, row.speaker.name) for row in talk.people()],
        )
        for talk in event.talks.in_order().with_people().select_related("event")
    ]
    base = request.build_absolute_uri("/")
    return schedule_export.as_json(
        event.code.lower(), event.title, event.timezone, base, version(request, event).strip('"'), entries
    )


def json_ld(request, event, talk) -> str:
    """schema.org's Event for one entry, safe inside a script element."""
    body = {
        "@context": "https://schema.org",
        "@type": "Event",
        "name": talk.title,
        "startDate": event.local(talk.starts_at).isoformat(),
        "endDate": event.local(talk.ends_at).isoformat(),
        "eventAttendanceMode": "https://schema.org/OfflineEventAttendanceMode",
        "location": {"@type": "Place", "name": event.venue, "address": event.city},
        "performer": [{"@type": "Person", "name": row.speaker.name} for row in talk.people()],
        "url": _url(request, talk),
        "superEvent": {"@type": "Event", "name": event.title, "startDate": event.local(event.starts_at).isoformat()},
    }
    text = json.dumps(body, ensure_ascii=False)
    return mark_safe(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))
