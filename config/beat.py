"""The beat's scheduler: Celery's own, which shows with every round that it goes on."""

import contextlib
import socket
import time

from celery.beat import PersistentScheduler

from config import alive
from config.celery import BEAT, write_sign

EVERY = 10  # seconds


class Scheduler(PersistentScheduler):
    """Touches `beat@host` while it schedules (config/alive.py), and writes its row as a worker does: a beat that hangs or
    is gone is seen by its container and by the health page."""

    spoke_at = 0.0
    written = True

    def tick(self, *args, **kwargs):
        if time.monotonic() - self.spoke_at >= EVERY:
            self.spoke_at = time.monotonic()
            name = f"{BEAT}@{socket.gethostname()}"
            with contextlib.suppress(OSError):
                alive.touch(name)
            self.written = write_sign(name, BEAT, said=not self.written)
        return super().tick(*args, **kwargs)
