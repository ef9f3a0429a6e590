"""Once through the door: the seat, the ice-breaker, the recap."""

from datetime import timedelta

from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone

from events import icebreaking, slots
from events.access import anyone, attendee_only, hear
from events.models import Role
from events.views import ticket


@attendee_only
def aboard(request, event):
    """Where do I sit, whom do I meet."""
    now, attendee = timezone.now(), request.attendee
    hear(attendee, at=now)
    if not attendee.check_in:
        return redirect("events:ticket", event.slug)
    given = request.GET.get("card", "")
    skip = int(given) if given.isdecimal() and len(given) < 5 else 0
    card = {
        "card": icebreaking.card_for(event, attendee.carriage, now, skip),
        "next_card": skip + 1,
        "changes_at": icebreaking.next_at(event, now),
    }
    if request.GET.get("part") == "card":  # every phone in the room asks for it at every beat
        return render(request, "events/icecard.html", card)
    mates, here, seats = icebreaking.mates(attendee)
    context = {
        **card,
        "at": now,
        "mates": mates,
        "here": here,
        "seats": seats,
        "alone": icebreaking.wants_to_be_alone(attendee),
        "directory": icebreaking.directory(event).exclude(pk=attendee.pk).count(),
        "check_in": attendee.check_in,
        "table": event.table_of(attendee.carriage),
        "without_team": set(slots.collect("without_team", event, request, now)),
        "state": ticket.state_of(attendee),
    }
    return render(request, "events/aboard.html", context)


@anyone
def recap(request, event):
    """What stays of the day. The crew sees it before the end."""
    now = timezone.now()
    if not event.is_over(now) and not request.crew_roles & {Role.ORGANISER, Role.HOST}:
        raise Http404
    attendee = request.attendee
    check_in = attendee.check_in if attendee else None
    stayed = (event.ended_at or now) - check_in.at if check_in else timedelta()
    minutes = max(0, int(stayed.total_seconds() // 60))
    counts = slots.collect("recap_counts", event, request, now)
    friends = icebreaking.friends(attendee) if attendee else []
    context = {
        "at": now,
        "friends": friends,
        "agreed": sum(one.met for one in friends),
        "hours": minutes // 60,
        "minutes": minutes % 60,
        "check_in": check_in,
        "counts": counts,
        "sponsors": event.sponsors.all(),
        "came": event.attendees.present().count(),
    }
    return render(request, "events/recap.html", context)
