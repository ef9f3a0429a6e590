"""One admission a ticket, one helping a scan point, one row a scan: the statements behind the door, all or none.

Held up twice, at two doors, uploaded again: the database refuses the second check-in of a ticket and the second row
of a nonce. IntegrityError means that this very scan is written already; then nothing else was.
"""

from datetime import datetime

from django.db import connection, transaction

from events import live, scan_statement
from events.models import CheckIn, Scan, Visit


def write(scan: Scan) -> CheckIn | Visit | None:
    """Let the attendee of this scan in, or serve them at its scan point, and add its row. Sets the answer: OK with what
    is new, or ALREADY with what was there before.

    None with nothing written: the place is no longer confirmed, or somebody is inside and the caller has to compare
    (offline scans; on SQLite all; whatever happens in the same moment).
    """
    if connection.vendor == "postgresql":
        return _in_one_statement(scan)
    with transaction.atomic():
        pk = _insert(scan)
        if pk is None:
            return None
        scan.answer, scan.check_in_id = Scan.Answer.OK, None if scan.point_id else pk
        scan.save()
        live.tell_all(scan.event, _told(scan))
    return _came(scan, pk, at=scan.at, door=scan.door, by_id=scan.by_id)


def _came(scan, pk, **facts) -> CheckIn | Visit:
    if scan.point_id:
        return Visit(pk=pk, attendee=scan.attendee, point_id=scan.point_id, **facts)
    return CheckIn(pk=pk, attendee=scan.attendee, **facts)


def _told(scan) -> list[tuple[str, str, dict]]:
    return [("door", "crew", {})] if scan.point_id else news(scan.attendee, on=True)


def news(attendee, *, on: bool) -> list[tuple[str, str, dict]]:
    """What open pages hear: the person's phone, the windows of the train, all doors and desks."""
    mine = live.to(attendee)
    return [
        ("you", mine, {"aboard": on}),
        ("door", mine, {}),
        ("train", "all", {"carriage": attendee.carriage, "seat": attendee.seat, "on": on}),
        ("door", "crew", {}),
    ]


def _insert(scan) -> int | None:
    """The id of the new row; None when one counts already, or the ticket was cancelled a moment ago."""
    facts = {"at": _moment(scan.at), "door": scan.door, "by_id": scan.by_id}
    if scan.point_id:
        facts["point_id"] = scan.point_id
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {scan_statement.table(scan.point_id)} (attendee_id, {', '.join(facts)})"  # noqa: S608  (names of this function)
            f" SELECT id, {', '.join(['%s'] * len(facts))} FROM events_attendee"
            " WHERE id = %s AND status = 'confirmed' ON CONFLICT DO NOTHING RETURNING id",
            [*facts.values(), scan.attendee_id],
        )
        found = cursor.fetchone()
    return found and found[0]


def _moment(at: datetime):
    return connection.ops.adapt_datetimefield_value(at)


def _in_one_statement(scan) -> CheckIn | Visit | None:
    """The same on PostgreSQL, where one statement does it, for all who come at this moment."""
    rows = _told(scan)
    found = scan_statement.enter(scan, rows)
    if found is None:
        return None
    scan.answer, scan.pk, scan.check_in_id = found.answer, found.scan, None if scan.point_id else found.row
    if found.answer == Scan.Answer.ALREADY:
        return _came(scan, found.row, at=found.at, door=found.door, by=found.by)
    if found.seq is None:  # the first news of this event
        live.tell_all(scan.event, rows)
    return _came(scan, found.row, at=scan.at, door=scan.door, by_id=scan.by_id)
