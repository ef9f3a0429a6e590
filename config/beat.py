"""The beat's scheduler: Celery's own, which shows with every round that it goes on."""

import contextlib
import socket
import time

from celery.beat import PersistentScheduler

from config import alive

EVERY = 10  # seconds


class Scheduler(PersistentScheduler):
    """Touches `beat@host` while it schedules: a beat that hangs is seen (config/alive.py)."""

    spoke_at = 0.0

    def tick(self, *args, **kwargs):
        if time.monotonic() - self.spoke_at >= EVERY:
            self.spoke_at = time.monotonic()
            with contextlib.suppress(OSError):
                alive.touch(f"beat@{socket.gethostname()}")
        return super().tick(*args, **kwargs)
