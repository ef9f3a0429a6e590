"""What wakes the hub: SQLite's data_version or a Redis channel, each watched by one thread. It carries no data."""

import contextlib
import sqlite3
import threading
import time

import structlog
from django.conf import settings

log = structlog.get_logger(__name__)


def doorbell(ring):
    """Start the watcher that fits the installation; `ring()` is called from its thread. Has `close()`."""
    if settings.REDIS_URL:
        return Watcher(_watch_redis, ring)
    if not settings.DATABASE_URL:
        return Watcher(_watch_sqlite, ring)
    return Watcher(_watch_clock, ring)


class Watcher:
    """A daemon thread that rings until it is closed."""

    def __init__(self, watch, ring):
        self.closed = threading.Event()
        self.thread = threading.Thread(target=watch, args=(self.closed, ring), daemon=True, name="doorbell")
        self.thread.start()

    def close(self):
        self.closed.set()


def _watch_sqlite(closed, ring):
    from django.db import connection

    path = connection.settings_dict["NAME"]
    watcher = sqlite3.connect(f"file:{path}?mode=ro", uri=True, check_same_thread=False)
    version = None
    with contextlib.closing(watcher):
        while not closed.wait(0.03):
            try:
                now = watcher.execute("PRAGMA data_version").fetchone()[0]
            except sqlite3.Error:
                continue
            if now != version:
                version = now
                ring()


def _watch_redis(closed, ring):
    import redis

    from events.live import DOORBELL

    while not closed.is_set():
        try:
            client = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=5, socket_connect_timeout=1)
            with client.pubsub(ignore_subscribe_messages=True) as channel:
                channel.subscribe(DOORBELL)
                ring()
                while not closed.is_set():
                    if channel.get_message(timeout=1.0):
                        ring()
        except Exception as error:
            log.warning("doorbell_lost", error=type(error).__name__)
            time.sleep(1)


def _watch_clock(closed, ring):
    while not closed.wait(0.25):
        ring()
