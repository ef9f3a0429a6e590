"""Health pages: `/-/ready/` for the load balancer, `/-/health/` names each part that is wrong.

They tell states and figures, never names, contacts or settings.
"""

import shutil
import time
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.http import JsonResponse
from django.utils import timezone

from events.access import public
from events.models import Job, Worker

SILENT_AFTER = timedelta(seconds=45)


@public
def ready(request):
    """200 when this process can answer pages, 503 when the database does not answer."""
    problem = check_database()
    return JsonResponse({"ok": problem is None, "database": problem or "ok"}, status=503 if problem else 200)


@public
def health(request):
    """Every part: "ok", or what is wrong with it in a sentence. 503 when something that the day needs is wrong.

    `font` is the file that Chinese is drawn from, by its name.
    """
    parts = {name: outcome(check) for name, check in CHECKS.items()}
    wrong = {name for name, problem in parts.items() if problem}
    body = {"ok": not wrong, "parts": {name: problem or "ok" for name, problem in parts.items()}, "font": font()}
    return JsonResponse(body, status=503 if wrong else 200)


def outcome(check):
    """What the check says; one that cannot be made is wrong itself, and keeps no other from being told."""
    try:
        return check()
    except Exception as error:
        return f"cannot be told ({type(error).__name__})"


def check_database():
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Exception as error:
        return f"does not answer ({type(error).__name__})"
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
            return f"folder not writable ({error.strerror})"
        return None
    import redis

    try:
        redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1).ping()
    except Exception as error:
        return f"does not answer ({type(error).__name__}); jobs wait in the database"
    return None


def check_workers():
    """Every queue has a worker that spoke lately, and no job waits in vain."""
    from config.celery import QUEUES

    heard = Worker.objects.filter(heard_at__gte=timezone.now() - SILENT_AFTER).values_list("queues", flat=True)
    served = {queue for queues in heard for queue in queues.split(",")}
    missing = [queue for queue in QUEUES if queue not in served]
    if missing:
        waiting = Job.objects.filter(queue__in=missing, state=Job.State.WAITING).count()
        return f"no worker for {', '.join(missing)}; {waiting} jobs wait"
    return None


def check_disk():
    free = shutil.disk_usage(settings.VAR_DIR).free // 2**20
    return f"{free} MB left, uploads are refused" if free < settings.DISK_RESERVE_MB else None


def font() -> str:
    """The name of the file that Chinese is drawn from; "" where none can."""
    from events import fonts

    return Path(fonts.file_for("球") or "").name


def check_font():
    """Pictures can draw Chinese: the glyphs differ from the box of a missing one."""
    from events import fonts

    return None if fonts.selftest() else "no font with Chinese glyphs: set FONT"


def check_ffmpeg():
    """The ffmpeg of this installation runs."""
    import subprocess

    from cocreation.media import ffmpeg

    try:
        subprocess.run([ffmpeg.program(), "-version"], capture_output=True, timeout=5, check=True)
    except Exception as error:
        return f"cannot run ({type(error).__name__})"
    return None


def check_emcee():
    """The master of ceremonies: a configured model, or the offline words."""
    from raffle import host

    return host.trouble()


CHECKS = {
    "database": check_database,
    "broker": check_broker,
    "workers": check_workers,
    "disk": check_disk,
    "font": check_font,
    "ffmpeg": check_ffmpeg,
    "emcee": check_emcee,
}
