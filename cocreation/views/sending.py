"""The upload endpoint: tus 1.0."""

import base64
import re

from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.http import http_date
from django.utils.translation import gettext as _

from cocreation import teams, uploads
from cocreation.models import Upload
from events.access import attendee_only, hear

HEADERS = {"Tus-Resumable": "1.0.0", "Cache-Control": "no-store"}
ABILITIES = {"Tus-Version": "1.0.0", "Tus-Extension": "creation,expiration,termination"}


def _answer(status=204, body=None, **headers):
    response = JsonResponse(body, status=status) if body is not None else HttpResponse(status=status)
    for name, value in {**HEADERS, **headers}.items():
        response[name.replace("_", "-")] = value
    return response


def _refused(reason, **headers):
    return _answer(reason.status, {"message": reason.message}, **headers)


def metadata(header) -> dict[str, str]:
    """The pairs of `Upload-Metadata`; what does not decode is left out."""
    found = {}
    for pair in header.split(","):
        name, _space, value = pair.strip().partition(" ")
        try:
            found[name] = base64.b64decode(value, validate=True).decode()
        except ValueError:  # no base64, also for being no ASCII; no UTF-8
            continue
    return found


def heads(text) -> list[tuple[int, int]]:
    """`65536:1a2b3c4d 1048576:…`: how many bytes of the beginning have which CRC-32; what is none is left out."""
    found = re.findall(r"(?<!\S)([1-9][0-9]{0,7}):([0-9a-f]{1,8})(?!\S)", text)
    return [(int(length), int(crc, 16)) for length, crc in found]


def _number(text):
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else -1


@attendee_only
def uploads_begin(request, event):
    """Begin an upload (POST), or learn what is spoken here (OPTIONS)."""
    if request.method == "OPTIONS":
        return _answer(**ABILITIES)
    if request.method != "POST":
        return _answer(405, Allow="POST, OPTIONS")
    team = teams.team_of(
        teams.challenge_of(event, request.GET.get("challenge", ""), request.attendee), request.attendee
    )
    given = metadata(request.headers.get("Upload-Metadata", ""))
    try:
        if team is None:
            raise uploads.Refused(403, _("Join a team first."))
        upload = uploads.create(
            team,
            request.attendee,
            _number(given.get("slot", "")),
            _number(request.headers.get("Upload-Length", "")),
            given.get("filename", ""),
            given.get("title", ""),
            at=timezone.now(),
            heads=heads(given.get("heads", "")),
        )
    except uploads.Refused as reason:
        return _refused(reason)
    place = reverse("cocreation:upload", args=[event.slug, upload.uid])
    return _answer(201, Location=place, Upload_Expires=http_date(upload.expires_at.timestamp()))


@attendee_only
def upload(request, event, uid):
    """Where it stands (HEAD), one more chunk (PATCH), give it up (DELETE): for its owner alone."""
    now = timezone.now()
    found = get_object_or_404(
        Upload.objects.select_related("team__event", "team__challenge", "attendee"),
        uid=uid,
        team__event=event,
        attendee=request.attendee,
    )
    if request.method == "HEAD":
        try:
            return _answer(200, Upload_Offset=uploads.settle(found, at=now), Upload_Length=found.size)
        except uploads.Refused as reason:
            return _refused(reason)
    if request.method == "DELETE":
        if not found.finished_at:
            uploads.give_up(found)
        return _answer()
    if request.method != "PATCH":
        return _answer(405, Allow="HEAD, PATCH, DELETE")
    if request.content_type != "application/offset+octet-stream":
        return _answer(415)
    hear(request.attendee, at=now)
    try:
        at = uploads.append(found, _number(request.headers.get("Upload-Offset", "")), request.body, at=now)
    except uploads.Refused as reason:
        return _refused(reason, Upload_Offset=uploads.offset(found))
    return _answer(Upload_Offset=at, Upload_Expires=http_date(found.expires_at.timestamp()))
