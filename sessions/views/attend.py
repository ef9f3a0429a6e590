"""The programme and the questions on phones."""

from django.contrib import messages
from django.http import FileResponse, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import condition, require_POST

from events import slots
from events.access import anyone, attendee_only
from sessions import asking, feedback, feeds, ical, programme, schedule_export
from sessions.models import Vote


@anyone
def live_page(request, event):
    """Now, next, and the one thing to do."""
    now = timezone.now()
    actions = sorted(slots.collect("live_actions", event, request, now), key=lambda row: row.order)
    context = {
        "event": event,
        "attendee": request.attendee,
        "tab": "live",
        "today": programme.day(event, at=now),
        "at": now,
        "actions": actions,
    }
    return render(
        request, "sessions/live_body.html" if "X-Fragment" in request.headers else "sessions/live.html", context
    )


@anyone
def programme_page(request, event):
    """The whole line."""
    context = {"event": event, "attendee": request.attendee, "today": programme.day(event, at=timezone.now())}
    return render(request, "sessions/programme.html", context)


@anyone
def talk_page(request, event, talk):
    """One entry: abstract, people, what they share, answered questions."""
    talk = get_object_or_404(event.talks.with_people(), pk=talk)
    context = {
        "event": event,
        "attendee": request.attendee,
        "talk": talk,
        "materials": talk.materials.public(timezone.now()),
        "marks": feedback.MARKS.items() if request.attendee and (talk.started_at or talk.ended_at) else (),
        "mark": talk.feedback.filter(attendee=request.attendee).values_list("mark", flat=True).first()
        if request.attendee
        else None,
        "json_ld": feeds.json_ld(request, event, talk),
        "answered": talk.questions.public().filter(answered_at__isnull=False).select_related("attendee").by_votes(),
    }
    return render(request, "sessions/talk.html", context)


@require_POST
@attendee_only
def give_feedback(request, event, talk):
    """One tap; another tap changes it."""
    row = get_object_or_404(event.talks, pk=talk)
    try:
        feedback.give(row, request.attendee, int(request.POST.get("mark", "")))
    except ValueError:
        messages.error(request, _("That could not be counted."))
    else:
        messages.success(request, _("Thank you. The speaker sees the counts, never who."))
    return redirect("talks:talk", event.slug, talk)


@anyone
def portrait(request, event, speaker):
    """A speaker's picture, as it was uploaded: an image that was decoded before it was kept."""
    row = get_object_or_404(event.speakers.exclude(portrait=""), pk=speaker)
    response = FileResponse(row.portrait.open("rb"))
    response["Cache-Control"] = "public, max-age=300"
    return response


@anyone
def talk_calendar(request, event, talk):
    """One entry for a calendar, with the UID that it has in the feed of all."""
    row = get_object_or_404(event.talks, pk=talk)
    entries = [entry for entry in feeds.calendar_entries(request, event) if entry.uid == feeds.uid(event, row)]
    body = ical.calendar(row.title, entries, stamp=feeds.stamp(event))
    return HttpResponse(body, content_type="text/calendar; charset=utf-8")


@attendee_only
def questions(request, event):
    """Ask in one line, vote with a thumb."""
    now = timezone.now()
    if request.method == "POST":
        return _ask(request, event, now)
    return _questions(request, event, now)


def _ask(request, event, now):
    today = programme.day(event, at=now)
    talk = today.now.talk if today.now and today.now.talk.is_session else None
    chosen = request.POST.get("talk", "")
    if chosen:  # "all", or the number of an entry; what was not chosen goes to the one that is on
        sessions = {str(line.talk.pk): line.talk for line in today.lines if line.talk.is_session}
        talk = None if chosen == "all" else sessions.get(chosen, talk)
    text, status = request.POST.get("text", ""), 400
    try:
        after = asking.moderation(event) == "after"
        asking.ask(
            event, request.attendee, text, at=now, talk=talk, anonymous="anonymous" in request.POST, approved=after
        )
    except asking.TooFast:
        error, status = _("That was a lot of questions. In a minute you can ask again."), 429
    except ValueError as reason:
        error = str(reason)
    else:
        messages.success(request, _("Your question is on the wall.") if after else _("Your question is with the host."))
        return redirect("talks:questions", event.slug)
    return _questions(request, event, now, error=error, text=text, status=status)


def _questions(request, event, now, *, error="", text="", status=200):
    rows = event.questions.public().filter(answered_at=None, pinned_at=None).select_related("attendee", "talk")
    new = request.GET.get("sort") == "new"
    mine = event.questions.waiting().filter(attendee=request.attendee)
    voted = set(
        Vote.objects.filter(attendee=request.attendee, question__event=event).values_list("question", flat=True)
    )
    context = {
        "event": event,
        "attendee": request.attendee,
        "tab": "ask",
        "today": programme.day(event, at=now),
        "onair": event.questions.public().filter(pinned_at__isnull=False).select_related("attendee").first(),
        "questions": rows.order_by("-pk") if new else rows.by_votes(),
        "waiting": mine,
        "voted": voted,
        "new": new,
        "held": event.questions.filter(held_at__isnull=False).count(),
        "error": error,
        "text": text,
        "at": now,
        "sessions": [line.talk for line in programme.day(event, at=now).lines if line.talk.is_session],
    }
    part = "X-Fragment" in request.headers
    return render(
        request, "sessions/questions_body.html" if part else "sessions/questions.html", context, status=status
    )


@require_POST
@attendee_only
def vote(request, event, question):
    """Vote, or take the vote back."""
    question = get_object_or_404(event.questions.public().select_related("event"), pk=question)
    standing = asking.vote(question, request.attendee)
    if "X-Fragment" in request.headers:
        return JsonResponse({"standing": standing})
    return redirect("talks:questions", event.slug)


def _etag(request, event, *args):
    return feeds.version(request, event)


def _feed(make):
    return anyone(condition(etag_func=_etag)(make))


@_feed
def calendar_feed(request, event):
    """The programme for calendars."""
    body = ical.calendar(event.title, feeds.calendar_entries(request, event), stamp=feeds.stamp(event))
    return HttpResponse(body, content_type="text/calendar; charset=utf-8")


@_feed
def schedule_json(request, event):
    """The programme in the format of the c3voc."""
    return JsonResponse(feeds.schedule(request, event))


@_feed
def schedule_xml(request, event):
    """The same as XML."""
    body = schedule_export.as_xml(feeds.schedule(request, event))
    return HttpResponse(body, content_type="application/xml; charset=utf-8")
