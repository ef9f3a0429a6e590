"""Who is in the pool: ids made on phones, the check-in list that is published while people come in."""

import secrets
from datetime import timedelta

from django.db import IntegrityError, transaction

from events import live, ticking
from events.db import write_gate
from events.models import Attendee, CheckIn
from raffle import protocol
from raffle.models import Claim, Entrant, Raffle
from raffle.models.record import RULES

ENTER_EVERY = timedelta(minutes=1)


def raffle_of(event, *, at) -> Raffle:
    """The event's raffle; its log begins with the genesis record."""
    raffle = Raffle.objects.filter(event=event).first()
    if raffle is None or not raffle.length:
        raffle = _begun(event, at)
    raffle.event = event
    return raffle


def _begun(event, at) -> Raffle:
    """The raffle with its genesis record, which exactly one caller writes."""
    with write_gate(), transaction.atomic():
        raffle, _made = Raffle.objects.get_or_create(event=event)
        if Raffle.objects.filter(pk=raffle.pk, length=0).update(length=0):  # holds the row
            raffle.append("genesis", {"event": raffle.public_id, "title": event.title, "rules": RULES}, at=at)
        raffle.refresh_from_db()
    return raffle


def enter(raffle, attendee, eid: str) -> Entrant:
    """Register the id that a phone made for this ticket; the first one stays.

    Raises ValueError for an id that is not 32 hex digits, or that belongs to another ticket.
    """
    if len(eid) != 32 or not set(eid) <= set("0123456789abcdef"):
        raise ValueError("not an entrant id")
    known = Entrant.objects.filter(raffle=raffle, attendee=attendee).first()
    if known is not None:
        return known
    try:
        with write_gate(), transaction.atomic():
            entrant = Entrant.objects.create(raffle=raffle, attendee=attendee, eid=eid)
            live.tell(raffle.event, "raffle")
            return entrant
    except IntegrityError:
        known = Entrant.objects.filter(raffle=raffle, attendee=attendee).first()
        if known is None:
            raise ValueError("this id belongs to another ticket") from None
        return known


def enter_on_paper(raffle, attendee) -> tuple[Entrant, str | None]:
    """An id for a person without a phone, and the secret as hex for the QR on paper; the server forgets the secret.

    None instead of the secret when the ticket has an id already: the first one stays.
    """
    secret = secrets.token_bytes(16)
    eid = protocol.entrant_id(bytes.fromhex(raffle.public_id), secret)
    with write_gate(), transaction.atomic():
        entrant, new = Entrant.objects.get_or_create(
            raffle=raffle, attendee=attendee, defaults={"eid": eid, "on_paper": True}
        )
        if new:
            live.tell(raffle.event, "raffle")
    return entrant, secret.hex() if new else None


def registered_entrants(raffle):
    """Entrants who hold a place: neither cancelled nor erased."""
    return raffle.entrants.filter(attendee__status=Attendee.Status.CONFIRMED, attendee__forgotten_at=None)


def present_entrants(raffle):
    """Entrants who hold a place and came through the door."""
    here = CheckIn.objects.filter(attendee__event=raffle.event, undone_at=None).values("attendee_id")
    return registered_entrants(raffle).filter(attendee_id__in=here)


def under(raffle, rule):
    """The entrants whom this rule lets in."""
    entrants = present_entrants(raffle) if rule["present"] else registered_entrants(raffle)
    if rule.get("groups"):
        entrants = entrants.filter(attendee__carriage__in=rule["groups"])
    if rule["exclude_winners"]:
        entrants = entrants.exclude(eid__in=Claim.objects.filter(draw__raffle=raffle).values("eid"))
    return entrants


def eligible(raffle, rule) -> list[tuple[str, int]]:
    """The pool under this rule: (eid, weight), ascending; every weight is 1 unless the raffle weighs."""
    lines = under(raffle, rule).values_list("eid", "weight", "attendee__number")
    return sorted((eid, raffle.stubs(weight, number)) for eid, weight, number in lines)


def weight_of(raffle, entrant) -> int:
    """How often an entrant counts in a draw that is opened now."""
    if entrant is None or not raffle.weighted:
        return 1
    return raffle.stubs(entrant.weight, entrant.attendee.number if raffle.promised and entrant.attendee else None)


def in_the_box(raffle) -> int:
    """How many stubs are in the box now."""
    return under(raffle, {"present": True, "exclude_winners": True}).count()


def why_not(raffle, attendee, entrant) -> str | None:
    """Why this attendee, whose id is `entrant` or None, is not in the pot now: "door", "id", "won"; None when they are."""
    if (
        attendee.status != Attendee.Status.CONFIRMED
        or not CheckIn.objects.filter(attendee=attendee, undone_at=None).exists()
    ):
        return "door"
    if entrant is None:
        return "id"
    if Claim.objects.filter(draw__raffle=raffle, eid=entrant.eid).exists():
        return "won"
    return None


def publish_list(raffle, *, at) -> bool:
    """An `enter` record with the root of the check-in list, if it changed; at most one a minute."""
    pool = [(eid, 1) for eid in sorted(present_entrants(raffle).values_list("eid", flat=True))]
    root = protocol.pool_root(pool)
    with write_gate(), transaction.atomic():
        changed = Raffle.objects.filter(pk=raffle.pk).exclude(entered_root=root)
        if raffle.entered_at:
            changed = changed.filter(entered_at__lte=at - ENTER_EVERY)
        if not pool or not changed.update(entered_root=root, entered_at=at):
            return False
        raffle.append("enter", {"n": len(pool), "root": root}, at=at)
    return True


@ticking.every_tick
def publish_lists(at):
    """While people come in, and until a draw is open, the list is published each minute that it changes."""
    for raffle in Raffle.objects.filter(event__doors_at__lte=at, event__ended_at=None).select_related("event"):
        if not raffle.draws.filter(state__in=["open", "frozen"], set_aside_at=None).exists():
            publish_list(raffle_of(raffle.event, at=at), at=at)
