"""What the hub reads from the database: who may listen to what, and the rows after a number. Runs in threads."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """A listener's rights: the event, the audiences they belong to, the newest number, the time in milliseconds."""

    event_id: int
    seq: int
    audiences: frozenset[str]
    now: int


def with_connection(function, *args):
    """Run in a thread of the hub; gives the connection back so that no stale one is kept."""
    from django.db import close_old_connections

    close_old_connections()
    try:
        return function(*args)
    finally:
        close_old_connections()


def enter(slug: str, cookies: dict) -> Entry | None:
    """The rights of the person with these cookies, or None for an event that they may not see."""
    from events import live, passes
    from events.access import roles_of
    from events.db import database_now
    from events.models import Event

    event = Event.objects.filter(slug=slug).first()
    if event is None:
        return None
    user = user_of(cookies)
    crew = bool(user and roles_of(user, event))
    if event.published_at is None and not crew:
        return None
    audiences = {"all"}
    if crew:
        audiences |= {"crew", "stage"}
    attendee = passes.attendee_of(cookies, event)
    if attendee is None and user is not None:
        attendee = event.attendees.filter(user=user).first()
    if attendee is not None:
        audiences.add(live.to(attendee))
    now = int(database_now().timestamp() * 1000)
    return Entry(event.pk, live.position(event), frozenset(audiences), now)


def database_answers() -> None:
    """Raise what the database's driver raises when it does not answer."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def user_of(cookies: dict):
    """The active user of the session cookie, or None (the hash is checked: a changed password logs out here too)."""
    from importlib import import_module

    from django.conf import settings
    from django.contrib.auth import get_user
    from django.http import HttpRequest

    key = cookies.get(settings.SESSION_COOKIE_NAME)
    if not key:
        return None
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(key)
    user = get_user(request)
    return user if user.is_authenticated and user.is_active else None


def rows_after(event_id: int, seq: int, most: int) -> list[tuple[int, str, str, dict]]:
    """`(seq, topic, audience, payload)` of the newest rows after `seq`, oldest first, at most `most`."""
    from events.models import LiveEvent

    rows = LiveEvent.objects.filter(event_id=event_id, seq__gt=seq).order_by("-seq")
    return list(rows.values_list("seq", "topic", "audience", "payload")[:most])[::-1]
