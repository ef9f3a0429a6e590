"""Who may use the hands of the worker for films: what takes minutes leaves one of them free for what takes seconds.

A film, a packing or a cut that finds no hand goes back into line, says so on the page, and is called when one is free.
"""

import functools
import threading
from datetime import timedelta

import structlog
from django.db.models.functions import Now
from django.utils.translation import gettext_noop

from events import jobs
from events.models import Job

log = structlog.get_logger(__name__)
QUEUE = "media"
MOST = 2  # at once in one process; its worker has a hand more (docker-compose.yml, config/runner.py)
IN_LINE = gettext_noop("In line: all workers are busy")
_hands = threading.BoundedSemaphore(MOST)


class InLine(jobs.NotNow):
    """All hands for what takes long are busy."""

    wait = timedelta(minutes=1)  # in case that nobody calls: the one who would have was killed


def takes_long(function):
    """A job that leaves a hand free where it stands beside quick ones; a preview, in another queue, just runs."""

    @functools.wraps(function)
    def in_turn(job):
        if job.row.queue != QUEUE:
            return function(job)
        if not _hands.acquire(blocking=False):
            raise InLine(IN_LINE)
        try:
            return function(job)
        finally:
            _hands.release()
            call_next()

    return in_turn


def call_next() -> None:
    """Call the one that has stood in line longest."""
    try:
        waiting = Job.objects.filter(queue=QUEUE, state=Job.State.WAITING, note=IN_LINE)
        first = waiting.order_by("pk").first()
        if first and waiting.filter(pk=first.pk).update(not_before=None, note="", announced_at=Now()):
            jobs.announce(first.pk, QUEUE)
    except Exception:  # how this job ended counts; who is not called comes back by itself
        log.exception("next_not_called")
