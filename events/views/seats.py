"""Who sits where: the organiser deals the seats and moves people."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from events import seating
from events.access import crew_only


@crew_only()
def seats(request, event):
    """The train from above: every carriage with its people and its mix."""
    people = event.attendees.confirmed().filter(forgotten_at=None).select_related("card", "seat_pin").order_by("number")
    inside = set(event.attendees.present().values_list("pk", flat=True))
    rows: dict[int, dict[int, object]] = {carriage: {} for carriage in range(1, event.carriages + 1)}
    without = []
    for person in people:
        person.inside, person.pinned = person.pk in inside, hasattr(person, "seat_pin")
        if person.seat and person.carriage in rows:
            rows[person.carriage][person.seat] = person
        else:
            without.append(person)
    cars = [
        {
            "number": number,
            "seats": [(seat, seated.get(seat)) for seat in range(1, event.seats_per_carriage + 1)],
            "people": len(seated),
            "new": sum(person.newcomer for person in seated.values()),
            "looking": sum(person.wish == "any" for person in seated.values()),
        }
        for number, seated in rows.items()
    ]
    chosen = request.GET.get("who", "")
    who = next((person for person in people if str(person.pk) == chosen), None)
    context = {"cars": cars, "without": without, "who": who, "moved": len(inside)}
    return render(request, "events/seats.html", context)


@require_POST
@crew_only()
def deal(request, event):
    """Deal the seats anew; who is inside or was placed by hand stays."""
    moved = seating.deal(event, at=timezone.now())
    words = ngettext("%(n)d person got another place.", "%(n)d people got another place.", moved) % {"n": moved}
    messages.success(request, words if moved else _("Everybody sits well already."))
    return redirect("events:seats", event.slug)


@require_POST
@crew_only()
def put(request, event, attendee):
    """Put somebody at a place; whoever sits there changes places with them."""
    person = get_object_or_404(event.attendees.confirmed().select_related("event"), pk=attendee)
    given = [request.POST.get(name, "") for name in ("carriage", "seat")]
    numbers = [int(text) if text.isdecimal() and len(text) < 4 else 0 for text in given]
    if not seating.put(person, *numbers, at=timezone.now(), by=request.user):
        messages.error(request, _("The train has no such place."))
    return redirect("events:seats", event.slug)
