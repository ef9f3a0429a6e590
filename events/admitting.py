"""One admission a ticket, one row a scan: the statements behind the door, together or not at all.

Held up twice, at two doors, uploaded again: the database refuses the second check-in of a ticket and the second row
of a nonce. IntegrityError means that this very scan is written already; then nothing else was.
"""

import json
from datetime import datetime

from django.db import connection, transaction
from django.utils import timezone

from events import live
from events.models import CheckIn, Scan


def write(scan: Scan) -> CheckIn | None:
    """Let the attendee of this scan in and add its row. Sets the answer: OK, or ALREADY with nothing but the row.

    Returns the new check-in, or None when somebody is inside already.
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
    """The id of the new row; None when one counts already."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO events_checkin (attendee_id, at, door, by_id) VALUES (%s, %s, %s, %s)"
            " ON CONFLICT DO NOTHING RETURNING id",
            [scan.attendee_id, _moment(scan.at), scan.door, scan.by_id],
        )
        found = cursor.fetchone()
    return found and found[0]


def insert_visit(scan) -> int | None:
    """The same at a scan point: the id of the row for exactly one caller, else None."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO events_visit (point_id, attendee_id, at, door, by_id) VALUES (%s, %s, %s, %s, %s)"
            " ON CONFLICT DO NOTHING RETURNING id",
            [scan.point_id, scan.attendee_id, _moment(scan.at), scan.door, scan.by_id],
        )
        found = cursor.fetchone()
    return found and found[0]


def _moment(at: datetime):
    return connection.ops.adapt_datetimefield_value(at)


_STATEMENT = """
WITH admitted AS (
  INSERT INTO events_checkin (attendee_id, at, door, by_id) VALUES (%(attendee)s, %(at)s, %(door)s, %(by)s)
  ON CONFLICT DO NOTHING RETURNING id
), logged AS (
  INSERT INTO events_scan (event_id, nonce, code, attendee_id, answer, how, point_id, door, by_id, at, heard_at,
    phone_at, offline, said, check_in_id)
  SELECT %(event)s, %(nonce)s, %(code)s, %(attendee)s, 'ok', %(how)s, NULL, %(door)s, %(by)s, %(at)s, %(heard)s,
    %(phone)s, %(offline)s, %(said)s, id FROM admitted RETURNING id
), counted AS (
  UPDATE events_livecounter SET seq = seq + %(rows)s WHERE event_id = %(event)s AND EXISTS (SELECT 1 FROM admitted)
  RETURNING seq
), told AS (
  INSERT INTO events_liveevent (event_id, seq, topic, audience, payload, at)
  SELECT %(event)s, counted.seq - %(rows)s + place, topic, audience, payload, %(heard)s
  FROM counted, jsonb_to_recordset(%(news)s::jsonb) AS row(place int, topic text, audience text, payload jsonb)
)
SELECT (SELECT id FROM admitted), (SELECT id FROM logged), (SELECT seq FROM counted)
"""


def _in_one_statement(scan) -> CheckIn | None:
    """The same on PostgreSQL, where one statement does it: one round trip, a transaction by itself."""
    heard = timezone.now()
    rows = news(scan.attendee, on=True)
    listed = [{"place": n, "topic": t, "audience": a, "payload": p} for n, (t, a, p) in enumerate(rows, 1)]
    values = {
        "attendee": scan.attendee_id,
        "at": scan.at,
        "door": scan.door,
        "by": scan.by_id,
        "event": scan.event_id,
        "nonce": scan.nonce,
        "code": scan.code,
        "how": scan.how,
        "heard": heard,
        "phone": scan.phone_at,
        "offline": scan.offline,
        "said": scan.said,
        "rows": len(rows),
        "news": json.dumps(listed),
    }
    with connection.cursor() as cursor:
        cursor.execute(_STATEMENT, values)
        check_in, logged, seq = cursor.fetchone()
    if check_in is None:
        return None
    scan.pk, scan.answer, scan.check_in_id = logged, Scan.Answer.OK, check_in
    if seq is None:  # the first news of this event
        live.tell_all(scan.event, rows)
    else:
        transaction.on_commit(live.ring)
    return CheckIn(pk=check_in, attendee=scan.attendee, at=scan.at, door=scan.door, by_id=scan.by_id)
