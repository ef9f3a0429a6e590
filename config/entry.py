"""One-time log-in links for the demo's people: only in local mode, each good for one opening.

A link is 128 random bits; its hash is the name of a file in VAR_DIR, and opening the link deletes the file: the file
system grants that to exactly one caller.
"""

import hashlib
import json
import secrets

from django.conf import settings
from django.contrib.auth import login
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse

from events import passes
from events.access import public
from events.models import Attendee, User

FOLDER = "entry"


def issue(person, then: str) -> str:
    """A fresh link that logs in as this user or attendee and goes on to the path `then`."""
    token = secrets.token_urlsafe(16)
    folder = settings.VAR_DIR / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    kind = "attendee" if isinstance(person, Attendee) else "user"
    path = folder / hashlib.sha256(token.encode()).hexdigest()
    path.write_text(json.dumps({"kind": kind, "pk": person.pk, "then": then}))
    return settings.SITE_URL + reverse("enter", args=[token])


def forget_all() -> None:
    """Make every link worthless that was printed before."""
    for path in (settings.VAR_DIR / FOLDER).glob("*"):
        path.unlink(missing_ok=True)


def redeem(token: str) -> dict | None:
    """What the link stands for, once; None for a spent or invented one."""
    path = settings.VAR_DIR / FOLDER / hashlib.sha256(token.encode()).hexdigest()
    try:
        content = json.loads(path.read_text())
        path.unlink()
    except (OSError, ValueError):
        return None
    return content


@public
def enter(request, token):
    """Open a one-time link. In production the page does not exist."""
    entry = redeem(token) if settings.LOCAL else None
    if entry is None:
        raise Http404
    response = redirect(entry["then"])
    if entry["kind"] == "attendee":
        attendee = Attendee.objects.select_related("event").get(pk=entry["pk"])
        passes.remember(response, request, attendee)
    elif request.user.pk != entry["pk"]:  # a log-in makes the forms of this person's other pages worthless
        user = User.objects.get(pk=entry["pk"])
        login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    return response
