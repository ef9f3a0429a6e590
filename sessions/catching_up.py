"""When the day runs late: let a break take the delay, or move the rest. What would happen can be seen first."""

from copy import copy
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from events import live
from events.db import write_gate
from sessions import programme, publishing
from sessions.models import Shift, Talk


@dataclass(frozen=True)
class Outlook:
    """What one tap would do: minutes by which the rest moves (or that the break gives), and each entry's new time."""

    minutes: int
    rows: list[tuple[Talk, datetime, datetime]]  # entry, expected now, expected then


def absorbable(today: programme.Day) -> tuple[Talk, int] | None:
    """A coming break that can take the delay: the entry, and the minutes that it would have left."""
    if today.late < 2:
        return None
    for line in today.rest:
        spare = line.talk.minutes - line.talk.least_minutes if line.talk.least_minutes else 0
        if spare >= today.late:
            return line.talk, line.talk.minutes - today.late
    return None


def absorb(talk, *, at, by=None) -> int:
    """Shorten a coming break by the delay: what follows it begins as planned. Returns the minutes taken."""
    with write_gate(), transaction.atomic():
        today = programme.day(talk.event, at=at)
        coming = [line.talk for line in today.rest]
        pause = next((row for row in coming if row.pk == talk.pk), None)
        if pause is None or not pause.least_minutes:
            return 0
        taken = min(today.late, pause.minutes - pause.least_minutes)
        if taken <= 0:
            return 0
        until = [row.pk for row in coming[: coming.index(pause) + 1]]
        Talk.objects.filter(pk=pause.pk, minutes__gt=taken).update(minutes=F("minutes") - taken)
        _move(talk.event, until, taken, at=at, by=by, shorter={pause.pk: taken})
        Shift.objects.create(event=talk.event, minutes=-taken, absorbed_in=_row(pause), at=at, by=by)
        live.tell(talk.event, "programme", absorbed=taken)
    return taken


def shift_rest(event, minutes: int, *, at, by=None) -> int:
    """Move everything that has not begun by so many minutes; returns how many entries moved."""
    with write_gate(), transaction.atomic():
        coming = [line.talk.pk for line in programme.day(event, at=at).rest]
        _move(event, coming, minutes, at=at, by=by)
        Shift.objects.create(event=event, minutes=minutes, at=at, by=by)
        live.tell(event, "programme", shifted=minutes)
    return len(coming)


def outlook(today: programme.Day, minutes: int, *, at) -> Outlook:
    """What `shift_rest` would do, with nothing done."""
    coming = {line.talk.pk for line in today.rest}
    return _seen(today, minutes, at, moved=coming)


def absorb_outlook(today: programme.Day, pause: Talk, *, at) -> Outlook:
    """What `absorb` would do, with nothing done."""
    coming = [line.talk.pk for line in today.rest]
    return _seen(today, today.late, at, moved={*coming[: coming.index(pause.pk) + 1]}, shorter=pause.pk)


def _seen(today, minutes, at, *, moved, shorter=None) -> Outlook:
    """The day of entries that were moved in memory alone, beside the day as it is."""
    talks = [copy(line.talk) for line in today.lines]
    for talk in talks:
        if talk.pk in moved:
            talk.starts_at += timedelta(minutes=minutes)
        if talk.pk == shorter:
            talk.minutes -= minutes
    talks.sort(key=lambda talk: (talk.starts_at, talk.pk))
    then = {line.talk.pk: line.expected_at for line in programme.of(talks, at).lines}
    return Outlook(minutes, [(line.talk, line.expected_at, then[line.talk.pk]) for line in today.rest])


def _move(event, pks, minutes, *, at, by, shorter=None) -> None:
    """In the draft and in what was announced, so that everybody reads the same."""
    moved = Talk.objects.filter(pk__in=pks)
    moved.update(starts_at=F("starts_at") + timedelta(minutes=minutes), revision=F("revision") + 1)
    publishing.carry_over(event, pks, minutes, shorter=shorter or {}, by=by, at=at)


def _row(talk) -> Talk | None:
    return Talk.objects.filter(pk=talk.pk).first()
