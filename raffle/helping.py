"""When no worker computes a locked draw, the process that serves the stage does it: the show needs one that lives."""

import threading
from datetime import timedelta

import structlog
from django.core.cache import cache
from django.db import connections

from events.db import database_now
from raffle import drawing
from raffle.models import Draw

log = structlog.get_logger(__name__)
ALONE = 20  # seconds in which only one process helps
UNTAKEN = timedelta(seconds=3)  # a worker that lives has begun by then

_lock = threading.Lock()
_computing: set[int] = set()  # by this process: a cache that is away lets everybody help


def help_out(draw, *, at, alone=False) -> threading.Thread | None:
    """Compute a draw that nobody has begun, or whose worker fell silent, beside the page.

    Whoever is first writes the result, it is the same. A worker that lives is left alone, unless the stage says that it
    is `alone` with the server's result because its browser cannot compute: then two do it from the start, so that the
    death of one costs the room nothing.
    """
    if draw is None or draw.state != Draw.State.FROZEN or (draw.beacon and not draw.beacon_sig):
        return None
    if not alone and (
        drawing.is_worked_on(draw, at=at) or (at < draw.frozen_at + UNTAKEN and not drawing.was_left(draw, at=at))
    ):
        return None
    if draw.pk in _computing or not cache.add(f"raffle:helping:{draw.pk}", True, ALONE) or not _begin(draw.pk):
        return None
    if not alone:
        log.warning("draw_without_a_worker", draw=draw.pk)
    thread = threading.Thread(target=_compute, args=(draw.pk,), daemon=True, name=f"draw-{draw.pk}")
    try:
        thread.start()
    except RuntimeError:  # the machine has no thread left
        _end(draw.pk)
        raise
    return thread


def _begin(pk) -> bool:
    """True for one caller of this process, until _end()."""
    with _lock:
        if pk in _computing:
            return False
        _computing.add(pk)
        return True


def _end(pk) -> None:
    with _lock:
        _computing.discard(pk)


def _compute(pk) -> None:
    try:
        drawing.compute(Draw.objects.select_related("raffle__event").get(pk=pk), now=database_now)
    finally:
        _end(pk)
        connections.close_all()
