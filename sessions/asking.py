"""Questions from the room: asked, voted for, let through, pinned, answered."""

from datetime import timedelta
from secrets import token_hex
from threading import Timer
from time import time

import structlog
from django.core.cache import cache
from django.db import connection, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from events import live
from events.db import write_gate
from events.models import Event
from events.text import clean_text
from sessions.models import Question, QuestionRules, Vote

log = structlog.get_logger(__name__)
LENGTH = 140
PER_MINUTE = 5
COUNTED = 60  # questions whose counts go out with a message
TOLD_AFTER = 1.2  # seconds; longer than the second in which no other vote asks for a message


def moderation(event) -> str:
    """ "before" or "after": whether a question is read before the room sees it."""
    return QuestionRules.objects.filter(event=event).values_list("moderation", flat=True).first() or "before"


class TooFast(Exception):
    """More questions in a minute than a person has."""


class NoSuchQuestion(Exception):
    """The room does not see it, so nobody can vote for it."""


def ask(event, attendee, text, *, at, talk=None, anonymous=False, approved=False) -> Question:
    """Write a question; it waits for the host unless `approved`. Raises ValueError in words, TooFast."""
    text = clean_text(text)
    if not text:
        raise ValueError(_("One sentence is enough."))
    if len(text) > LENGTH:
        raise ValueError(
            _("At most %(n)d characters, that is %(extra)d too many") % {"n": LENGTH, "extra": len(text) - LENGTH}
        )
    recent = Question.objects.filter(attendee=attendee, at__gte=at - timedelta(minutes=1)).count()
    if recent >= PER_MINUTE:
        raise TooFast
    with transaction.atomic():
        question = Question.objects.create(
            event=event,
            talk=talk,
            attendee=attendee,
            text=text,
            anonymous=anonymous,
            at=at,
            approved_at=at if approved else None,
        )
        _turn(event)
        live.tell(event, "questions", "all" if approved else "crew")
    return question


def vote(question, attendee, *, stands: bool) -> None:
    """One vote a person; `stands` says what the phone wants, so that a repeated press changes nothing.

    Raises NoSuchQuestion for one that the room does not see. Two statements a vote, however it goes: telling the room is
    left to a worker. Open pages hear the counts at most once a second, with the numbers in the message: three thousand
    phones that read a page for each vote would be a storm.
    """
    with write_gate(), transaction.atomic():
        if stands:
            changed = _put_in(question, attendee)
            if not changed and not question.event.questions.public().filter(pk=question.pk).exists():
                raise NoSuchQuestion
        else:
            own = Vote.objects.filter(question=question, attendee=attendee)
            changed = own._raw_delete(own.db)  # nothing hangs on a vote: no second statement to look for it
        if changed:
            step = 1 if stands else -1
            Question.objects.filter(pk=question.pk, votes__gte=0 if stands else 1).update(votes=F("votes") + step)
    if changed:
        _have_counts_told(question.event_id)


_about_to_tell: set[int] = set()  # events; without Redis every vote would start a timer


def _have_counts_told(event_id) -> None:
    """The first vote of a second has a worker tell the room a moment later: all votes of that second are in it."""
    if event_id not in _about_to_tell and cache.add(f"votes-told:{event_id}", 1, timeout=1):
        _about_to_tell.add(event_id)
        timer = Timer(TOLD_AFTER, _ask_a_worker, (event_id,))
        timer.daemon = True
        timer.start()


def _ask_a_worker(event_id) -> None:
    from sessions.tasks import tell_counts

    _about_to_tell.discard(event_id)
    try:
        tell_counts.apply_async((event_id,), retry=False)
    except Exception as error:  # the broker is away: the stage reads its wall every few seconds by itself
        log.warning("broker_unreachable", event=event_id, error=type(error).__name__)


PUT_IN = (
    "INSERT INTO talks_vote (question_id, attendee_id) SELECT id, %s FROM talks_question"
    " WHERE id = %s AND event_id = %s AND approved_at IS NOT NULL AND held_at IS NULL AND withdrawn_at IS NULL"
    " ON CONFLICT DO NOTHING"
)


def _put_in(question, attendee) -> int:
    """Insert the vote for a public question, unless it is there: 1 or 0."""
    with connection.cursor() as cursor:
        cursor.execute(PUT_IN, [attendee.pk, question.pk, question.event_id])
        return cursor.rowcount


def tell_counts(event) -> None:
    """Tell open pages how many votes the questions have that stand highest."""
    counts = dict(event.questions.public().filter(answered_at=None).by_votes().values_list("pk", "votes")[:COUNTED])
    live.tell(event, "votes", counts=counts)


def withdraw(question, *, at) -> bool:
    """Its author takes back a question that still waits, or that nobody has answered yet."""
    with transaction.atomic():
        gone = Question.objects.filter(pk=question.pk, withdrawn_at=None, answered_at=None).update(
            withdrawn_at=at, pinned_at=None
        )
        _turn(question.event)
        live.tell(question.event, "questions", "all" if question.approved_at else "crew")
    return gone == 1


def decide(question, what, *, at) -> None:
    """What the host does with a question: approve, hold, pin, unpin, answer, reopen."""
    changes = {
        "approve": {"approved_at": at, "held_at": None},
        "hold": {"held_at": at, "pinned_at": None},
        "pin": {"pinned_at": at, "approved_at": question.approved_at or at, "held_at": None},
        "unpin": {"pinned_at": None},
        "answer": {"answered_at": at, "pinned_at": None},
        "reopen": {"answered_at": None},
    }[what]
    with write_gate(), transaction.atomic():
        if what == "pin":  # of two hosts who pin at once, the second one's stands
            Event.objects.select_for_update(no_key=True).get(pk=question.event_id)
            Question.objects.filter(event=question.event, pinned_at__isnull=False).update(pinned_at=None)
        Question.objects.filter(pk=question.pk).update(**changes)
        _turn(question.event)
        live.tell(question.event, "questions")


def wall(event) -> dict:
    """The stage's question wall: the pinned one (else the first), the next three, and how many are answered.

    Made at most twice a second for all stages, remotes and processes together, however many vote; what the host or an
    author changes makes a new one at once.
    """
    half_second, turn = int(time() * 2), cache.get(f"wall-turn:{event.pk}", "")
    key = f"wall:{event.pk}:{turn}:{half_second}"
    made = cache.get(key)
    if made is None:
        made = _wall(event)
        cache.set(key, made, 30)  # its key is of this half second alone: only so long that a slow machine keeps it
    return made


def _turn(event) -> None:
    """Once the change is written, no wall from before it is shown: the message to the pages comes after this."""
    transaction.on_commit(lambda: cache.set(f"wall-turn:{event.pk}", token_hex(4), 600))


def _wall(event) -> dict:
    rows = list(event.questions.public().filter(answered_at=None).select_related("attendee", "talk").by_votes()[:12])
    pinned = next((row for row in rows if row.pinned_at), None)
    if pinned is None:
        pinned = event.questions.public().filter(pinned_at__isnull=False).select_related("attendee", "talk").first()
    shown = pinned or (rows[0] if rows else None)
    answered = event.questions.public().filter(answered_at__isnull=False).count()
    return {"shown": shown, "following": [row for row in rows if row != shown][:3], "answered": answered}
