"""The next stop in another city: a draft with everything that the last one taught, and nobody's data.

Apps bring their own part along through `also_clone`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max
from django.utils.translation import ngettext

from events.db import write_gate
from events.models import CrewMember, Event, Role
from events.models.event import FORGOTTEN_AFTER

KEPT = (
    "title",
    "title_en",
    "tagline",
    "tagline_en",
    "summary",
    "summary_en",
    "price",
    "timezone",
    "admission",
    "capacity",
    "offer_hours",
    "asks_again",
    "plus_ones",
    "carriages",
    "seats_per_carriage",
    "address_is_public",
)


@dataclass(frozen=True)
class Part:
    """What an app brings along: words for the organiser (`count(event)`), and the work (`copy(old, new, shift)`)."""

    count: Callable[[Event], str]
    copy: Callable[[Event, Event, timedelta], None]


_parts: list[Part] = []


def also_clone(count):
    """Register `copy(old, new, shift)`; `count(old)` says in words what there is, '' for nothing.

    `shift` is the time between the two events: what was at 14:30 is at 14:30 of the new day.
    """

    def decorate(copy):
        _parts.append(Part(count, copy))
        return copy

    return decorate


def what_comes(event) -> list[str]:
    """What a new stop would take along, in words."""
    asked = len([row for row in event.questions_asked if not row.get("retired")])
    crew = event.crew.values("user").distinct().count()
    own = [
        ngettext("%(n)d question", "%(n)d questions", asked) % {"n": asked} if asked else "",
        ngettext("%(n)d person in the crew", "%(n)d people in the crew", crew) % {"n": crew},
    ]
    return [words for words in (*own, *(part.count(event) for part in _parts)) if words]


def clone(event, *, city, city_en="", starts_at: datetime, slug, code, by) -> Event:
    """A draft of the next stop of the line, in one transaction. The city of the new one is where the old one leads."""
    shift = starts_at - event.starts_at
    with write_gate(), transaction.atomic():
        last = event.series.events.aggregate(last=Max("number"))["last"] or 0
        new = Event.objects.create(
            series=event.series,
            number=last + 1,
            slug=slug,
            code=code,
            city=city,
            city_en=city_en,
            doors_at=event.doors_at + shift,
            starts_at=starts_at,
            ends_at=event.ends_at + shift,
            forget_at=event.ends_at + shift + FORGOTTEN_AFTER,
            questions_asked=[row for row in event.questions_asked if not row.get("retired")],
            **{name: getattr(event, name) for name in KEPT},
        )
        roles = {(member.user_id, member.role) for member in event.crew.all()} | {(by.pk, Role.ORGANISER)}
        CrewMember.objects.bulk_create(CrewMember(event=new, user_id=user, role=role) for user, role in sorted(roles))
        for part in _parts:
            part.copy(event, new, shift)
    return new
