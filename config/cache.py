"""The cache when Redis is there, and when it suddenly isn't."""

import functools
import threading
import time

import structlog
from django.core.cache.backends.redis import RedisCache

MOST_COUNTS = 10_000
log = structlog.get_logger(__name__)


class CountsHere:
    """Counts of one process, each forgotten after its time; old ones go when there are many."""

    def __init__(self):
        self.lock, self.counts = threading.Lock(), {}

    def hit(self, key, timeout, by) -> int:
        now = time.monotonic()
        with self.lock:
            if len(self.counts) > MOST_COUNTS:
                self.counts = {name: row for name, row in self.counts.items() if row[1] > now}
            count, until = self.counts.get(key, (0, 0))
            count = by + (count if until > now else 0)
            self.counts[key] = count, now + timeout
        return count


_here = CountsHere()


def _forgiving(name, fallback):
    def method(self, *args, **kwargs):
        try:
            return getattr(super(ForgivingRedisCache, self), name)(*args, **kwargs)
        except Exception as error:  # redis-py, sockets and DNS each have their own
            log.warning("cache_unreachable", operation=name, error=type(error).__name__)
            return fallback(args, kwargs)

    method.__name__ = name
    return method


class ForgivingRedisCache(RedisCache):
    """Redis as a cache that is allowed to be missing: reads miss, writes are dropped, pages go on.

    Everything that must not be lost lives in the database; rate limits are then counted by each process.
    """

    get = _forgiving("get", lambda args, kwargs: kwargs.get("default", args[1] if len(args) > 1 else None))
    set = _forgiving("set", lambda args, kwargs: None)
    add = _forgiving("add", lambda args, kwargs: True)
    touch = _forgiving("touch", lambda args, kwargs: False)
    delete = _forgiving("delete", lambda args, kwargs: False)
    get_many = _forgiving("get_many", lambda args, kwargs: {})
    set_many = _forgiving("set_many", lambda args, kwargs: [])
    delete_many = _forgiving("delete_many", lambda args, kwargs: None)
    has_key = _forgiving("has_key", lambda args, kwargs: False)
    incr = _forgiving("incr", lambda args, kwargs: 1)
    clear = _forgiving("clear", lambda args, kwargs: False)

    @functools.cached_property
    def client(self):
        """One client, where Django makes one for each call: what it holds is the pool of connections."""
        return self._cache.get_client(write=True)

    def hit(self, key, timeout, by=1):
        """Count `by` more of `key`, which is forgotten after `timeout` seconds; one round trip, for Redis counts by itself.

        Returns the count; when Redis is away that of this process, so that a limit holds without it.
        """
        try:
            key = self.make_and_validate_key(key)
            with self.client.pipeline(transaction=False) as line:
                return line.incrby(key, by).expire(key, timeout).execute()[0]
        except Exception as error:
            log.warning("cache_unreachable", operation="hit", error=type(error).__name__)
            return _here.hit(key, timeout, by)
