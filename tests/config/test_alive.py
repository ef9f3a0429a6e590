"""Health checks of processes without a port: a file that was touched lately."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.db import InterfaceError, connection

from config import alive, celery
from config.beat import Scheduler
from events.models import Worker

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(autouse=True)
def own_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("VAR_DIR", str(tmp_path))


def asked(kind):
    """The exit status of the container's health check."""
    return subprocess.run([sys.executable, "-m", "config.alive", kind], cwd=ROOT, check=False).returncode


def test_a_process_that_spoke_is_alive_and_one_that_fell_silent_is_not():
    assert asked("desk") == 1

    alive.touch(f"desk@{alive.socket.gethostname()}")
    assert (asked("desk"), asked("media")) == (0, 1)

    file = alive.folder() / f"desk@{alive.socket.gethostname()}"
    os.utime(file, (time.time() - 60, time.time() - 60))
    assert asked("desk") == 1


def test_a_container_of_another_name_does_not_count():
    alive.touch("desk@some-other-container")

    assert asked("desk") == 1


def test_what_long_gone_containers_left_is_removed():
    alive.touch("desk@old")
    alive.touch("desk@new")
    old = alive.folder() / "desk@old"
    os.utime(old, (time.time() - 100_000, time.time() - 100_000))

    alive.forget_old()

    assert [file.name for file in alive.folder().glob("*")] == ["desk@new"]


def test_the_beat_shows_that_it_schedules(tmp_path):
    from config.celery import app

    scheduler = Scheduler(app=app, schedule_filename=str(tmp_path / "beat"), lazy=True)
    scheduler.setup_schedule()
    scheduler._heap = []

    scheduler.tick()
    scheduler.close()

    assert asked("beat") == 0


@pytest.mark.django_db(transaction=True)
def test_a_worker_goes_on_giving_signs_of_life_when_its_connection_was_lost(caplog):
    """A connection that was closed is no DatabaseError: the thread ended with it, and a working worker looked dead."""

    def lost(*_query):
        raise InterfaceError("connection already closed")

    with connection.execute_wrapper(lost):
        first, second = celery.write_sign("w@here", "mail"), celery.write_sign("w@here", "mail", said=True)
    third = celery.write_sign("w@here", "mail")

    assert (first, second, third) == (False, False, True)
    assert caplog.text.count("no sign of life can be written: InterfaceError") == 1
    assert Worker.objects.get().name == "w@here"
