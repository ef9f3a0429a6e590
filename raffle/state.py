"""What the stage and the phones show of the raffle, as plain values for JSON.

Stage: {server_now, head, pictograms, draw: null | {number, phase, prize: {name, sponsor}, qty, rule, close_at, opened_at,
claim_ms, delay, contributions, open_hash, crowd_root, secret, beacon: null | {chain, round, at, signature},
seed, frozen_at, drawn_at, pool: [{eid, weight, name, no, carriage, seat}], departures: [eid, …] | null,
winners: [{rank, eid, name, no, carriage, seat, state: "calling" | "here" | "absent", deadline, reason, text}]}}
with phase one of open, frozen, drawn (the film runs), calling, done, aborted; instants in milliseconds since 1970.
A stand-by is in no list before a void exists.
"""

from django.urls import reverse

from events.templatetags import house
from raffle import drawing, entering, proof, protocol
from raffle.models import Contribution, Entrant


def milliseconds(moment) -> int | None:
    return protocol.milliseconds(moment) if moment else None


def prize_state(prize, event) -> dict:
    """A prize of the event as stage and phones show it."""
    sponsor = house.said(prize.sponsor, "name") if prize.sponsor else ""
    return {
        "id": prize.pk,
        "name": house.said(prize, "name"),
        "sponsor": sponsor,
        "kind": prize.kind,
        "photo": reverse("raffle:prize_photo", args=[event.slug, prize.pk]) if prize.photo else "",
    }


def people(raffle, eids) -> dict[str, dict]:
    """eid to what the board shows of the person; an erased one is a number without a name."""
    found = {}
    for entrant in Entrant.objects.filter(raffle=raffle, eid__in=list(eids)).select_related("attendee"):
        attendee = entrant.attendee
        gone = attendee is None or attendee.forgotten_at is not None
        found[entrant.eid] = {
            "eid": entrant.eid,
            "name": "—" if gone or attendee is None else attendee.name,
            "no": f"{attendee.number:04d}" if attendee else entrant.eid[:4],
            "carriage": attendee.carriage if attendee else None,
            "seat": attendee.seat if attendee else None,
            "on_paper": entrant.on_paper,
        }
    return found


def phase(draw) -> str:
    """Where the show is."""
    if draw.state == draw.State.DRAWN:
        if draw.revealed_at is None:
            return "drawn"
        return "done" if draw.is_settled() else "calling"
    return {"open": "open", "frozen": "frozen", "aborted": "aborted"}[draw.state]


def winners(draw, names) -> list[dict]:
    """Everybody who is, or was, called: never a stand-by."""
    claims = draw.claimed()
    voids = {void.rank: void for void in draw.voids.all()}
    rows = []
    for call in sorted(draw.calls.all(), key=lambda call: call.rank):
        state = "here" if call.rank in claims else "absent" if call.rank in voids else "calling"
        deadline = drawing.ends_at(draw, call)
        eid = draw.order[call.rank - 1]
        person = names.get(eid) or {"eid": eid, "name": "—", "no": eid[:4], "carriage": None, "seat": None}
        row = {**person, "rank": call.rank, "state": state, "deadline": milliseconds(deadline)}
        if void := voids.get(call.rank):
            row |= {"reason": void.reason, "text": void.text, "waited": void.waited_ms // 1000}
        rows.append(row)
    return rows


def stage_state(raffle, *, at) -> dict:
    """The stage's state; settles first what time has decided."""
    draw = drawing.current(raffle)
    if draw is not None:
        drawing.settle(draw, at=at)
    raffle.refresh_from_db(fields=["head"])
    body = {
        "server_now": milliseconds(at),
        "head": raffle.head,
        "short_head": protocol.short_head(raffle.head),
        "pictograms": protocol.pictograms(raffle.head),
        "draw": None,
    }
    if draw is not None:
        body["draw"] = draw_state(draw)
    return body


def draw_state(draw) -> dict:
    """One draw for the stage."""
    eids = [eid for eid, _weight in draw.pool]
    names = people(draw.raffle, eids)
    drawn = draw.state == draw.State.DRAWN
    now = phase(draw)
    board = [{**names[eid], "weight": weight} for eid, weight in draw.pool if eid in names]
    board.sort(key=lambda person: (person["carriage"] or 999, person["seat"] or 999, person["no"]))
    return {
        "number": draw.number,
        "phase": now,
        "prize": prize_state(draw.prize, draw.raffle.event),
        "qty": draw.quantity,
        "rule": proof.special(draw.rule, draw.quantity),
        "opened_at": milliseconds(draw.opened_at),
        "close_at": milliseconds(draw.close_at),
        "frozen_at": milliseconds(draw.frozen_at),
        "drawn_at": milliseconds(draw.shown_from),
        "claim_ms": draw.claim_ms,
        "delay": draw.delay,
        "contributions": Contribution.objects.filter(draw=draw).count(),
        "open_hash": draw.open_hash,
        "crowd_root": draw.crowd_root or None,
        "secret": (draw.secret or None) if draw.frozen_at else None,
        "beacon": beacon_state(draw),
        "seed": draw.seed or None,
        "pool": board,
        "departures": protocol.departures(bytes.fromhex(draw.seed), eids, draw.order[: draw.quantity])
        if drawn
        else None,
        "winners": winners(draw, names) if drawn else [],
    }


def beacon_state(draw) -> dict | None:
    """The round of the public beacon that the draw waits for, when it comes, and its signature once it is there."""
    if not draw.beacon:
        return None
    return {**draw.beacon, "at": protocol.beacon_time(draw.beacon["round"]), "signature": draw.beacon_sig or None}


def attendee_state(raffle, attendee, *, at) -> dict:
    """What one phone shows: the box, the draw, and the person's own place in it. A hall asks for it at once: few reads."""
    draw = drawing.current(raffle)
    if draw is not None and not (draw.state == draw.State.OPEN and at < draw.close_at):  # nothing is due before
        drawing.settle(draw, at=at)
        raffle.refresh_from_db(fields=["head"])
    entrant = Entrant.objects.filter(raffle=raffle, attendee=attendee).first()
    reason = entering.why_not(raffle, attendee, entrant)
    return {
        "server_now": milliseconds(at),
        "event_id": raffle.public_id,
        "head": raffle.head,
        "short_head": protocol.short_head(raffle.head),
        "pictograms": protocol.pictograms(raffle.head),
        "box": {"count": entering.in_the_box(raffle)},
        "draw": draw and public_draw(draw),
        "me": {
            "eid": entrant.eid if entrant else None,
            "weight": entering.weight_of(raffle, entrant),
            "why_not": reason,
            "in_pot": reason is None and (draw is None or entrant is not None),
            "in_draw": in_draw(draw, entrant),
            "not_in_draw": not_in_draw(draw, entrant, attendee, reason),
            "rank": own_rank(draw, entrant),
            "won": own_win(draw, entrant),
        },
    }


def in_draw(draw, entrant) -> bool:
    return bool(draw and entrant and entrant.eid in {eid for eid, _weight in draw.pool})


def not_in_draw(draw, entrant, attendee, reason) -> str | None:
    """Why this person takes no part in the draw that is open: "group", "door", "won", "late"; None when they do."""
    if draw is None or draw.state != draw.State.OPEN or in_draw(draw, entrant):
        return None
    if draw.rule.get("groups") and attendee.carriage not in draw.rule["groups"]:
        return "group"
    return reason if reason in ("door", "won") else "late"


def public_draw(draw) -> dict:
    """A draw as every phone may see it."""
    return {
        "number": draw.number,
        "phase": phase(draw),
        "prize": prize_state(draw.prize, draw.raffle.event),
        "close_at": milliseconds(draw.close_at),
        "pool": len(draw.pool),
        "groups": draw.rule.get("groups", []),
        "contributions": Contribution.objects.filter(draw=draw).count(),
        "crowd": {"m": len(draw.crowd), "root": draw.crowd_root} if draw.frozen_at else None,
    }


def own_rank(draw, entrant) -> int | None:
    """The person's place in the order, told when the draw is over, so that no stand-by knows before."""
    if draw is None or entrant is None or draw.state != draw.State.DRAWN or not draw.is_settled():
        return None
    return draw.order.index(entrant.eid) + 1 if entrant.eid in draw.order else None


def own_win(draw, entrant) -> dict | None:
    """Whether the person is being called, was here, or was passed over."""
    if draw is None or entrant is None or draw.revealed_at is None or entrant.eid not in draw.order:
        return None
    rank = draw.order.index(entrant.eid) + 1
    call = next((call for call in draw.calls.all() if call.rank == rank), None)
    if call is None:
        return None
    claimed = next((claim for claim in draw.claims.all() if claim.rank == rank), None)
    state = "here" if claimed else "absent" if rank in draw.voided() else "calling"
    deadline = drawing.ends_at(draw, call)
    return {
        "draw": draw.number,
        "rank": rank,
        "state": state,
        "deadline": milliseconds(deadline),
        "claim_code": claimed.code if claimed else None,
    }
