"""What is true of a person beside their own row, at this moment: one question to the database, whatever a page asks.

An app adds what it wants to know of everybody who opens their ticket; its SQL finds a row when it is so.

    standing.ask("won", "SELECT 1 FROM raffle_claim WHERE attendee_id = %(attendee)s AND …")
    standing.of(attendee)["won"]
"""

from django.db import connection
from django.utils import timezone

from events.models import Attendee
from events.models.attendee import PLACE_IN_LINE

_asked = {
    "inside": "SELECT 1 FROM events_checkin WHERE attendee_id = %(attendee)s AND undone_at IS NULL",
    "late_offers": "SELECT 1 FROM events_attendee WHERE event_id = %(event)s AND status = 'offered'"
    " AND offer_ends_at < %(at)s",
}


def ask(name: str, sql: str) -> None:
    """Ask this, too, whenever somebody's standing is read."""
    _asked[name] = sql


def of(attendee) -> dict:
    """The answers by name, as this request has read them or else as they are now."""
    known = getattr(attendee, "standing", None)
    return read(attendee, at=timezone.now()) if known is None else known


def read(attendee, *, at) -> dict:
    """The same, read anew; for whoever waits also `ahead` and `waiting`, their place in line and its length."""
    waits = attendee.status == Attendee.Status.WAITLISTED
    parts = [f"EXISTS ({question})" for question in _asked.values()] + ([PLACE_IN_LINE] if waits else [])
    now = connection.ops.adapt_datetimefield_value(at)
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(parts), {"attendee": attendee.pk, "event": attendee.event_id, "at": now})
        answers = cursor.fetchone()
    names = [*_asked, *(["ahead", "waiting"] if waits else [])]
    attendee.standing = dict(zip(names, answers, strict=True))
    return attendee.standing
