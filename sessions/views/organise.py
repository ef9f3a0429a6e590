"""Running the programme and moderating the questions."""

import re

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from events import live
from events.access import crew_only
from events.models import Role
from events.templatetags.house import listed, said
from sessions import announced, asking, catching_up, programme, publishing
from sessions.models import Appearance, QuestionRules

ONE_TAP = (5, 10, 15)  # minutes by which the rest moves with one tap


@crew_only(Role.HOST)
def run(request, event):
    """The run of show: start, finish, catch up, who has arrived."""
    now = timezone.now()
    asked = request.GET.get("minutes", "")
    minutes = int(asked) if re.fullmatch(r"-?[0-9]{1,3}", asked) and abs(int(asked)) <= 120 else 0
    today = programme.day(event, at=now)
    spare = catching_up.absorbable(today)
    context = {
        "event": event,
        "ahead": catching_up.outlook(today, minutes, at=now) if minutes else None,
        "moves": [catching_up.outlook(today, n, at=now) for n in ONE_TAP] if today.rest else [],
        **pending(request, event),
        "version": announced.latest(event),
        "today": today,
        "absorbable": spare,
        "turn": catching_up.turn(event),
        "reopens": _last_to_end(today),
        "monitors": _monitors(event),
        "absorbed": catching_up.absorb_outlook(today, spare, at=now) if spare else None,
        "warnings": programme.warnings(event),
        "crew_roles": request.crew_roles,
    }
    return render(
        request, "sessions/run_body.html" if "X-Fragment" in request.headers else "sessions/run.html", context
    )


def _last_to_end(today) -> int | None:
    """The entry that can be said not to be over: the last that ended, while nothing is on that somebody has begun."""
    talks = [line.talk for line in today.lines if not line.talk.taken_out]
    ended = [talk for talk in talks if talk.ended_at]
    running = any(talk.started_at and not talk.ended_at for talk in talks)
    return max(ended, key=lambda talk: talk.ended_at).pk if ended and not running else None


def _monitors(event) -> list[tuple[str, str]]:
    """(track, its name as the reader's language has it) of each monitor; one without a name where tracks are none."""
    talks = {talk.track: talk for talk in announced.talks(event) if talk.track}
    return [(track, said(talks[track], "track")) for track in programme.tracks_of(event)] or [("", "")]


def pending(request, event) -> dict:
    """For an organiser: what would be announced now, and whom no mail would reach."""
    found = publishing.pending(event) if Role.ORGANISER in request.crew_roles else []
    return {"pending": found, "unreachable": publishing.unreachable(event, found) if found else []}


@require_POST
@crew_only()
def publish(request, event):
    """Announce the programme as it is: a version, and mails to the people whom the changes concern."""
    untold = publishing.unreachable(event, publishing.pending(event))
    version = publishing.publish(event, by=request.user, at=timezone.now())
    if version:
        messages.success(request, _("Version %(n)d is announced.") % {"n": version.number})
        if untold:
            names = {"names": listed(said(row, "name") for row in untold)}
            messages.warning(request, _("No mail address, so tell them yourself: %(names)s") % names)
    else:
        messages.info(request, _("Nothing has changed since the last version."))
    return redirect("talks:run", event.slug)


@require_POST
@crew_only(Role.HOST)
def act(request, event, talk, act):
    """Start or finish an entry, take either back, or let a break take the delay."""
    talk, now = get_object_or_404(event.talks.select_related("event"), pk=talk), timezone.now()
    if act == "start":
        programme.start(talk, at=now, by=request.user)
    elif act == "finish":
        programme.finish(talk, at=now)
    elif act in ("not-yet", "reopen"):
        done = programme.not_yet(talk) if act == "not-yet" else programme.reopen(talk)
        if not done:
            messages.info(request, _("Something else is on by now."))
    elif act == "absorb":
        taken = catching_up.absorb(talk, at=now, by=request.user)
        messages.info(request, _("%(n)d minutes caught up.") % {"n": taken})
    else:
        raise Http404
    return redirect("talks:run", event.slug)


@require_POST
@crew_only(Role.HOST)
def shift(request, event):
    """Move the rest by some minutes."""
    try:
        minutes = int(request.POST.get("minutes", ""))
    except ValueError:
        minutes = 0
    if not minutes or abs(minutes) > 120:
        messages.error(request, _("Between 1 and 120 minutes."))
        return redirect("talks:run", event.slug)
    try:
        catching_up.shift_rest(event, minutes, at=timezone.now(), by=request.user, seen=request.POST.get("seen"))
    except catching_up.AlreadyMoved:
        messages.info(request, _("Somebody has just moved the programme. Look first, then press."))
    except catching_up.TooEarly as first:
        messages.error(request, _("“%(title)s” would have begun already.") % {"title": first})
    return redirect("talks:run", event.slug)


@require_POST
@crew_only(Role.HOST)
def arrived(request, event, appearance):
    """A speaker is here, or is not after all. The button says which, so that two hosts who press it agree."""
    row = get_object_or_404(Appearance, pk=appearance, talk__event=event)
    if request.POST.get("here") == "0":
        Appearance.objects.filter(pk=row.pk).update(arrived_at=None, arrived_by=None)
    else:
        came = Appearance.objects.filter(pk=row.pk, arrived_at=None)
        came.update(arrived_at=timezone.now(), arrived_by=request.user)
    live.tell(event, "programme", "crew")
    return redirect("talks:run", event.slug)


@crew_only(Role.HOST)
def moderation(request, event):
    """Let questions through, pin one to the stage, tick it off."""
    rows = event.questions.select_related("attendee", "talk")
    context = {
        "event": event,
        "moderation": asking.moderation(event),
        "moderations": QuestionRules.Moderation.choices,
        "waiting": rows.waiting().order_by("at"),
        "held": rows.filter(held_at__isnull=False),
        "open": rows.public().filter(answered_at=None).by_votes(),
        "answered": rows.public().filter(answered_at__isnull=False).by_votes(),
    }
    part = "X-Fragment" in request.headers
    return render(request, "sessions/moderation_body.html" if part else "sessions/moderation.html", context)


@require_POST
@crew_only(Role.HOST)
def rules(request, event):
    """Read before, or hold back after."""
    chosen = request.POST.get("moderation")
    if chosen in QuestionRules.Moderation.values:
        QuestionRules.objects.update_or_create(event=event, defaults={"moderation": chosen})
    return redirect("talks:moderation", event.slug)


@require_POST
@crew_only(Role.HOST)
def decide(request, event, question, what):
    """One decision about one question."""
    question = get_object_or_404(event.questions.select_related("event"), pk=question)
    try:
        asking.decide(question, what, at=timezone.now())
    except KeyError:
        raise Http404 from None
    return redirect("talks:moderation", event.slug)
