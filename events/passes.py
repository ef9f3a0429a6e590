"""How a device knows a person: a signed cookie, put there by the sign-up or by the signed link in a mail.

Nothing secret is stored: the pass is `uid.version` signed with the site's key. Raising an attendee's `link_version`
makes every older link and cookie worthless.
"""

import functools

from django.conf import settings
from django.core import signing
from django.urls import reverse

COOKIE = "nextstop_pass"
SALT = "nextstop.pass"
MONTHS_12 = 365 * 24 * 3600
MOST_EVENTS = 12  # a cookie holds 4 KB


def sign(attendee) -> str:
    """The pass of one attendee, as it stands in links and cookies."""
    return signing.Signer(salt=SALT).sign(f"{attendee.uid}.{attendee.link_version}")


def read(value: str) -> tuple[str, int] | None:
    """`(uid, version)` of a genuine pass, else None."""
    try:
        uid, version = signing.Signer(salt=SALT).unsign(value).rsplit(".", 1)
        return uid, int(version)
    except (signing.BadSignature, ValueError):
        return None


def link(attendee) -> str:
    """The signed link for a mail: opens the ticket on any device."""
    return settings.SITE_URL + reverse("events:pass", args=[attendee.event.slug, sign(attendee)])


def attendee_of(cookies, event):
    """The attendee of this event whom the cookies know, or None."""
    from events.models import Attendee

    for value in cookies.get(COOKIE, "").split("|"):
        found = read(value) if value else None
        if found is None:
            continue
        attendee = Attendee.objects.filter(event=event, uid=found[0], link_version=found[1]).first()
        if attendee is not None:
            attendee.event = event
            return attendee
    return None


def attendee_at(cookies, slug):
    """The attendee whom the cookies know at the event with this address, with the event, in one query; or None."""
    known = [found for value in cookies.get(COOKIE, "").split("|") if value and (found := read(value))]
    if not known:
        return None
    uids = [uid for uid, _version in known]
    found = _holder(len(known)).one(slug, *[part for each in known for part in each], *uids)
    if found is None:
        return None
    attendee, attendee.event, attendee.event.series = found
    return attendee


@functools.cache
def _holder(passes: int):
    """Whom one of so many passes knows; where two know somebody, the one that stands first in the cookie."""
    from events.composed import Composed
    from events.models import Attendee, Event, Series

    either = " OR ".join(["attendee.uid = %s AND attendee.link_version = %s"] * passes)
    order = " ".join(f"WHEN %s THEN {place}" for place in range(passes))
    return Composed(
        "SELECT {attendee}, {event}, {series} FROM events_attendee attendee"  # noqa: S608  (nothing but %s is added)
        " JOIN events_event event ON event.id = attendee.event_id JOIN events_series series ON series.id = event.series_id"
        f" WHERE event.slug = %s AND ({either}) ORDER BY CASE attendee.uid {order} END LIMIT 1",
        attendee=Attendee,
        event=Event,
        series=Series,
    )


def remember(response, request, attendee) -> None:
    """Let this device know the attendee from now on, beside those it knew before."""
    remember_all(response, request, [attendee])


def remember_all(response, request, attendees) -> None:
    """The same for several people, of whom the first stands first."""
    mine = [sign(attendee) for attendee in attendees]
    kept = [*mine, *[value for value in _genuine(request) if value not in mine]]
    _put(response, kept)


def take_away(response, request, uids) -> None:
    """Let this device forget these people, and no other."""
    kept = [value for value in _genuine(request) if (read(value) or ("", 0))[0] not in uids]
    if kept:
        _put(response, kept)
    else:
        forget(response)


def _genuine(request) -> list[str]:
    return [value for value in request.COOKIES.get(COOKIE, "").split("|") if read(value)]


def _put(response, kept) -> None:
    value = "|".join(kept[:MOST_EVENTS])
    response.set_cookie(COOKIE, value, max_age=MONTHS_12, secure=settings.HTTPS, httponly=True, samesite="Lax")


def forget(response) -> None:
    """This device knows nobody any more."""
    response.delete_cookie(COOKIE, samesite="Lax")
