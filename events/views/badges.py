"""Badges to print: sheets for the organiser, one at the door."""

from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render

from events import badges
from events.access import crew_only
from events.models import Role

MOST = 200  # in one file


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 8 else 0


def _file(body, name):
    return HttpResponse(
        body, content_type="application/pdf", headers={"Content-Disposition": f'inline; filename="{name}"'}
    )


def _parts(count) -> list[tuple[int, int, int]]:
    """`(first, last, part)` of each file that so many badges need."""
    return [(start + 1, min(start + MOST, count), start // MOST + 1) for start in range(0, count, MOST)]


@crew_only()
def page(request, event):
    """Which badges there are: all, by carriage, `?after=120` for the numbers after 120; in parts that one file holds."""
    people = event.attendees.confirmed().filter(forgotten_at=None)
    count, after = people.count(), _number(request.GET.get("after", ""))
    cars = people.exclude(seat=None).order_by("carriage").values_list("carriage").annotate(Count("pk"))
    later = people.filter(number__gt=after).count() if after else 0
    context = {
        "count": count,
        "parts": _parts(count),
        "cars": [(car, _parts(there)) for car, there in cars],
        "after": after,
        "later": later,
        "later_parts": _parts(later),
        "by_hand": badges.incomplete(people.order_by("number")),
    }
    return render(request, "events/badges.html", context)


@crew_only()
def sheets(request, event):
    """One part, the first by default: of all, of `?car=6`, or of `?after=120`, the numbers after 120."""
    people = event.attendees.confirmed().filter(forgotten_at=None).select_related("event").order_by("number")
    car, after = _number(request.GET.get("car", "")), _number(request.GET.get("after", ""))
    if car:
        people = people.filter(carriage=car).order_by("seat")
    start = (max(1, _number(request.GET.get("part", ""))) - 1) * MOST
    people = people.filter(number__gt=after)
    return _file(badges.sheets(people[start : start + MOST]), f"{event.slug}-badges.pdf")


@crew_only(Role.DOOR)
def label(request, event, attendee):
    """One badge, for the printer at the door."""
    person = get_object_or_404(event.attendees.confirmed().filter(forgotten_at=None), pk=attendee)
    person.event = event
    return _file(badges.label(person), f"{event.slug}-{person.number:04d}.pdf")
