"""How fast one address may try things. High ceilings: the venue's Wi-Fi is one address, with a hall of people behind it.

Without the cache each process counts by itself (config/cache.py): sign-up goes on, and codes are not guessed.
"""

from allauth.account.adapter import get_adapter
from django.core.cache import cache
from django.core.exceptions import PermissionDenied

A_HALL = 1200  # tries a minute from one address: four hundred people who press three times each


def too_many(request, action: str, *, per_minute: int, at, of: str = "", seconds: int = 60) -> bool:
    """Whether this address (or, with `of`, this one thing) did `action` more than `per_minute` times this minute.

    `seconds` is another stretch of time than a minute.
    """
    try:
        return _hit(_key(request, action, at, of, seconds), seconds) > per_minute
    except PermissionDenied:  # no address: letting people in matters more
        return False


def is_over(request, action: str, *, per_minute: int, at, of: str = "", seconds: int = 60) -> bool:
    """Whether the tries of this minute are used up; asking costs none."""
    try:
        return _hit(_key(request, action, at, of, seconds), seconds, by=0) >= per_minute
    except PermissionDenied:
        return False


def _key(request, action, at, of, seconds) -> str:
    return f"pace:{action}:{of or get_adapter().get_client_ip(request)}:{int(at.timestamp() // seconds)}"


def _hit(key: str, seconds: int, by: int = 1) -> int:
    """How often, with this time; at once where the cache can count."""
    if hasattr(cache, "hit"):
        return cache.hit(key, 2 * seconds, by)
    cache.add(key, 0, 2 * seconds)
    try:
        return cache.incr(key, by)
    except ValueError:  # a full cache has just thrown it out: it begins anew
        return by
