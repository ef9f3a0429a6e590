"""When the day runs late: let a break take the delay, or move the rest. What would happen can be seen first."""

from copy import copy
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from events import live
from events.db import write_gate
from events.models import Event
from events.templatetags.house import said
from sessions import programme, publishing
from sessions.models import Shift, Talk


@dataclass(frozen=True)
class Outlook:
    """What one tap would do: minutes by which the rest moves (or that the break gives), and each entry's new time."""

    minutes: int
    rows: list[tuple[Talk, datetime, datetime]]  # entry, expected now, expected then


@dataclass(frozen=True)
class Offer:
    """A coming break that can take the delay, or a part of it."""

    talk: Talk
    taken: int  # minutes
    stay: int  # minutes that the break has then
    left: int = 0  # minutes of the delay that nobody takes


class AlreadyMoved(Exception):
    """Somebody moved the programme after this page was drawn."""


class TooEarly(Exception):
    """An entry that has not begun would lie in the past then; its title."""


def turn(event) -> str:
    """A word that is another one after each move: a press says which it saw."""
    return str(Shift.objects.filter(event=event).count())


def absorbable(today: programme.Day) -> Offer | None:
    """The first coming break that can take the whole delay; where none can, the one that takes most of it."""
    if today.late < 2:
        return None
    pauses = [line for line in _coming(today) if line.talk.least_minutes and not line.talk.taken_out]
    offers = [_offer(line, today.late) for line in pauses]
    offers = [offer for offer in offers if offer.taken > 0]
    return min(offers, key=lambda offer: offer.left) if offers else None


def _coming(today) -> list[programme.Line]:
    """What comes on the line that the delay is told of: a break of another track does not shorten it."""
    return [line for line in today.main if line.state == "next"]


def _offer(line, late) -> Offer:
    """What a gap before the break has taken already, the break need not."""
    talk, arriving = line.talk, min(late, line.late)
    taken = min(arriving, talk.minutes - talk.least_minutes)
    return Offer(talk, taken, talk.minutes - taken, arriving - taken)


def absorb(talk, *, at, by=None) -> int:
    """Shorten a coming break by the delay: what follows it begins as planned. Returns the minutes taken."""
    with write_gate(), transaction.atomic():
        Event.objects.select_for_update(no_key=True).get(
            pk=talk.event_id
        )  # of two presses the second finds nothing to catch up
        today = programme.day(talk.event, at=at)
        lines = _coming(today)
        coming = [line.talk for line in lines]
        line = next((line for line in lines if line.talk.pk == talk.pk), None)
        if line is None or not line.talk.least_minutes:
            return 0
        pause, taken = line.talk, _offer(line, today.late).taken
        if taken <= 0:
            return 0
        until = [row.pk for row in coming[: coming.index(pause) + 1]]
        Talk.objects.filter(pk=pause.pk, minutes__gt=taken).update(minutes=F("minutes") - taken)
        _move(talk.event, dict.fromkeys(until, taken), at=at, by=by, shorter={pause.pk: taken})
        Shift.objects.create(event=talk.event, minutes=-taken, absorbed_in=_row(pause), at=at, by=by)
        live.tell(talk.event, "programme", absorbed=taken)
    return taken


def shift_rest(event, minutes: int, *, at, by=None, seen: str | None = None) -> int:
    """Everything that has not begun is expected so many minutes later than now; returns how many entries moved.

    A delay becomes the plan with it: who reads "15:10, ten minutes late" and moves the rest by five sees 15:15.
    `seen` is the turn that the page showed: of two hosts who press at once, one moves. Raises AlreadyMoved, TooEarly.
    """
    with write_gate(), transaction.atomic():
        Event.objects.select_for_update(no_key=True).get(pk=event.pk)
        if seen is not None and seen != turn(event):
            raise AlreadyMoved
        today = programme.day(event, at=at)
        moved = _from_what_is_expected(today, minutes)
        if gone := _too_early(today, _then(today, at, moved=moved), at):
            raise TooEarly(said(gone.talk, "title"))
        _move(event, moved, at=at, by=by)
        Shift.objects.create(event=event, minutes=minutes, at=at, by=by)
        live.tell(event, "programme", shifted=minutes)
    return len(moved)


def _too_early(today, lines, at) -> programme.Line | None:
    """A line that would have begun already, or before what runs on the main track is over."""
    main = {line.talk.pk for line in today.main}
    free = max(at, today.now.expected_end) if today.now else at
    for line in lines:
        if line.state != "next" or line.expected_at < (free if line.talk.pk in main else at):
            return line
    return None


def outlook(today: programme.Day, minutes: int, *, at) -> Outlook:
    """What `shift_rest` would do, with nothing done."""
    return _seen(today, minutes, at, moved=_from_what_is_expected(today, minutes))


def _from_what_is_expected(today, minutes) -> dict[int, int]:
    """By how many minutes the plan of each coming entry moves."""
    return {line.talk.pk: line.late + minutes for line in today.rest}


def absorb_outlook(today: programme.Day, offer: Offer, *, at) -> Outlook:
    """What `absorb` would do, with nothing done."""
    coming = [line.talk.pk for line in _coming(today)]
    until = coming.index(offer.talk.pk) + 1
    return _seen(
        today, offer.taken, at, moved=dict.fromkeys(coming[:until], offer.taken), shorter={offer.talk.pk: offer.taken}
    )


def _seen(today, minutes, at, *, moved, shorter=None) -> Outlook:
    """The day of entries that were moved in memory alone, beside the day as it is."""
    then = {line.talk.pk: line.expected_at for line in _then(today, at, moved=moved, shorter=shorter)}
    return Outlook(minutes, [(line.talk, line.expected_at, then[line.talk.pk]) for line in today.rest])


def _then(today, at, *, moved, shorter=None) -> list[programme.Line]:
    """The lines of what is coming now, as they would be then: `moved` and `shorter` are minutes by entry."""
    talks, coming = [copy(line.talk) for line in today.lines], {line.talk.pk for line in today.rest}
    for talk in talks:
        talk.starts_at += timedelta(minutes=moved.get(talk.pk, 0))
        talk.minutes -= (shorter or {}).get(talk.pk, 0)
    talks.sort(key=lambda talk: (talk.starts_at, talk.pk))
    return [line for line in programme.of(talks, at).lines if line.talk.pk in coming]


def _move(event, moved, *, at, by, shorter=None) -> None:
    """In the draft and in what was announced, so that everybody reads the same."""
    for minutes in set(moved.values()):
        rows = Talk.objects.filter(pk__in=[pk for pk, by_minutes in moved.items() if by_minutes == minutes])
        rows.update(starts_at=F("starts_at") + timedelta(minutes=minutes), revision=F("revision") + 1)
    publishing.carry_over(event, moved, shorter=shorter or {}, by=by, at=at)


def _row(talk) -> Talk | None:
    return Talk.objects.filter(pk=talk.pk).first()
