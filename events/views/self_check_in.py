"""People who let themselves in: by the code on the stage, or at a tablet by the door."""

import functools

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from events import boarding, boarding_code, door_pass, gates, pace
from events.access import attendee_only, crew_only
from events.models import Attendee, Role
from events.templatetags import house
from events.views.desks import WORDS

TRIES_PER_MINUTE = 6


@attendee_only
def board(request, event):
    """One button; the code comes with the stage's QR, and is another one each minute."""
    attendee, now = request.attendee, timezone.now()
    code = (request.POST.get("c") or request.GET.get("c") or "")[:12]
    if attendee.status != Attendee.Status.CONFIRMED:
        return redirect("events:ticket", event.slug)
    if now < event.doors_at and event.cancelled_at is None:  # the poster by the door is scanned before it opens
        messages.info(request, _("Doors open at %(at)s.") % {"at": house.clock(event.doors_at, event)})
        return redirect("events:ticket", event.slug)
    if not event.is_running(now):
        raise Http404
    if attendee.check_in:
        return redirect("events:aboard", event.slug)
    if request.method != "POST":
        return render(request, "events/board.html", {"code": code})
    if pace.too_many(request, "board", per_minute=TRIES_PER_MINUTE, at=now, of=attendee.uid):
        messages.error(request, _("Too many tries, wait a minute."))
    elif not boarding_code.is_valid(event, code, now):
        messages.error(request, _("That code has gone. Scan the stage once more."))
    else:
        came = boarding.come_in(attendee, at=now)
        return redirect("events:aboard" if came else "events:ticket", event.slug)
    return render(request, "events/board.html", {"code": ""}, status=422)


def _or_tablet(view):
    """For a tablet that the crew put up, and for the crew to put one up."""

    @never_cache
    def wrapper(request, event):
        value = request.COOKIES.get(door_pass.COOKIE, "")
        entry = door_pass.enter(value, event) if value else None
        if entry is None or not entry.tablet or request.method != "GET":
            return view(request, event)
        context = {"event": entry.event, "pass": value, "door": gates.TABLET, **WORDS}
        request.event, request.attendee = entry.event, None
        return render(request, "events/kiosk.html", context)

    wrapper.access = view.access
    return functools.wraps(view, updated=())(wrapper)


@_or_tablet
@crew_only(Role.DOOR)
def kiosk(request, event):
    """A tablet that stands by the door: people hold up their ticket themselves. Nothing else is on it.

    Whoever puts it up is logged out there: it keeps a pass that scans and opens no page.
    """
    if request.method != "POST":
        return render(request, "events/kiosk_start.html")
    value = door_pass.issue(request.user, event, tablet=True)
    logout(request)
    answer = redirect("events:kiosk", event.slug)
    answer.set_cookie(
        door_pass.COOKIE,
        value,
        max_age=door_pass.HOURS_24,
        path=reverse("events:kiosk", args=[event.slug]),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return answer
