"""How fast one address may try things. High ceilings: the venue's Wi-Fi is one address. Fails open."""

from allauth.account.adapter import get_adapter
from django.core.cache import cache


def too_many(request, action: str, *, per_minute: int, at, of: str = "") -> bool:
    """Whether this address (or, with `of`, this one thing) did `action` more than `per_minute` times this minute."""
    try:
        key = f"pace:{action}:{of or get_adapter().get_client_ip(request)}:{int(at.timestamp() // 60)}"
        cache.add(key, 0, 120)
        return cache.incr(key) > per_minute
    except Exception:  # no address, or the cache is away: letting people in matters more
        return False
