"""What a door phone sends: codes, and pictures of codes where its browser reads none."""

import json

from django.http import JsonResponse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from events import door as gate
from events import door_pass, gates, qr
from events.context import in_wechat
from events.models import Scan, ScanPoint
from events.views.desks import answer, door_named, plain, point_named

MOST_SCANS = 200  # in one upload
BY_TABLET = {"how": "self", "door": gates.TABLET, "point": None}
HOWS = {"name": Scan.How.NAME, "self": Scan.How.SELF}


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
        tablet = bool(request.at_door and request.at_door.tablet)
        cleaned = [_scan_of(event, {**row, **BY_TABLET} if tablet else row) for row in rows[:MOST_SCANS]]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return JsonResponse({"error": _("That was no scan.")}, status=422)
    entry, answers, prints = request.at_door, [], not tablet and not in_wechat(request)
    by = entry.user if entry else request.user
    for row in cleaned:
        late = row["offline"]
        row["at"] = gate.true_time(event, row["phone_at"] if late else None, sent_at=sent, heard_at=heard)
    for row in sorted(cleaned, key=lambda row: row["at"]):  # what happened first is judged first
        code = row.pop("code")
        answers.append({"nonce": row["nonce"], **answer(gate.scan(event, code, by=by, **row), prints=prints)})
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
    return {
        "code": plain(row["code"], 80),
        "nonce": nonce,
        "phone_at": _moment(row.get("at")),
        "offline": bool(row.get("offline")),
        "said": said if said in {*gate.Answer.values, "saved"} else "",
        "how": HOWS.get(str(row.get("how")), Scan.How.CODE),
        "door": door_named(row),
        "point": ScanPoint(pk=point_named(row), event=event) if row.get("point") else None,  # if it is there still
    }


@require_POST
@door_pass.door_crew
def photo(request, event):
    """Decode a frame or a photo for browsers without a barcode detector; returns the code."""
    try:
        return JsonResponse({"code": qr.read(request.FILES["photo"])})
    except (KeyError, ValueError):
        return JsonResponse({"error": _("That is no picture.")}, status=422)
