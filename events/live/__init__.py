"""Live updates: the one way to tell open pages that something changed.

`tell()` writes a row in the transaction that changes the facts; the hub (hub.py) sends new rows to open pages. The
number of a row comes from a counter that the transaction locks: ids from a sequence are handed out before the commit,
and a page that had read number 2 would never see number 1.
"""

from collections.abc import Callable
from contextlib import suppress

import structlog
from django.conf import settings
from django.db import connection, transaction

log = structlog.get_logger(__name__)
DOORBELL = "nextstop:live"


def to(attendee) -> str:
    """The audience of one attendee."""
    return f"attendee:{attendee.pk}"


def tell(event, topic: str, audience: str = "all", **payload) -> int:
    """Tell open pages of the event that `topic` changed; returns the number of the row.

    The payload is small and public: pages read the rest again from their own URL. Audiences: "all", "stage", "crew",
    or `to(attendee)`. Call it late in the transaction: the event's counter is locked from here to the commit.
    """
    return tell_all(event, [(topic, audience, payload)])


def tell_all(event, rows: list[tuple[str, str, dict]]) -> int:
    """Several `(topic, audience, payload)` at once, numbered in order, in two statements; the number of the last."""
    from events.models import LiveCounter, LiveEvent

    with transaction.atomic():
        last = _count(event, len(rows))
        if last is None:
            LiveCounter.objects.get_or_create(event=event)
            last = _count(event, len(rows))
        first = last - len(rows) + 1  # type: ignore[operator]
        LiveEvent.objects.bulk_create(
            LiveEvent(event=event, seq=first + place, topic=topic, audience=audience, payload=payload)
            for place, (topic, audience, payload) in enumerate(rows)
        )
        transaction.on_commit(ring)
    return last  # type: ignore[return-value]


def _count(event, rows: int) -> int | None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE events_livecounter SET seq = seq + %s WHERE event_id = %s RETURNING seq", [rows, event.pk]
        )
        found = cursor.fetchone()
    return found and found[0]


def position(event) -> int:
    """The number of the newest row."""
    from events.models import LiveCounter

    return LiveCounter.objects.filter(event=event).values_list("seq", flat=True).first() or 0


_bell = None
near: Callable[[], object] | None = None  # wakes the hub of this very process at once, where there is one


def ring() -> None:
    """Wake the hubs of all processes. Without Redis those of other processes notice by themselves (hub.py)."""
    global _bell
    if near is not None:
        with suppress(RuntimeError):  # its loop has just ended
            near()
    if not settings.REDIS_URL:
        return
    try:
        if _bell is None:
            import redis

            _bell = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=0.5)
        _bell.publish(DOORBELL, b"1")
    except Exception as error:  # the hub looks every second anyway
        log.warning("doorbell_unreachable", error=type(error).__name__)
