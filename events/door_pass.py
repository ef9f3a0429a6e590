"""What a door phone shows instead of a session: signed, for one person and one event, good for a day.

A phone that was offline for hours uploads with it, whatever became of its cookies. It is worth as much as the person's
rights are now: a crew member who was removed, a changed password, a closed account end it. One query.

A tablet that anybody may touch has a pass of its own kind, and no session: it scans tickets and opens nothing else.
"""

import functools
import hashlib
from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from events.access import crew_only
from events.composed import Composed
from events.models import Event, Role, User

HEADER = "X-Door-Pass"
COOKIE = "door_tablet"
SALT = "nextstop.door"
HOURS_24 = 24 * 3600
MAY = (Role.DOOR, Role.ORGANISER)


_ENTER = Composed(
    """
SELECT {e}, u.password,
  u.is_superuser OR EXISTS (SELECT 1 FROM events_crewmember c WHERE c.event_id = e.id AND c.user_id = %s
    AND c.role IN (%s, %s))
FROM events_event e LEFT JOIN events_user u ON u.id = %s AND u.is_active
WHERE e.id = %s AND e.slug = %s
""",
    e=Event,
)


@dataclass(frozen=True)
class Entry:
    """An event and the person at its door."""

    event: Event
    user: User
    tablet: bool = False


def _mark(password: str) -> str:
    """Changes with the password and tells nothing of it."""
    return hashlib.sha256((settings.SECRET_KEY + password).encode()).hexdigest()[:16]


def issue(user, event, *, tablet=False) -> str:
    """A pass for this person at the doors of this event, or for a tablet that they put up."""
    return signing.dumps([user.pk, event.pk, _mark(user.password), int(tablet)], salt=SALT)


def enter(value: str, slug: str) -> Entry | None:
    """Who comes with this pass, if it is genuine and the person may still scan; else None."""
    try:
        user_pk, event_pk, mark, tablet = signing.loads(value, salt=SALT, max_age=HOURS_24)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    found = _ENTER.one(user_pk, *MAY, user_pk, event_pk, slug)
    if found is None:
        return None
    event, password, right = found
    if password is None or not right or _mark(password) != mark:
        return None
    return Entry(event, User(pk=user_pk), bool(tablet))


def door_crew(view):
    """For the crew of the door and their tablets, with a pass in the header or logged in; a form from elsewhere has none.

    `request.at_door` is the pass's Entry; None for somebody who is logged in.
    """
    logged_in = crew_only(Role.DOOR)(view)
    guarded = csrf_protect(logged_in)

    @csrf_exempt
    def wrapper(request, event, *args, **kwargs):
        entry = enter(request.headers.get(HEADER, ""), event) if HEADER in request.headers else None
        request.at_door = entry
        if entry is None:
            return guarded(request, event, *args, **kwargs)
        request.event, request.attendee = entry.event, None
        return view(request, entry.event, *args, **kwargs)

    wrapper.access = logged_in.access
    return functools.wraps(view, updated=())(wrapper)
