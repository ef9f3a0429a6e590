"""`make run`: what goes wrong costs one clear line; Ctrl-C ends every child; servers of the machine are left alone."""

import contextlib
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from contextlib import closing
from pathlib import Path

import pytest

from config import runner

ROOT = Path(__file__).resolve().parent.parent.parent


def start(tmp_path, **variables):
    env = {**os.environ, "VAR_DIR": str(tmp_path / "var"), "NEXTSTOP_DEMO": "small", **variables}
    return subprocess.Popen(
        [sys.executable, "-m", "config.runner"],
        cwd=ROOT,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def one_line(process):
    _out, err = process.communicate(timeout=90)
    assert process.returncode == 1
    lines = [line for line in err.splitlines() if line.startswith("nextstop:")]
    assert len(lines) == 1
    assert "Traceback" not in err
    return lines[0]


def test_a_busy_port_is_named_with_the_way_out(tmp_path):
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]

        line = one_line(start(tmp_path, PORT=str(port)))

    assert f"Port {port} is taken" in line
    assert "PORT=8001 make run" in line


def test_a_port_that_is_no_number_is_named(tmp_path):
    assert "PORT must be a number" in one_line(start(tmp_path, PORT="eight"))


def test_a_damaged_database_is_named_with_what_to_do(tmp_path):
    var = tmp_path / "var"
    var.mkdir()
    (var / "nextstop.sqlite3").write_bytes(b"not a database at all" * 200)

    line = one_line(start(tmp_path, PORT=str(free_port())))

    assert "The database is damaged" in line


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "var").write_text("a file stands where the folder should be")  # root may write everywhere else

    assert "Cannot write to" in one_line(start(tmp_path, PORT=str(free_port())))


def prepared(env):
    """What `prepare` says: the demo's line when it had to be made, nothing when everything was found."""
    seen = subprocess.run(
        [sys.executable, "-c", "from config import runner; runner.prepare(runner.environment())"],
        cwd=ROOT, env={**os.environ, **env}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return seen.stdout


@pytest.mark.long
def test_a_second_start_prepares_nothing_unless_something_changed(tmp_path):
    env = {"VAR_DIR": str(tmp_path), "NEXTSTOP_DEMO": "small"}
    database = tmp_path / "nextstop.sqlite3"
    first = prepared(env)
    second = prepared(env)
    with closing(sqlite3.connect(database)) as tables, tables:
        tables.execute("DELETE FROM django_migrations WHERE id = (SELECT max(id) FROM django_migrations)")
    stamp = (tmp_path / "prepared").read_text()
    stale = runner.state_of(database)
    database.unlink()

    assert ("The demo is set up." in first, second) == (True, "")
    assert stamp != stale
    assert "The demo is set up." in prepared(env)  # a database that was moved away is made again


@pytest.mark.fault
def test_it_serves_pages_jobs_and_live_updates_and_ends_every_child(tmp_path):
    port = free_port()
    foreign = {"DATABASE_URL": "postgres://nobody@127.0.0.1:1/none", "REDIS_URL": "redis://127.0.0.1:1/0"}
    process = start(tmp_path, PORT=str(port), **foreign)
    try:
        page = wait_for(f"http://127.0.0.1:{port}/attend/beijing/")
        health = wait_for(f"http://127.0.0.1:{port}/-/health/", seconds=60)
        children = settled_children(process.pid)
    finally:
        os.kill(process.pid, signal.SIGINT)
        out, _err = process.communicate(timeout=40)

    assert "Hi" in page
    assert '"ok": true' in health
    assert len(children) == len(runner.commands({}))
    assert process.returncode == 0
    assert f"http://127.0.0.1:{port}/attend/beijing/" in out
    assert [pid for pid in children if Path(f"/proc/{pid}").exists()] == []
    assert "The demo is set up." in out
    assert_a_second_start_keeps_the_data(tmp_path, port)


def assert_a_second_start_keeps_the_data(tmp_path, port):
    with closing(sqlite3.connect(tmp_path / "var" / "nextstop.sqlite3")) as database, database:
        database.execute("UPDATE events_event SET title = '改过的标题'")
    process = start(tmp_path, PORT=str(port))
    try:
        page = wait_for(f"http://127.0.0.1:{port}/attend/beijing/")
    finally:
        os.kill(process.pid, signal.SIGINT)
        out, _err = process.communicate(timeout=40)
    assert "改过的标题" in page
    assert "The demo is set up." not in out


@pytest.mark.long
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_whoever_stops_it_while_it_prepares_leaves_nothing_running_and_nothing_half_done(tmp_path, number):
    process = start(tmp_path, PORT=str(free_port()))
    database = tmp_path / "var" / "nextstop.sqlite3"
    for _ in range(600):
        if database.exists() and database.stat().st_size:
            break
        time.sleep(0.1)
    children = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True, check=False).stdout
    os.kill(process.pid, number)
    out, err = process.communicate(timeout=40)

    assert (process.returncode, out, err) == (130, "", "")
    assert len(children.split()) == 1
    assert [pid for pid in children.split() if Path(f"/proc/{pid}").exists()] == []
    assert "The demo is set up." in prepared({"VAR_DIR": str(tmp_path / "var"), "NEXTSTOP_DEMO": "small"})


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 8 MB of its own."""
    place = tmp_path / "small"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", place], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("optional: only root may mount a small disk")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


def test_a_disk_with_too_little_room_is_named_with_what_is_left(small_disk):
    line = one_line(start(small_disk, PORT=str(free_port())))

    assert line == f"nextstop: Only 8 MB are free in {small_disk / 'var'}; Nextstop wants at least 300 MB."


def test_a_disk_without_any_room_is_named(small_disk):
    with contextlib.suppress(OSError), (small_disk / "film").open("wb", buffering=0) as film:
        while True:
            film.write(b"x" * 65536)

    assert one_line(start(small_disk, PORT=str(free_port()))).endswith("var: the disk is full.")


def test_an_old_python_is_named_before_anything_is_installed(tmp_path):
    shutil.copy(ROOT / "Makefile", tmp_path)
    shutil.copytree(ROOT / "requirements", tmp_path / "requirements")
    old = tmp_path / "python3.9"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo Python 3.9.2 && exit 0\nexit 1\n')
    old.chmod(0o755)

    done = subprocess.run(["make", "run", f"PYTHON={old}"], cwd=tmp_path, capture_output=True, text=True, check=False)

    assert done.returncode != 0
    assert "nextstop: needs Python 3.11 or newer, this is Python 3.9.2" in done.stderr
    assert not (tmp_path / ".venv").exists()


def wait_for(url, seconds=90):
    deadline = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return answer.read().decode()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)


def settled_children(pid):
    """The children that stay, once the one that prints the addresses has ended."""
    for _ in range(60):
        found = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False).stdout.split()
        if len(found) == len(runner.commands({})):
            break
        time.sleep(0.5)
    return found
