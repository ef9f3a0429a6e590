"""Writing to two databases that lock differently."""

import contextlib
import threading

from django.db import connection

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
