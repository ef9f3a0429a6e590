"""Seats change hands: given up, offered to the first in line, accepted, declined, run out. Nobody is overtaken.

Every step begins by locking the event's row, so that two of them never wait for each other in a circle, and a seat
that becomes free is offered in the same transaction: no newcomer can slip in between.
"""

import contextlib
from datetime import datetime, time, timedelta

from django.db import transaction
from django.db.models import F

from events import live, notices, registration, seating, ticking
from events.db import write_gate
from events.models import Attendee, Event
from events.models.attendee import give_back_a_seat, take_a_seat

Status = Attendee.Status
OVER = {Status.CANCELLED, Status.DECLINED, Status.EXPIRED}
EVENING, MORNING = time(22), time(9)  # between them nobody has to answer
AT_THE_DOOR = timedelta(minutes=15)  # how long a seat is held once the doors are open


@contextlib.contextmanager
def turn(event):
    """One step at a time: the gate, a transaction, the event's row locked.

    Rows that point at it may be written meanwhile (`no_key`): somebody who tells open pages something holds the
    counter that this step wants next, and would wait for this step when they commit.
    """
    with write_gate(), transaction.atomic():
        Event.objects.select_for_update(no_key=True).only("pk").get(pk=event.pk)
        yield


def _locked():
    """People whose status cannot change until the commit."""
    return Attendee.objects.select_for_update(no_key=True)


def cancel(attendee, *, at, by=None, note="") -> bool:
    """Give up a place, a wait or an application; the seat goes to the first in line. False if it was over already.

    Whoever is inside sits there: only an organiser (`by`) ends that.
    """
    with turn(attendee.event):
        attendee.refresh_from_db(fields=["status"], from_queryset=_locked())
        held, was = attendee.holds_a_seat, str(attendee.status)
        if by is None and attendee.check_in is not None:
            return False
        if attendee.status in OVER or not attendee.move(Status.CANCELLED, at=at, by=by, note=note, offer_ends_at=None):
            return False
        notices.notify(attendee, "cancelled", at=at, held=held, was=was, by_organiser=by is not None)
        _free(attendee, held, at)
    return True


def decline(attendee, *, at, by=None, note="") -> bool:
    """The offered seat is not wanted, or an organiser says no to an application. False if nothing was open."""
    with turn(attendee.event):
        attendee.refresh_from_db(fields=["status"])
        held = attendee.holds_a_seat
        open_ = {Status.OFFERED, Status.APPLIED, Status.WAITLISTED}
        if attendee.status not in open_ or not attendee.move(
            Status.DECLINED, at=at, by=by, note=note, offer_ends_at=None
        ):
            return False
        notices.notify(attendee, "declined", at=at, by_organiser=by is not None)
        _free(attendee, held, at)
    return True


def _free(attendee, held, at) -> None:
    """What follows when somebody leaves: their chair is free, and the seat is offered on."""
    seating.leave_place(attendee)
    notices.nudge(attendee)
    if held:
        give_back_a_seat(attendee.event_id)
        _offer(attendee.event, at)
    live.tell(attendee.event, "door")


def offer_free_seats(event, *, at) -> int:
    """Offer every free seat to the people in line, first first; returns how many were offered."""
    with turn(event):
        return _offer(event, at)


def _offer(event, at) -> int:
    """In a turn of the event: offer its free seats. As many people are read as there are seats, each takes one."""
    offered = 0
    if not event.gives_seats(at):  # also once sign-up has closed: those in line were there in time
        return 0
    while people := list(event.attendees.waiting().select_related("event")[: _seats_free(event)]):
        served = sum(_offer_to(attendee, event, at) for attendee in people)
        offered += served
        if not served:
            break
    if offered:
        live.tell(event, "door")
    return offered


def _seats_free(event) -> int:
    """As the database says now; nobody else changes it during a turn."""
    capacity, taken = Event.objects.values_list("capacity", "taken").get(pk=event.pk)
    return max(0, capacity - taken)


def _offer_to(attendee, event, at) -> bool:
    """A seat for this person; False when none is left, or they do not wait any more."""
    if not take_a_seat(event.pk):
        return False
    until = offer_deadline(event, at)
    if not attendee.move(Status.OFFERED, at=at, offer_ends_at=until):
        give_back_a_seat(event.pk)
        return False
    notices.notify(attendee, "offered", at=at, until=until.isoformat())
    notices.nudge(attendee)
    return True


def offer_deadline(event, at: datetime) -> datetime:
    """Until when a seat that is offered now is held: the event's hours, in which the night does not count.

    Once the doors are open people are at the door and answer at once; never later than the end. Doors that open while
    all still sleep leave a quarter of an hour.
    """
    if at >= event.doors_at:
        return min(at + AT_THE_DOOR, event.ends_at)
    end = waking_hours_later(event.local(at), timedelta(hours=event.offer_hours))
    awake = waking_hours_later(event.local(at), AT_THE_DOOR)
    return min(end, max(event.doors_at, at + AT_THE_DOOR, min(awake, event.doors_at + AT_THE_DOOR)))


def held_for(event, at: datetime) -> str:
    """How a page tells for how long a seat would be held: "hours" (all that the event gives), "quarter" of an hour,
    "until" a moment (`offer_deadline`) where the doors or the end come first; "" once no seat is given any more.
    """
    if not event.gives_seats(at):
        return ""
    until = offer_deadline(event, at)
    if until == at + AT_THE_DOOR:
        return "quarter"
    whole = waking_hours_later(event.local(at), timedelta(hours=event.offer_hours))
    return "hours" if until == whole else "until"


def waking_hours_later(local: datetime, length: timedelta) -> datetime:
    """The moment after `length` of daytime, in the zone of `local`."""
    left = length
    while True:
        day = local.replace(minute=0, second=0, microsecond=0)
        opens, closes = day.replace(hour=MORNING.hour), day.replace(hour=EVENING.hour)
        local = max(local, opens)
        if local < closes and left <= closes - local:
            return local + left
        left -= max(timedelta(0), closes - local)
        local = opens + timedelta(days=1)


def accept(attendee, *, at, by=None, note="") -> bool:
    """The offered seat is wanted, also as the crew was told (`by`); False when the offer has run out or was taken back."""
    expire_offers(attendee.event, at=at)
    with turn(attendee.event):
        attendee.refresh_from_db(fields=["status", "offer_ends_at"])
        if attendee.status != Status.OFFERED or not _takes_place(attendee.event_id, at):
            return False
        registration.confirm(attendee, at=at, by=by, note=note)
        notices.nudge(attendee)
        live.tell(attendee.event, "door")
    return True


def _takes_place(event_id, at) -> bool:
    """Whether a seat is worth anything still: the event is neither called off nor over."""
    return Event.objects.get(pk=event_id).gives_seats(at)


def approve(attendee, *, at, by) -> bool:
    """An organiser says yes to an application: a ticket, or the end of the line when others wait or no seat is free.

    Said to somebody in line it gives them the next free seat out of turn: the organiser's decision, logged with who.
    False if it was decided already, or no seat is free for somebody who waits.
    """
    with turn(attendee.event):
        attendee.refresh_from_db(fields=["status"])
        if attendee.status not in {Status.APPLIED, Status.WAITLISTED} or not _takes_place(attendee.event_id, at):
            return False
        waits = attendee.status == Status.WAITLISTED
        if (waits or not attendee.event.attendees.waiting().exists()) and take_a_seat(attendee.event_id):
            registration.confirm(attendee, at=at, by=by)
        elif waits:
            return False
        else:
            attendee.move(Status.WAITLISTED, at=at, by=by, queued_at=at)
            notices.notify(attendee, "waitlisted", at=at)
        notices.nudge(attendee)
        live.tell(attendee.event, "door")
    return True


def expire_offers(event, *, at) -> int:
    """Take back the seats of offers that ran out and offer them on; returns how many ran out."""
    if not Attendee.objects.has_late_offers(event.pk, at=at):
        return 0
    late = event.attendees.filter(status=Status.OFFERED, offer_ends_at__lt=at).select_related("event")
    expired = 0
    with turn(event):
        for attendee in late.all():
            if attendee.move(Status.EXPIRED, at=at, note="offer ran out", offer_ends_at=None):
                expired += 1
                give_back_a_seat(event.pk)
                seating.leave_place(attendee)
                notices.notify(attendee, "expired", at=at)
                notices.nudge(attendee)
        _offer(event, at)
    return expired


def change_capacity(event, capacity: int, *, at) -> int:
    """More seats go to the people in line at once; returns how many of them were offered one.

    Fewer seats close the sign-up sooner. Fewer than are taken raises ValidationError in words: nobody who was promised
    a seat loses it by a number in a form.
    """
    with turn(event):
        event.refresh_from_db(fields=["capacity", "taken"])
        event.capacity = capacity
        event.clean()
        Event.objects.filter(pk=event.pk).update(capacity=capacity)
        offered = _offer(event, at)
        live.tell(event, "door")
    return offered


@ticking.every_tick
def expire_everywhere(at):
    """Offers end by themselves, and a seat that became free in any other way finds its next person."""
    running = Event.objects.published().filter(ends_at__gt=at, cancelled_at=None, ended_at=None)
    for event in running.filter(attendees__status=Status.OFFERED, attendees__offer_ends_at__lt=at).distinct():
        expire_offers(event, at=at)
    for event in running.filter(attendees__status=Status.WAITLISTED, taken__lt=F("capacity")).distinct():
        offer_free_seats(event, at=at)
