"""Signing up: a name, a contact, a place. Nobody is sold a seat that does not exist, and nobody is overtaken."""

import secrets
from dataclasses import dataclass

from django.db import IntegrityError, connection, transaction

from events import notices, seat_statement, seating
from events.db import write_gate
from events.models import Attendee, Event, Transition
from events.models.attendee import new_code

Status = Attendee.Status
MAY_RETURN = {Status.CANCELLED, Status.EXPIRED, Status.DECLINED}


class Closed(Exception):
    """Sign-up is not open: before publication, after the end, cancelled."""


class WrongCode(Exception):
    """The event is by invitation, and this is not its code."""


class Full(Exception):
    """No seat is left and the person did not want to wait."""


class NoMoreGuests(Exception):
    """The person may bring nobody else."""


@dataclass(frozen=True)
class Outcome:
    """What became of a form: the attendee, and whether it asked for a place (else they had one already).

    `returned` when the person had been here and left: their row holds what they said and whom they met.
    """

    attendee: Attendee
    new: bool
    returned: bool = False


def register(event, *, at, name, contact, contact_kind, wait=True, invitation="", known=None, **fields) -> Outcome:
    """Register a person; with no seat left they join the waiting list unless `wait` is False.

    The same contact twice is one attendee (`new` is False the second time), except after a cancellation: then the
    place is applied for again, with a new code. `known` is the attendee whom the device that sent the form knows.
    Raises Closed, WrongCode, Full.
    """
    if not event.accepts_registrations(at):
        raise Closed
    if asks_for_code(event) and not _invited(event, invitation):
        raise WrongCode
    if not wait and event.seats_left == 0:  # unlocked: somebody who will not wait is answered at once
        raise Full
    fields |= {"name": name, "contact": contact, "contact_kind": contact_kind}
    try:  # most people are new: the database says so when one is not
        return Outcome(_newcomer(event, at, wait, fields), new=True)
    except IntegrityError:
        return _known(event, at, wait, fields, known)


def _newcomer(event, at, wait, fields) -> Attendee:
    """Enter somebody whom we have not seen: at once where the database can, else step by step."""
    if not (wait and seat_statement.can_serve(event)):
        return _enter(event, at, wait, None, fields)
    attendee = Attendee(event=event, status=Status.APPLIED, queued_at=at, **fields)
    entered = seat_statement.enter(event, attendee, notices.notice(attendee, "registered", at=at), at=at)
    if entered.status == Status.CONFIRMED and entered.seat is None:  # somebody left at this very moment
        seating.give_place(entered)
    return entered


def _known(event, at, wait, fields, theirs) -> Outcome:
    """The answer to a contact that is here already: their place as it is, or a new one after they had left."""
    known = find(event, fields["contact"])
    if known is None:  # not the contact: the place was taken at the same moment by an organiser who moved somebody
        return Outcome(_enter(event, at, wait, None, fields, look=True), new=True)
    if theirs != known:  # whoever types a contact is not yet its owner: the same form twice opens nothing either
        fields = fields | {"form_id": ""}
    came_back = _return(known, at, wait, fields)
    return Outcome(known, new=came_back, returned=came_back)


def find(event, contact) -> Attendee | None:
    """The attendee with this contact, if there is one."""
    return event.attendees.filter(contact=contact).first() if contact else None


def _invited(event, invitation: str) -> bool:
    said, right = invitation.strip().casefold(), event.invitation_code.strip().casefold()
    return bool(right) and secrets.compare_digest(said.encode(), right.encode())


def _enter(event, at, wait, known, fields, *, look=False, asks=False, note="") -> Attendee:
    """One transaction: the person's row, the job that writes to them, then number and seat by one UPDATE of the event.

    `asks`: whatever the event's admission, an organiser answers this one.

    The event's row is what everybody waits for: so it is locked last, and what follows is as little as can be.
    """
    with write_gate(), transaction.atomic():
        attendee = _applicant(event, at, known, fields)
        notices.notify(attendee, "registered", at=at)
        was = known.status if known else ""
        status, number, taken = _draw_number(event, wait, asks or event.admission == Event.Admission.APPROVAL)
        attendee.number, attendee.status = number, status
        if status == Status.CONFIRMED:
            nobody_left = number == taken and not look
            place = seating.next_place(event, taken) if nobody_left else seating.free_place(event, taken)
            attendee.carriage, attendee.seat = place or (None, None)
        Attendee.objects.filter(pk=attendee.pk).update(
            number=number, status=status, carriage=attendee.carriage, seat=attendee.seat
        )
        Transition.objects.create(attendee=attendee, was=was, became=status, at=at, note=note)
    return attendee


def _applicant(event, at, known, fields) -> Attendee:
    """The row of somebody who asks for a place: new, or that of a person who had left and comes back."""
    attendee = known or Attendee(event=event, status=Status.APPLIED)
    for key, value in fields.items():
        setattr(attendee, key, value)
    attendee.queued_at = at
    if known and fields:  # a new form: old links and old pictures of the ticket end here
        attendee.code, attendee.link_version = new_code(), attendee.link_version + 1
    attendee.save()
    return attendee


def _draw_number(event, wait, asks) -> tuple[str, int, int]:
    """`(status, ticket number, seats taken)` for the next person; the event's row stays locked until the commit.

    Two people for the last seat: the condition stands in the UPDATE itself, so one of them finds the train full.
    """
    if not asks:
        seated = _update_event(
            "tickets_issued = tickets_issued + 1, taken = taken + 1",
            "taken < capacity AND NOT EXISTS (SELECT 1 FROM events_attendee"
            " WHERE event_id = events_event.id AND status = 'waitlisted')",
            event.pk,
        )
        if seated:
            return Status.CONFIRMED, *seated
        if not wait:
            raise Full
    status = Status.APPLIED if asks else Status.WAITLISTED
    return status, *_update_event("tickets_issued = tickets_issued + 1", "1 = 1", event.pk)  # type: ignore[misc]


def _update_event(changes: str, condition: str, event_id: int) -> tuple[int, int] | None:
    """`(tickets_issued, taken)` after a conditional UPDATE of the event's row; None when the condition was false."""
    sql = f"UPDATE events_event SET {changes} WHERE id = %s AND {condition} RETURNING tickets_issued, taken"  # noqa: S608  (constants of this module)
    with connection.cursor() as cursor:
        cursor.execute(sql, [event_id])
        return cursor.fetchone()


def confirm(attendee, *, at, by=None, note="") -> bool:
    """Make the holder of a seat an attendee with a ticket. The seat was taken before, in this transaction."""
    if not attendee.move(Status.CONFIRMED, at=at, by=by, note=note, offer_ends_at=None):
        return False
    seating.give_place(attendee)
    notices.notify(attendee, "ticket", at=at)
    return True


def guests_of(host):
    """The people whom an attendee brings, in the order in which they were named."""
    return host.guests.exclude(status__in=MAY_RETURN).filter(forgotten_at=None).order_by("pk")


def bring(host, *, at, name, answers=None, form_id="") -> Attendee:
    """A guest of somebody with a seat: a ticket of their own, or a place in line. Raises Closed, NoMoreGuests.

    `answers`: what the host said for them to the organiser's own questions.

    The same form twice (`form_id`) is the same guest.
    """
    event = host.event
    if not event.accepts_registrations(at):
        raise Closed
    with write_gate(), transaction.atomic():
        Event.objects.select_for_update(no_key=True).only("pk").get(pk=event.pk)  # two phones at once
        host.refresh_from_db(fields=["status"])
        known = guests_of(host).filter(form_id=form_id).first() if form_id else None
        if known:
            return known
        if host.status != Status.CONFIRMED or host.invited_by_id or guests_of(host).count() >= event.plus_ones:
            raise NoMoreGuests
        fields = {"name": name, "contact_kind": Attendee.Contact.NONE, "language": host.language, "invited_by": host}
        fields |= {"answers": answers or {}, "form_id": form_id}
        return _enter(event, at, True, None, fields, note=Transition.BY_HOST)


def again(attendee, *, at) -> bool:
    """Somebody who gave up, declined or waited too long comes back: at the end of the line. False if they are in.

    False, too, where a tap is not enough: after an organiser's no, and by invitation, where the form asks for the code.
    Raises NoMoreGuests for a guest whose host has brought somebody else meanwhile.
    """
    if asks_for_code(attendee.event) or not attendee.event.accepts_registrations(at):
        return False
    return _return(attendee, at, True, {})


def asks_for_code(event) -> bool:
    return event.admission == Event.Admission.INVITATION


def ended_by_organiser(attendee) -> bool:
    """Whether the last step of a place was an organiser's no: taken back, or refused."""
    step = attendee.transitions.order_by("pk").last()
    return step is not None and step.by_crew and step.became in {Status.CANCELLED, Status.DECLINED}


def _return(attendee, at, wait, fields) -> bool:
    """Enter somebody once more who had left; False for whoever is in, also by a press a moment ago.

    After an organiser's no a new form is an application, so that a mistake can be mended and a no is not undone.
    """
    with write_gate(), transaction.atomic():
        Event.objects.select_for_update(no_key=True).only("pk").get(pk=attendee.event_id)
        attendee.refresh_from_db(fields=["status"])
        refused = attendee.status in MAY_RETURN and ended_by_organiser(attendee)
        if attendee.status not in MAY_RETURN or (refused and not fields):
            return False
        host = attendee.invited_by
        if host and host.status == Status.CONFIRMED and guests_of(host).count() >= attendee.event.plus_ones:
            raise NoMoreGuests
        _enter(attendee.event, at, wait, attendee, fields, asks=refused)
    return True
