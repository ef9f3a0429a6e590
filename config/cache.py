"""The cache when Redis is there, and when it suddenly isn't."""

import structlog
from django.core.cache.backends.redis import RedisCache

log = structlog.get_logger(__name__)


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

    Everything that must not be lost lives in the database; rate limits therefore fail open here, and
    those that guard codes are counted on database rows as well.
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
