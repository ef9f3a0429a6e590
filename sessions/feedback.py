"""Feedback after a talk: one tap, changed by another tap; the speaker sees counts, never who."""

from datetime import timedelta

from django.db.models import Count
from django.utils.translation import gettext_lazy as _

from events.db import write_gate
from sessions.models import Feedback, Talk

MARKS = {3: _("Great"), 2: _("Good"), 1: _("Not for me")}
ASKED_FOR = timedelta(minutes=45)  # the phone asks about a talk that ended so lately


def give(talk, attendee, mark: int, *, line, at) -> None:
    """Keep the mark of this person. Raises ValueError when it is none, or when the talk has not begun."""
    if mark not in MARKS:
        raise ValueError("no such mark")
    if not has_begun(talk, line, at=at):
        raise ValueError("not begun")
    with write_gate():
        Feedback.objects.update_or_create(talk=talk, attendee=attendee, defaults={"mark": mark})


def has_begun(talk, line, *, at) -> bool:
    """By the host's press, or where nobody presses by its line of the day, which knows the delay."""
    return bool(talk.started_at or talk.ended_at) or (line is not None and line.has_begun(at))


def counts(talk) -> list[tuple[str, int]]:
    """How many gave each mark, best first."""
    found = dict(talk.feedback.values_list("mark").annotate(n=Count("pk")))
    return [(str(word), found.get(mark, 0)) for mark, word in MARKS.items()]


def asked_about(lines, attendee, *, at) -> Talk | None:
    """Of a day's lines the talk that ended last and that this person has said nothing about, for a while after its end."""
    over = [
        line
        for line in lines
        if line.is_over(at) and line.talk.kind in (Talk.Kind.TALK, Talk.Kind.PANEL) and not line.talk.taken_out
        if at - ASKED_FOR < line.expected_end <= at
    ]
    given = Feedback.objects.filter(attendee=attendee, talk__in=[line.talk.pk for line in over])
    said = set(given.values_list("talk_id", flat=True)) if over else set()
    silent = [line for line in over if line.talk.pk not in said]
    return max(silent, key=lambda line: line.expected_end).talk if silent else None
