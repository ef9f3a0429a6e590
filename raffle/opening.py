"""A draw is opened: the pool, the rule and the commitment are published, and the countdown runs from here."""

import secrets
import time
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from events import jobs, live
from events.db import write_gate
from events.models import Stage
from raffle import beacon, beside, drawing, entering, protocol
from raffle.models import Draw, Raffle

LEAST_COUNTDOWN = timedelta(seconds=11)  # ten of the protocol; the clock is read before a lock that may take one
CARDS_PER_PAGE, LEAST_PAGE_MS = 6, 2000  # of the stage: static/js/raffle/show.js
CLOCK_OFF = 10  # seconds between our clock and drand's


def start(prize, *, by, at, press, **how) -> Draw:
    """Open a draw and show it on the stage, both or neither; who does not control the stage opens nothing.

    Raises Stage.NotInControl, what open_draw() raises, and ValueError with the reason in words while the public beacon
    that the raffle asks for cannot be declared. Rows are locked in the order in which the end of another draw
    locks them, the raffle before the counter of the live pages: the other way round PostgreSQL would end one of them.
    """
    raffle = entering.raffle_of(prize.event, at=at)
    pressed = Draw.objects.filter(raffle=raffle, press=press)
    if known := pressed.first():
        return known
    newest, at = newest_round(at) if raffle.beacon else (0, at)
    with write_gate(), transaction.atomic():
        Raffle.objects.filter(pk=raffle.pk).update(length=F("length"))  # the lock
        if known := pressed.first():  # a press that comes again moves nothing, the stage neither
            return known
        Stage.objects.get_or_create(event=prize.event)[0].show("raffle", by=by, at=at)
        return open_draw(prize, at=at, press=press, by=by, newest=newest, **how)


def newest_round(at):
    """`(drand's newest round, at)`, `at` moved on by the time that the question took.

    Raises ValueError, in words, when no operator answers or our clock is not theirs: the declared round would never
    come, or be known already.
    """
    began = time.monotonic()
    try:
        number = beacon.newest()
    except beacon.Unreachable:
        raise ValueError(
            _(
                "The public beacon cannot be reached, so the result would never come. Give the server internet, or let an "
                "organiser switch the beacon off in the raffle’s settings."
            )
        ) from None
    at += timedelta(seconds=time.monotonic() - began)
    off = (protocol.milliseconds(at) - protocol.beacon_time(number)) / 1000  # 0 to 3 where both clocks are right
    if not -CLOCK_OFF <= off <= CLOCK_OFF + protocol.QUICKNET_PERIOD:
        raise ValueError(
            _(
                "The server’s clock and the public beacon’s are %(n)d s apart. Set the clock, or switch the beacon off "
                "in the raffle’s settings."
            )
            % {"n": abs(off)}
        )
    return number, at


def open_draw(
    prize, *, at, press, quantity=1, exclude_winners=True, present=True, groups=(), by=None, newest=0
) -> Draw:
    """Publish the pool and the commitment; `newest` is the beacon's newest round, where somebody asked for it.

    The same press (idempotency key) gives the same draw. Raises Draw.AlreadyRunning, HasResult, EmptyPool, NothingLeft, TooMany.
    """
    raffle = entering.raffle_of(prize.event, at=at)
    known = Draw.objects.filter(raffle=raffle, press=press).first()
    if known is not None:
        return known
    rule = {"exclude_winners": exclude_winners, "present": present}
    if groups:
        rule["groups"] = sorted(set(groups))
    try:
        with write_gate(), transaction.atomic():
            Raffle.objects.filter(pk=raffle.pk).update(draws_opened=F("draws_opened") + 1)  # locks the raffle
            raffle.refresh_from_db()
            known = Draw.objects.filter(raffle=raffle, press=press).first()
            if known is None:
                return _open(raffle, prize, at, press, quantity, rule, by, newest)
            Raffle.objects.filter(pk=raffle.pk).update(draws_opened=F("draws_opened") - 1)
            return known
    except IntegrityError:
        known = Draw.objects.filter(raffle=raffle, press=press).first()
        if known is None:
            raise Draw.AlreadyRunning from None
        return known


def _open(raffle, prize, at, press, quantity, rule, by, newest) -> Draw:
    running = raffle.draws.exclude(state=Draw.State.ABORTED).in_turn().last()
    if running is not None and not running.is_settled():
        raise Draw.AlreadyRunning
    if beside.has_result(raffle):  # who knows an order must not choose when it is called
        raise Draw.HasResult
    prize.__dict__.pop("drawn", None)  # counted anew, now that nobody else can open a draw
    if quantity < 1 or prize.left < quantity:
        raise Draw.NothingLeft(prize.left)
    if quantity > most_at_once(raffle):
        raise Draw.TooMany(most_at_once(raffle))
    pool = entering.eligible(raffle, rule)
    if len(pool) < quantity:
        raise Draw.EmptyPool
    draw = Draw(raffle=raffle, prize=prize, quantity=quantity, press=press, rule=rule, opened_by=by, opened_at=at)
    draw.number, draw.claim_ms = raffle.draws_opened, raffle.claim_ms
    draw.close_at = at + countdown(raffle)
    draw.secret = secrets.token_hex(32) if raffle.committed else ""
    draw.pool, draw.delay = [list(line) for line in pool], raffle.delay
    if raffle.beacon:
        number = protocol.beacon_round(protocol.milliseconds(draw.close_at))
        if newest:  # a clock that is a little slow declares no round that is out before the freeze
            number = max(number, protocol.beacon_round_after(newest, countdown(raffle) // timedelta(milliseconds=1)))
        draw.beacon, draw.delay = {"chain": protocol.QUICKNET, "round": number}, 1
    draw.open_hash = raffle.append("open", body(draw), at=at)
    draw.save()
    jobs.enqueue("freeze_draw", subject=draw.pk, event=raffle.event, delay=draw.close_at - at + drawing.GRACE)
    jobs.enqueue("prepare_words", subject=draw.pk, event=raffle.event, language=get_language() or "")
    shown = {"prize": prize.pk, "pool": len(draw.pool), "seal": draw.open_hash}  # the stage moves by this alone
    close_at = protocol.milliseconds(draw.close_at)
    live.tell(raffle.event, "draw", number=draw.number, phase="open", close_at=close_at, **shown)
    return draw


def most_at_once(raffle) -> int:
    """How many winners of one draw the stage shows, page by page, while each of them can still answer."""
    return CARDS_PER_PAGE * (raffle.claim_ms * 8 // 10 // LEAST_PAGE_MS)


def countdown(raffle) -> timedelta:
    """How long the box of a draw stays open."""
    return max(LEAST_COUNTDOWN, timedelta(milliseconds=raffle.countdown_ms))


def body(draw) -> dict:
    """What the `open` record says."""
    pool = {
        "n": len(draw.pool),
        "w": sum(weight for _eid, weight in draw.pool),
        "root": protocol.pool_root(draw.pool),
    }
    return {
        "draw": draw.number,
        "prize": {"id": str(draw.prize.pk), "name": draw.prize.name},
        "qty": draw.quantity,
        "rule": draw.rule,
        "pool": pool,
        "delay": draw.delay,
        "secret": protocol.sha(bytes.fromhex(draw.secret)).hex() if draw.secret else None,
        "beacon": draw.beacon,
        "close_at": protocol.milliseconds(draw.close_at),
        "claim_ms": draw.claim_ms,
    }
