"""Questions from the room: asked, voted for, let through, pinned, answered."""

from datetime import timedelta

from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from events import live
from events.db import write_gate
from events.text import clean_text
from sessions.models import Question, QuestionRules, Vote

LENGTH = 140
PER_MINUTE = 5


def moderation(event) -> str:
    """ "before" or "after": whether a question is read before the room sees it."""
    return QuestionRules.objects.filter(event=event).values_list("moderation", flat=True).first() or "before"


class TooFast(Exception):
    """More questions in a minute than a person has."""


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
        live.tell(event, "questions", "all" if approved else "crew")
    return question


def vote(question, attendee) -> bool:
    """One vote a person; pressing again takes it back. Returns whether it stands now."""
    with write_gate():
        try:
            with transaction.atomic():
                Vote.objects.create(question=question, attendee=attendee)
                Question.objects.filter(pk=question.pk).update(votes=F("votes") + 1)
            standing = True
        except IntegrityError:
            with transaction.atomic():
                gone, _rows = Vote.objects.filter(question=question, attendee=attendee).delete()
                if gone:
                    Question.objects.filter(pk=question.pk, votes__gt=0).update(votes=F("votes") - 1)
            standing = False
    if cache.add(f"votes-told:{question.event_id}", 1, timeout=1):  # the wall is redrawn at most once a second
        live.tell(question.event, "questions")
    return standing


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
    with transaction.atomic():
        if what == "pin":
            Question.objects.filter(event=question.event, pinned_at__isnull=False).update(pinned_at=None)
        Question.objects.filter(pk=question.pk).update(**changes)
        live.tell(question.event, "questions")


def wall(event) -> dict:
    """The stage's question wall: the pinned one (else the first), and the next three."""
    rows = list(event.questions.public().filter(answered_at=None).select_related("attendee", "talk").by_votes()[:12])
    pinned = next((row for row in rows if row.pinned_at), None)
    if pinned is None:
        pinned = event.questions.public().filter(pinned_at__isnull=False).select_related("attendee", "talk").first()
    shown = pinned or (rows[0] if rows else None)
    return {"shown": shown, "following": [row for row in rows if row != shown][:3]}
