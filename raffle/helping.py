"""When no worker computes a locked draw, the process that serves the stage does it: the show needs one that lives."""

import threading
from datetime import timedelta

import structlog
from django.core.cache import cache
from django.db import connections
from django.utils import timezone

from raffle import drawing
from raffle.models import Draw

log = structlog.get_logger(__name__)
ALONE = 20  # seconds in which only one process helps
UNTAKEN = timedelta(seconds=3)  # a worker that lives has begun by then


def help_out(draw, *, at, stage_computes=True) -> threading.Thread | None:
    """Compute a draw that has waited too long, beside the page; whoever is first writes the result, it is the same.

    A stage that cannot do the delay itself (plain http, no WebCrypto) waits for this alone: it is helped sooner.
    """
    if draw is None or draw.state != Draw.State.FROZEN or (draw.beacon and not draw.beacon_sig):
        return None
    patience = drawing.COMPUTED_AFTER if stage_computes else UNTAKEN
    if at < draw.frozen_at + patience or drawing.is_worked_on(draw, at=at):
        return None
    if not cache.add(f"raffle:helping:{draw.pk}", True, ALONE):
        return None
    log.warning("draw_without_a_worker", draw=draw.pk)
    thread = threading.Thread(target=_compute, args=(draw.pk,), daemon=True, name=f"draw-{draw.pk}")
    thread.start()
    return thread


def _compute(pk) -> None:
    try:
        drawing.compute(Draw.objects.select_related("raffle__event").get(pk=pk), now=timezone.now)
    finally:
        connections.close_all()
