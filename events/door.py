"""The door: a code is held up, an answer comes, a window of the train lights.

An offline scan is a fact that arrives late, not a request: its row is written with its own time and nonce, each once.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Count, F, Q

from events import admission, admitting, live, offline_roster, seating, text, tickets
from events.composed import Composed
from events.db import write_gate
from events.models import Attendee, CheckIn, Event, Scan, Transition, Visit
from events.models.attendee import take_a_seat

Answer, How = Scan.Answer, Scan.How
OVER = {Attendee.Status.CANCELLED, Attendee.Status.DECLINED, Attendee.Status.EXPIRED}
OLDEST = timedelta(days=3)  # a phone's time that lies further back is a wrong clock


_TICKET = Composed(
    "SELECT {a}, (SELECT id FROM events_scan WHERE event_id = %s AND nonce = %s) FROM events_attendee a WHERE a.code = %s",
    a=Attendee,
)


@dataclass(frozen=True)
class Result:
    """What the door says: the answer, the person, and for one who is inside already: when, where and by whom."""

    answer: str
    attendee: Attendee | None = None
    check_in: CheckIn | Visit | None = None
    place_in_line: int = 0


def scan(event, code: str, *, at: datetime, door: str, nonce: str, by, **facts) -> Result:
    """Answer a scanned or typed code. The same nonce gets the same answer and no second row.

    `facts`: point, how, phone_at, offline, said, as in Scan. The row and the admission are written together, or neither.
    A refusal that never reached the phone, which then let somebody in by itself, is followed by a row of that fact.
    """
    row = Scan(event=event, nonce=nonce, code=code[:40], door=door, by_id=by and by.pk, at=at, **facts)
    attendee, known = _read(event, code, nonce)
    if known is None:
        try:
            with write_gate():
                return _judge(row, attendee, code)
        except IntegrityError:  # this very scan, uploaded twice at once
            known = Scan.objects.select_related("attendee", "check_in").get(event=event, nonce=nonce)
    if row.offline and row.let_in and not known.offline and not known.let_in:
        return scan(event, code, at=at, door=door, nonce=f"{nonce[:36]}-off", by=by, **facts)  # 40 fit the column
    return _as_before(known)


def _read(event, code, nonce) -> tuple[Attendee | None, Scan | None]:
    """`(holder of the ticket, this scan if it is written already)`: one query for a ticket of ours."""
    read = tickets.read_payload(code)
    wanted = read[1] if read else ""
    reference = offline_roster.read_reference(code)
    if reference:
        wanted = offline_roster.find(event, reference) or ""
    if wanted and (reference or read[0] in ("", event.code.upper())):  # type: ignore[index]
        found = _TICKET.one(event.pk, nonce, wanted)
        if found is not None:
            attendee, seen = found
            return attendee, Scan.objects.select_related("attendee", "check_in").get(pk=seen) if seen else None
    return None, Scan.objects.filter(event=event, nonce=nonce).select_related("attendee", "check_in").first()


def _as_before(row) -> Result:
    if row.attendee:
        row.attendee.event = row.event
    return Result(row.answer, row.attendee, row.check_in)


def _judge(row, attendee, code) -> Result:
    """Find the answer and write the row; the holder of a ticket comes in, once."""
    if attendee is None or attendee.event_id != row.event_id:
        read = tickets.read_payload(code)
        foreign = attendee is not None or (read is not None and read[0] not in ("", row.event.code.upper()))
        row.answer = Answer.OTHER if foreign else Answer.UNKNOWN
        row.save()
        return Result(row.answer)
    attendee.event, row.attendee = row.event, attendee
    if row.code != attendee.code and offline_roster.read_reference(code):
        row.code = attendee.code
    if row.offline and row.said and not row.let_in:  # a fact: this person did not walk in
        row.answer = row.said if row.said in Answer.values else Answer.UNKNOWN
        row.save()
        return Result(row.answer, attendee)
    if attendee.status != Attendee.Status.CONFIRMED:
        return _no_seat(row)
    return _serve(row) if row.point else _let_in(row)


def _no_seat(row) -> Result:
    row.answer = Answer.CANCELLED if row.attendee.status in OVER else Answer.WAITING
    row.save()
    return Result(row.answer, row.attendee)


def _let_in(row) -> Result:
    check_in = admitting.write(row)
    if check_in is not None:
        return Result(Answer.OK, row.attendee, check_in)
    inside = row.attendee.check_ins.filter(undone_at=None).select_related("by").first()
    if inside is None:  # cancelled since it was read, or undone in this moment
        row.attendee.refresh_from_db(fields=["status"])
        return _let_in(row) if row.attendee.status == Attendee.Status.CONFIRMED else _no_seat(row)
    row.answer, row.check_in = Answer.ALREADY, inside
    with transaction.atomic():
        if row.offline:
            _compare(row, inside)
        row.save()
    return Result(row.answer, row.attendee, inside)


def _compare(row, inside) -> None:
    """An offline scan of somebody who is inside: if both doors let somebody in, they clash; the earlier one counts."""
    _clash(row, Scan.objects.filter(check_in=inside).exclude(how=How.UNDO))
    if row.at < inside.at:
        CheckIn.objects.filter(pk=inside.pk).update(at=row.at, door=row.door, by=row.by_id)
        inside.at, inside.door, inside.by_id = row.at, row.door, row.by_id
        row.answer = Answer.OK


def _clash(row, earlier) -> None:
    """Name the scan after which somebody had been let in already, if this one let somebody in too."""
    other = earlier.order_by("at", "pk").first()
    if row.let_in and other is not None and other.let_in:
        row.clashes_with = other
        live.tell(row.event, "door", "crew")


def _serve(row) -> Result:
    """The same at a scan point, once each."""
    with transaction.atomic():
        visit = admitting.insert_visit(row)
        if visit:
            row.answer = Answer.OK
            row.save()
            live.tell(row.event, "door", "crew")
            return Result(row.answer, row.attendee, Visit(pk=visit, point=row.point, at=row.at, door=row.door))
    served = Visit.objects.filter(point=row.point, attendee=row.attendee, undone_at=None).select_related("by").first()
    if served is None:  # cancelled since it was read, or undone in this moment
        row.attendee.refresh_from_db(fields=["status"])
        return _serve(row) if row.attendee.status == Attendee.Status.CONFIRMED else _no_seat(row)
    row.answer = Answer.ALREADY
    with transaction.atomic():
        if row.offline:
            since = Scan.objects.filter(point=row.point, attendee=row.attendee, at__gte=served.at)  # refused before it
            _clash(row, since.exclude(how=How.UNDO))
        row.save()
    return Result(row.answer, row.attendee, served)


def true_time(event, phone_at: datetime | None, *, sent_at: datetime | None, heard_at: datetime) -> datetime:
    """When a scan happened by the server's clock: the phone's time, put right by how wrong its clock is at sending.

    What cannot be (later than now, or days ago) is the time at which it was heard.
    """
    if phone_at is None:
        return heard_at
    try:
        at = phone_at + (heard_at - sent_at if sent_at else timedelta())
    except OverflowError:
        return heard_at
    return at if heard_at - OLDEST <= at <= heard_at else heard_at


def undo(check_in, *, at, by, door="") -> bool:
    """Send somebody back out: the row stays, it counts no more; the log says who. True for exactly one caller."""
    with write_gate(), transaction.atomic():
        if not CheckIn.objects.filter(pk=check_in.pk, undone_at=None).update(undone_at=at, undone_by=by):
            return False
        attendee = check_in.attendee
        Scan.objects.create(
            event=attendee.event,
            nonce=f"undo-{check_in.pk}",
            code=attendee.code,
            attendee=attendee,
            answer=Answer.UNDONE,
            how=How.UNDO,
            door=door or check_in.door,
            by=by,
            at=at,
            check_in=check_in,
        )
        live.tell_all(attendee.event, admitting.news(attendee, on=False))
    attendee.refresh_from_db(fields=["forgotten_at"])  # it may have been asked for a moment ago
    if attendee.forgotten_at and not attendee.event.is_over(at):  # on no list is a name to free this seat by
        admission.cancel(attendee, at=at, by=by, note="forgotten")
    return True


def undo_visit(visit, *, at, by, door="") -> bool:
    """The same at a scan point: the person may come again."""
    with write_gate(), transaction.atomic():
        if not Visit.objects.filter(pk=visit.pk, undone_at=None).update(undone_at=at):
            return False
        attendee = visit.attendee
        Scan.objects.create(
            event=attendee.event,
            nonce=f"undo-visit-{visit.pk}",
            code=attendee.code,
            attendee=attendee,
            answer=Answer.UNDONE,
            how=How.UNDO,
            point=visit.point,
            door=door or visit.door,
            by=by,
            at=at,
        )
        live.tell(attendee.event, "door", "crew")
    return True


def search(event, query: str, *, most=8):
    """People by name, ticket number, code, or the last four digits of their phone."""
    query = text.clean_text(query)
    if not query:
        return []
    wanted = Q(name__icontains=query) | Q(code__iexact=query.replace(" ", ""))
    if query.isdecimal():
        wanted |= Q(number=int(query[:9]))
        if len(query) == 4:
            wanted |= Q(contact_kind=Attendee.Contact.PHONE, contact__endswith=str(int(query)).zfill(4))
    rows = event.attendees.filter(wanted, forgotten_at=None).order_by("number").prefetch_related("check_ins")
    return list(rows[:most])


def walk_in(event, name: str, *, at, door, by, nonce: str) -> Result:
    """Somebody without a ticket: a ticket and the door in one step, while a seat is free and nobody waits for it.

    WAITING otherwise, with how many stand in line. The same press twice (`nonce`) is one person.
    """
    known = Scan.objects.filter(event=event, nonce=nonce).select_related("attendee", "check_in").first()
    if known is not None:
        return _as_before(known)
    try:
        with write_gate(), transaction.atomic():
            return _walk_in(event, name, at, door, by, nonce)
    except IntegrityError:
        return _as_before(Scan.objects.select_related("attendee", "check_in").get(event=event, nonce=nonce))


def _walk_in(event, name, at, door, by, nonce) -> Result:
    # The same turn as everybody who changes seats.
    Event.objects.select_for_update(no_key=True).only("pk").get(pk=event.pk)
    line = event.attendees.filter(status__in=(Attendee.Status.WAITLISTED, Attendee.Status.OFFERED))
    waiting = line.filter(status=Attendee.Status.WAITLISTED).count()
    row = Scan(event=event, nonce=nonce, code="", door=door, by=by, at=at, how=How.WALK_IN)
    if waiting or not take_a_seat(event.pk):
        row.answer = Answer.WAITING
        row.save()
        return Result(Answer.WAITING, place_in_line=line.count())
    Event.objects.filter(pk=event.pk).update(tickets_issued=F("tickets_issued") + 1)
    attendee = Attendee.objects.create(
        event=event,
        number=Event.objects.values_list("tickets_issued", flat=True).get(pk=event.pk),
        name=name,
        contact_kind=Attendee.Contact.NONE,
        status=Attendee.Status.CONFIRMED,
        newcomer=True,
    )
    Transition.objects.create(attendee=attendee, was="", became=attendee.status, at=at, by=by, note="walk-in")
    seating.give_place(attendee)
    row.attendee, row.code = attendee, attendee.code
    return _let_in(row)


def counts(event, point=None) -> dict:
    """Who is inside, of how many, by which door; or who was served at a scan point."""
    if point is not None:
        rows = Visit.objects.filter(point=point, undone_at=None)
    else:
        rows = CheckIn.objects.filter(attendee__event=event, undone_at=None)  # type: ignore[assignment]
    doors = dict(rows.order_by("door").values_list("door").annotate(n=Count("pk")))
    return {"present": sum(doors.values()), "of": event.attendees.confirmed().count(), "doors": doors}


def pace(event, door: str, *, at) -> int | None:
    """Seconds a person at this door over its last twenty admissions of the last half hour; None with fewer than five."""
    rows = CheckIn.objects.filter(attendee__event=event, door=door, at__gt=at - timedelta(minutes=30))
    times = sorted(rows.order_by("-at").values_list("at", flat=True)[:20])
    if len(times) < 5:
        return None
    gaps = sorted((later - earlier).total_seconds() for earlier, later in zip(times, times[1:]))
    return round(gaps[len(gaps) // 2])


def clashes(event) -> list[tuple[Scan, Scan]]:
    """Tickets that two doors let in: both scans, the earlier (the one that counts) first."""
    rows = event.scans.exclude(clashes_with=None).select_related(
        "attendee", "by", "clashes_with__by", "clashes_with__attendee"
    )
    return [tuple(sorted((row, row.clashes_with), key=lambda one: one.at)) for row in rows]  # type: ignore[misc]


def let_in_wrongly(event):
    """Scans without a network after which somebody walked in with a ticket that is not valid."""
    rows = event.scans.filter(offline=True, said__in=Scan.LET_IN).exclude(answer__in=(Answer.OK, Answer.ALREADY))
    return rows.select_related("attendee", "by")


def answers_of(event) -> Counter:
    """How often each answer was given."""
    return Counter(dict(event.scans.order_by().values_list("answer").annotate(n=Count("pk"))))
