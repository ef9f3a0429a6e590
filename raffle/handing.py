"""Prizes reach their winners: the desk, reminders, what sponsors see, prizes that nobody fetched."""

from datetime import timedelta

from django.core import signing
from django.db.models import Count, Q

from events import mailing, passes, ticking
from raffle.models import Claim, Draw, Prize

REMIND_AFTER = timedelta(minutes=30)  # of a claim that nobody fetched
REMIND_AGAIN = timedelta(hours=20)


def open_claims(event):
    """Claims whose prize is still at the desk."""
    return Claim.objects.filter(draw__raffle__event=event, handed_over_at=None, released_at=None)


def remind(claim: Claim, *, at) -> bool:
    """Write to the winner that the prize waits: a link to their own page, never a code. True when a mail went out."""
    if claim.attendee is None:
        return False
    taken = Claim.objects.filter(pk=claim.pk, handed_over_at=None, released_at=None)
    if not taken.exclude(reminded_at__gt=at - REMIND_AGAIN).update(reminded_at=at):
        return False
    event = claim.draw.raffle.event
    context = {"prize": claim.draw.prize, "claim": claim, "link": passes.link(claim.attendee)}
    key = f"prize:{claim.pk}:{at:%Y%m%d%H}"
    return mailing.send(event, claim.attendee, "mail/prize_waiting", context, key=key) is not None


@ticking.every_tidy
def remind_winners(at):
    """Once by itself, half an hour after the claim, while the desk is open; membership codes are not fetched there."""
    waiting = Claim.objects.filter(
        handed_over_at=None, released_at=None, reminded_at=None, at__lt=at - REMIND_AFTER, at__gt=at - timedelta(days=2)
    ).exclude(draw__prize__kind=Prize.Kind.CODE)
    for claim in waiting.select_related("attendee", "draw__prize", "draw__raffle__event"):
        remind(claim, at=at)


def release(claim: Claim, *, at, by) -> bool:
    """Nobody fetched it: the prize may be drawn again, in a new draw. Not for a code that its winner has seen."""
    if claim.draw.prize.kind == Prize.Kind.CODE:
        return False
    mine = Claim.objects.filter(pk=claim.pk, handed_over_at=None, released_at=None)
    return bool(mine.update(released_at=at, released_by=by))


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
