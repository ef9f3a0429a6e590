"""The programme as it lives: now, next, how late we are.

One number tells the delay everywhere: stage, phones, remote and desk read `Day.late`. All of them read the programme
as it was announced (announced.py).
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from events import live
from events.db import write_gate
from events.models import Event
from sessions import announced, publishing
from sessions.models import Edition, Material, Talk


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

    def has_begun(self, at) -> bool:
        """By the host's press or by the clock; what was left out has not, however much stands before it."""
        pressed = self.talk.started_at or self.talk.ended_at
        return bool(pressed) or (self.state != "next" and self.expected_at <= at)

    def is_over(self, at) -> bool:
        """By the host's press or by the clock."""
        return bool(self.talk.ended_at) or (self.state == "past" and self.expected_end <= at)

    @property
    def late(self) -> int:
        return max(0, round((self.expected_at - self.talk.starts_at).total_seconds() / 60))


@dataclass(frozen=True)
class Day:
    """The whole line at one moment. Where tracks run side by side, now, next and late are those of the first one."""

    lines: list[Line]
    now: Line | None = None
    next: Line | None = None
    late: int = 0  # whole minutes
    percent: int = 0  # of the current entry
    beside: list[Line] = field(default_factory=list)  # what runs now on the other tracks
    main: list[Line] = field(default_factory=list)  # the first track, with what is for everybody

    @property
    def rest(self) -> list[Line]:
        return [line for line in self.lines if line.state == "next"]

    def line_of(self, pk) -> Line | None:
        """This entry's line; None when it is not in the day."""
        return next((line for line in self.lines if line.talk.pk == pk), None)

    @property
    def tracks(self) -> bool:
        return len({line.talk.track for line in self.lines if line.talk.track}) > 1


def tracks_of(event) -> list[str]:
    """The names of the tracks that run side by side, the main one first; empty where there is but one."""
    found = _tracks(announced.talks(event))
    return found if len(found) > 1 else []


def _tracks(talks) -> list[str]:
    """The tracks, that of the oldest entry first: which is the main one does not change when entries move."""
    return list(dict.fromkeys(talk.track for talk in sorted(talks, key=lambda talk: talk.pk) if talk.track))


def day_of(event, track, *, at) -> Day:
    """The day as one track has it: its own now, next and delay."""
    return of([talk for talk in announced.talks(event) if talk.track in ("", track)], at)


def public_day(event, *, at) -> Day:
    """The day for people who see only what was announced; empty before the first version."""
    return day(event, at=at) if announced.latest(event) else Day([])


def day(event, *, at) -> Day:
    """The programme at a moment, from what was started and ended and, where nobody pressed, from the clock.

    A delay is carried from entry to entry of a track and melts in the gaps between them.
    """
    return of(announced.talks(event), at)


def let_out(event, *, at):
    """The materials of announced entries that everybody may see now.

    A talk is over by the host's press or by its line of the day.
    """
    told = [line for line in public_day(event, at=at).lines if not line.talk.taken_out]
    over = [line.talk.pk for line in told if line.is_over(at)]
    return Material.objects.public(at, over=over).filter(talk__event=event, talk__in=[line.talk.pk for line in told])


def of(talks, at) -> Day:
    """The day that these entries, in order, make at a moment."""
    tracks = _tracks(talks)
    main = _lines([talk for talk in talks if talk.track in ("", *tracks[:1])], at)
    beside = []
    for track in tracks[1:]:
        run = _lines([talk for talk in talks if talk.track in ("", track)], at)
        beside += [line for line in run if line.talk.track == track]
    lines = sorted(main + beside, key=lambda line: (line.expected_at, line.talk.pk)) if beside else main
    now = next((line for line in main if line.state == "now"), None)
    following = next((line for line in main if line.state == "next"), None)
    told = following or now
    return Day(
        lines,
        now,
        following,
        told.late if told else 0,
        _percent(now, at),
        [line for line in beside if line.state == "now"],
        main,
    )


def _lines(talks, at) -> list[Line]:
    """One track, entry by entry."""
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
    return lines


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
    """The host says: this begins now. What ran before on its track has ended.

    The first press of the day announces a programme that nobody had announced: what runs is what everybody sees.
    """
    if announced.latest(talk.event) is None:
        publishing.publish(talk.event, by=by, at=at, tell=False)
    with transaction.atomic():
        _running_beside(talk).update(ended_at=at)
        Talk.objects.filter(pk=talk.pk, started_at=None).update(started_at=at, ended_at=None)
        Edition.touch(talk.event_id)
        live.tell(talk.event, "programme", now=talk.pk)


def finish(talk, *, at) -> None:
    """This is over."""
    with transaction.atomic():
        Talk.objects.filter(pk=talk.pk, ended_at=None).update(ended_at=at)
        Edition.touch(talk.event_id)
        live.tell(talk.event, "programme", ended=talk.pk)


def not_yet(talk) -> bool:
    """It has not begun after all: what its beginning had ended goes on. False when it is over, or something else runs."""
    with write_gate(), transaction.atomic():
        Event.objects.select_for_update(no_key=True).get(pk=talk.event_id)
        begun = Talk.objects.filter(pk=talk.pk, ended_at=None).values_list("started_at", flat=True).first()
        if begun is None or _running_beside(talk).exists():
            return False
        Talk.objects.filter(event=talk.event, ended_at=begun).exclude(pk=talk.pk).update(ended_at=None)
        Talk.objects.filter(pk=talk.pk, started_at=begun).update(started_at=None, ended_at=None)
        Edition.touch(talk.event_id)
        live.tell(talk.event, "programme", now=0)
    return True


def reopen(talk) -> bool:
    """It is not over after all. False when something else has begun since."""
    with write_gate(), transaction.atomic():
        Event.objects.select_for_update(no_key=True).get(pk=talk.event_id)
        if _running_beside(talk).exists():
            return False
        Talk.objects.filter(pk=talk.pk).update(ended_at=None)
        Edition.touch(talk.event_id)
        live.tell(talk.event, "programme", now=talk.pk)
    return True


def _running_beside(talk):
    """What else was begun and is not over, where this entry is."""
    running = Talk.objects.filter(event=talk.event_id, started_at__isnull=False, ended_at=None).exclude(pk=talk.pk)
    return running.filter(track__in=["", talk.track]) if talk.track else running


def warnings(event) -> list[str]:
    """What the draft should not have: people in two places, overlaps in a room, panels without a moderator."""
    found, talks = [], list(event.talks.in_order().with_people())
    for i, talk in enumerate(talks):
        if talk.kind == Talk.Kind.PANEL and all(row.declined_at for row in talk.people("moderator")):
            found.append(_("“%(title)s” has no moderator.") % {"title": talk.title})
        for other in talks[i + 1 :]:
            if other.starts_at >= talk.ends_at:
                break
            if _side_by_side(talk, other):
                words = {"a": talk.title, "b": other.title, "room": talk.room}
                in_one_room = talk.room and talk.room == other.room
                found.append(
                    _("“%(a)s” and “%(b)s” are in %(room)s at the same time.") % words
                    if in_one_room
                    else _("“%(a)s” and “%(b)s” overlap.") % words
                )
            both = {row.speaker for row in talk.people()} & {row.speaker for row in other.people()}
            found += [_("%(name)s is in two places at once.") % {"name": person.name} for person in both]
    return found


def _side_by_side(talk, other) -> bool:
    """Whether two entries at the same time are in each other's way: one room, or one track."""
    same_room = talk.room == other.room and (talk.room or not (talk.track and other.track))
    return bool(same_room) or talk.track == other.track or not (talk.track and other.track)
