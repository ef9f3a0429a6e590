"""Admissions on PostgreSQL: one statement for all tickets that are held up at the same moment, a transaction by itself.

Every admission has news for the phones, and their numbers come from one counter a transaction holds until the disk has
it: so the threads of a process that let somebody in together are served by one of them (together.py).
The rows of these people stay as they are until the commit (FOR SHARE): whoever cancels one waits, or is waited for.
"""

import functools
import json

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from events import live
from events.models import Scan
from events.together import Together

_SQL = """
WITH given AS MATERIALIZED (
  SELECT * FROM jsonb_to_recordset(%(rows)s::jsonb) AS form(place int, news jsonb, {types})
), valid AS MATERIALIZED (
  SELECT id FROM events_attendee
  WHERE id IN (SELECT attendee_id FROM given) AND status = 'confirmed' ORDER BY id FOR SHARE
), admitted AS (
  INSERT INTO events_checkin (attendee_id, at, door, by_id)
  SELECT attendee_id, at, door, by_id FROM (
    SELECT DISTINCT ON (attendee_id) * FROM given ORDER BY attendee_id, place
  ) AS first JOIN valid ON valid.id = attendee_id ORDER BY attendee_id
  ON CONFLICT DO NOTHING RETURNING id, attendee_id
), entered AS MATERIALIZED (
  SELECT DISTINCT ON (given.attendee_id) given.*, admitted.id AS admission
  FROM given JOIN admitted ON admitted.attendee_id = given.attendee_id ORDER BY given.attendee_id, given.place
), logged AS (
  INSERT INTO events_scan (answer, check_in_id, {columns}) SELECT 'ok', admission, {columns} FROM entered
  ORDER BY attendee_id RETURNING id, check_in_id
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
SELECT entered.place, admission, logged.id, (SELECT seq FROM counted)
FROM entered JOIN logged ON logged.check_in_id = admission
"""
FOUND = {"answer", "check_in_id"}  # what the statement finds out


@functools.cache
def _columns():
    return [field for field in Scan._meta.concrete_fields if not field.primary_key and field.column not in FOUND]


@functools.cache
def _statement() -> str:
    """The SQL with the columns of the log as the model has them."""
    columns = ", ".join(connection.ops.quote_name(field.column) for field in _columns())
    types = ", ".join(f"{connection.ops.quote_name(field.column)} {field.db_type(connection)}" for field in _columns())
    return _SQL.format(columns=columns, types=types)


def enter(scan: Scan, news) -> tuple[int, int, int | None] | None:
    """`(id of the check-in, id of the scan, number of the last news)`; None when somebody is inside with this ticket
    or it is not confirmed.

    The number is None where the event has had no news yet: then nothing was told. Raises IntegrityError for a nonce
    that is there already.
    """
    scan.heard_at = timezone.now()
    row = {field.column: field.pre_save(scan, add=True) for field in _columns()}
    row["news"] = [{"place": n, "topic": t, "audience": a, "payload": p} for n, (t, a, p) in enumerate(news, 1)]
    if connection.in_atomic_block:  # a part of something larger, which may be undone: not with others
        with transaction.atomic():
            transaction.on_commit(live.ring)
            return _run(scan.event_id, [row])[0]
    return _gate(scan.event_id)(row)


@functools.lru_cache(maxsize=64)
def _gate(event_pk) -> Together:
    """Where the scans of one event meet."""
    return Together(functools.partial(_enter_and_ring, event_pk))


def _enter_and_ring(event_pk, rows) -> list:
    """The bell is rung once for all of them."""
    found = _enter_all(event_pk, rows)
    if any(isinstance(one, tuple) for one in found):
        live.ring()
    return found


def _enter_all(event_pk, rows) -> list:
    """All in one statement; where one of them cannot be written, each by itself."""
    try:
        return _run(event_pk, rows)
    except IntegrityError as problem:
        if len(rows) == 1:
            return [problem]
    return [_enter_all(event_pk, [row])[0] for row in rows]


def _run(event_pk, rows) -> list[tuple | None]:
    """What `enter` returns for each row, in their order."""
    listed = json.dumps([{"place": place, **row} for place, row in enumerate(rows)], default=lambda at: at.isoformat())
    with connection.cursor() as cursor:
        cursor.execute(_statement(), {"event": event_pk, "heard": timezone.now(), "rows": listed})
        found = {place: tuple(ids) for place, *ids in cursor.fetchall()}
    return [found.get(place) for place in range(len(rows))]
