"""The programme and the questions on phones."""

from django.contrib import messages
from django.db.models import Q
from django.http import FileResponse, Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from events import slots
from events.access import anyone, attendee_only
from sessions import announced, asking, feedback, feeds, mirroring, programme, schedule_export, speaking
from sessions.models import Question, Vote
from sessions.printed import printed

MOST = 2**63 - 1  # no row has a larger number


@anyone
def live_page(request, event):
    """Now, next, and the one thing to do."""
    now = timezone.now()
    actions = sorted(slots.collect("live_actions", event, request, now), key=lambda row: row.order)
    today = programme.public_day(event, at=now)
    context = {
        "event": event,
        "attendee": request.attendee,
        "tab": "live",
        "today": today,
        "at": now,
        "actions": actions,
        "mirror": mirroring.seen(event, at=now) if request.attendee else None,
        "felt": feedback.asked_about(today.lines, request.attendee, at=now) if request.attendee else None,
        "marks": feedback.MARKS.items(),
    }
    return render(
        request, "sessions/live_body.html" if "X-Fragment" in request.headers else "sessions/live.html", context
    )


@printed(clock=True, personal=True)
@anyone
def programme_page(request, event):
    """The whole line."""
    now = timezone.now()
    context = {"event": event, "attendee": request.attendee, "today": programme.public_day(event, at=now), "at": now}
    part = "X-Fragment" in request.headers
    return render(request, "sessions/programme_body.html" if part else "sessions/programme.html", context)


def _announced(request, event, pk):
    """The entry as it was announced; before the first version the crew sees the draft."""
    if announced.latest(event) or request.crew_roles:
        for talk in announced.talks(event, only=pk):
            return talk
    raise Http404


def _speaker(request, event, pk):
    """A speaker whom the programme names; the crew, and the person themselves, know of drafts."""
    row = get_object_or_404(event.speakers, pk=pk)
    if not (request.crew_roles or speaking.known_to(request, event) == row or announced.names(event, row)):
        raise Http404
    return row


@anyone
def talk_page(request, event, talk):
    """One entry: abstract, people, what they share, its questions."""
    talk, now = _announced(request, event, talk), timezone.now()
    line = programme.day(event, at=now).line_of(talk.pk)
    over = talk.ended_at or event.is_over(now) or (line is not None and line.is_over(now))
    archive = talk.questions.public().select_related("attendee").by_votes()
    context = {
        "event": event,
        "attendee": request.attendee,
        "talk": talk,
        "line": line,
        "materials": programme.let_out(event, at=now).filter(talk=talk.pk),
        "marks": feedback.MARKS.items()
        if request.attendee and not talk.taken_out and feedback.has_begun(talk, line, at=now)
        else (),
        "mark": talk.feedback.filter(attendee=request.attendee).values_list("mark", flat=True).first()
        if request.attendee
        else None,
        "json_ld": feeds.json_ld(request, event, talk),
        "answered": archive.filter(answered_at__isnull=False),
        "unanswered": archive.filter(answered_at=None) if over else (),
    }
    return render(request, "sessions/talk.html", context)


@require_POST
@attendee_only
def give_feedback(request, event, talk):
    """One tap; another tap changes it."""
    row = get_object_or_404(event.talks, pk=talk)
    now = timezone.now()
    line = programme.public_day(event, at=now).line_of(row.pk)
    try:
        feedback.give(row, request.attendee, int(request.POST.get("mark", "")), line=line, at=now)
    except ValueError:
        messages.error(request, _("That could not be counted."))
    else:
        messages.success(request, _("Thank you. The speaker sees the counts, never who."))
    if request.POST.get("next") == "live":
        return redirect("talks:live", event.slug)
    return redirect("talks:talk", event.slug, talk)


@anyone
def portrait(request, event, speaker):
    """A speaker's picture, as it was uploaded: an image that was decoded before it was kept."""
    row = _speaker(request, event, speaker)
    if not row.portrait:
        raise Http404
    response = FileResponse(row.portrait.open("rb"))
    response["Cache-Control"] = f"{'public' if announced.names(event, row) else 'private'}, max-age=300"
    return response


@printed(personal=True)  # the crew reads drafts
@anyone
def talk_calendar(request, event, talk):
    """One entry for a calendar, with the UID that it has in the feed of all; taken out, it is cancelled in both."""
    try:
        row = _announced(request, event, talk)
    except Http404:
        body = feeds.cancellation(request, event, talk)
        if body is None:
            raise
    else:
        body = feeds.calendar(request, event, only=[row], name=row.title)
    return _ics(body)


@printed(personal=True)  # the crew and the speaker know of drafts
@anyone
def speaker_calendar(request, event, speaker):
    """Everything in which one speaker has a part, for their own calendar; it follows the programme."""
    row = _speaker(request, event, speaker)
    return _ics(feeds.calendar(request, event, speaker=row, name=f"{row.name} · {event.title}"))


@attendee_only
def questions(request, event):
    """Ask in one line, vote with a thumb."""
    now = timezone.now()
    if request.method == "POST":
        return _ask(request, event, now)
    return _questions(request, event, now)


def _ask(request, event, now):
    today = programme.public_day(event, at=now)
    talk = today.now.talk if today.now and today.now.talk.is_session and not today.now.talk.taken_out else None
    chosen = request.POST.get("talk", "")
    if chosen:  # "all", or the number of an entry; what was not chosen goes to the one that is on
        sessions = {str(one.pk): one for one in _sessions(today)}
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


def _sessions(today):
    """What a question can be put to."""
    return [line.talk for line in today.lines if line.talk.is_session and not line.talk.taken_out]


def _with_announced(questions, today):
    """The questions, each with the entry that it was put to as it was announced; None for one that nobody knows yet."""
    told = {line.talk.pk: line.talk for line in today.lines}
    rows = list(questions)
    for row in rows:
        row.talk = told.get(row.talk_id)
    return rows


def _questions(request, event, now, *, error="", text="", status=200):
    rows = event.questions.public().filter(answered_at=None, pinned_at=None).select_related("attendee")
    new = request.GET.get("sort") == "new"
    own = event.questions.filter(attendee=request.attendee, withdrawn_at=None, answered_at=None)
    mine = own.filter(Q(approved_at=None) | Q(held_at__isnull=False))
    voted = set(
        Vote.objects.filter(attendee=request.attendee, question__event=event).values_list("question", flat=True)
    )
    today = programme.public_day(event, at=now)
    context = {
        "event": event,
        "attendee": request.attendee,
        "tab": "ask",
        "today": today,
        "onair": event.questions.public().filter(pinned_at__isnull=False).select_related("attendee").first(),
        "questions": _with_announced(rows.order_by("-pk") if new else rows.by_votes(), today),
        "waiting": mine,
        "voted": voted,
        "new": new,
        "held": event.questions.filter(held_at__isnull=False, withdrawn_at=None).count(),
        "error": error,
        "text": text,
        "at": now,
        "sessions": _sessions(today),
    }
    part = "X-Fragment" in request.headers
    return render(
        request, "sessions/questions_body.html" if part else "sessions/questions.html", context, status=status
    )


@require_POST
@attendee_only
def vote(request, event, question):
    """Vote, or take the vote back. A phone says which of the two it wants, so that a repeated press changes nothing."""
    stands, part = request.POST.get("stands") != "0", "X-Fragment" in request.headers
    try:
        if question > MOST:
            raise asking.NoSuchQuestion
        asking.vote(Question(pk=question, event=event), request.attendee, stands=stands)
    except asking.NoSuchQuestion:
        if not part:
            raise Http404 from None
        return HttpResponse(status=404)  # a page would be read by nobody
    return JsonResponse({"standing": stands}) if part else redirect("talks:questions", event.slug)


@require_POST
@attendee_only
def withdraw(request, event, question):
    """Take back one's own question."""
    row = get_object_or_404(event.questions, pk=question, attendee=request.attendee)
    row.event = event
    if asking.withdraw(row, at=timezone.now()):
        messages.success(request, _("Your question is taken back."))
    return redirect("talks:questions", event.slug)


def _ics(body):
    return HttpResponse(body, content_type="text/calendar; charset=utf-8")


@printed
@anyone
def calendar_feed(request, event):
    """The programme for calendars."""
    return _ics(feeds.calendar(request, event))


@printed
@anyone
def schedule_json(request, event):
    """The programme in the format of the c3voc."""
    return JsonResponse(feeds.schedule(request, event))


@printed
@anyone
def schedule_xml(request, event):
    """The same as XML."""
    body = schedule_export.as_xml(feeds.schedule(request, event))
    return HttpResponse(body, content_type="application/xml; charset=utf-8")
