"""The show goes on beside a draw that waits for its round of the public beacon, and comes back to it."""

from datetime import timedelta

from django.db import transaction
from django.db.models import F

from events import live
from events.db import write_gate
from events.models import Stage
from raffle import protocol
from raffle.models import Draw, Raffle

OVERDUE = timedelta(seconds=10)  # a round of the beacon that is not there by then


def waiting(raffle) -> list[Draw]:
    """The draws beside which the show goes on, the first one first."""
    return list(raffle.draws.exclude(set_aside_at=None).select_related("prize").order_by("number"))


def has_result(raffle) -> bool:
    """Whether one of them has its result: it is the next that the room sees."""
    return raffle.draws.exclude(set_aside_at=None).filter(state=Draw.State.DRAWN).exists()


def set_aside(draw, *, at) -> bool:
    """Let the show go on beside a frozen draw whose beacon's round is overdue. True for exactly one caller.

    It stays as it was published, and its result is computed when the round comes; the prize is kept for it.
    """
    if not draw.beacon or protocol.milliseconds(at - OVERDUE) < protocol.beacon_time(draw.beacon["round"]):
        return False
    with write_gate(), transaction.atomic():
        waiting = Draw.objects.filter(pk=draw.pk, state=Draw.State.FROZEN, beacon_sig="", set_aside_at=None)
        if not waiting.update(set_aside_at=at):
            return False
        live.tell(draw.raffle.event, "draw", number=draw.number, phase="aside")
    return True


def show(draw, *, by, at) -> bool:
    """The show comes back to a draw, on the stage, both or neither; who does not control the stage shows nothing.

    Raises Stage.NotInControl and what resume() raises. The rows are locked in the order of opening.start().
    """
    with write_gate(), transaction.atomic():
        Raffle.objects.filter(pk=draw.raffle_id).update(length=F("length"))  # the lock
        if not Draw.objects.filter(pk=draw.pk).exclude(set_aside_at=None).exists():
            return False  # a press that comes again moves nothing, the stage neither
        Stage.objects.get_or_create(event=draw.raffle.event)[0].show("raffle", by=by, at=at)
        return resume(draw, at=at)


def resume(draw, *, at) -> bool:
    """The show comes back to a draw that was set aside and has its result: from here its winners are shown and called.

    False when it is there already. Raises Draw.TooLate without a result, Draw.AlreadyRunning while another draw is not
    settled.
    """
    with write_gate(), transaction.atomic():
        Raffle.objects.filter(pk=draw.raffle_id).update(length=F("length"))  # the lock: no draw is opened meanwhile
        running = Draw.objects.filter(raffle=draw.raffle_id).exclude(state=Draw.State.ABORTED).in_turn().last()
        if running is not None and not running.is_settled():
            if running.pk == draw.pk:  # pressed twice
                return False
            raise Draw.AlreadyRunning
        after = Raffle.objects.get(pk=draw.raffle_id).draws_opened
        there = Draw.objects.filter(pk=draw.pk, state=Draw.State.DRAWN).exclude(set_aside_at=None)
        if not there.update(set_aside_at=None, resumed_at=at, resumed_after=after):
            raise Draw.TooLate
        live.tell(draw.raffle.event, "draw", number=draw.number, phase="drawn")
    return True
