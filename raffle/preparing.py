"""Prizes are prepared, added live, handed over; what the host's page shows."""

import secrets
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import Count
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from events import live
from events.models import Stage
from events.text import clean_text
from raffle import beside, drawing, entering, host, opening, patter, proof, protocol, rehearsing, state
from raffle.models import Claim, Draw, Prize

STAGE_HEARD = timedelta(seconds=25)  # the stage gives a sign of life every ten

REFUSALS = {
    Draw.AlreadyRunning: lambda: _("One draw at a time: the last one is not settled yet."),
    Draw.HasResult: lambda: _("A draw that was set aside has its result: show it on the stage first."),
    Draw.EmptyPool: lambda: _("There are fewer people in the pot than prizes."),
    Draw.NothingLeft: lambda: _("All of this prize have been drawn."),
    Stage.NotInControl: lambda: _("Somebody else controls the stage. Take over first."),
}


def why(reason) -> str:
    """A refusal in words."""
    words = REFUSALS.get(type(reason))
    if isinstance(reason, Draw.TooMany):
        return _(
            "The stage shows at most %(n)d winners within the time to answer: draw fewer at once, or give more time."
        ) % {"n": reason.args[0]}
    if isinstance(reason, Draw.NothingLeft) and reason.args and reason.args[0] > 0:
        left = reason.args[0]
        return ngettext("Only %(n)d of this prize is left.", "Only %(n)d of this prize are left.", left) % {"n": left}
    return words() if words else _("That does not fit: check the number of prizes.")


def spoken(text: str) -> str:
    """What was called out, cleaned, at most 120 characters."""
    return clean_text(text)[:120]


def at_hand(draw, following) -> bool | None:
    """Whether the prize of this draw, or the next one, is on the stage; None for no prize or one that never is."""
    prize = draw.prize if draw and not draw.is_settled() else following[0] if following else None
    return None if prize is None or prize.kind != Prize.Kind.GOODS else prize.is_at_hand


def remote_context(request, event, at) -> dict:
    """The context of the host's page for draws."""
    host.warm()
    raffle = entering.raffle_of(event, at=at)
    rehearsing.play(raffle, at=at)
    body = state.stage_state(raffle, at=at)
    draw = drawing.current(raffle)
    following = event.prizes.left()
    return {
        "at": at,
        "raffle": raffle,
        "state": body,
        "draw": draw,
        "phase": body["draw"]["phase"] if body["draw"] else "none",
        "winners": body["draw"]["winners"] if body["draw"] else [],
        "calling": [row for row in (body["draw"] or {}).get("winners", []) if row["state"] == "calling"],
        "aside": beside.waiting(raffle),
        "next_prize": following[0] if following else None,
        "cars": sorted({person.carriage for person in event.attendees.confirmed() if person.carriage}),
        "is_copy": rehearsing.is_copy(event),
        "prize_at_hand": at_hand(draw, following),
        "stage_online": Stage.objects.filter(event=event, heard_at__gte=at - STAGE_HEARD).exists(),
        "prizes": following,
        "givers": event.sponsors.all(),
        "kinds": Prize.Kind.choices,
        "in_pot": entering.in_the_box(raffle),
        "press": secrets.token_hex(16),
        "most": opening.most_at_once(raffle),
        "reasons": proof.CALLED_OFF.items(),
        "absent": sum(row["state"] == "absent" for row in (body["draw"] or {}).get("winners", [])),
        "words": words(raffle, draw, body["draw"]),
    }


def words(raffle, draw, shown) -> list[str]:
    """The announcement of each person who is being called, names put in."""
    calling = [row for row in (shown or {}).get("winners", []) if row["state"] == "calling"]
    if draw is None or not calling:
        return []
    prepared = draw.narrations.filter(source="model").order_by("-pk").first()  # ours are said in the host's language
    text = prepared.text if prepared else patter.announcement(raffle.tone)
    return [
        mark_safe(patter.fill(text, winner=row["name"], prize=shown["prize"]["name"]))  # fill() escapes
        for row in calling
    ]


def called(name: str | None) -> str:
    """A prize's name as it is kept."""
    return clean_text(name or "")[:80]


def add_live(event, *, name, quantity, at, sponsor=None, kind=Prize.Kind.GOODS) -> Prize:
    """A prize that somebody offers on the day: last in the order. Raises ValueError for an empty or known name."""
    name = called(name)
    if not name or not 1 <= quantity <= 1000:
        raise ValueError(_("A prize has a name, and there is at least one of it."))
    last = event.prizes.order_by("-order").values_list("order", flat=True).first() or 0
    try:
        with transaction.atomic():
            prize = Prize.objects.create(
                event=event,
                name=name,
                quantity=quantity,
                sponsor=sponsor,
                kind=kind,
                order=last + 1,
                added_live_at=at,
                at_hand_at=at if kind == Prize.Kind.GOODS else None,
            )
            live.tell(event, "raffle")
    except IntegrityError:
        raise ValueError(_("This prize is on the list already.")) from None
    return prize


def deliver(draw, rank, text) -> bool:
    """Where to send a prize that is not in the room; True when it was kept. Others are handed over at the desk."""
    if draw.prize.kind != Prize.Kind.ARRANGED:
        return False
    return bool(Claim.objects.filter(draw=draw, rank=rank).update(delivery=clean_text(text)[:300]))


def with_hindrances(event) -> list[Prize]:
    """The prizes of the show, each with `lacks`: codes that are missing before all of it can be given."""
    prizes = list(event.prizes.select_related("sponsor").annotate(sealed=Count("codes")).order_by("order", "pk"))
    for prize in prizes:
        prize.lacks = max(0, prize.quantity - prize.sealed) if prize.kind == Prize.Kind.CODE else 0
    return prizes


def hand_over(claim: Claim, *, at, by) -> bool:
    """The prize is in the winner's hands; True for exactly one caller.

    Never for a prize that was given back, nor for a code: that is fetched by looking at it.
    """
    if claim.draw.prize.kind == Prize.Kind.CODE:
        return False
    open_ = Claim.objects.filter(pk=claim.pk, handed_over_at=None, released_at=None)
    return bool(open_.update(handed_over_at=at, handed_over_by=by))


def hand_over_at_stage(claim: Claim, *, at, by) -> bool:
    """Whoever stands at the stage gets what lies ready there; the rest waits at the desk."""
    return claim.draw.prize.is_at_hand and hand_over(claim, at=at, by=by)


def spot_check(draw, count=10) -> list[str]:
    """Ten ids of the pool that must raise a hand: chosen by the seed, so that nobody picks them; [] before it is there.

    The hash of an opening or of a freeze can be tried a million times, with another secret or millisecond, until none of
    the ten is a ghost; a seed costs the whole delay. Hashed once more, it says nothing of who stands by.
    """
    if not draw.seed:
        return []
    key = protocol.sha(b"raffle/1 spot\0" + bytes.fromhex(draw.seed))
    return protocol.top(key, [(eid, 1) for eid, _weight in draw.pool], count)


def in_words(eids, people) -> list[dict]:
    """What is shown of these ids: the person, else the beginning of an id that is nobody's any more."""
    return [people.get(eid, {"eid": eid, "name": "—", "no": eid[:4]}) for eid in eids]
