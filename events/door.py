"""The door: a code is held up, an answer comes, a window of the train lights.

An offline scan is a fact that arrives late, not a request: its row is written with its own time and nonce, each once.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Count, F, Prefetch, Q
from django.utils.translation import ngettext

from events import admission, admitting, live, offline_roster, seating, text, tickets
from events.composed import Composed
from events.db import write_gate
from events.models import Attendee, CheckIn, Event, Scan, Transition, Visit
from events.models.attendee import take_a_seat

Answer, How = Scan.Answer, Scan.How
OVER = {Attendee.Status.CANCELLED, Attendee.Status.DECLINED, Attendee.Status.EXPIRED}
OLDEST = timedelta(days=3)  # a phone's time that lies further back is a wrong clock


_READ = Composed(
    """
SELECT {a}, known.id, point.id, CASE WHEN a.status = 'waitlisted' THEN (
    SELECT COUNT(*) FROM events_attendee other WHERE other.event_id = a.event_id AND other.status = 'waitlisted'
    AND (other.queued_at, other.id) < (a.queued_at, a.id)) END
FROM (SELECT 1) AS one
LEFT JOIN events_scan known ON known.event_id = %s AND known.nonce = %s
LEFT JOIN events_scanpoint point ON point.event_id = %s AND point.id = %s
LEFT JOIN events_attendee a ON a.code = %s
""",
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
    A scan point that the event has no more serves nobody, and lets nobody into the house.
    Where the answer never reached the phone and something else was done there, a row of that fact follows.
    """
    row = Scan(event=event, nonce=nonce, code=code[:40], door=door, by_id=by and by.pk, at=at, **facts)
    attendee, known, point = _read(row, code)
    if known is None:
        held = code
        if row.point_id != point:
            attendee, held, row.point = None, f"? {code}", None
            row.code = held[:40]
        try:
            with write_gate():
                return _judge(row, attendee, held)
        except IntegrityError:  # this very scan, uploaded twice at once
            known = Scan.objects.select_related("attendee", "check_in").get(event=event, nonce=nonce)
    if _never_heard(row, known):
        if known.let_in:
            _take_back(known, at=max(known.at, row.at))
        return scan(event, code, at=at, door=door, nonce=f"{nonce[:36]}-off", by=by, **facts)  # 40 fit the column
    return _as_before(known)


def _read(row, code) -> tuple[Attendee | None, Scan | None, int | None]:
    """`(holder of the ticket, this scan if it is written already, its scan point if there is one)`.

    In one query; a second reads the scan that is written already, another the codes of a list's entry.
    """
    read = tickets.read_payload(code)
    reference = offline_roster.read_reference(code)
    wanted = None  # no ticket of this event
    if reference:
        wanted = offline_roster.find(row.event, reference)
    elif read and read[0] in ("", row.event.code.upper()):
        wanted = read[1]
    attendee, seen, point, ahead = _READ.one(row.event_id, row.nonce, row.event_id, row.point_id, wanted)  # type: ignore[misc]
    attendee.ahead = ahead
    known = Scan.objects.select_related("attendee", "check_in").get(pk=seen) if seen else None
    return attendee if attendee.pk else None, known, point


def _never_heard(row, known) -> bool:
    """Whether the phone let somebody in whom the server had refused, or refused a seat to whom it had let in.

    A phone that says "already" let them in itself.
    """
    if not row.offline or known.offline or known.let_in == row.let_in:
        return False
    return row.let_in or row.said in (Answer.CANCELLED, Answer.WAITING)


def _take_back(known, *, at) -> None:
    """A welcome that nobody heard, unless something else speaks for it: a second look at any door, online ("already
    inside") or not, after which the person went in; at the entrance also whoever served them inside.
    """
    inside, seen = known.check_in, False
    others = Scan.objects.filter(check_in=inside)
    visits = Visit.objects.filter(attendee=known.attendee_id, undone_at=None)
    if known.point_id:
        inside = visits.filter(point=known.point_id, at=known.at).first()
        others = Scan.objects.filter(point=known.point_id, attendee=known.attendee_id, at__gte=known.at)
    else:
        seen = visits.filter(at__gte=known.at).exists()
    welcomed = Q(said__in=Scan.LET_IN) | Q(offline=False, answer__in=(Answer.OK, Answer.ALREADY))
    if inside is None or seen or others.exclude(pk=known.pk).filter(welcomed).exists():
        return
    (undo_visit if known.point_id else undo)(inside, at=at, by=known.by, door=known.door)


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
    return _let_in(row)


def _no_seat(row) -> Result:
    row.answer = Answer.CANCELLED if row.attendee.status in OVER else Answer.WAITING
    row.save()
    ahead = getattr(row.attendee, "ahead", None)
    return Result(row.answer, row.attendee, place_in_line=0 if ahead is None else ahead + 1)


def _let_in(row) -> Result:
    """At the entrance, or at a scan point: once each."""
    came = admitting.write(row)
    if came is not None:
        return Result(row.answer, row.attendee, came)
    inside = _inside(row)
    if inside is None:  # cancelled since it was read, or undone in this moment
        row.attendee.refresh_from_db(fields=["status"])
        return _let_in(row) if row.attendee.status == Attendee.Status.CONFIRMED else _no_seat(row)
    row.answer, row.check_in = Answer.ALREADY, None if row.point else inside
    with transaction.atomic():
        if row.offline:
            _compare(row, inside)
        row.save()
    return Result(row.answer, row.attendee, inside)


def _inside(row) -> CheckIn | Visit | None:
    """What this person came in by, or was served by at this scan point."""
    rows = row.attendee.visits.filter(point=row.point) if row.point else row.attendee.check_ins
    return rows.filter(undone_at=None).select_related("by").first()


def _compare(row, inside) -> None:
    """An offline scan of somebody who is inside: if both doors let somebody in, they clash; the earlier one counts."""
    if row.point:
        since = Scan.objects.filter(point=row.point, attendee=row.attendee, at__gte=inside.at)  # refused before it
    else:
        since = Scan.objects.filter(check_in=inside)
    _clash(row, since.exclude(how=How.UNDO))
    if row.at < inside.at:
        type(inside).objects.filter(pk=inside.pk).update(at=row.at, door=row.door, by=row.by_id)
        inside.at, inside.door, inside.by_id = row.at, row.door, row.by_id
        row.answer = Answer.OK


def _clash(row, earlier) -> None:
    """Name the scan after which somebody had been let in already, if this one let somebody in too."""
    other = earlier.order_by("at", "pk").first()
    if row.let_in and other is not None and other.let_in:
        row.clashes_with = other
        live.tell(row.event, "door", "crew")


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


MOST_FOUND = 8


def search(event, query: str, *, point=None):
    """People by name, ticket number, code, or the last four digits of their phone: `(at most eight, whether there are more)`.

    At a scan point each has `served`: their helping there that counts, in a list that is empty for others.
    """
    query = text.clean_text(query)
    if not query:
        return [], False
    wanted = Q(name__icontains=query) | Q(code__iexact=query.replace(" ", ""))
    if query.isdecimal():
        wanted |= Q(number=int(query[:9]))
        if len(query) == 4:
            wanted |= Q(contact_kind=Attendee.Contact.PHONE, contact__endswith=str(int(query)).zfill(4))
    rows = event.attendees.filter(wanted, forgotten_at=None).order_by("number")
    if point is not None:
        rows = rows.prefetch_related(
            Prefetch("visits", Visit.objects.filter(point=point.pk, undone_at=None), to_attr="served")
        )
    found = list(rows[: MOST_FOUND + 1])
    return found[:MOST_FOUND], len(found) > MOST_FOUND


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
    """Tickets that two doors let in, or that were served twice at a scan point: both scans, the earlier (the one that counts) first."""
    rows = event.scans.exclude(clashes_with=None).select_related(
        "attendee", "by", "point", "clashes_with__by", "clashes_with__attendee", "clashes_with__point"
    )
    return [tuple(sorted((row, row.clashes_with), key=lambda one: one.at)) for row in rows]  # type: ignore[misc]


def what_clashes(clashes) -> str:
    """What they are, in a line: let in at two doors, served twice, or some of each."""
    n, served = len(clashes), sum(1 for first, _second in clashes if first.point_id)
    if not served:
        words = ngettext("%(n)d ticket was let in at two doors", "%(n)d tickets were let in at two doors", n)
    elif served == n:
        words = ngettext("%(n)d ticket was served twice", "%(n)d tickets were served twice", n)
    else:
        words = ngettext("%(n)d ticket was let in or served twice", "%(n)d tickets were let in or served twice", n)
    return words % {"n": n}


def let_in_wrongly(event):
    """Scans without a network after which somebody walked in with a ticket that is not valid."""
    rows = event.scans.filter(offline=True, said__in=Scan.LET_IN).exclude(answer__in=(Answer.OK, Answer.ALREADY))
    return rows.select_related("attendee", "by")


def answers_of(event) -> Counter:
    """How often each answer was given."""
    return Counter(dict(event.scans.order_by().values_list("answer").annotate(n=Count("pk"))))
