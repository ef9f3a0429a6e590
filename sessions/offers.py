"""What the programme offers to the shared pages: stage scenes, rows on the phone, needs of the desk."""

from django.db.models import Max
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from events import addresses, forgetting, qr, scenes, slots
from events.models import Role
from events.templatetags.house import clock, listed, said
from events.text import sentences
from sessions import announced, asking, catching_up, polling, programme, publishing
from sessions.models import Appearance, Feedback, PollAnswer, Question, Vote

MOST_ASKED = 30  # questions on the recap


def _join(event, request):
    return {
        "short": addresses.public(request, f"/{event.code}").partition("://")[2],
        "join_qr": qr.svg(addresses.public(request, f"/{event.code}")),
    }


def _what_runs(event, at):
    today = programme.public_day(event, at=at)
    line = today.now or today.next
    return said(line.talk, "title") if line else ""


def _who_speaks(event, at):
    line = _speaking(programme.public_day(event, at=at))
    return listed(said(row.speaker, "name") for row in line.talk.people()) if line else ""


def _what_is_asked(event, at):
    asked = asking.wall(event)["shown"]
    return asked.text if asked else ""


def _what_is_voted_on(event, at):
    poll = polling.shown(event)
    return said(poll, "text") if poll else ""


def _what_follows(event, at):
    line = programme.public_day(event, at=at).next
    return said(line.talk, "title") if line else ""


def _speaking(today):
    """Whose card is shown: who speaks now, else who comes."""
    return today.now if today.now and today.now.talk.people() else today.next


@scenes.offer(
    "now", title=gettext_lazy("Now and next"), icon="route", order=20, says=_what_runs, page="talks:programme"
)
def now_and_next(event, request, params):
    today = programme.public_day(event, at=timezone.now())
    lines = [line for line in today.lines if line.state != "past"][:4]
    return "sessions/scenes/now.html", {"today": today, "lines": lines, **_join(event, request)}


@scenes.offer(
    "questions",
    title=gettext_lazy("Question wall"),
    icon="ask",
    order=30,
    says=_what_is_asked,
    page="talks:questions",
)
def question_wall(event, request, params):
    today = programme.public_day(event, at=timezone.now())
    return "sessions/scenes/questions.html", {"today": today, **asking.wall(event), **_join(event, request)}


@scenes.offer("speaker", title=gettext_lazy("Speaker card"), icon="users", order=25, says=_who_speaks)
def speaker_card(event, request, params):
    today = programme.public_day(event, at=timezone.now())
    return "sessions/scenes/speaker.html", {"line": _speaking(today), "today": today, **_join(event, request)}


@scenes.offer("poll", title=gettext_lazy("Poll"), icon="list", order=35, says=_what_is_voted_on, page="talks:poll")
def poll_wall(event, request, params):
    poll = polling.shown(event)
    tally = polling.tally(poll) if poll else None
    return "sessions/scenes/poll.html", {"poll": poll, "tally": tally, **_join(event, request)}


@scenes.offer("break", title=gettext_lazy("Break"), icon="clock", order=45, says=_what_follows)
def break_scene(event, request, params):
    today = programme.public_day(event, at=timezone.now())
    return "sessions/scenes/break.html", {"today": today, **_join(event, request)}


@slots.offer("live_actions", order=5)
def poll_to_answer(event, request, at):
    """The poll that is open."""
    if request.attendee is None:
        return None
    found = []
    poll = polling.shown(event)
    if poll and poll.is_open and not poll.answers.filter(attendee=request.attendee).exists():
        url = reverse("talks:poll", args=[event.slug])
        asked = poll.text_en if poll.text_en and get_language() == "en" else poll.text
        found.append(slots.Action("list", _("The room votes now"), asked, url, urgent=True, order=5))
    return found


@slots.offer("event_page_main", order=20)
def programme_section(event, request, at):
    today = programme.public_day(event, at=at)
    return slots.Piece("sessions/slots/programme.html", {"today": today}) if today.lines else None


@slots.offer("live_actions", order=20)
def ask(event, request, at):
    if request.attendee is None or not event.is_running(at):
        return None
    rows = event.questions.public().filter(answered_at=None)
    count, top = rows.count(), rows.aggregate(top=Max("votes"))["top"] or 0
    detail = ngettext(
        "%(n)d question, top one has %(top)d votes", "%(n)d questions, top one has %(top)d votes", count
    ) % {"n": count, "top": top}
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
    today = programme.day(event, at=at)
    spare = catching_up.absorbable(today)
    if spare:
        found.append(
            slots.Need(
                "warn",
                "clock",
                _("%(n)d min late") % {"n": today.late},
                (
                    _("“%(title)s” can take %(taken)d of them: %(n)d minutes stay")
                    if spare.left
                    else _("“%(title)s” can take it: %(n)d minutes stay")
                )
                % {"title": said(spare.talk, "title"), "n": spare.stay, "taken": spare.taken},
                reverse("talks:act", args=[event.slug, spare.talk.pk, "absorb"]),
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
                ngettext("%(n)d question waits to be read", "%(n)d questions wait to be read", waiting)
                % {"n": waiting},
                _("Nobody sees them yet"),
                reverse("talks:moderation", args=[event.slug]),
                _("Read"),
                cost=40,
            )
        )
    found += _refusals(event)
    found += _unannounced(event, request)
    if today.next and event.is_running(at):
        away = [row for row in today.next.talk.people() if row.pk and row.arrived_at is None]
        found += [
            slots.Need(
                "warn",
                "users",
                _("%(name)s has not arrived") % {"name": said(row.speaker, "name")},
                said(today.next.talk, "title"),
                reverse("talks:arrived", args=[event.slug, row.pk]),
                _("Is here"),
                method="post",
                cost=50,
            )
            for row in away
        ]
    return found


def _refusals(event):
    """Who said that they cannot come, and still stands in the programme."""
    rows = Appearance.objects.filter(talk__event=event, talk__ended_at=None, declined_at__isnull=False)
    return [
        slots.Need(
            "bad",
            "users",
            _("%(name)s cannot come") % {"name": said(row.speaker, "name")},
            said(row.talk, "title"),
            reverse("talks:speakers", args=[event.slug]),
            _("Look"),
            cost=60,
        )
        for row in rows.select_related("speaker", "talk")
    ]


def _unannounced(event, request):
    """A programme that only the crew sees: nothing was announced yet, while people can already sign up."""
    if event.published_at is None or Role.ORGANISER not in request.crew_roles or announced.latest(event):
        return []
    count = event.talks.count()
    words = ngettext("%(n)d entry is a draft", "%(n)d entries are a draft", count) % {"n": count}
    url = reverse("talks:run", args=[event.slug])
    need = slots.Need("warn", "route", words, _("Visitors see no programme yet"), url, _("Announce"), cost=45)
    return [need] if count else []


@slots.offer("late", order=10)
def minutes_late(event, request, at):
    """The one number that tells the delay, for the clock of the remote."""
    return programme.day(event, at=at).late


@slots.offer("cue", order=10)
def host_cue(event, request, at):
    """For the host: how long the entry still has, what follows when, the cue card, and how the next names are said."""
    today = programme.day(event, at=at)
    if today.now is None:
        return _before(today.next, event)
    left = max(0, round((today.now.planned_end - at).total_seconds() / 60))
    over = round((at - today.now.planned_end).total_seconds() / 60)
    words = {"title": said(today.now.talk, "title"), "n": over if over > 0 else left}
    found = (
        ngettext("%(title)s is %(n)d minute over.", "%(title)s is %(n)d minutes over.", over) % words
        if over > 0
        else ngettext("%(title)s has %(n)d minute left.", "%(title)s has %(n)d minutes left.", left) % words
    )
    if today.next:
        then = {"time": clock(today.next.expected_at, event), "title": said(today.next.talk, "title")}
        found = sentences(found, _("Then, at %(time)s: %(title)s.") % then)
    return _cue(found, today.now, today.next)


def _before(line, event):
    """Between two entries and before the first: what comes when, with its own cue card."""
    if line is None:
        return None
    words = {"time": clock(line.expected_at, event), "title": said(line.talk, "title")}
    return _cue(_("At %(time)s: %(title)s.") % words, line, line)


def _cue(clock_words, line, named) -> slots.Cue:
    """One line: the clock, then the cue card of `line`; below it how the names of `named` are said."""
    return slots.Cue(sentences(clock_words, " ".join(line.talk.cue.split())), _as_spoken(named))


def _as_spoken(line) -> list[str]:
    """How the names of an entry are said, where somebody wrote it down."""
    people = line.talk.people() if line else []
    return [f"{said(row.speaker, 'name')}: {row.speaker.said_as}" for row in people if row.speaker.said_as]


@slots.offer("gaps", order=10)
def ends_of_talks(event, request, at):
    """When the entries that run or come are expected to end: what fits between two of them goes there."""
    lines = programme.day(event, at=at).lines
    return [line.expected_end for line in lines if line.state != "past" and line.talk.kind != line.talk.Kind.BREAK]


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
    people = announced.speakers(event).order_by("pk")
    return (_("Speakers"), list(people)) if people else None


@slots.offer("names", order=10)
def speakers_names(event, request, at):
    """What the speakers are called, before they are announced too: no name of a person leaves this installation."""
    return [name for names in event.speakers.values_list("name", "name_en", "said_as") for name in names if name]


@slots.offer("event_called_off")
def tell_that_it_is_off(event, request, at):
    """The speakers hear of it as the attendees do."""
    publishing.tell_of_the_event(event, called_off=True, at=at)


@slots.offer("event_changed")
def tell_that_it_moved(event, request, at):
    """Another day or place, or on again."""
    publishing.tell_of_the_event(event, called_off=False, at=at)


@slots.offer("recap", order=25)
def to_take_home(event, request, at):
    """What the speakers have let out, in the order of the programme, and the answered questions that went to everybody."""
    shared = programme.let_out(event, at=at).select_related("talk")
    rows = list(shared.order_by("talk__starts_at", "pk"))
    told = {talk.pk: talk for talk in announced.talks(event)} if rows else {}
    for row in rows:
        row.talk = told[row.talk_id]
    asked = event.questions.public().filter(talk=None, answered_at__isnull=False)
    questions = list(asked.select_related("attendee").by_votes()[:MOST_ASKED])
    context = {"materials": rows, "files": any(row.file for row in rows), "questions": questions}
    return slots.Piece("sessions/slots/recap.html", context) if rows or questions else None


@forgetting.also_forget
def unlink(attendee):
    """A question that the hall has seen stays without its asker; what nobody let through goes."""
    mine = Question.objects.filter(attendee=attendee)
    mine.exclude(pk__in=Question.objects.public().values("pk")).delete()
    mine.update(attendee=None)


@forgetting.also_export
def export(attendee):
    """What the person asked, wanted to hear answered, chose in polls and thought of talks."""
    votes = Vote.objects.filter(attendee=attendee).select_related("question")
    answers = PollAnswer.objects.filter(attendee=attendee).select_related("poll")
    marks = Feedback.objects.filter(attendee=attendee).select_related("talk")
    return {
        "questions": [[row.at.isoformat(), row.text] for row in Question.objects.filter(attendee=attendee)],
        "votes": [row.question.text for row in votes],
        "polls": [[str(row.poll), row.value] for row in answers],
        "feedback": [[row.talk.title, row.mark] for row in marks],
    }
