"""The programme page and the feeds are printed once for an edition and handed out from the cache.

The key is the version that was announced, with a count of what else the public reads (`Edition`): one small query asks
for both, and nothing has to be thrown away. What was printed is the same for everybody; a browser that knows somebody
gets a page of its own.

A query and a journey to Redis cost more than all the rest of such an answer. So a process remembers for a second which
edition is out, and keeps the last few prints at hand: what it changes itself it knows at once, what another process
changes a second later.
"""

import functools
from time import monotonic

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.dispatch import receiver
from django.http import HttpResponse, HttpResponseNotModified
from django.utils import timezone
from django.utils.http import parse_etags
from django.utils.translation import get_language

from events.context import in_wechat
from sessions.models.version import edition_is_old

KEPT = 600  # seconds; a page whose clock moves has a new key every minute anyway
REMEMBERED = 1.0  # seconds
AT_HAND = 32  # prints; one of a thousand entries has half a megabyte
EDITION = (
    "SELECT event.id, edition.version, edition.touched FROM events_event event"
    " LEFT JOIN talks_edition edition ON edition.event_id = event.id"
    " WHERE event.slug = %s AND event.published_at IS NOT NULL"
)


_editions: dict[str, tuple[float, tuple]] = {}  # address of the event -> until when, edition
_at_hand: dict[str, tuple[bytes, str]] = {}  # key -> body, content type


@receiver(edition_is_old)
def forget(sender, **_signal):
    _editions.clear()
    _at_hand.clear()


def edition(slug) -> tuple | None:
    """(event, version, touched) of a published event; None for every other address."""
    until, found = _editions.get(slug, (0.0, None))
    if until > monotonic():
        return found
    with connection.cursor() as cursor:
        cursor.execute(EDITION, [slug])
        found = cursor.fetchone()
    if found:
        _editions[slug] = (monotonic() + REMEMBERED, found)
    return found


def printed(view=None, *, clock=False, personal=False):
    """Mark a view whose answer is kept for its edition. `clock`: it tells the time; `personal`: it knows who reads it."""
    if view is None:
        return functools.partial(printed, clock=clock, personal=personal)

    @functools.wraps(view)
    def wrapper(request, event, *args, **kwargs):
        found = None
        if request.method in ("GET", "HEAD") and not (personal and _known(request)):
            found = edition(event)
        if found is None:
            return view(request, event, *args, **kwargs)
        minute = int(timezone.now().timestamp()) // 60 if clock else 0
        lang = "e" if request.GET.get("lang") == "en" else ""  # no other word of the address may make a key
        wechat = "w" if in_wechat(request) else ""  # a page offers no files there
        of = "-".join(str(number) for number in kwargs.values())  # the talk or the speaker, if it is about one
        edition_key = f"{view.__name__}-{of}-{get_language()}{lang}{wechat}-{minute}"
        key = f"{found[0]}-{found[1]}-{found[2]}-{edition_key}-{request.scheme}-{request.get_host()}"
        tag = f'"{key}"'
        known = request.META.get("HTTP_IF_NONE_MATCH")
        if known and tag in parse_etags(known):
            return _labelled(HttpResponseNotModified(), tag, personal)
        kept = _at_hand.get(key) or cache.get(f"printed:{key}")
        if kept is None:
            response = view(request, event, *args, **kwargs)
            if response.status_code != 200:
                return response
            kept = (response.content, response["Content-Type"])
            cache.set(f"printed:{key}", kept, KEPT)
        if key not in _at_hand:
            if len(_at_hand) >= AT_HAND:
                _at_hand.clear()
            _at_hand[key] = kept
        return _labelled(HttpResponse(kept[0], content_type=kept[1]), tag, personal)

    return wrapper


def _known(request) -> bool:
    """Whether this browser has something of its own, or asks for something special."""
    own = request.COOKIES.keys() - {settings.LANGUAGE_COOKIE_NAME}
    return bool(own) or bool(request.GET.keys() - {"lang"}) or "HTTP_X_FRAGMENT" in request.META


def _labelled(response, tag, personal):
    response["ETag"] = tag
    response["Cache-Control"] = "no-cache"  # keep it, and ask each time whether it is still the edition
    if personal:
        response["Vary"] = "Cookie, Accept-Language"
    return response
