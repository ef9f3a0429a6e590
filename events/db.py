"""Writing to two databases that lock differently, and the time that all processes share."""

import contextlib
import threading
import time
from datetime import UTC, datetime, timedelta

from django.db import connection
from django.utils import timezone

_gate = threading.Lock()
_inside = threading.local()


@contextlib.contextmanager
def write_gate():
    """Hold the process's turn to write on SQLite; nothing at all on PostgreSQL.

    SQLite makes waiting writers sleep and retry: with 52 threads a process-wide lock around the transaction was eight
    times faster. Enter it before `transaction.atomic()`; entering it twice in a thread is allowed.
    """
    if connection.vendor != "sqlite" or getattr(_inside, "gate", False):
        yield
        return
    with _gate:
        _inside.gate = True
        try:
            yield
        finally:
            _inside.gate = False


ASKED_EVERY = 30.0  # seconds: this machine's steady clock is a millisecond off by then
_asked: dict[str, tuple] = {}  # the answer and what the steady clock said in that moment


def _steady() -> float:
    """Seconds on a clock that nobody sets and that goes on while a laptop sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


def database_now() -> datetime:
    """Now, by the clock that all processes of an installation share, on whatever machines they run: the database's.

    A draw goes by it from the opening to the last call. Asked for twice a minute by each process, so that a hall of
    phones costs nothing, and carried on in between. All processes on SQLite share their machine's clock already.
    """
    if connection.vendor == "sqlite":
        return timezone.now()
    known = _asked.get("database")
    if known is None or _steady() - known[1] > ASKED_EVERY:
        known = _asked["database"] = _ask()
    return known[0] + timedelta(seconds=_steady() - known[1])


def _ask() -> tuple[datetime, float]:
    """The driver's own cursor: this belongs to no page, so it is not counted among the queries of one."""
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    began = _steady()
    with connection.wrap_database_errors, connection.connection.cursor() as cursor:
        [now] = cursor.execute("SELECT clock_timestamp()").fetchone()
    return now.astimezone(UTC), (began + _steady()) / 2
