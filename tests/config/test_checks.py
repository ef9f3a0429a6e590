"""The start-up checks: a production installation that would lose data or leak is refused before it opens."""

import re
from pathlib import Path

import pytest
from django.conf import settings as live_settings
from django.core.checks import run_checks
from django.db import connection

from config import checks

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def production(settings):
    """Settings as the compose file sets them."""
    settings.DEBUG = settings.LOCAL = False
    settings.ALLOWED_HOSTS = ["meet.example.org"]
    settings.HTTPS = settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    settings.TRUSTED_PROXIES = 1
    settings.REDIS_URL = "redis://redis/0"
    settings.SMTP_HOST = "mail.example.org"
    settings.CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_timeout": 2, "socket_connect_timeout": 1}
    return settings


def found():
    return [
        problem.id
        for check in (checks.production_is_explicit, checks.jobs_survive, checks.data_is_kept)
        for problem in check(None)
    ]


def test_a_production_installation_has_nothing_to_complain_about(production):
    assert found() == []


@pytest.mark.parametrize(
    ("name", "value", "finding"),
    [
        ("DEBUG", True, "nextstop.E001"),
        ("LOCAL", True, "nextstop.E002"),
        ("ALLOWED_HOSTS", ["*"], "nextstop.E003"),
        ("ALLOWED_HOSTS", [], "nextstop.E003"),
        ("SESSION_COOKIE_SECURE", False, "nextstop.E004"),
        ("HTTPS", False, "nextstop.W003"),
        ("TRUSTED_PROXIES", 0, "nextstop.W005"),
        ("REDIS_URL", "", "nextstop.W001"),
        ("SMTP_HOST", "", "nextstop.W002"),
        ("UPSCALE_SHADER", "/nowhere/anime.glsl", "nextstop.W004"),
        ("CELERY_TASK_ACKS_LATE", False, "nextstop.E020"),
        ("CELERY_TASK_REJECT_ON_WORKER_LOST", False, "nextstop.E021"),
        ("CELERY_WORKER_PREFETCH_MULTIPLIER", 4, "nextstop.E022"),
        ("CELERY_ACCEPT_CONTENT", ["json", "pickle"], "nextstop.E023"),
        ("CELERY_BROKER_TRANSPORT_OPTIONS", {"socket_timeout": 120}, "nextstop.E024"),
        ("JOB_SECONDS", {"default": 60}, "nextstop.E026"),
        ("SESSION_ENGINE", "django.contrib.sessions.backends.cache", "nextstop.E030"),
        ("EMAIL_TIMEOUT", None, "nextstop.E031"),
        ("EMAIL_TIMEOUT", 60, "nextstop.E031"),
        ("DATA_UPLOAD_MAX_MEMORY_SIZE", None, "nextstop.E034"),
        ("FILE_UPLOAD_MAX_MEMORY_SIZE", 2**30, "nextstop.E034"),
    ],
)
def test_what_would_leak_or_lose_is_named(production, name, value, finding):
    setattr(production, name, value)

    assert found() == [finding]


def test_a_montage_cannot_hold_up_a_mail(production, monkeypatch):
    from config import celery

    monkeypatch.setattr(celery.app.conf, "task_queues", [celery.Queue("default")])

    assert found() == ["nextstop.E025"]


@pytest.mark.parametrize(
    ("change", "finding"),
    [({"CONN_HEALTH_CHECKS": False}, "nextstop.E032"), ({"ATOMIC_REQUESTS": True}, "nextstop.E033")],
)
def test_a_connection_that_would_go_stale_or_lock_for_a_whole_page_is_named(production, change, finding):
    safe = {"ENGINE": "django.db.backends.postgresql", "CONN_HEALTH_CHECKS": True, "ATOMIC_REQUESTS": False}
    production.DATABASES = {"default": safe | change}

    assert found() == [finding]


@pytest.mark.skipif(not live_settings.DATABASE_URL, reason="needs PostgreSQL (DATABASE_URL)")
def test_a_postgresql_that_forgets_commits_is_refused(db):
    assert checks.postgresql_is_safe(None, ["default"]) == []

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")

    assert [problem.id for problem in checks.postgresql_is_safe(None, ["default"])] == ["nextstop.E011"]


@pytest.mark.skipif(bool(live_settings.DATABASE_URL), reason="optional: SQLite, which the embedded installation uses")
def test_a_sqlite_that_forgets_commits_is_refused(transactional_db):
    assert "nextstop.E010" not in [problem.id for problem in run_checks(databases=["default"])]

    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous=OFF")
    try:
        assert "nextstop.E010" in [problem.id for problem in run_checks(databases=["default"])]
    finally:
        connection.close()


def test_a_number_names_one_thing():
    """Silenced by its number, a harmless warning may not take a grave one with it."""
    sources = [ROOT / "config" / "checks.py", *ROOT.glob("*/checks.py")]
    numbers = [
        number for path in set(sources) for number in re.findall(r'"(?:nextstop\.)?([EW]\d{3})"', path.read_text())
    ]
    assert len(numbers) > 10
    assert sorted(set(numbers)) == sorted(numbers)
