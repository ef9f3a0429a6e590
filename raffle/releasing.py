"""A prize that its winner did not fetch goes into a new draw: not at once, with a reason, and everybody reads it.

The log has no record for it, and needs none: the claim stays, the new draw is numbered. That they belong together is on
the proof pages of both, which say that the giving back itself is the organiser's word.
"""

from django.db import transaction

from events.db import write_gate
from raffle.models import Claim, Draw, PrizeCode


def release(claim: Claim, *, at, by, why: str) -> bool:
    """Give the prize back; False for one that its winner has, or a code that they have seen.

    Raises ValueError without a reason, and Claim.TooEarly while the winner may be on their way. A code that nobody has
    seen is free again, for the next winner or for one who waits for a code.
    """
    if not why:
        raise ValueError("no reason")
    if at < claim.kept_until:
        raise Claim.TooEarly
    with write_gate(), transaction.atomic():
        mine = Claim.objects.filter(pk=claim.pk, handed_over_at=None, released_at=None)
        if not mine.update(released_at=at, released_by=by, released_why=why):
            return False
        PrizeCode.objects.filter(claim=claim).update(claim=None)
        for waiting in claim.draw.prize.waiting_for_code():
            PrizeCode.give(waiting)
    return True


def given_back(raffle, number=None) -> list[dict]:
    """What was claimed and given back: {draw, no, claimed_at, at, why, again}, the first one first.

    `again` is the number of the draw that drew it anew, or None; with `number` only what this draw gave or got.
    """
    found = Claim.objects.filter(draw__raffle=raffle).exclude(released_at=None).order_by("released_at", "pk")
    claims = list(found.select_related("attendee"))
    if not claims:
        return []
    draws = {
        draw.pk: draw
        for draw in raffle.draws.exclude(state=Draw.State.ABORTED).only("number", "prize", "opened_at", "quantity")
    }
    free = {pk: draw.quantity for pk, draw in draws.items()}
    rows = []
    for claim in claims:
        mine = draws[claim.draw_id]
        later = (pk for pk, d in draws.items() if d.prize_id == mine.prize_id and d.opened_at >= claim.released_at)
        taken = next((pk for pk in later if free[pk]), None)
        if taken is not None:
            free[taken] -= 1
        rows.append(
            {
                "draw": mine.number,
                "no": f"{claim.attendee.number:04d}" if claim.attendee else claim.eid[:4],
                "claimed_at": claim.at,
                "at": claim.released_at,
                "why": claim.released_why,
                "again": draws[taken].number if taken is not None else None,
            }
        )
    return [row for row in rows if number in (None, row["draw"], row["again"])]
