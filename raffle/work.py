"""Jobs of the raffle and what happens by itself."""

import threading
from contextlib import contextmanager
from datetime import timedelta

import structlog
from django.conf import settings
from django.db import close_old_connections, connections
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import override

from events import jobs, ticking
from events.db import database_now
from events.templatetags import house
from raffle import beacon, drawing, naming, speaking
from raffle.models import Draw, Narration

log = structlog.get_logger(__name__)
BEAT = 0.5  # seconds: a hall waits, so a worker that died is missed sooner than in other jobs


@contextmanager
def signs_of_life(job, every=BEAT):
    """While the block runs the job's lease is renewed often enough that drawing.is_worked_on() can tell."""
    over = threading.Event()
    keeper = threading.Thread(target=_beat, args=(job, every, over), daemon=True, name=f"sign-{job.pk}")
    keeper.start()
    try:
        yield
    finally:
        over.set()
        keeper.join(1)  # it may wait for the database; its last sign changes nothing


def _beat(job, every, over) -> None:
    while not over.wait(every):
        try:
            close_old_connections()
            if job.overdue or not job.still_mine():
                break
        except Exception as error:  # the database is busy: the next one may come through
            log.warning("sign_missed", job=job.pk, error=type(error).__name__)
    connections.close_all()


@jobs.kind("freeze_draw")
def freeze_draw(job):
    drawing.freeze(Draw.objects.get(pk=job.subject), at=database_now())


@jobs.kind("compute_draw", attempts=20)
def compute_draw(job):
    with signs_of_life(job):
        drawing.compute(Draw.objects.get(pk=job.subject), now=database_now)


@jobs.kind("fetch_beacon", attempts=1)
def fetch_beacon(job):
    """Ask for the declared round of the public beacon; a draw whose round nobody gives stays pending."""
    draw = Draw.objects.get(pk=job.subject)
    try:
        with signs_of_life(job):
            signature = beacon.fetch(draw.beacon["round"])
        drawing.take_beacon(draw, signature)
    except beacon.Unreachable:
        log.info("beacon_unreachable", draw=draw.pk)  # asked again every few seconds while the draw is read
    except beacon.Forged:
        log.error("beacon_forged", draw=draw.pk)


@jobs.kind("prepare_words", queue="default", attempts=1)
def prepare_words(job):
    """Find words for the announcement while the countdown runs, in the language of the page on which the host pressed.

    The reveal never waits for them.
    """
    draw = Draw.objects.select_related("raffle__event", "prize").get(pk=job.subject)
    event, language = draw.raffle.event, job.arguments.get("language") or settings.LANGUAGE_CODE
    with override(language):
        text, source = speaking.words(
            "announcement",
            language=language,
            tone=draw.raffle.tone,
            hint=house.said(draw.prize, "name"),
            event=event,
            names=naming.known(event, timezone.now()),
        )
    Narration.objects.create(raffle=draw.raffle, draw=draw, kind="announcement", text=text, source=source)


@ticking.every_tick
def settle_draws(at):
    """The draws of the last day and those set aside, in case that nobody has a page open."""
    waiting = Q(opened_at__gte=at - timedelta(days=1)) | Q(set_aside_at__isnull=False)
    for draw in Draw.objects.filter(waiting).select_related("raffle__event", "prize"):
        if not draw.is_settled():
            drawing.settle(draw, at=at, asked=False)
