"""Start-up checks: a production installation that would lose data or leak is told so before it opens.

`manage.py check --deploy --database default` runs them; the compose file's `migrate` service does, and every other
service waits for it. Errors are what must never be true; warnings are what an operator may want, infos what is only worse without.
"""

import os

from django.conf import settings
from django.core.checks import Error, Info, Tags, Warning, register
from django.db import connection

from events import fonts

DURABLE_SESSIONS = {"django.contrib.sessions.backends.db", "django.contrib.sessions.backends.cached_db"}
MOST_IN_MEMORY = 16 * 2**20  # bytes of a request's body, and of an uploaded file


@register(Tags.security, deploy=True)
def production_is_explicit(app_configs, **kwargs):
    """What would leak: each names the variable to set."""
    found = []
    if settings.DEBUG:
        found.append(Error("DEBUG is on.", hint="Unset DEBUG.", id="nextstop.E001"))
    if settings.LOCAL:
        found.append(Error("NEXTSTOP_LOCAL is on: anyone could log in as the demo's people.", id="nextstop.E002"))
    if not settings.ALLOWED_HOSTS or "*" in settings.ALLOWED_HOSTS:
        found.append(Error("ALLOWED_HOSTS must name the hosts.", id="nextstop.E003"))
    if not settings.HTTPS:
        found.append(Warning("SITE_URL is not https: cookies travel in the clear.", id="nextstop.W003"))
    elif not (settings.SESSION_COOKIE_SECURE and settings.CSRF_COOKIE_SECURE):
        found.append(Error("Cookies are not marked secure.", id="nextstop.E004"))
    if settings.HTTPS and not settings.TRUSTED_PROXIES:
        hint = "Set TRUSTED_PROXIES to how many proxies stand in front, unless this server itself speaks TLS."
        words = (
            "SITE_URL is https and TRUSTED_PROXIES is 0: behind a TLS proxy every page redirects to itself for ever."
        )
        found.append(Warning(words, hint=hint, id="nextstop.W005"))
    if not settings.REDIS_URL:
        found.append(Warning("No REDIS_URL: one host only.", id="nextstop.W001"))
    if settings.UPSCALE_SHADER and not os.path.isfile(settings.UPSCALE_SHADER):
        found.append(Warning("UPSCALE_SHADER names no file: better pictures do without it.", id="nextstop.W004"))
    if not fonts.selftest():
        words = f"No font here draws {fonts.missing(fonts.PROBE)}: names are drawn without it."
        found.append(Warning(words, hint="Set FONT, or install the fonts of requirements/.", id="nextstop.W006"))
    if lacking := fonts.unshaped():  # drawn worse, and no more: that holds up nothing
        words = f"{', '.join(lacking)} missing: in names, joined emoji, Arabic and Hindi are drawn piece by piece."
        found.append(Info(words, hint="Install libfribidi0 (Debian), fribidi elsewhere.", id="nextstop.I001"))
    if not settings.SMTP_HOST:
        found.append(Warning("No SMTP_HOST: mails stay in the outbox.", id="nextstop.W002"))
    return found


@register("jobs", deploy=True)
def jobs_survive(app_configs, **kwargs):
    """What would lose a job, run one twice, or let one kind of work hold up another."""
    from config.celery import QUEUES, app

    transport = settings.CELERY_BROKER_TRANSPORT_OPTIONS
    redis_hangs = settings.REDIS_URL and not (
        transport.get("socket_timeout", 99) <= 5 and transport.get("socket_connect_timeout", 99) <= 5
    )
    wrong = {
        "E020": (not settings.CELERY_TASK_ACKS_LATE, "CELERY_TASK_ACKS_LATE is off"),
        "E021": (not settings.CELERY_TASK_REJECT_ON_WORKER_LOST, "CELERY_TASK_REJECT_ON_WORKER_LOST is off"),
        "E022": (settings.CELERY_WORKER_PREFETCH_MULTIPLIER != 1, "workers prefetch more than one message"),
        "E023": (settings.CELERY_ACCEPT_CONTENT != ["json"], "workers accept more than JSON"),
        "E024": (redis_hangs, "a Redis that is away would hold up pages: no socket time-outs"),
        "E025": ({queue.name for queue in app.conf.task_queues} != set(QUEUES), "the queues are not apart"),
        "E026": (set(settings.JOB_SECONDS) != set(QUEUES), "each queue needs a time limit in JOB_SECONDS"),
    }
    return _errors(wrong)


@register("data", deploy=True)
def data_is_kept(app_configs, **kwargs):
    """What would log everybody out, hang a request, or fill the memory."""
    database = settings.DATABASES["default"]
    stale = "postgresql" in database["ENGINE"] and not database.get("CONN_HEALTH_CHECKS")
    in_memory = max(settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 2**40, settings.FILE_UPLOAD_MAX_MEMORY_SIZE)
    wrong = {
        "E030": (settings.SESSION_ENGINE not in DURABLE_SESSIONS, "log-in sessions do not live in the database"),
        "E031": (not 0 < (settings.EMAIL_TIMEOUT or 0) <= 10, "EMAIL_TIMEOUT must be at most 10 s"),
        "E032": (stale, "CONN_HEALTH_CHECKS is off: pages fail after the database restarts"),
        "E033": (database.get("ATOMIC_REQUESTS"), "ATOMIC_REQUESTS is on"),
        "E034": (in_memory > MOST_IN_MEMORY, "uploads may fill the memory"),
    }
    return _errors(wrong)


@register(Tags.database, databases=["default"], deploy=True)
def postgresql_is_safe(app_configs, databases=None, **kwargs):
    """PostgreSQL must have a commit on the disk before it says so: a draw that was shown must still be there."""
    if connection.vendor != "postgresql" or not databases:
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('synchronous_commit'), current_setting('fsync')")
        kept, synced = cursor.fetchone()
    lossy = "off" in (kept, synced)
    return _errors({"E011": (lossy, f"PostgreSQL runs with synchronous_commit={kept}, fsync={synced}")})


def _errors(wrong) -> list[Error]:
    return [Error(f"{text}.", id=f"nextstop.{number}") for number, (is_wrong, text) in wrong.items() if is_wrong]
