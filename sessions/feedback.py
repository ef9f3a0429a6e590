"""Feedback after a talk: one tap, changed by another tap; the speaker sees counts, never who."""

from datetime import timedelta

from django.db.models import Count
from django.utils.translation import gettext_lazy as _

from events.db import write_gate
from sessions.models import Feedback, Talk

MARKS = {3: _("Great"), 2: _("Good"), 1: _("Not for me")}
ASKED_FOR = timedelta(minutes=45)  # the phone asks about a talk that ended so lately


def give(talk, attendee, mark: int) -> None:
    """Keep the mark of this person. Raises ValueError when it is none, or when the talk has not begun."""
    if mark not in MARKS:
        raise ValueError("no such mark")
    if talk.started_at is None and talk.ended_at is None:
        raise ValueError("not begun")
    with write_gate():
        Feedback.objects.update_or_create(talk=talk, attendee=attendee, defaults={"mark": mark})


def counts(talk) -> list[tuple[str, int]]:
    """How many gave each mark, best first."""
    found = dict(talk.feedback.values_list("mark").annotate(n=Count("pk")))
    return [(str(word), found.get(mark, 0)) for mark, word in MARKS.items()]


def asked_about(event, attendee, *, at) -> Talk | None:
    """The talk that ended last and that this person has said nothing about, for a while after its end."""
    talks = event.talks.filter(
        kind__in=[Talk.Kind.TALK, Talk.Kind.PANEL], ended_at__gt=at - ASKED_FOR, ended_at__lte=at
    ).exclude(feedback__attendee=attendee)
    return talks.order_by("-ended_at").first()
