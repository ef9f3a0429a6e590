"""Polls: the phone answers, the host makes, opens and closes them."""

from django.contrib import messages
from django.db import IntegrityError
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from events.access import attendee_only, crew_only
from events.models import Role
from sessions import polling
from sessions.models import Poll


@attendee_only
def poll(request, event):
    """The poll that is open, or what came of the last one."""
    asked, error, status = polling.shown(event), "", 200
    if request.method == "POST" and asked and request.POST.get("poll", str(asked.pk)) != str(asked.pk):
        error, status = _("The room is asked something else now. Your answer was not counted."), 409
    elif request.method == "POST" and asked:
        try:
            polling.answer(asked, request.attendee, request.POST.getlist("answer"))
        except ValueError as reason:
            error, status = str(reason), 422
        else:
            return redirect("talks:poll", event.slug)
    mine = asked.answers.filter(attendee=request.attendee).first() if asked else None
    changing = "change" in request.GET or mine is None
    context = {
        "event": event,
        "attendee": request.attendee,
        "tab": "live",
        "poll": asked,
        "mine": mine.value if mine else None,
        "asking": asked is not None and asked.is_open and (changing or bool(error)),
        "tally": polling.tally(asked) if asked else None,
        "marks": polling.MARKS,
        "error": error,
    }
    part = "X-Fragment" in request.headers
    return render(request, "sessions/poll_body.html" if part else "sessions/poll.html", context, status=status)


@crew_only(Role.HOST)
def polls(request, event):
    """All polls of the event and a form for a new one."""
    error = ""
    if request.method == "POST":
        try:
            polling.make(
                event,
                text=request.POST.get("text", ""),
                text_en=request.POST.get("text_en", ""),
                kind=request.POST.get("kind", ""),
                choices=request.POST.get("choices", "").splitlines(),
            )
        except ValueError as reason:
            error = str(reason)
        else:
            return redirect("talks:polls", event.slug)
    rows = [(row, polling.tally(row)) for row in event.polls.order_by("pk")]
    context = {"event": event, "polls": rows, "kinds": Poll.Kind.choices, "error": error, "typed": request.POST}
    return render(request, "sessions/polls.html", context, status=422 if error else 200)


@require_POST
@crew_only(Role.HOST)
def poll_act(request, event, poll, act):
    """Open, close, take a word off the wall, remove one that nobody has answered."""
    row, now = get_object_or_404(event.polls.select_related("event"), pk=poll), timezone.now()
    if act == "open":
        try:
            polling.open_(row, at=now)
        except IntegrityError:  # the other host was a moment earlier
            messages.info(request, str(polling.shown(event)))
    elif act == "close":
        polling.close(row, at=now)
    elif act == "hide":
        polling.hide_word(row, request.POST.get("word", ""))
    elif act == "remove" and not row.answers.exists():
        row.delete()
    else:
        raise Http404
    return redirect("talks:polls", event.slug)
