"""Prizes reach their winners: the desk, reminders, what sponsors see, prizes that nobody fetched."""

import re
from datetime import timedelta

from django.core import signing
from django.db import transaction
from django.db.models import Case, Count, Exists, OuterRef, Q, When

from events import mailing, passes, tickets, ticking
from events.composed import Composed
from events.db import write_gate
from events.models import Attendee
from raffle import drawing
from raffle.models import Claim, Draw, Entrant, Prize, PrizeCode

REMIND_AFTER = timedelta(minutes=30)  # of a claim that nobody fetched
REMIND_AGAIN = timedelta(hours=20)
SHOWN_AGAIN = timedelta(minutes=10)  # a code at the desk, to who showed it: a page can be lost
NUMBER = re.compile("[0-9]{1,9}")
SEALED = Exists(
    PrizeCode.objects.filter(Q(claim=OuterRef("pk")) | Q(claim=None), prize=OuterRef("draw__prize"))
)  # a code is there for this claim
ON_PAPER = Exists(Entrant.objects.filter(raffle=OuterRef("draw__raffle"), eid=OuterRef("eid"), on_paper=True))
NO_PHONE = Q(ON_PAPER, attendee__contact_kind=Attendee.Contact.NONE)  # whose winner has no page that could show a code


def open_claims(event):
    """Claims whose prize has not reached its winner: at the desk, not yet sent, or a code that nobody has looked at."""
    return Claim.objects.filter(draw__raffle__event=event, handed_over_at=None, released_at=None)


def waiting_for_winner(claims):
    """Those of the claims that their winner can do something for.

    Who said where to send a prize has done it; who waits for a code that nobody has sealed yet finds nothing.
    """
    claims = claims.exclude(draw__prize__kind=Prize.Kind.ARRANGED, delivery__gt="")
    return claims.filter(~Q(draw__prize__kind=Prize.Kind.CODE) | SEALED)


def at_desk(event):
    """Open claims that the desk has something to do for: a code shows itself on its winner's phone, if they have one."""
    return open_claims(event).filter(~Q(draw__prize__kind=Prize.Kind.CODE) | (NO_PHONE & SEALED))


def search(event, query: str):
    """Claims for the desk, the open ones first, by claim code, ticket number or name; all of them without a query."""
    found = Claim.objects.filter(draw__raffle__event=event).select_related("attendee", "draw__prize", "handed_over_by")
    if query:
        number = query.lower().removeprefix("no.").strip()
        same = Q(code=query.upper()) | Q(attendee__name__icontains=query)
        found = found.filter(same | Q(attendee__number=int(number)) if NUMBER.fullmatch(number) else same)
    done = Q(handed_over_at__isnull=False) | Q(released_at__isnull=False)
    is_done, no_phone = Case(When(done, then=1), default=0), Case(When(NO_PHONE, then=True), default=False)
    return found.annotate(is_done=is_done, no_phone=no_phone, code_is_in=SEALED).order_by("is_done", "-at")


def claim_by_badge(draw, code: str, *, at) -> Claim | None:
    """A badge, or a ticket, was scanned at the stage: its holder is here. None when nobody with it is being called."""
    read = tickets.read_payload(code)
    if read is None or read[0] not in ("", draw.raffle.event.code):
        return None
    holder = draw.raffle.event.attendees.filter(code=read[1], forgotten_at=None).first()
    for call in drawing.calling(draw):
        if holder is not None and drawing.attendee_of(draw, call.rank) == holder:
            claimed = drawing.claim(draw, call.rank, at=at, by="desk")
            return claimed if claimed and claimed.attendee_id == holder.pk else None
    return None


def remind(claim: Claim, *, at) -> bool:
    """Write to the winner that the prize waits: a link to their own page, never a code. True when a mail went out."""
    if claim.attendee is None or claim.attendee.forgotten_at is not None:
        return False
    taken = Claim.objects.filter(pk=claim.pk, handed_over_at=None, released_at=None)
    if claim.draw.prize.kind == Prize.Kind.ARRANGED:
        taken = taken.filter(delivery="")  # no join: the update must judge the row as it is now
    event = claim.draw.raffle.event
    context = {"prize": claim.draw.prize, "claim": claim, "link": passes.link(claim.attendee)}
    key = f"prize:{claim.pk}:{at:%Y%m%d%H}"
    with transaction.atomic():
        if not taken.exclude(reminded_at__gt=at - REMIND_AGAIN).update(reminded_at=at):
            return False
        sent = mailing.send(event, claim.attendee, "mail/prize_waiting", context, key=key) is not None
        if not sent:  # nobody can be written to: the desk goes on showing that no reminder went out
            taken.update(reminded_at=claim.reminded_at)
    return sent


@ticking.every_tidy
def remind_winners(at):
    """Once by itself, half an hour after the claim, while the desk is open."""
    waiting = Claim.objects.filter(
        handed_over_at=None, released_at=None, reminded_at=None, at__lt=at - REMIND_AFTER, at__gt=at - timedelta(days=2)
    )
    for claim in waiting_for_winner(waiting).select_related("attendee", "draw__prize", "draw__raffle__event"):
        remind(claim, at=at)


def code_for(claim: Claim, *, at) -> str:
    """The membership code of a claim, for its winner's eyes; looking at it is fetching it. '' when there is none yet."""
    if not PrizeCode.objects.filter(prize=claim.draw.prize_id).exists():
        return ""
    with write_gate(), transaction.atomic():  # seen or given back: one of the two, whichever is first
        if not PrizeCode.give(claim):
            return ""
        code = PrizeCode.objects.get(claim=claim).reveal()
        if code and Claim.objects.filter(pk=claim.pk, handed_over_at=None).update(handed_over_at=at):
            claim.handed_over_at = at
    return code


def code_is_in(claim: Claim) -> bool:
    """Whether a code is there for this claim, looked at or not."""
    return Claim.objects.filter(SEALED, pk=claim.pk).exists()


def code_at_desk(claim: Claim, *, at, by) -> str:
    """The code of a winner without a phone, for the one of the crew who hands it over and is named; '' for all others."""
    mine = Claim.objects.filter(pk=claim.pk)
    if not mine.filter(NO_PHONE).exists():
        return ""
    with write_gate(), transaction.atomic():
        if not PrizeCode.give(claim):
            return ""
        code = PrizeCode.objects.get(claim=claim).reveal()
        if code:
            mine.filter(handed_over_at=None).update(handed_over_at=at, handed_over_by=by)
        return code if mine.filter(handed_over_by=by, handed_over_at__gt=at - SHOWN_AGAIN).exists() else ""


WON = "SELECT 1 FROM raffle_claim WHERE attendee_id = %s AND released_at IS NULL"
_ANY = Composed(WON + " LIMIT 1")


def own_claims(event, attendee):
    """What this person has won at this event and keeps, the newest first.

    Every phone asks on every page of its ticket, and nearly none has won: whether there is any is asked first.
    """
    if _ANY.one(attendee.pk) is None:
        return Claim.objects.none()
    mine = Claim.objects.filter(draw__raffle__event=event, attendee=attendee, released_at=None)
    return mine.select_related("draw__prize__sponsor").order_by("-at")


def tell_sponsor(draw: Draw, rank: int, agreed: bool) -> bool:
    """The winner says whether the sponsor may see their name."""
    return bool(Claim.objects.filter(draw=draw, rank=rank).update(sponsor_ok=agreed))


def sponsor_token(sponsor) -> str:
    """What the sponsor's own page is reached by."""
    return signing.dumps(sponsor.pk, salt=f"sponsor-prizes:{sponsor.event_id}")


def sponsor_of(event, token):
    """The sponsor of a token, or None."""
    try:
        return event.sponsors.filter(pk=signing.loads(token, salt=f"sponsor-prizes:{event.pk}")).first()
    except signing.BadSignature:
        return None


def sponsor_rows(sponsor) -> list[dict]:
    """Numbers for each prize of a sponsor, and the names of the winners who agreed."""
    claims = Count("draws__claims", filter=Q(draws__claims__released_at=None))
    fetched = Count("draws__claims", filter=Q(draws__claims__handed_over_at__isnull=False))
    prizes = Prize.objects.filter(sponsor=sponsor, event=sponsor.event).annotate(won=claims, fetched=fetched)
    agreed = Claim.objects.filter(
        draw__prize__sponsor=sponsor, sponsor_ok=True, released_at=None, attendee__forgotten_at=None
    ).exclude(attendee=None)
    names: dict[int, list[str]] = {}
    for prize, name in agreed.order_by("at").values_list("draw__prize", "attendee__name"):
        names.setdefault(prize, []).append(name)
    return [{"prize": prize, "names": names.get(prize.pk, [])} for prize in prizes.order_by("order", "pk")]
