"""The health pages name what is wrong."""

import sys
import time
from types import SimpleNamespace

import pytest
from django.db import connection
from django.utils import timezone

from config import health
from config.overview import JOB_TITLES
from events import fonts
from events.jobs import KINDS
from events.models import Worker
from raffle import host


def test_ready_answers_when_the_database_does(visitor, db):
    answer = visitor.get("/-/ready/")

    assert answer.status_code == 200
    assert answer.json() == {"ok": True, "database": "ok"}


def test_without_a_worker_the_health_page_says_which_queues_wait(visitor, db):
    answer = visitor.get("/-/health/")

    assert answer.status_code == 503
    assert answer.json()["parts"]["workers"].startswith("no worker for default, mail, probe, media, upscale")
    assert answer.json()["parts"]["database"] == "ok"


def test_with_all_queues_served_everything_is_well(visitor, db):
    Worker.objects.create(name="a", queues="default,mail", heard_at=timezone.now())
    Worker.objects.create(name="b", queues="media,probe,upscale", heard_at=timezone.now())
    assert visitor.get("/-/health/").json()["parts"]["workers"].startswith("the beat is silent")
    Worker.objects.create(name="beat@here", queues="beat", heard_at=timezone.now())

    answer = visitor.get("/-/health/")

    parts = answer.json()["parts"]
    assert parts.pop("shaping")  # as this machine has it
    assert parts == dict.fromkeys(["database", "broker", "workers", "disk", "font", "ffmpeg", "emcee"], "ok")
    assert answer.status_code == 200


def test_too_little_disk_is_named_with_the_figure(visitor, db, settings):
    settings.DISK_RESERVE_MB = 10**9

    assert "MB left, uploads are refused" in visitor.get("/-/health/").json()["parts"]["disk"]


def test_the_dashboard_says_it_in_the_organisers_language(beijing, mei, client_of, settings):
    settings.DISK_RESERVE_MB = 10**9

    page = client_of(mei, **{"accept-language": "zh-CN"}).get("/organise/beijing/").content.decode()

    assert "已停止接收上传" in page and "uploads are refused" not in page


def test_every_kind_of_job_has_a_name_for_people():
    assert {name for name in KINDS if not name.startswith("test_")} == set(JOB_TITLES)


@pytest.fixture
def dead_database(transactional_db, monkeypatch):
    """Where the database was, nothing answers any more."""
    connection.close()
    with monkeypatch.context() as away:
        place = ("NAME", "/nowhere/at/all.sqlite3") if connection.vendor == "sqlite" else ("PORT", "1")
        away.setitem(connection.settings_dict, *place)
        yield
        connection.close()


def test_with_a_dead_database_each_part_is_still_named_as_json(dead_database, visitor):
    answer = visitor.get("/-/health/")

    assert (answer.status_code, answer.headers["content-type"]) == (503, "application/json")
    body = answer.json()
    assert body["parts"].pop("shaping")  # as this machine has it
    assert body == {
        "ok": False,
        "parts": {
            "database": "does not answer (OperationalError)",
            "broker": "ok",
            "workers": "cannot be told (OperationalError)",
            "disk": "ok",
            "font": "ok",
            "ffmpeg": "ok",
            "emcee": "ok",
        },
        "font": "NotoSansSC-Regular.otf",
    }


def test_a_check_that_breaks_is_named_and_hides_no_other(visitor, db, settings):
    settings.DISK_RESERVE_MB = "a lot"

    parts = visitor.get("/-/health/").json()["parts"]

    assert parts["disk"] == "cannot be told (TypeError)"
    assert (parts["database"], parts["ffmpeg"]) == ("ok", "ok")


@pytest.fixture
def counted_ffmpeg(settings, tmp_path):
    """A program in the place of ffmpeg that notes each start."""
    program, starts = tmp_path / "ffmpeg", tmp_path / "starts"
    program.write_text(f"#!/bin/sh\necho started >> {starts}\n")
    program.chmod(0o755)
    settings.FFMPEG = str(program)
    return program, starts


def test_who_asks_again_and_again_starts_no_program_each_time(counted_ffmpeg, visitor, db):
    program, starts = counted_ffmpeg

    said = {visitor.get("/-/health/").json()["parts"]["ffmpeg"] for _ in range(20)}

    assert (said, starts.read_text().split()) == ({"ok"}, ["started"])


def test_an_ffmpeg_that_is_gone_is_named_a_minute_later(counted_ffmpeg, visitor, db, monkeypatch):
    program, _starts = counted_ffmpeg
    visitor.get("/-/health/")
    program.unlink()
    later = time.monotonic() + 61
    monkeypatch.setattr(time, "monotonic", lambda: later)

    assert visitor.get("/-/health/").json()["parts"]["ffmpeg"] == "cannot run (FileNotFoundError)"


def test_a_broker_that_takes_no_message_is_named(visitor, db, settings, tmp_path):
    settings.VAR_DIR = tmp_path  # no folder for messages in there
    settings.REDIS_URL = settings.REDIS_URL and "redis://127.0.0.1:1/0"

    said = visitor.get("/-/health/").json()["parts"]["broker"]

    assert said.startswith("does not answer" if settings.REDIS_URL else "folder not writable")


@pytest.fixture
def no_chinese_font(monkeypatch, settings):
    """A machine without the wheel's fonts and without the system's."""

    def anew():
        for kept in (value for value in vars(fonts).values() if hasattr(value, "cache_clear")):
            kept.cache_clear()
        health._said.clear()

    settings.FONT = ""
    for wheel in ("pylopdf_fonts_zh_cn", "manimgx_fonts"):
        monkeypatch.setitem(sys.modules, wheel, None)
    monkeypatch.setattr(fonts, "SYSTEM", ())
    anew()
    yield
    monkeypatch.undo()
    anew()


def test_a_machine_that_cannot_draw_chinese_is_named_here_and_to_the_organiser(
    beijing, mei, client_of, visitor, no_chinese_font
):
    assert visitor.get("/-/health/").json()["parts"]["font"] == "no font with Chinese glyphs: set FONT"
    assert "no font with Chinese glyphs" in client_of(mei).get("/organise/beijing/").content.decode()


def test_a_model_that_fails_is_named_and_takes_nothing_down(visitor, db, settings):
    settings.OPENAI_API_KEY = "sk-of-the-test"
    Worker.objects.create(name="all", queues="default,mail,media,probe,upscale,beat", heard_at=timezone.now())
    host.failed(TimeoutError(), SimpleNamespace(outcome="", purpose="read"))

    answer = visitor.get("/-/health/")

    assert answer.json()["parts"]["emcee"].startswith("the language model failed lately (TimeoutError)")
    assert (answer.status_code, answer.json()["ok"]) == (200, True)


def test_the_page_of_jobs_says_when_nobody_does_them_beat_or_not(beijing, mei, client_of):
    Worker.objects.create(name="beat@here", queues="beat", heard_at=timezone.now())
    page = client_of(mei).get("/organise/beijing/jobs/").content.decode()
    assert "No worker has been heard from" in page

    Worker.objects.create(name="all@here", queues="default", heard_at=timezone.now())
    assert "No worker has been heard from" not in client_of(mei).get("/organise/beijing/jobs/").content.decode()
