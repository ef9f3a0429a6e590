"""What the programme offers to the shared pages: stage scenes, rows on the phone, needs of the desk."""

from django.db.models import Max
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from events import qr, scenes, slots
from sessions import asking, feedback, polling, programme
from sessions.models import Speaker


def _join(event, request):
    return {
        "short": f"{request.get_host()}/{event.code}",
        "join_qr": qr.svg(request.build_absolute_uri(f"/{event.code}")),
    }


@scenes.offer("now", title=gettext_lazy("Now and next"), icon="route", order=20)
def now_and_next(event, request, params):
    today = programme.day(event, at=timezone.now())
    lines = [line for line in today.lines if line.state != "past"][:4]
    return "sessions/scenes/now.html", {"today": today, "lines": lines, **_join(event, request)}


@scenes.offer("questions", title=gettext_lazy("Question wall"), icon="ask", order=30)
def question_wall(event, request, params):
    today = programme.day(event, at=timezone.now())
    return "sessions/scenes/questions.html", {"today": today, **asking.wall(event), **_join(event, request)}


@scenes.offer("speaker", title=gettext_lazy("Speaker card"), icon="users", order=25)
def speaker_card(event, request, params):
    today = programme.day(event, at=timezone.now())
    line = today.now if today.now and today.now.talk.people() else today.next
    return "sessions/scenes/speaker.html", {"line": line, "today": today, **_join(event, request)}


@scenes.offer("poll", title=gettext_lazy("Poll"), icon="list", order=35)
def poll_wall(event, request, params):
    poll = polling.shown(event)
    tally = polling.tally(poll) if poll else None
    return "sessions/scenes/poll.html", {"poll": poll, "tally": tally, **_join(event, request)}


@scenes.offer("break", title=gettext_lazy("Break"), icon="clock", order=45)
def break_scene(event, request, params):
    today = programme.day(event, at=timezone.now())
    return "sessions/scenes/break.html", {"today": today, **_join(event, request)}


@slots.offer("live_actions", order=5)
def poll_and_feedback(event, request, at):
    """The poll that is open, and the talk that has just ended."""
    if request.attendee is None:
        return None
    found = []
    poll = polling.shown(event)
    if poll and poll.is_open and not poll.answers.filter(attendee=request.attendee).exists():
        url = reverse("talks:poll", args=[event.slug])
        asked = poll.text_en if poll.text_en and get_language() == "en" else poll.text
        found.append(slots.Action("list", _("The room votes now"), asked, url, urgent=True, order=5))
    talk = feedback.asked_about(event, request.attendee, at=at)
    if talk:
        title = talk.title_en if talk.title_en and get_language() == "en" else talk.title
        url = reverse("talks:talk", args=[event.slug, talk.pk]) + "#feedback"
        found.append(slots.Action("check", _("How was it? One tap"), title, url, order=18))
    return found


@slots.offer("event_page_main", order=20)
def programme_section(event, request, at):
    today = programme.day(event, at=at)
    return slots.Piece("sessions/slots/programme.html", {"today": today}) if today.lines else None


@slots.offer("live_actions", order=20)
def ask(event, request, at):
    if request.attendee is None or not event.is_running(at):
        return None
    rows = event.questions.public().filter(answered_at=None)
    count, top = rows.count(), rows.aggregate(top=Max("votes"))["top"] or 0
    detail = _("%(n)d questions, top one has %(top)d votes") % {"n": count, "top": top}
    title = _("Ask the speakers")
    return slots.Action(
        "ask",
        title,
        detail if count else _("The first question gets to the stage most easily"),
        reverse("talks:questions", args=[event.slug]),
        order=20,
    )


@slots.offer("needs", order=10)
def needs(event, request, at):
    """Late with a break that could take it; questions that wait; a next speaker who is not here."""
    found = []
    spare = programme.absorbable(event, at=at)
    today = programme.day(event, at=at)
    if spare:
        found.append(
            slots.Need(
                "warn",
                "clock",
                _("%(n)d min late") % {"n": today.late},
                _("“%(title)s” can take it: %(n)d minutes stay") % {"title": spare[0].title, "n": spare[1]},
                reverse("talks:act", args=[event.slug, spare[0].pk, "absorb"]),
                _("Catch up"),
                method="post",
                cost=70,
            )
        )
    waiting = event.questions.waiting().count()
    if waiting:
        found.append(
            slots.Need(
                "info",
                "ask",
                _("%(n)d questions wait to be read") % {"n": waiting},
                _("Nobody sees them yet"),
                reverse("talks:moderation", args=[event.slug]),
                _("Read"),
                cost=40,
            )
        )
    if today.next and event.is_running(at):
        away = [row for row in today.next.talk.people() if row.arrived_at is None]
        found += [
            slots.Need(
                "warn",
                "users",
                _("%(name)s has not arrived") % {"name": row.speaker.name},
                today.next.talk.title,
                reverse("talks:arrived", args=[event.slug, row.pk]),
                _("Is here"),
                method="post",
                cost=50,
            )
            for row in away
        ]
    return found


@slots.offer("dashboard_main", order=10)
def coming_up(event, request, at):
    today = programme.day(event, at=at)
    return (
        slots.Piece("sessions/slots/coming_up.html", {"today": today, "coming": today.rest[:5]})
        if today.lines
        else None
    )


@slots.offer("thanks_names", order=10)
def speakers(event, request, at):
    """Who spoke, on the stage's last picture."""
    people = Speaker.objects.filter(event=event).order_by("pk")
    return (_("Speakers"), list(people)) if people else None
