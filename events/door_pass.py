"""What a door phone shows instead of a session: signed, for one person and one event, good for a day.

A phone that was offline for hours uploads with it, whatever became of its cookies. It is worth as much as the person's
rights are now: a crew member who was removed, a changed password, a closed account end it. One query.
"""

import functools
import hashlib
from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from events.access import crew_only
from events.models import Event, Role, User

HEADER = "X-Door-Pass"
SALT = "nextstop.door"
HOURS_24 = 24 * 3600
MAY = (Role.DOOR, Role.ORGANISER)


# Written out: a door answers this hundreds of times a minute, and the ORM would build it anew each time.
_ENTER = """
SELECT e.*, u.password AS pass_password,
  u.is_superuser OR EXISTS (SELECT 1 FROM events_crewmember c WHERE c.event_id = e.id AND c.user_id = %s
    AND c.role IN (%s, %s)) AS pass_right
FROM events_event e LEFT JOIN events_user u ON u.id = %s AND u.is_active
WHERE e.id = %s AND e.slug = %s
"""


@dataclass(frozen=True)
class Entry:
    """An event and the person at its door."""

    event: Event
    user: User


def _mark(password: str) -> str:
    """Changes with the password and tells nothing of it."""
    return hashlib.sha256((settings.SECRET_KEY + password).encode()).hexdigest()[:16]


def issue(user, event) -> str:
    """A pass for this person at the doors of this event."""
    return signing.dumps([user.pk, event.pk, _mark(user.password)], salt=SALT)


def enter(value: str, slug: str) -> Entry | None:
    """Who comes with this pass, if it is genuine and the person may still scan; else None."""
    try:
        user_pk, event_pk, mark = signing.loads(value, salt=SALT, max_age=HOURS_24)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    found = next(iter(Event.objects.raw(_ENTER, [user_pk, *MAY, user_pk, event_pk, slug])), None)
    if found is None or found.pass_password is None or not found.pass_right:  # type: ignore[attr-defined]
        return None
    return Entry(found, User(pk=user_pk)) if _mark(found.pass_password) == mark else None  # type: ignore[attr-defined]


def door_crew(view):
    """For the crew of the door, with a pass in the header or logged in; a form from elsewhere has neither."""
    logged_in = crew_only(Role.DOOR)(view)
    guarded = csrf_protect(logged_in)

    @csrf_exempt
    def wrapper(request, event, *args, **kwargs):
        entry = enter(request.headers.get(HEADER, ""), event) if HEADER in request.headers else None
        if entry is None:
            return guarded(request, event, *args, **kwargs)
        request.event, request.attendee, request.at_door = entry.event, None, entry.user
        return view(request, entry.event, *args, **kwargs)

    wrapper.access = logged_in.access
    return functools.wraps(view, updated=())(wrapper)
