"""The draw, transaction by transaction: contribute, freeze, compute, reveal, call, claim, pass on, abort.

Facts and their log records are written together. Each step is a compare-and-set of the draw's state: a double press,
two hosts, a replayed request or a process that died in the middle find the step done, or do it.
"""

from datetime import timedelta
from math import ceil

from django.db import IntegrityError, transaction
from django.db.models import F, prefetch_related_objects

from events import jobs, live
from events.db import write_gate
from events.models import Job
from raffle import protocol
from raffle.models import Call, Claim, Contribution, Draw, Entrant, PrizeCode, SpokenText, Void

State = Draw.State
NONCES_PER_DRAW, NONCES_PER_SECOND = 60, 20  # one ticket's stream; its phone: static/js/elements/raffle-phone.js
SECOND = timedelta(seconds=1)
LATEST_REVEAL = timedelta(seconds=45)  # a stage that died in the spin does not stop the show
GRACE = timedelta(milliseconds=300)  # taps on their way when the countdown ends
MOST_TEXTS = 20  # that are called out in the room for one draw
COMPUTED_AFTER = timedelta(seconds=8)  # a result that is not there by then: its worker may be dead, another one tries
ASK_BEACON_EVERY = timedelta(seconds=4)
LATER = timedelta(hours=1)
WATCHED_EVERY = timedelta(seconds=2)
AWAY = timedelta(seconds=20)  # while somebody is called, stage, host and phones ask more often than that
UNWATCHED = timedelta(hours=1)  # after that it is no outage: the people have gone home
SHORT, MOST_SHORT = timedelta(minutes=2), timedelta(minutes=5)  # a page in the background looks once a minute
SIGN_OF_LIFE = timedelta(seconds=1.5)  # a worker at a draw gives one every half a second


def contribute(draw, entrant, nonce: str, *, at) -> bool:
    """Add a phone's nonce; True when it is in the list.

    Raises ValueError for a nonce that is not 32 bytes of hex, Draw.NotInPool for a ticket that takes no part, and
    Draw.TooLate after the countdown. A replayed nonce changes nothing; one stream per ticket: beyond NONCES_PER_DRAW,
    or NONCES_PER_SECOND within any one second, the answer is False.
    """
    if len(nonce) != 64 or not set(nonce) <= set("0123456789abcdef"):
        raise ValueError("not a nonce")
    if at > draw.close_at + GRACE:
        raise Draw.TooLate
    if entrant.raffle_id != draw.raffle_id or entrant.eid not in {eid for eid, _weight in draw.pool}:
        raise Draw.NotInPool
    mine = Contribution.objects.filter(draw=draw, entrant=entrant)
    if _is_full(mine, at):  # a flood costs one read
        return mine.filter(nonce=nonce).exists()
    try:
        with write_gate(), transaction.atomic():
            _hold_open(draw)
            if _is_full(mine, at):
                return False
            Contribution.objects.create(draw=draw, entrant=entrant, nonce=nonce, at=at)
    except IntegrityError:
        pass
    return True


def _is_full(stream, at) -> bool:
    """Whether a ticket has sent enough to this draw, or enough for this second."""
    times = list(stream.values_list("at", flat=True))
    return len(times) >= NONCES_PER_DRAW or sum(sent > at - SECOND for sent in times) >= NONCES_PER_SECOND


def speak(draw, text: str, *, at) -> bool:
    """Add what was called out in the room; False beyond MOST_TEXTS, Draw.TooLate after the countdown."""
    if at > draw.close_at + GRACE:
        raise Draw.TooLate
    with write_gate(), transaction.atomic():
        _hold_open(draw)
        if draw.texts.count() >= MOST_TEXTS:
            return False
        text = protocol.plain(text)
        SpokenText.objects.get_or_create(draw=draw, text=text)
        Contribution.objects.get_or_create(draw=draw, nonce=protocol.text_nonce(text), defaults={"at": at})
    return True


def _hold_open(draw) -> None:
    """Hold the row of an open draw to the end of the transaction: no freeze can come between. Raises Draw.TooLate."""
    if not Draw.objects.filter(pk=draw.pk, state=State.OPEN).update(state=State.OPEN):
        raise Draw.TooLate


def freeze(draw, *, at) -> bool:
    """Close the countdown: the list of contributions and the secret are published. True for exactly one caller."""
    with write_gate(), transaction.atomic():
        due = Draw.objects.filter(pk=draw.pk, state=State.OPEN, close_at__lte=at)
        if not due.update(state=State.FROZEN, frozen_at=at):
            return False
        draw.refresh_from_db()
        draw.crowd = sorted(set(draw.contributions.values_list("nonce", flat=True)))
        draw.crowd_root = protocol.crowd_root(draw.crowd)
        body = {
            "draw": draw.number,
            "open": draw.open_hash,
            "crowd": {"m": len(draw.crowd), "root": draw.crowd_root},
            "texts": list(draw.texts.order_by("pk").values_list("text", flat=True)),
            "secret": draw.secret or None,
        }
        draw.freeze_hash = draw.raffle.append("freeze", body, at=at)
        draw.save(update_fields=["crowd", "crowd_root", "freeze_hash"])
        jobs.enqueue(_next_job(draw), subject=draw.pk, event=draw.raffle.event)
        live.tell(draw.raffle.event, "draw", number=draw.number, phase="frozen")
    return True


def _next_job(draw) -> str:
    """What a frozen draw waits for."""
    return "fetch_beacon" if draw.beacon and not draw.beacon_sig else "compute_draw"


def take_beacon(draw, signature: str) -> bool:
    """Keep the beacon's checked signature; the result can be computed from here. True for exactly one caller."""
    with write_gate(), transaction.atomic():
        waiting = Draw.objects.filter(pk=draw.pk, state=State.FROZEN, beacon_sig="").exclude(beacon=None)
        if not waiting.update(beacon_sig=signature):
            return False
        jobs.enqueue("compute_draw", subject=draw.pk, event=draw.raffle.event)
        live.tell(draw.raffle.event, "draw", number=draw.number, phase="frozen")
    return True


def compute(draw, *, now) -> bool:
    """Do the delay and write the result. True for exactly one caller; anyone may compute, the result is the same."""
    draw.refresh_from_db()
    if draw.state != State.FROZEN or (draw.beacon and not draw.beacon_sig):
        return False
    secret = bytes.fromhex(draw.secret) if draw.secret else None
    signature = bytes.fromhex(draw.beacon_sig) if draw.beacon_sig else None
    seed = protocol.seed(draw.open_hash, draw.crowd_root, secret, signature, draw.delay)
    order = protocol.order(seed, [(eid, weight) for eid, weight in draw.pool])
    at = now()
    with write_gate(), transaction.atomic():
        frozen = Draw.objects.filter(pk=draw.pk, state=State.FROZEN)
        if not frozen.update(state=State.DRAWN, seed=seed.hex(), order=order, drawn_at=at):
            return False
        draw.refresh_from_db()
        body = {
            "draw": draw.number,
            "freeze": draw.freeze_hash,
            "seed": draw.seed,
            "beacon_sig": draw.beacon_sig or None,
            "order": protocol.order_hash(order),
            "top": order[: draw.quantity],
        }
        draw.raffle.append("result", body, at=at)
        live.tell(draw.raffle.event, "draw", number=draw.number, phase="drawn")
    return True


def reveal(draw, *, at, seen=True) -> bool:
    """The stage has shown the winners: their time to answer begins. True for exactly one caller.

    Not `seen`: the ticking does it, and nobody may be able to ask the site; their time begins with the first who does.
    """
    with write_gate(), transaction.atomic():
        ready = Draw.objects.filter(pk=draw.pk, state=State.DRAWN, revealed_at=None, set_aside_at=None)
        if not ready.update(revealed_at=at):
            return False
        draw.refresh_from_db()
        begins = max(at, draw.drawn_at)  # a request that was read before the result was written
        for rank in protocol.current_ranks(draw.quantity, len(draw.order), ()):
            _call(draw, rank, begins, seen)
        live.tell(draw.raffle.event, "draw", number=draw.number, phase="calling")
    return True


def watch(draw, *, at) -> None:
    """The site is asked about who is being called, so it is there: what it was away for since is not taken from them.

    Neither is the time in which nobody had asked about a call at all.
    """
    due = {c.pk: c for c in calling(draw) if c.watched_at is None or at - c.watched_at >= WATCHED_EVERY}
    if not due:
        return
    news = False
    with write_gate(), transaction.atomic():
        for began in {call.at for call in due.values() if call.watched_at is None}:
            unseen = max(0, (at - began) // timedelta(milliseconds=1))
            draw.calls.filter(pk__in=due, watched_at=None, at=began).update(watched_at=at, lost_ms=unseen)
        for since in {call.watched_at for call in due.values()} - {None}:
            away = at - since if AWAY < at - since < UNWATCHED else timedelta(0)
            rows = draw.calls.filter(pk__in=due, watched_at=since)
            if away:
                lost = away // timedelta(milliseconds=1)
                most = MOST_SHORT // timedelta(milliseconds=1)  # else a call would last as long as such a page looks
                given = rows.filter(lost_ms__lt=most) if away < SHORT else rows
                news |= bool(given.update(watched_at=at, lost_ms=F("lost_ms") + lost))
            rows.update(watched_at=at)
        if news:
            live.tell(draw.raffle.event, "draw", number=draw.number, phase="calling")
    for pk, watched_at, lost in Call.objects.filter(pk__in=due).values_list("pk", "watched_at", "lost_ms"):
        due[pk].watched_at, due[pk].lost_ms = watched_at, lost


def ends_at(draw, call):
    """When the time to answer of a called rank is over."""
    return call.at + timedelta(milliseconds=draw.claim_ms + call.lost_ms)


def _is_over(draw, call, at, asked) -> bool:
    """Whether the time to answer is over; for the ticking not before the site was asked after it, unless nobody comes back."""
    ends = ends_at(draw, call)
    if call.watched_at is None:
        return False
    if not asked and call.watched_at < ends and at - call.watched_at < UNWATCHED:
        return False
    return at >= ends


def _call(draw, rank, at, seen) -> None:
    Call.objects.get_or_create(draw=draw, rank=rank, defaults={"at": at, "watched_at": at if seen else None})
    attendee = attendee_of(draw, rank)
    if attendee is not None:
        live.tell(draw.raffle.event, "you", live.to(attendee), won=draw.number, rank=rank)


def attendee_of(draw, rank):
    """Whose rank it is; None when the person was erased."""
    entrant = Entrant.objects.filter(raffle=draw.raffle, eid=draw.order[rank - 1]).select_related("attendee").first()
    return entrant.attendee if entrant else None


def calling(draw) -> list[Call]:
    """The ranks that are being called now and have neither claimed nor been passed over."""
    done = draw.voided() | draw.claimed()
    return sorted((call for call in draw.calls.all() if call.rank not in done), key=lambda call: call.rank)


def claim(draw, rank, *, at, by) -> Claim | None:
    """ "I'm here", from the phone or at the desk. None when the time was over or somebody was faster.

    `by` is "phone" or "desk".
    """
    settle(draw, at=at)
    with write_gate(), transaction.atomic():
        _lock(draw)
        if rank not in {call.rank for call in calling(draw)}:
            return Claim.objects.filter(draw=draw, rank=rank).first()
        eid = draw.order[rank - 1]
        claimed = Claim.objects.create(draw=draw, rank=rank, eid=eid, attendee=attendee_of(draw, rank), by=by, at=at)
        PrizeCode.give(claimed)
        draw.raffle.append("claim", {"draw": draw.number, "rank": rank, "eid": eid, "by": by}, at=at)
        live.tell(draw.raffle.event, "draw", number=draw.number, phase="claimed")
    return claimed


def pass_on(draw, rank, reason, *, at, by=None, text="", seen=True) -> bool:
    """Pass over a called rank: the next in order is called. False when it is not being called (any more).

    A timeout is written only when the server's clock says so. `seen` as in reveal(), of the next one.
    """
    with write_gate(), transaction.atomic():
        _lock(draw)
        call = next((call for call in calling(draw) if call.rank == rank), None)
        if call is None:
            return False
        waited = int((at - call.at).total_seconds() * 1000)
        if reason == Void.Reason.TIMEOUT and at < ends_at(draw, call):
            return False
        eid = draw.order[rank - 1]
        Void.objects.create(draw=draw, rank=rank, eid=eid, reason=reason, text=text, waited_ms=waited, at=at, by=by)
        body = {"draw": draw.number, "rank": rank, "eid": eid, "reason": str(reason), "waited_ms": waited}
        if text:
            body["text"] = text
        draw.raffle.append("void", body, at=at)
        for following in protocol.current_ranks(draw.quantity, len(draw.order), draw.voided()):
            if not draw.calls.filter(rank=following).exists():
                _call(draw, following, at, seen)
        live.tell(draw.raffle.event, "draw", number=draw.number, phase="passed_on")
    return True


def seconds_left(draw, rank, *, at) -> int:
    """How long a called rank has to answer, rounded up; 0 when it is not being called."""
    ends = [ends_at(draw, call) for call in calling(draw) if call.rank == rank]
    return max(0, ceil((ends[0] - at).total_seconds())) if ends else 0


def _lock(draw) -> None:
    """Hold the draw's row to the end of the transaction."""
    Draw.objects.filter(pk=draw.pk).update(state=F("state"))
    draw.refresh_from_db()


def abort(draw, *, at, reason: str) -> None:
    """While the countdown runs: the result cannot be known yet. Raises Draw.TooLate afterwards.

    Also between the countdown's end and the freeze: who operates the server could compute the result there already.
    """
    with write_gate(), transaction.atomic():
        running = Draw.objects.filter(pk=draw.pk, state=State.OPEN, close_at__gt=at)
        if not running.update(state=State.ABORTED):
            raise Draw.TooLate
        draw.raffle.append("abort", {"draw": draw.number, "reason": reason}, at=at)
        live.tell(draw.raffle.event, "draw", number=draw.number, phase="aborted")


def settle(draw, *, at, asked=True) -> None:
    """Do what time has decided: freeze after the countdown, reveal when no stage did, pass over who did not answer.

    What it does is on `draw` afterwards. Called by every page that reads a draw, by the ticking and by pages of strangers,
    which are no sign that the room can answer (`asked`): nothing waits for one worker.
    """
    if draw.state == State.OPEN and at >= draw.close_at + GRACE:
        freeze(draw, at=at) or draw.refresh_from_db()  # another process was faster
    if draw.state == State.FROZEN:
        hurry(draw, at=at)
    on_stage = draw.state == State.DRAWN and draw.set_aside_at is None
    if on_stage and draw.revealed_at is None and at >= draw.shown_from + LATEST_REVEAL:
        reveal(draw, at=at, seen=asked) or draw.refresh_from_db()
    if draw.state == State.DRAWN and draw.revealed_at is not None:
        if asked:
            watch(draw, at=at)
        for call in calling(draw):
            if _is_over(draw, call, at, asked):
                pass_on(draw, call.rank, Void.Reason.TIMEOUT, at=at, seen=asked)


def hurry(draw, *, at) -> None:
    """Ask again for what a frozen draw waits for: a killed worker's job would come back after its lease only.

    Not while a worker that lives is at it: on a slow machine a second computation makes the first one slower.
    """
    every = ASK_BEACON_EVERY if _next_job(draw) == "fetch_beacon" else COMPUTED_AFTER
    every = LATER if at - draw.frozen_at > timedelta(days=1) else every  # a round that never comes
    turn = (at - draw.frozen_at) // every
    key = f"{_next_job(draw)}:{draw.pk}:{int(every.total_seconds())}:{turn}"
    if turn >= 1 and not Job.objects.filter(key=key).exists() and not is_worked_on(draw, at=at):
        jobs.enqueue(_next_job(draw), subject=draw.pk, event=draw.raffle.event, key=key)


def is_worked_on(draw, *, at) -> bool:
    """Whether a worker does what the draw waits for, and gave a sign of life a moment ago."""
    return _running(draw).filter(lease_ends_at__gt=at + jobs.LEASE - SIGN_OF_LIFE).exists()


def was_left(draw, *, at) -> bool:
    """Whether a worker had begun with what the draw waits for, and gives no sign of life any more."""
    return _running(draw).exists() and not is_worked_on(draw, at=at)


def _running(draw):
    return Job.objects.filter(kind=_next_job(draw), subject=draw.pk, state=Job.State.RUNNING)


def current(raffle) -> Draw | None:
    """The draw that the show is at, on the stage and the phones, with everything that they show of it."""
    draw = raffle.draws.select_related("prize__sponsor").in_turn().last()
    if draw is not None:
        draw.raffle = raffle
        if draw.revealed_at is not None:  # nobody is called before: a hall of phones does not ask for it
            prefetch_related_objects([draw], "voids", "claims", "calls")
    return draw
