"""One admission a ticket, one row a scan: the statements behind the door, together or not at all.

Held up twice, at two doors, uploaded again: the database refuses the second check-in of a ticket and the second row
of a nonce. IntegrityError means that this very scan is written already; then nothing else was.
"""

from datetime import datetime

from django.db import connection, transaction

from events import live, scan_statement
from events.models import CheckIn, Scan


def write(scan: Scan) -> CheckIn | None:
    """Let the attendee of this scan in and add its row. Sets the answer: OK, or ALREADY with nothing but the row.

    Returns the new check-in, or None when somebody is inside already, or the place is no longer confirmed.
    """
    if connection.vendor == "postgresql":
        return _in_one_statement(scan)
    with transaction.atomic():
        pk = _insert_check_in(scan)
        if pk is None:
            return None
        scan.answer, scan.check_in_id = Scan.Answer.OK, pk
        scan.save()
        live.tell_all(scan.event, news(scan.attendee, on=True))
    return CheckIn(pk=pk, attendee=scan.attendee, at=scan.at, door=scan.door, by_id=scan.by_id)


def news(attendee, *, on: bool) -> list[tuple[str, str, dict]]:
    """What open pages hear: the person's phone, the windows of the train, all doors and desks."""
    mine = live.to(attendee)
    return [
        ("you", mine, {"aboard": on}),
        ("door", mine, {}),
        ("train", "all", {"carriage": attendee.carriage, "seat": attendee.seat, "on": on}),
        ("door", "crew", {}),
    ]


def _insert_check_in(scan) -> int | None:
    """The id of the new row; None when one counts already, or the ticket was cancelled a moment ago."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO events_checkin (attendee_id, at, door, by_id) SELECT id, %s, %s, %s FROM events_attendee"
            " WHERE id = %s AND status = 'confirmed' ON CONFLICT DO NOTHING RETURNING id",
            [_moment(scan.at), scan.door, scan.by_id, scan.attendee_id],
        )
        found = cursor.fetchone()
    return found and found[0]


def insert_visit(scan) -> int | None:
    """The same at a scan point: the id of the row for exactly one caller; None when one counts already, or the ticket
    was cancelled a moment ago.

    Whoever cancels it waits for this transaction, or is waited for, as at the entrance (scan_statement.py).
    """
    wait = "" if connection.vendor == "sqlite" else " FOR SHARE"
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO events_visit (point_id, attendee_id, at, door, by_id) SELECT %s, id, %s, %s, %s"  # noqa: S608  (of this function)
            f" FROM events_attendee WHERE id = %s AND status = 'confirmed'{wait}"
            " ON CONFLICT DO NOTHING RETURNING id",
            [scan.point_id, _moment(scan.at), scan.door, scan.by_id, scan.attendee_id],
        )
        found = cursor.fetchone()
    return found and found[0]


def _moment(at: datetime):
    return connection.ops.adapt_datetimefield_value(at)


def _in_one_statement(scan) -> CheckIn | None:
    """The same on PostgreSQL, where one statement does it, for all who come at this moment."""
    rows = news(scan.attendee, on=True)
    found = scan_statement.enter(scan, rows)
    if found is None:
        return None
    scan.answer = Scan.Answer.OK
    scan.check_in_id, scan.pk, seq = found
    if seq is None:  # the first news of this event
        live.tell_all(scan.event, rows)
    return CheckIn(pk=scan.check_in_id, attendee=scan.attendee, at=scan.at, door=scan.door, by_id=scan.by_id)
