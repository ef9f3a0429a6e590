"""Where a door phone stands, and an answer of the door as its page shows it."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from events import door as gate
from events import gates
from events.models import CheckIn
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
# What a phone or tablet without a network calls the doors that have no number.
PLACES = {door: lazy(gates.where, str)(door) for door in (gates.STAGE, gates.TABLET)}


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


def answer(result, *, prints=True) -> dict:
    """A result as the page shows it: a word, the person, and for one who is inside already: who, when and where.

    `prints`: the crew holds this device, so who came in has the address of their badge with them; a tablet has not.
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
    return body


def already(at: str, inside) -> str:
    """When, where and by whom somebody came in."""
    said = {"at": at, "where": gates.where(inside.door), "name": inside.by or ""}
    if getattr(inside, "point", None):
        words = _("Served at %(at)s, %(where)s, by %(name)s") if inside.by else _("Served at %(at)s, %(where)s")
        return words % said
    return _("In at %(at)s, %(where)s, by %(name)s") % said if inside.by else _("In at %(at)s, %(where)s") % said


def _waiting(result) -> str:
    if result.attendee is None:
        n = result.place_in_line
        words = ngettext("%(n)d person waits for a seat", "%(n)d people wait for a seat", n)
        return words % {"n": n} if n else _("All seats are taken")
    if result.attendee.status == "waitlisted" and result.attendee.queued_at:
        return _("Place %(n)d in line") % {"n": result.attendee.people_ahead() + 1}
    return result.attendee.get_status_display()
