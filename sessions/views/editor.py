"""The draft on a grid of times and rooms: dragged, moved with arrow keys, or written."""

from datetime import timedelta

from django.contrib import messages
from django.http import JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from events.access import crew_only
from events.templatetags.house import said
from sessions import announced, placing, programme
from sessions.models import Talk
from sessions.views.organise import pending

STEP = 5  # minutes


@crew_only()
def editor(request, event):
    """Rooms beside each other, the day from top to bottom."""
    talks = list(event.talks.in_order().with_people())
    begin = min((talk.starts_at for talk in talks), default=event.doors_at)
    begin = event.local(begin).replace(minute=0, second=0, microsecond=0)
    end = max((talk.ends_at for talk in talks), default=event.ends_at)
    rooms = list(dict.fromkeys(talk.room for talk in talks)) or [""]
    cards = [(talk, _minutes(talk.starts_at - begin), rooms.index(talk.room)) for talk in talks]
    hours = range(int((end - begin) / timedelta(hours=1)) + 2)
    context = {
        "event": event,
        "columns": [
            (name, _said(talks, name), [row[:2] for row in cards if row[2] == n]) for n, name in enumerate(rooms)
        ],
        "cards": cards,
        "begin": begin,
        "hours": [(hour * 60, begin + timedelta(hours=hour)) for hour in hours],
        "length": len(hours) * 60,
        "step": STEP,
        "warnings": programme.warnings(event),
        **pending(request, event),
        "version": announced.latest(event),
        "kinds": Talk.Kind.choices,
        "crew_roles": request.crew_roles,
    }
    part = "X-Fragment" in request.headers
    return render(request, "sessions/editor_body.html" if part else "sessions/editor.html", context)


@require_POST
@crew_only()
def place(request, event, talk):
    """Put one entry of the draft somewhere else."""
    row = get_object_or_404(event.talks, pk=talk)
    said = {name: request.POST.get(name, "") for name in ("start", "end", "room", "track", "title")}
    said["title_en"] = request.POST.get("title_en")  # a move on the grid does not send it
    try:
        placing.place(row, event, **said)
    except ValueError as reason:
        if "X-Fragment" in request.headers:
            return JsonResponse({"error": str(reason)}, status=422)
        messages.error(request, f"{row.title}: {reason}")
    else:
        if "X-Fragment" in request.headers:
            return JsonResponse({"placed": row.pk})
        messages.success(request, _("Saved."))
    return redirect("talks:editor", event.slug)


def _said(talks, room) -> str:
    """A room's name as the reader's language has it."""
    return next((said(talk, "room") for talk in talks if talk.room == room), room)


def _minutes(span) -> int:
    return round(span.total_seconds() / 60)
