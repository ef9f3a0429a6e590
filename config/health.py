"""Health pages: `/-/ready/` for the load balancer, `/-/health/` names each part that is wrong.

They tell states and figures, never names, contacts or settings: in English for machines, on the dashboard in the reader's
language.
"""

import functools
import shutil
import threading
import time
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.http import JsonResponse
from django.utils import timezone
from django.utils.translation import get_language, override, pgettext_lazy
from django.utils.translation import gettext as _

from events.access import public
from events.models import Job, Worker

SILENT_AFTER = timedelta(seconds=45)
REMEMBERED = 60  # seconds
_said: dict[tuple, tuple[float, str | None]] = {}
_one_asks = threading.Lock()


@public
def ready(request):
    """200 when this process can answer pages, 503 when the database does not answer."""
    problem = check_database()
    return JsonResponse({"ok": problem is None, "database": problem or "ok"}, status=503 if problem else 200)


@public
def health(request):
    """Every part: "ok", or what is wrong with it in a sentence. 503 when something that the day needs is wrong.

    A language model that fails is named and no more: the offline words speak in its place. So is a library without which
    a few names are drawn worse.
    `font` is the file that Chinese is drawn from, by its name.
    """
    with override("en"):
        parts = {name: outcome(check) for name, check in CHECKS.items()}
    wrong = {name for name, problem in parts.items() if problem} - {"emcee", "shaping"}
    body = {"ok": not wrong, "parts": {name: problem or "ok" for name, problem in parts.items()}, "font": font()}
    return JsonResponse(body, status=503 if wrong else 200)


def outcome(check):
    """What the check says; one that cannot be made is wrong itself, and keeps no other from being told."""
    try:
        return check()
    except Exception as error:
        return _("cannot be told (%(error)s)") % {"error": type(error).__name__}


def remembered(check):
    """What a slow check said within the last minute: whoever opens the page again and again starts no program each time."""

    @functools.wraps(check)
    def wrapper():
        key = (check.__name__, settings.FFMPEG, settings.FONT, get_language())
        with _one_asks:
            at, said = _said.get(key, (-REMEMBERED, None))
            if time.monotonic() - at >= REMEMBERED:
                at, said = time.monotonic(), check()
                _said[key] = at, said
        return said

    return wrapper


def check_database():
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Exception as error:
        return _("does not answer (%(error)s)") % {"error": type(error).__name__}
    return None


def check_broker():
    """The broker takes messages: Redis answers, or the folder is writable."""
    if not settings.REDIS_URL:
        folder = settings.VAR_DIR / "broker" / "queue"
        probe = folder / f".probe-{time.monotonic_ns()}"
        try:
            probe.write_bytes(b"")
            probe.unlink()
        except OSError as error:
            return _("folder not writable (%(error)s)") % {"error": error.strerror}
        return None
    import redis

    try:
        redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1).ping()
    except Exception as error:
        return _("does not answer (%(error)s); jobs wait in the database") % {"error": type(error).__name__}
    return None


def check_workers():
    """Every queue has a worker that spoke lately, and so has the beat, without which nothing is sent on time."""
    from config.celery import BEAT, QUEUES

    heard = Worker.objects.filter(heard_at__gte=timezone.now() - SILENT_AFTER).values_list("queues", flat=True)
    served = {queue for queues in heard for queue in queues.split(",")}
    missing = [queue for queue in QUEUES if queue not in served]
    if missing:
        waiting = Job.objects.filter(queue__in=missing, state=Job.State.WAITING).count()
        words = _("no worker for %(queues)s; %(n)d jobs wait")
        return words % {"queues": ", ".join(missing), "n": waiting}
    return None if BEAT in served else _("the beat is silent: offers, reminders and new tries wait")


def check_disk():
    free = shutil.disk_usage(settings.VAR_DIR).free // 2**20
    return _("%(n)d MB left, uploads are refused") % {"n": free} if free < settings.DISK_RESERVE_MB else None


def font() -> str:
    """The name of the file that Chinese is drawn from; "" where none can."""
    from events import fonts

    return Path(fonts.file_for("球") or "").name


@remembered
def check_font():
    """Pictures can draw Chinese: the glyphs differ from the box of a missing one."""
    from events import fonts

    lacking = fonts.missing(fonts.PROBE)
    if "下" in lacking:
        return _("no font with Chinese glyphs: set FONT")
    return _("no font draws %(glyphs)s: names stand without it") % {"glyphs": lacking} if lacking else None


def check_shaping():
    """What is written in several code points is drawn as one picture or one word."""
    from events import fonts

    words = _("%(names)s missing: joined emoji, Arabic and Hindi are drawn piece by piece. Install libfribidi0")
    lacking = fonts.unshaped()
    return words % {"names": ", ".join(lacking)} if lacking else None


@remembered
def check_ffmpeg():
    """The ffmpeg of this installation runs."""
    import subprocess

    from cocreation.media import ffmpeg

    try:
        subprocess.run([ffmpeg.program(), "-version"], capture_output=True, timeout=5, check=True)
    except Exception as error:
        return _("cannot run (%(error)s)") % {"error": type(error).__name__}
    return None


def check_emcee():
    """The master of ceremonies: a configured model, or the offline words."""
    from raffle import host

    return host.trouble()


TITLES = {
    "database": pgettext_lazy("part", "database"),
    "broker": pgettext_lazy("part", "broker"),
    "workers": pgettext_lazy("part", "workers"),
    "disk": pgettext_lazy("part", "disk"),
    "font": pgettext_lazy("part", "font"),
    "ffmpeg": pgettext_lazy("part", "ffmpeg"),
}
CHECKS = {
    "database": check_database,
    "broker": check_broker,
    "workers": check_workers,
    "disk": check_disk,
    "font": check_font,
    "shaping": check_shaping,
    "ffmpeg": check_ffmpeg,
    "emcee": check_emcee,
}
