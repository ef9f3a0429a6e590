"""Jobs of the raffle and what happens by itself."""

from datetime import timedelta

import structlog
from django.conf import settings
from django.utils import timezone
from django.utils.translation import override

from events import jobs, ticking
from events.templatetags import house
from raffle import beacon, drawing, naming, speaking
from raffle.models import Draw, Narration

log = structlog.get_logger(__name__)


@jobs.kind("freeze_draw")
def freeze_draw(job):
    drawing.freeze(Draw.objects.get(pk=job.subject), at=timezone.now())


@jobs.kind("compute_draw", attempts=20)
def compute_draw(job):
    drawing.compute(Draw.objects.get(pk=job.subject), now=timezone.now)


@jobs.kind("fetch_beacon", attempts=1)
def fetch_beacon(job):
    """Ask for the declared round of the public beacon; a draw whose round nobody gives stays pending."""
    draw = Draw.objects.get(pk=job.subject)
    try:
        drawing.take_beacon(draw, beacon.fetch(draw.beacon["round"]))
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
    """The draws of the last day, in case that nobody has a page open."""
    for draw in Draw.objects.filter(opened_at__gte=at - timedelta(days=1)).select_related("raffle__event", "prize"):
        if not draw.is_settled():
            drawing.settle(draw, at=at)
