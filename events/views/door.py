"""The door on a phone: camera or typed code, search, walk-in, undo. The role DOOR opens this and nothing else."""

import secrets

from django.core.exceptions import ValidationError
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from events import admission, door_pass, gates, offline_roster, qr, tickets
from events import door as gate
from events.access import crew_only
from events.context import in_wechat
from events.forms import check_name
from events.models import Attendee, CheckIn, Role, Scan, Visit
from events.views.desks import WORDS, Desk, answer, desk_of, plain


def _desk(request) -> Desk:
    return desk_of(request.event, request.GET if "door" in request.GET or "point" in request.GET else request.POST)


def _recent(event, desk):
    """The newest five who came in, or were served, at this desk."""
    if desk.point:
        rows = Visit.objects.filter(point=desk.point, undone_at=None)
    else:
        rows = CheckIn.objects.filter(attendee__event=event, undone_at=None)  # type: ignore[assignment]
    return rows.filter(door=desk.door).select_related("attendee").order_by("-at")[:5]


def _context(request, event, desk, **more) -> dict:
    now = timezone.now()
    return {
        "at": now,
        "desk": desk,
        "gates": gates.NUMBERED,
        "points": event.scan_points.all(),
        "counts": gate.counts(event, desk.point),
        "here": gate.counts(event, desk.point)["doors"].get(desk.door, 0),
        "pace": gate.pace(event, desk.door, at=now),
        "recent": _recent(event, desk),
        "pass": door_pass.issue(request.user, event),
        "nonce": secrets.token_hex(16),
        **WORDS,
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
        more["result"] = answer(result, prints=not in_wechat(request))
    if request.GET.get("q"):
        more["found"], more["cut"] = gate.search(event, request.GET["q"], point=desk.point)
    return render(request, "events/door.html", _context(request, event, desk, **more))


@crew_only(Role.DOOR)
def shell(request, event):
    """The same page without anybody on it: what the phone keeps and opens when there is no network."""
    counts = {"present": 0, "of": 0, "doors": {}}
    context = {"at": timezone.now(), "desk": Desk("1"), "gates": gates.NUMBERED, "points": event.scan_points.all()}
    context |= {"counts": counts, "shell": True, "pass": door_pass.issue(request.user, event), **WORDS}
    return render(request, "events/door.html", context)


@crew_only(Role.DOOR)
def worker(request, event):
    """The service worker of the door pages of this event; its address is its scope."""
    return render(request, "events/door_worker.js", content_type="text/javascript; charset=utf-8")


@never_cache
@door_pass.door_crew
def roster(request, event):
    """The sealed list for scanning without a network."""
    etag = f'"{offline_roster.fingerprint(event)}"'
    if request.headers.get("If-None-Match") == etag:
        return HttpResponse(status=304, headers={"ETag": etag})
    return JsonResponse(offline_roster.make(event) | {"code": event.code}, headers={"ETag": etag})


@crew_only(Role.DOOR)
def found(request, event):
    """People by name, number or last four digits, as a fragment."""
    desk = _desk(request)
    people, cut = gate.search(event, request.GET.get("q", ""), point=desk.point)
    return render(request, "events/door_found.html", {"found": people, "cut": cut, "desk": desk})


@crew_only(Role.DOOR)
def recent(request, event):
    """Who came in here last, as a fragment: what a phone sent late can be undone, too."""
    desk = _desk(request)
    return render(request, "events/door_recent.html", {"recent": _recent(event, desk), "desk": desk})


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
        person = row.attendee
        return JsonResponse({"answer": "undone", "word": _("Undone"), "name": person.name, "code": person.code})
    return redirect(f"{request.path.rsplit('undo/', 1)[0]}?{desk.query}")


@require_POST
@crew_only(Role.DOOR)
def admit(request, event, attendee):
    """Let somebody in who was found by name; also one who says yes to the seat that is held for them only now."""
    person, desk, now = get_object_or_404(event.attendees, pk=attendee), _desk(request), timezone.now()
    if "accept" in request.POST and person.status == Attendee.Status.OFFERED:
        admission.accept(person, at=now, by=request.user, note="at the door")
    result = gate.scan(
        event,
        person.code,
        at=now,
        door=desk.door,
        point=desk.point,
        how=Scan.How.NAME,
        nonce=plain(request.POST.get("nonce", ""), 40) or secrets.token_hex(16),
        by=request.user,
    )
    return _reply(request, event, desk, result=answer(result, prints=not in_wechat(request)))


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
    said = answer(result, prints=not in_wechat(request))
    if result.answer == gate.Answer.OK:  # nobody can write to them: their phone takes the ticket along from this screen
        result.attendee.event = event
        said["ticket"] = qr.svg(tickets.link(result.attendee), label=_("Their ticket"))
    return _reply(request, event, desk, result=said)


@crew_only(Role.DOOR)
def counts(request, event):
    """Live counts on all doors."""
    desk = _desk(request)
    return JsonResponse(
        gate.counts(event, desk.point) | {"pace": gate.pace(event, desk.door, at=timezone.now()), "here": desk.door}
    )
