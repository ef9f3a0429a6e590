"""The door on a phone: camera or typed code, search, walk-in, undo. The role DOOR opens this and nothing else."""

import json
import secrets
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST
from PIL import Image, UnidentifiedImageError

from events import door as gate
from events import door_pass, offline_roster
from events.access import crew_only
from events.forms import check_name
from events.models import CheckIn, Role, Scan, Visit
from events.templatetags import house

MOST_PIXELS = 40_000_000
MOST_SCANS = 200  # in one upload
HOWS = {"name": Scan.How.NAME, "self": Scan.How.SELF}
GATES = ("1", "2", "3", "4")


@dataclass(frozen=True)
class Desk:
    """Where the phone stands: a gate of the entrance, or a scan point."""

    door: str
    point: object = None

    @property
    def query(self) -> str:
        return f"door={self.door}" + (f"&point={self.point.pk}" if self.point else "")  # type: ignore[attr-defined]


def plain(value, most: int) -> str:
    """What a phone sent, as at most `most` printable characters: databases refuse the rest."""
    return "".join(char for char in str(value)[: 4 * most] if char.isprintable())[:most]


def desk_of(event, fields) -> Desk:
    """The desk that a form or an address names; gate 1 when it names none."""
    point = str(fields.get("point") or "")
    found = event.scan_points.filter(pk=int(point)).first() if point.isdecimal() and len(point) < 10 else None
    return Desk(plain(fields.get("door") or "1", 20) or "1", found)


def _desk(request) -> Desk:
    return desk_of(request.event, request.GET if "door" in request.GET or "point" in request.GET else request.POST)


def answer(result) -> dict:
    """A result as the page shows it: a word, the person, and for one who is inside already: who, when and where."""
    attendee, inside = result.attendee, result.check_in
    body = {"answer": result.answer, "word": str(gate.Answer(result.answer).label)}
    if attendee is not None:
        body |= {
            "name": attendee.name,
            "number": f"{attendee.number:04d}" if attendee.number else "",
            "carriage": attendee.carriage,
            "seat": attendee.seat,
        }
    if inside is not None:
        body |= {"at": house.clock(inside.at, attendee.event), "door": inside.door}
        body["check_in" if isinstance(inside, CheckIn) else "visit"] = inside.pk
        if result.answer == gate.Answer.ALREADY:
            body["detail"] = already(body["at"], inside)
    if result.answer == gate.Answer.WAITING:
        body["detail"] = _waiting(result)
    return body


def already(at: str, inside) -> str:
    """When, where and by whom somebody came in."""
    said = {"at": at, "door": inside.door, "name": inside.by or ""}
    if getattr(inside, "point", None):
        return _("Served at %(at)s") % said
    return (
        _("In at %(at)s, gate %(door)s, by %(name)s") % said if inside.by else _("In at %(at)s, gate %(door)s") % said
    )


def _waiting(result) -> str:
    if result.attendee is None:
        n = result.place_in_line
        words = ngettext("%(n)d person waits for a seat", "%(n)d people wait for a seat", n)
        return words % {"n": n} if n else _("All seats are taken")
    if result.attendee.status == "waitlisted" and result.attendee.queued_at:
        return _("Place %(n)d in line") % {"n": result.attendee.people_ahead() + 1}
    return result.attendee.get_status_display()


def _context(request, event, desk, **more) -> dict:
    now = timezone.now()
    if desk.point:
        recent = Visit.objects.filter(point=desk.point, undone_at=None)
    else:
        recent = CheckIn.objects.filter(attendee__event=event, undone_at=None)  # type: ignore[assignment]
    return {
        "at": now,
        "desk": desk,
        "gates": GATES,
        "points": event.scan_points.all(),
        "counts": gate.counts(event, desk.point),
        "here": gate.counts(event, desk.point)["doors"].get(desk.door, 0),
        "pace": gate.pace(event, desk.door, at=now),
        "recent": recent.filter(door=desk.door).select_related("attendee").order_by("-at")[:5],
        "pass": door_pass.issue(request.user, event),
        "nonce": secrets.token_hex(16),
        "answers": {key: str(label) for key, label in gate.Answer.choices},
        **more,
    }


@crew_only(Role.DOOR)
def door(request, event):
    """The page; without JavaScript a typed code still works by the form."""
    desk, more = _desk(request), {}
    if request.method == "POST":
        nonce = plain(request.POST.get("nonce", ""), 40) or secrets.token_hex(16)
        result = gate.scan(
            event,
            plain(request.POST.get("code", ""), 80),
            at=timezone.now(),
            door=desk.door,
            point=desk.point,
            nonce=nonce,
            by=request.user,
        )
        more["result"] = answer(result)
    if request.GET.get("q"):
        more["found"] = gate.search(event, request.GET["q"])
    return render(request, "events/door.html", _context(request, event, desk, **more))


@crew_only(Role.DOOR)
def shell(request, event):
    """The same page without anybody on it: what the phone keeps and opens when there is no network."""
    counts = {"present": 0, "of": 0, "doors": {}}
    context = {"at": timezone.now(), "desk": Desk("1"), "gates": GATES, "points": event.scan_points.all()}
    context |= {"counts": counts, "shell": True, "pass": door_pass.issue(request.user, event)}
    context["answers"] = {key: str(label) for key, label in gate.Answer.choices}
    return render(request, "events/door.html", context)


@crew_only(Role.DOOR)
def worker(request, event):
    """The service worker of the door pages of this event; its address is its scope."""
    return render(request, "events/door_worker.js", content_type="text/javascript; charset=utf-8")


@crew_only(Role.DOOR)
def roster(request, event):
    """The sealed list for scanning without a network."""
    etag = f'"{offline_roster.fingerprint(event)}"'
    if request.headers.get("If-None-Match") == etag:
        return HttpResponse(status=304, headers={"ETag": etag})
    return JsonResponse(offline_roster.make(event) | {"code": event.code}, headers={"ETag": etag})


@crew_only(Role.DOOR)
def found(request, event):
    """People by name, number or last four digits, as a fragment."""
    people = gate.search(event, request.GET.get("q", ""))
    return render(request, "events/door_found.html", {"found": people, "desk": _desk(request)})


@require_POST
@door_pass.door_crew
def scan(request, event):
    """One scan, or what a phone kept while it was offline, as JSON; each is answered.

    `{"sent": when by the phone's clock, "scans": [{"code", "nonce", "at", "door", "point", "offline", "said", "how"}]}`;
    a bare scan or a list of them will do.
    """
    heard = timezone.now()
    try:
        body = json.loads(request.body)
        sent = _moment(body.get("sent")) if isinstance(body, dict) else None
        rows = body.get("scans", [body]) if isinstance(body, dict) else body
        cleaned = [_scan_of(event, row) for row in rows[:MOST_SCANS]]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return JsonResponse({"error": _("That was no scan.")}, status=422)
    by, answers = getattr(request, "at_door", None) or request.user, []
    for row in cleaned:
        late = row["offline"]
        row["at"] = gate.true_time(event, row["phone_at"] if late else None, sent_at=sent, heard_at=heard)
    for row in sorted(cleaned, key=lambda row: row["at"]):  # what happened first is judged first
        code = row.pop("code")
        answers.append({"nonce": row["nonce"], **answer(gate.scan(event, code, by=by, **row))})
    return JsonResponse({"answers": answers})


def _moment(value):
    """A time with its zone, or None."""
    moment = parse_datetime(str(value)) if value else None
    return moment if moment is not None and moment.tzinfo is not None else None


def _scan_of(event, row) -> dict:
    """The arguments of one scan; raises for what is none."""
    nonce, said = plain(row["nonce"], 40), str(row.get("said") or "")
    if not nonce:
        raise ValueError
    desk = desk_of(event, row) if row.get("point") else Desk(plain(row.get("door") or "1", 20) or "1")
    return {
        "code": plain(row["code"], 80),
        "nonce": nonce,
        "phone_at": _moment(row.get("at")),
        "offline": bool(row.get("offline")),
        "said": said if said in {*gate.Answer.values, "saved"} else "",
        "how": HOWS.get(str(row.get("how")), Scan.How.CODE),
        "door": desk.door,
        "point": desk.point,
    }


@require_POST
@crew_only(Role.DOOR)
def photo(request, event):
    """Decode a frame or a photo for browsers without a barcode detector; returns the code."""
    import zxingcpp

    try:
        image = Image.open(request.FILES["photo"], formats=("JPEG", "PNG", "WEBP"))
        if image.width * image.height > MOST_PIXELS:
            raise ValueError
        seen = zxingcpp.read_barcodes(image.convert("L"), formats=zxingcpp.BarcodeFormat.QRCode)
    except (KeyError, OSError, ValueError, UnidentifiedImageError, Image.DecompressionBombError):
        return JsonResponse({"error": _("That is no picture.")}, status=422)
    return JsonResponse({"code": seen[0].text if seen else None})


def _id(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 18 else 0


def _reply(request, event, desk, status=200, **more):
    """The page again, or only the answer for a page that stays open."""
    if request.headers.get("Accept") == "application/json":
        return JsonResponse(more.get("result") or {"error": more.get("problem", "")}, status=status)
    return render(request, "events/door.html", _context(request, event, desk, **more), status=status)


@require_POST
@crew_only(Role.DOOR)
def undo(request, event):
    """The last admission was a mistake."""
    desk, now = _desk(request), timezone.now()
    if "visit" in request.POST:
        row = get_object_or_404(Visit, pk=_id(request.POST["visit"]), attendee__event=event)
        gate.undo_visit(row, at=now, by=request.user, door=desk.door)
    else:
        row = get_object_or_404(CheckIn, pk=_id(request.POST.get("check_in", "")), attendee__event=event)
        gate.undo(row, at=now, by=request.user, door=desk.door)
    if request.headers.get("Accept") == "application/json":
        return JsonResponse({"answer": "undone", "word": _("Undone"), "name": row.attendee.name})
    return redirect(f"{request.path.rsplit('undo/', 1)[0]}?{desk.query}")


@require_POST
@crew_only(Role.DOOR)
def admit(request, event, attendee):
    """Let somebody in who was found by name."""
    person, desk = get_object_or_404(event.attendees, pk=attendee), _desk(request)
    result = gate.scan(
        event,
        person.code,
        at=timezone.now(),
        door=desk.door,
        point=desk.point,
        how=Scan.How.NAME,
        nonce=plain(request.POST.get("nonce", ""), 40) or secrets.token_hex(16),
        by=request.user,
    )
    return _reply(request, event, desk, result=answer(result))


@require_POST
@crew_only(Role.DOOR)
def walk_in(request, event):
    """Somebody without a ticket. The form carries its nonce: pressed twice is one person."""
    desk, now = _desk(request), timezone.now()
    nonce = plain(request.POST.get("nonce", ""), 40) or secrets.token_hex(16)
    try:
        name = check_name(request.POST.get("name", ""))
    except ValidationError as problem:
        return _reply(request, event, desk, status=422, problem=" ".join(problem.messages))
    result = gate.walk_in(event, name, at=now, door=desk.door, by=request.user, nonce=nonce)
    return _reply(request, event, desk, result=answer(result))


@crew_only(Role.DOOR)
def counts(request, event):
    """Live counts on all doors."""
    desk = _desk(request)
    return JsonResponse(
        gate.counts(event, desk.point) | {"pace": gate.pace(event, desk.door, at=timezone.now()), "here": desk.door}
    )
