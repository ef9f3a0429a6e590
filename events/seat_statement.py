"""The sign-up of newcomers on PostgreSQL: one statement for all who come at the same moment, a transaction by itself.

The event's row is what everybody waits for. Over several statements it stays locked while this process waits for its
turn to run (with a dozen threads tens of milliseconds each time), and each commit waits for the disk: so the threads of
a process that sign somebody up together are served by one of them, in the order in which they came.
SQLite knows no INSERT inside a WITH: there, and wherever somebody has left before, `registration` does it step by step.
"""

import contextlib
import functools
import json
from typing import Any

from django.db import DataError, IntegrityError, connection, transaction

from events.models import Attendee, Event, Job, Transition
from events.together import Together

Status = Attendee.Status
FOUND = {"number", "status", "carriage", "seat"}  # what the statement finds out about the person

_SQL = """
WITH locked AS (
  SELECT id, tickets_issued, taken, capacity, carriages, seats_per_carriage FROM events_event
  WHERE id = %(event)s FOR NO KEY UPDATE
), chosen AS MATERIALIZED (
  SELECT *, CASE WHEN %(seats)s AND NOT EXISTS (
    SELECT 1 FROM events_attendee WHERE event_id = %(event)s AND status = 'waitlisted'
  ) THEN GREATEST(0, capacity - taken) ELSE 0 END AS free FROM locked
), given AS MATERIALIZED (
  SELECT form.*, tickets_issued + place AS number, place <= free AS seated, taken + place - 1 AS before, carriages,
    place <= free AND tickets_issued = taken AND (taken + place - 1) / carriages < seats_per_carriage AS placed
  FROM chosen, jsonb_to_recordset(%(rows)s::jsonb) AS form(place int, {types})
), counted AS (
  UPDATE events_event SET tickets_issued = chosen.tickets_issued + %(count)s,
    taken = chosen.taken + LEAST(chosen.free, %(count)s)
  FROM chosen WHERE events_event.id = chosen.id
), person AS (
  INSERT INTO events_attendee ({person}, number, status, carriage, seat)
  SELECT {person_values}, number, CASE WHEN seated THEN 'confirmed' ELSE %(otherwise)s END,
    CASE WHEN placed THEN before %% carriages + 1 END, CASE WHEN placed THEN before / carriages + 1 END
  FROM given RETURNING id, number, status, carriage, seat
), step AS (
  INSERT INTO events_transition ({step}, attendee_id, became) SELECT {step_values}, person.id, person.status
  FROM person JOIN given USING (number)
), told AS (
  INSERT INTO events_job ({job}, subject) SELECT {job_values}, person.id FROM person JOIN given USING (number)
  RETURNING id, subject
)
SELECT person.id, person.number, person.status, person.carriage, person.seat, told.id
FROM person JOIN told ON told.subject = person.id JOIN given USING (number) ORDER BY given.place
"""
_TABLES = {
    "person": (Attendee, FOUND),
    "step": (Transition, {"attendee_id", "became"}),
    "job": (Job, {"subject"}),
}


def can_serve(event) -> bool:
    """Whether the statement knows what to do: PostgreSQL, and no chair between others has become free."""
    nobody_left = event.tickets_issued == event.taken or event.taken >= event.capacity
    return connection.vendor == "postgresql" and nobody_left


@functools.cache
def _statement() -> str:
    """The SQL with the columns of the three tables as the models have them."""
    parts, types = {}, []
    for name in _TABLES:
        parts[name] = ", ".join(connection.ops.quote_name(field.column) for field in _columns(name))
        parts[f"{name}_values"] = ", ".join(f"{name}_{field.column}" for field in _columns(name))
        types += [f"{name}_{field.column} {field.db_type(connection)}" for field in _columns(name)]
    return _SQL.format(types=", ".join(types), **parts)


@functools.cache
def _columns(name):
    model, without = _TABLES[name]
    return [field for field in model._meta.concrete_fields if not field.primary_key and field.column not in without]


def _values(name, row) -> dict[str, Any]:
    return {f"{name}_{field.column}": field.pre_save(row, add=True) for field in _columns(name)}


def enter(event, attendee: Attendee, job: Job, *, at) -> Attendee:
    """Enter a newcomer and the job that writes to them: with a seat, or in line.

    The sweeper announces the job within five seconds: while a crowd signs up the pages have better things to do.

    Raises IntegrityError when the contact has a place, or the chair was given to somebody by hand.
    """
    job.announced_at = None
    row = _values("person", attendee) | _values("step", Transition(was="", at=at)) | _values("job", job)
    approval = event.admission == Event.Admission.APPROVAL
    if connection.in_atomic_block:  # a part of something larger, which may be undone: not with others
        found = _run(event.pk, approval, [row])[0]
    else:
        found = _door(event.pk, approval)(row)
    attendee.pk, attendee.number, attendee.status, attendee.carriage, attendee.seat, job.pk = found
    attendee._state.adding, attendee._state.db = False, connection.alias
    return attendee


@functools.lru_cache(maxsize=64)
def _door(event_pk, approval) -> Together:
    """Where the newcomers of one event meet."""
    return Together(functools.partial(_enter_all, event_pk, approval))


def _enter_all(event_pk, approval, rows) -> list:
    """All in one statement; where one of them cannot be entered, each by itself."""
    try:
        return _run(event_pk, approval, rows)
    except (IntegrityError, DataError) as problem:  # one row that the database refuses costs nobody else the place
        if len(rows) == 1:
            return [problem]
    return [_enter_all(event_pk, approval, [row])[0] for row in rows]


def _run(event_pk, approval, rows) -> list[tuple]:
    """`(id, number, status, carriage, seat, job's id)` of each row, in their order: all are entered, or none."""
    values = {
        "event": event_pk,
        "seats": not approval,
        "otherwise": Status.APPLIED if approval else Status.WAITLISTED,
        "count": len(rows),
        "rows": json.dumps([{"place": place, **row} for place, row in enumerate(rows, 1)], default=_said),
    }
    inside = transaction.atomic() if connection.in_atomic_block else contextlib.nullcontext()
    with inside, connection.cursor() as cursor:  # alone it is a transaction already: no BEGIN, no COMMIT to wait for
        cursor.execute(_statement(), values)
        return cursor.fetchall()


def _said(value):
    return value.isoformat()
