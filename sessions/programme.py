"""The programme as it lives: now, next, how late we are, and how to catch up.

One number tells the delay everywhere: stage, phones, remote and desk read `Day.late`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from events import live
from sessions.models import Shift, Talk


@dataclass(frozen=True)
class Line:
    """An entry with the time at which it is expected now."""

    talk: Talk
    expected_at: datetime
    expected_end: datetime
    state: str  # "past", "now" or "next"

    @property
    def planned_end(self) -> datetime:
        """When it should end, so that it lasts as long as planned; `expected_end` follows the clock past it."""
        return self.expected_at + timedelta(minutes=self.talk.minutes)

    @property
    def late(self) -> int:
        return max(0, round((self.expected_at - self.talk.starts_at).total_seconds() / 60))


@dataclass(frozen=True)
class Day:
    """The whole line at one moment."""

    lines: list[Line]
    now: Line | None
    next: Line | None
    late: int  # whole minutes
    percent: int  # of the current entry

    @property
    def rest(self) -> list[Line]:
        return [line for line in self.lines if line.state == "next"]


def day(event, *, at) -> Day:
    """The programme at a moment, from what was started and ended and, where nobody pressed, from the clock.

    A delay is carried from entry to entry and melts in the gaps between them.
    """
    talks = list(event.talks.in_order().with_people())
    current = _current(talks, at)
    lines, carry, planned_end, reached = [], timedelta(), None, current is None
    for talk in talks:
        gap = max(timedelta(), talk.starts_at - planned_end) if planned_end else timedelta()
        carry = max(timedelta(), carry - gap)
        line = _line(talk, carry, at, current, reached)
        reached = reached or talk is current
        if line.state != "past" or talk.ended_at:
            carry = max(timedelta(), line.expected_end - talk.ends_at)
        planned_end = talk.ends_at
        lines.append(line)
    now = next((line for line in lines if line.state == "now"), None)
    following = next((line for line in lines if line.state == "next"), None)
    told = following or now
    return Day(lines, now, following, told.late if told else 0, _percent(now, at))


def _line(talk, carry, at, current, reached) -> Line:
    if talk is current:
        state = "now"
    elif talk.ended_at or not reached or talk.ends_at + carry <= at:
        state = "past"
    else:
        state = "next"
    begin = talk.started_at or talk.starts_at + (carry if state != "past" else timedelta())
    end = talk.ended_at or begin + timedelta(minutes=talk.minutes)
    if state == "now":
        end = max(end, at)
    return Line(talk, begin, end, state)


def _percent(now, at) -> int:
    if now is None:
        return 0
    passed = (at - now.expected_at).total_seconds() / 60
    return max(0, min(100, round(100 * passed / now.talk.minutes)))


def _current(talks, at):
    running = [talk for talk in talks if talk.started_at and not talk.ended_at and talk.started_at <= at]
    if running:
        return max(running, key=lambda talk: talk.started_at)
    for talk in talks:
        if not talk.ended_at and talk.starts_at <= at < talk.ends_at:
            return talk
    return None


def start(talk, *, at, by=None) -> None:
    """The host says: this begins now. What ran before has ended."""
    with transaction.atomic():
        Talk.objects.filter(event=talk.event, started_at__isnull=False, ended_at=None).exclude(pk=talk.pk).update(
            ended_at=at
        )
        Talk.objects.filter(pk=talk.pk, started_at=None).update(started_at=at, ended_at=None)
        live.tell(talk.event, "programme", now=talk.pk)


def finish(talk, *, at) -> None:
    """This is over."""
    with transaction.atomic():
        Talk.objects.filter(pk=talk.pk, ended_at=None).update(ended_at=at)
        live.tell(talk.event, "programme", ended=talk.pk)


def absorbable(event, *, at) -> tuple[Talk, int] | None:
    """A coming break that can take the delay: the entry, and the minutes that it would have left."""
    today = day(event, at=at)
    if today.late < 2:
        return None
    for line in today.rest:
        spare = line.talk.minutes - line.talk.least_minutes if line.talk.least_minutes else 0
        if spare >= today.late:
            return line.talk, line.talk.minutes - today.late
    return None


def absorb(talk, *, at, by=None) -> int:
    """Shorten a coming break by the delay: what follows it begins as planned. Returns the minutes taken."""
    with transaction.atomic():
        today = day(talk.event, at=at)
        coming = [line.talk.pk for line in today.rest]
        taken = min(today.late, talk.minutes - talk.least_minutes)
        if talk.pk not in coming or not talk.least_minutes or taken <= 0:
            return 0
        until = coming[: coming.index(talk.pk) + 1]
        Talk.objects.filter(pk__in=until).update(
            starts_at=F("starts_at") + timedelta(minutes=taken), revision=F("revision") + 1
        )
        Talk.objects.filter(pk=talk.pk).update(minutes=F("minutes") - taken)
        Shift.objects.create(event=talk.event, minutes=-taken, absorbed_in=talk, at=at, by=by)
        live.tell(talk.event, "programme", absorbed=taken)
    return taken


def looked_ahead(event, minutes: int, *, at) -> list[tuple[str, datetime, datetime]]:
    """What `shift_rest` would do, with nothing done: title, expected time now, expected time then."""
    move = timedelta(minutes=minutes)
    return [(line.talk.title, line.expected_at, line.expected_at + move) for line in day(event, at=at).rest]


def shift_rest(event, minutes: int, *, at, by=None) -> int:
    """Move everything that has not begun by so many minutes; returns how many entries moved."""
    with transaction.atomic():
        coming = [line.talk.pk for line in day(event, at=at).rest]
        moved = Talk.objects.filter(pk__in=coming).update(
            starts_at=F("starts_at") + timedelta(minutes=minutes), revision=F("revision") + 1
        )
        Shift.objects.create(event=event, minutes=minutes, at=at, by=by)
        live.tell(event, "programme", shifted=minutes)
    return moved


def warnings(event) -> list[str]:
    """What a programme should not have: people in two places, overlaps in a room, panels without a moderator."""
    found, talks = [], list(event.talks.in_order().with_people())
    for i, talk in enumerate(talks):
        if talk.kind == Talk.Kind.PANEL and not talk.people("moderator"):
            found.append(_("“%(title)s” has no moderator.") % {"title": talk.title})
        for other in talks[i + 1 :]:
            if other.starts_at >= talk.ends_at:
                break
            if other.room == talk.room:
                found.append(_("“%(a)s” and “%(b)s” overlap.") % {"a": talk.title, "b": other.title})
            both = {row.speaker for row in talk.people()} & {row.speaker for row in other.people()}
            found += [_("%(name)s is in two places at once.") % {"name": person.name} for person in both]
    return found
