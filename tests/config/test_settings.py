"""The settings: what production must not be started with, and what the README says about the environment."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from config import env

ROOT = Path(__file__).resolve().parent.parent.parent
PRODUCTION = {
    "DATABASE_URL": "postgres://nextstop@db/nextstop",
    "REDIS_URL": "redis://redis/0",
    "SECRET_KEY": "test-only-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGH",
    "SITE_URL": "https://meet.example.org",
    "ALLOWED_HOSTS": "meet.example.org",
    "SMTP_HOST": "mail.example.org",
    "TRUSTED_PROXIES": "1",
}


def manage(tmp_path, *arguments, **variables):
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in env.DECLARED | {"DJANGO_ALLOW_ASYNC_UNSAFE": None}
    }
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={**kept, "VAR_DIR": str(tmp_path), **variables},
    )


def test_a_production_installation_passes_the_deployment_checks(tmp_path):
    done = manage(tmp_path, "check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)

    assert (
        done.stderr.strip().splitlines()[-1:] == ["System check identified no issues (0 silenced)."]
        or done.returncode == 0
    )


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        ({"DEBUG": "1"}, "nextstop.E001"),
        ({"NEXTSTOP_LOCAL": "1"}, "nextstop.E002"),
        ({"ALLOWED_HOSTS": "*"}, "nextstop.E003"),
    ],
)
def test_what_would_leak_is_refused(tmp_path, change, finding):
    done = manage(tmp_path, "check", "--deploy", **{**PRODUCTION, **change})

    assert finding in done.stderr


def test_production_without_a_secret_key_does_not_start(tmp_path):
    done = manage(tmp_path, "check", **{**PRODUCTION, "SECRET_KEY": ""})

    assert done.returncode != 0
    assert "SECRET_KEY must be set" in done.stderr


def test_a_flag_that_is_neither_1_nor_0_is_named(tmp_path):
    done = manage(tmp_path, "check", DEBUG="maybe")

    assert "DEBUG must be 1 or 0, not 'maybe'." in done.stderr


@pytest.mark.parametrize("readme", ["README.md", "README.zh.md"])
def test_the_readme_lists_every_variable_that_the_settings_read(readme):
    listed = re.findall(r"^\| `([A-Z0-9_]+)`", (ROOT / readme).read_text(encoding="utf-8"), re.M)

    assert sorted(listed) == sorted(env.DECLARED)


def test_the_readme_says_the_defaults_and_the_meaning_that_the_settings_have():
    rows = re.findall(
        r"^\| `([A-Z0-9_]+)` \| (.*?) ?\| (.*) \|$", (ROOT / "README.md").read_text(encoding="utf-8"), re.M
    )
    declared = [
        (each.name, f"`{each.default}`" if each.default else "", each.meaning) for each in env.DECLARED.values()
    ]

    assert [row for row in rows if row not in declared] == []


def test_the_chinese_readme_tells_the_same_defaults():
    english, chinese = (
        dict(re.findall(r"^\| `([A-Z0-9_]+)` \| (.*?) ?\|", (ROOT / name).read_text(encoding="utf-8"), re.M))
        for name in ("README.md", "README.zh.md")
    )

    assert english == chinese


def test_jobs_are_announced_safely():
    assert settings.CELERY_TASK_ACKS_LATE is True
    assert settings.CELERY_TASK_REJECT_ON_WORKER_LOST is True
    assert settings.CELERY_WORKER_PREFETCH_MULTIPLIER == 1
    assert settings.CELERY_ACCEPT_CONTENT == ["json"]
    assert settings.ATOMIC_REQUESTS is False
    assert settings.SESSION_ENGINE == "django.contrib.sessions.backends.db"
