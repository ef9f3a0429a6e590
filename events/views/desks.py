"""Where a door phone stands, and an answer of the door as its page shows it."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from events import door as gate
from events import gates
from events.models import Attendee, CheckIn, ScanPoint
from events.templatetags import house

ICONS = {
    "ok": "check",
    "already": "users",
    "waiting": "clock",
    "cancelled": "alert",
    "other": "ticket",
    "unknown": "ask",
    "undone": "left",
}
# What is said of somebody who came before.
ALREADY = {
    "inside": gettext_lazy("In at %(at)s, %(where)s"),
    "inside_by": gettext_lazy("In at %(at)s, %(where)s, by %(name)s"),
    "served": gettext_lazy("Served at %(at)s, %(where)s"),
    "served_by": gettext_lazy("Served at %(at)s, %(where)s, by %(name)s"),
}
# What the page of a phone or tablet says by itself without a network; `places`: the doors that have no number.
WORDS = {
    "answers": dict(gate.Answer.choices),
    "already": ALREADY,
    "places": {door: lazy(gates.where, str)(door) for door in (gates.STAGE, gates.TABLET)},
}


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
    """The desk that a form or an address names; gate 1 when it names none.

    A scan point that was removed is no gate: the desk stands there still, and serves nobody (events/door.py).
    """
    if not fields.get("point"):
        return Desk(door_named(fields))
    pk = point_named(fields)
    gone = ScanPoint(pk=pk, event=event, name=_("This scan point was removed"))
    return Desk(door_named(fields), event.scan_points.filter(pk=pk).first() or gone)


def door_named(fields) -> str:
    """The door that they name; gate 1 when none."""
    return plain(fields.get("door") or "1", 20) or "1"


def point_named(fields) -> int:
    """The id of a scan point that they name; 0, which none has, for what is no id."""
    point = str(fields.get("point") or "")
    return int(point) if point.isdecimal() and len(point) < 10 else 0


def answer(result, *, prints=True) -> dict:
    """A result as the page shows it: a word, the person, and for one who is inside already: who, when and where.

    `prints`: who came in has the address of their badge with them. Not on a tablet, and not where nothing can be saved.
    """
    attendee, inside = result.attendee, result.check_in
    body = {"answer": result.answer, "word": str(gate.Answer(result.answer).label), "icon": ICONS[result.answer]}
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
            if not isinstance(inside, CheckIn):
                body["word"] = _("Already served")
    if prints and attendee is not None and result.answer == gate.Answer.OK:
        body["badge"] = reverse("events:badge", args=[attendee.event.slug, attendee.pk])
    if result.answer == gate.Answer.WAITING:
        body["detail"] = _waiting(result)
        if attendee is not None and attendee.status == Attendee.Status.OFFERED:
            body |= {"word": _("A seat is held for them"), "held": True}
    return body


def already(at: str, inside) -> str:
    """When, where and by whom somebody came in."""
    words = ("inside" if isinstance(inside, CheckIn) else "served") + ("_by" if inside.by else "")
    return str(ALREADY[words]) % {"at": at, "where": gates.where(inside.door), "name": inside.by}


def _waiting(result) -> str:
    if result.attendee is None:
        n = result.place_in_line
        words = ngettext("%(n)d person waits for a seat", "%(n)d people wait for a seat", n)
        return words % {"n": n} if n else _("All seats are taken")
    if result.attendee.status == "waitlisted" and result.attendee.queued_at:
        return _("Place %(n)d in line") % {"n": result.place_in_line or result.attendee.people_ahead() + 1}
    if result.attendee.status == Attendee.Status.OFFERED and result.attendee.offer_ends_at:
        return _("until %(at)s") % {"at": house.clock(result.attendee.offer_ends_at, result.attendee.event)}
    return result.attendee.get_status_display()
