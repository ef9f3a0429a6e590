"""Scans on PostgreSQL: one statement for all tickets that are held up at the same moment, a transaction by itself.

Every admission has news for the phones, and their numbers come from one counter a transaction holds until the disk has
it: so the threads of a process that let somebody in together are served by one of them (together.py).
The rows of these people stay as they are until the commit (FOR SHARE): whoever cancels one waits, or is waited for.
Who is inside already is read as it was when the statement began; an offline scan of theirs is compared (door.py).
"""

import functools
import json
from datetime import datetime
from typing import NamedTuple

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from events import live
from events.models import CheckIn, Scan, User, Visit
from events.together import Together

_SQL = """
WITH given AS MATERIALIZED (
  SELECT * FROM jsonb_to_recordset(%(rows)s::jsonb) AS form(place int, news jsonb, {types})
), valid AS MATERIALIZED (
  SELECT id FROM events_attendee
  WHERE id IN (SELECT attendee_id FROM given) AND status = 'confirmed' ORDER BY id FOR SHARE
), admitted AS (
  INSERT INTO {table} (attendee_id, at, door, by_id{point})
  SELECT attendee_id, at, door, by_id{point} FROM (
    SELECT DISTINCT ON (attendee_id) * FROM given ORDER BY attendee_id, place
  ) AS first JOIN valid ON valid.id = attendee_id ORDER BY attendee_id
  ON CONFLICT DO NOTHING RETURNING id, attendee_id
), entered AS MATERIALIZED (
  SELECT DISTINCT ON (given.attendee_id) given.*, admitted.id AS came, 'ok' AS word
  FROM given JOIN admitted ON admitted.attendee_id = given.attendee_id ORDER BY given.attendee_id, given.place
), judged AS MATERIALIZED (
  SELECT * FROM entered UNION ALL
  SELECT given.*, before.id, 'already' FROM given JOIN {table} before
  ON before.attendee_id = given.attendee_id AND before.undone_at IS NULL{same_point}
  WHERE NOT given.offline AND given.attendee_id NOT IN (SELECT attendee_id FROM admitted)
), logged AS (
  INSERT INTO events_scan (answer, check_in_id, {columns}) SELECT word, {check_in}, {columns} FROM judged
  ORDER BY attendee_id RETURNING id, nonce
), told AS MATERIALIZED (
  SELECT topic, audience, payload, row_number() OVER (ORDER BY entered.place, line.place) AS number
  FROM entered, jsonb_to_recordset(entered.news) AS line(place int, topic text, audience text, payload jsonb)
), counted AS (
  UPDATE events_livecounter SET seq = seq + (SELECT count(*) FROM told)
  WHERE event_id = %(event)s AND EXISTS (SELECT 1 FROM told) RETURNING seq
), written AS (
  INSERT INTO events_liveevent (event_id, seq, topic, audience, payload, at)
  SELECT %(event)s, counted.seq - (SELECT count(*) FROM told) + number, topic, audience, payload, %(heard)s
  FROM counted, told
)
SELECT judged.place, word, came, logged.id, (SELECT seq FROM counted), before.at, before.door, crew.id, crew.name,
  crew.email
FROM judged JOIN logged ON logged.nonce = judged.nonce
LEFT JOIN {table} before ON before.id = came
LEFT JOIN events_user crew ON crew.id = before.by_id
"""
FOUND = {"answer", "check_in_id"}  # what the statement finds out


class Written(NamedTuple):
    """What became of a scan: its answer (ok, already), the ids of the check-in or visit and of its own row, the number
    of the last news; for "already" when, where and by whom.
    """

    answer: str
    row: int
    scan: int
    seq: int | None
    at: datetime | None
    door: str | None
    by: User | None


def table(point: int | None) -> str:
    """Where the database refuses the second: check-ins, or visits of a scan point."""
    return (Visit if point else CheckIn)._meta.db_table


@functools.cache
def _columns():
    return [field for field in Scan._meta.concrete_fields if not field.primary_key and field.column not in FOUND]


@functools.cache
def _statement(at_point: bool) -> str:
    """The SQL with the columns of the log as the model has them."""
    columns = ", ".join(connection.ops.quote_name(field.column) for field in _columns())
    types = ", ".join(f"{connection.ops.quote_name(field.column)} {field.db_type(connection)}" for field in _columns())
    if at_point:
        where = {
            "point": ", point_id",
            "same_point": " AND before.point_id = given.point_id",
            "check_in": "NULL::bigint",
        }
    else:
        where = {"point": "", "same_point": "", "check_in": "came"}
    return _SQL.format(columns=columns, types=types, table=table(at_point), **where)


def enter(scan: Scan, news) -> Written | None:
    """What became of it; None with nothing written when the place is not confirmed, or when somebody is inside with
    this ticket and the scan is an offline one, or came in in this very moment.

    The number of the news is None where the event has had none yet: then nothing was told. Raises IntegrityError for a
    nonce that is there already.
    """
    scan.heard_at = timezone.now()
    row = {field.column: field.pre_save(scan, add=True) for field in _columns()}
    row["news"] = [{"place": n, "topic": t, "audience": a, "payload": p} for n, (t, a, p) in enumerate(news, 1)]
    if connection.in_atomic_block:  # a part of something larger, which may be undone: not with others
        with transaction.atomic():
            transaction.on_commit(live.ring)
            return _run(scan.event_id, scan.point_id, [row])[0]
    return _gate(scan.event_id, scan.point_id)(row)


@functools.lru_cache(maxsize=64)
def _gate(event_pk, point_pk) -> Together:
    """Where the scans of one event's entrance meet, or of one scan point."""
    return Together(functools.partial(_enter_and_ring, event_pk, point_pk))


def _enter_and_ring(event_pk, point_pk, rows) -> list:
    """The bell is rung once for all of them."""
    found = _enter_all(event_pk, point_pk, rows)
    if any(isinstance(one, Written) and one.answer == Scan.Answer.OK for one in found):
        live.ring()
    return found


def _enter_all(event_pk, point_pk, rows) -> list:
    """All in one statement; where one of them cannot be written, each by itself."""
    try:
        return _run(event_pk, point_pk, rows)
    except IntegrityError as problem:
        if len(rows) == 1:
            return [problem]
    return [_enter_all(event_pk, point_pk, [row])[0] for row in rows]


def _run(event_pk, point_pk, rows) -> list[Written | None]:
    """What `enter` returns for each row, in their order."""
    listed = json.dumps([{"place": place, **row} for place, row in enumerate(rows)], default=lambda at: at.isoformat())
    found = {}
    with connection.cursor() as cursor:
        cursor.execute(_statement(bool(point_pk)), {"event": event_pk, "heard": timezone.now(), "rows": listed})
        for place, answer, came, pk, seq, at, door, crew, name, email in cursor.fetchall():
            by = User(pk=crew, name=name, email=email) if crew else None
            found[place] = Written(answer, came, pk, seq, at, door, by)
    return [found.get(place) for place in range(len(rows))]
