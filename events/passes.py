"""How a device knows a person: a signed cookie, put there by the sign-up or by the signed link in a mail.

Nothing secret is stored: the pass is `uid.version` signed with the site's key. Raising an attendee's `link_version`
makes every older link and cookie worthless.
"""

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


def remember(response, request, attendee) -> None:
    """Let this device know the attendee from now on, beside those it knew before."""
    others = [value for value in request.COOKIES.get(COOKIE, "").split("|") if read(value)]
    mine = sign(attendee)
    kept = [mine, *[value for value in others if value != mine]][:MOST_EVENTS]
    response.set_cookie(COOKIE, "|".join(kept), max_age=MONTHS_12, secure=settings.HTTPS, httponly=True, samesite="Lax")


def forget(response) -> None:
    """This device knows nobody any more."""
    response.delete_cookie(COOKIE, samesite="Lax")
