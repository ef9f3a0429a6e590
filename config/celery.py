"""The Celery application. Messages are hints; the rows in `events.Job` are the truth (see events/jobs.py)."""

import contextlib
import logging
import os
import threading
import time

from celery import Celery
from celery.signals import setup_logging, worker_ready
from kombu import Queue
from kombu.transport import TRANSPORT_ALIASES

from config import alive

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

BEAT = "beat"  # where a worker's row names its queues, the beat's says this
QUEUES = ("default", "mail", "probe", "media", "upscale")

logger = logging.getLogger(__name__)
TRANSPORT_ALIASES["files"] = "config.broker:Transport"
app = Celery("nextstop")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.task_queues = [Queue(name) for name in QUEUES]
app.conf.beat_schedule = {
    "sweep": {"task": "events.tasks.sweep", "schedule": 5.0, "options": {"expires": 5}},
    "tick": {"task": "events.tasks.tick", "schedule": 10.0, "options": {"expires": 10}},
    "tidy": {"task": "events.tasks.tidy", "schedule": 600.0, "options": {"expires": 300}},
}
app.conf.beat_scheduler = "config.beat:Scheduler"
app.autodiscover_tasks(["events", "sessions", "raffle", "cocreation"])


@setup_logging.connect
def keep_our_logging(**_kwargs):
    """Celery would replace the structured logs that the settings have set up."""


@worker_ready.connect
def give_signs_of_life(sender, **_kwargs):
    """Write this worker's row every ten seconds: the health page and the dashboard read it. And a file (alive.py)."""
    threading.Thread(target=_live, args=(sender.hostname,), daemon=True, name="sign-of-life").start()


def _live(name):
    queues = ",".join(sorted(app.amqp.queues.consume_from))
    with contextlib.suppress(OSError):
        alive.forget_old()
    written = True
    while True:
        with contextlib.suppress(OSError):
            alive.touch(name)
        written = write_sign(name, queues, said=not written)
        time.sleep(10)


def write_sign(name, queues, *, said=False) -> bool:
    """Write the worker's row; whether that went well. `said`: the log knows already that it does not.

    Nothing is raised, whatever becomes of the database: the row's age tells the health page, and the thread goes on.
    """
    from django.db import close_old_connections
    from django.utils import timezone

    from events.models import Worker

    try:
        close_old_connections()
        Worker.objects.update_or_create(name=name, defaults={"queues": queues, "heard_at": timezone.now()})
    except Exception as error:
        if not said:
            logger.warning("no sign of life can be written: %s", type(error).__name__)
        return False
    return True
