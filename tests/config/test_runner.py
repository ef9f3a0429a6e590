"""`make run`: what goes wrong costs one clear line; Ctrl-C ends every child; servers of the machine are left alone."""

import contextlib
import errno
import os
import re
import shlex
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
import yaml

from cocreation import hands
from cocreation.forms import MOST_MUSIC, MOST_TIMELINE
from cocreation.media import ffmpeg
from config import env, runner
from config.celery import QUEUES
from events import pictures
from sessions import slides

ROOT = Path(__file__).resolve().parent.parent.parent


def start(tmp_path, **variables):
    env = {**os.environ, "VAR_DIR": str(tmp_path / "var"), **variables}
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


@pytest.mark.parametrize("port", ["eight", "²", "0", "65536", "-1"])
def test_a_port_that_is_no_number_is_named(tmp_path, port):
    line = one_line(start(tmp_path, PORT=port))

    assert line == f"nextstop: PORT must be a number from 1 to 65535, not {port!r}."


@pytest.mark.parametrize("host", ["nosuch.invalid", "192.0.2.1", "no..name"])
def test_a_host_that_is_none_of_this_machine_is_named_and_no_port_is_called_taken(tmp_path, host):
    port = free_port()

    assert one_line(start(tmp_path, HOST=host, PORT=str(port))).startswith(
        f"nextstop: Cannot listen on HOST={host}, port {port}: "
    )


def test_an_address_of_the_sixth_version_is_one_too(monkeypatch):
    monkeypatch.setenv("HOST", "::1")
    with socket.socket(socket.AF_INET6) as busy:
        try:
            busy.bind(("::1", 0))
        except OSError:
            pytest.skip("optional: this machine has no IPv6")
        busy.listen()
        port = busy.getsockname()[1]

        with pytest.raises(runner.Trouble, match=f"Port {port} is taken"):
            runner.check_address("::1", str(port))
    runner.check_address("::1", str(port))

    assert runner.environment()["SITE_URL"] == "http://[::1]:8000"


def test_a_second_one_in_the_same_folder_is_told_where_the_first_runs(tmp_path):
    port = free_port()
    first = start(tmp_path, PORT=str(port))
    note = tmp_path / "var" / "running"
    try:
        for _ in range(300):
            if note.exists() and note.read_text():
                break
            time.sleep(0.1)
        line = one_line(start(tmp_path, PORT=str(free_port())))
    finally:
        os.killpg(first.pid, signal.SIGKILL)
        first.communicate(timeout=20)

    assert line == f"nextstop: Nextstop already runs from this folder: http://127.0.0.1:{port}"
    with runner.hold_folder({"VAR_DIR": str(tmp_path / "var"), "SITE_URL": "the next"}):  # the kernel freed it
        assert note.read_text() == "the next"


FOREIGN = (
    "CELERY_BROKER_URL",
    "CELERY_RESULT_BACKEND",
    "CELERY_CONFIG_MODULE",
    "DJANGO_SETTINGS_MODULE",
    "UVICORN_UDS",
    "WEB_CONCURRENCY",
    "PGHOST",
    "AWS_SECRET_ACCESS_KEY",
    "PYTHONDONTWRITEBYTECODE",
)


def test_nothing_that_the_shell_has_set_for_production_reaches_a_local_run(monkeypatch):
    names = [*env.DECLARED, *(f"{name}_FILE" for name in env.DECLARED), *FOREIGN]
    for name in names:
        monkeypatch.setenv(name, "foreign")
    monkeypatch.setenv("PORT", "8001")

    local = runner.environment()

    harmless = {"DISK_RESERVE_MB", "FFMPEG", "FILM_LINES", "FONT", "LOG_LEVEL", "UPSCALE_SHADER", "VAR_DIR"}
    assert {name for name in names if local.get(name, "").endswith("foreign")} == harmless
    assert local["SITE_URL"] == "http://127.0.0.1:8001"
    assert local["DJANGO_SETTINGS_MODULE"] == "config.settings"
    assert local["PATH"] == os.environ["PATH"]


def test_a_damaged_database_is_named_with_what_to_do(tmp_path):
    var = tmp_path / "var"
    var.mkdir()
    (var / "nextstop.sqlite3").write_bytes(b"not a database at all" * 200)

    line = one_line(start(tmp_path, PORT=str(free_port())))

    assert "The database is damaged" in line


def test_a_database_whose_pages_were_overwritten_is_named_at_the_next_start(tmp_path):
    database = tmp_path / "nextstop.sqlite3"
    with closing(sqlite3.connect(database)) as tables, tables:
        tables.execute("CREATE TABLE django_migrations (app TEXT)")
        tables.execute("CREATE TABLE events_event (title TEXT)")
        tables.executemany("INSERT INTO events_event VALUES (?)", [("x" * 3000,)] * 50)
    (tmp_path / "prepared").write_text(runner.state_of(database))
    with database.open("r+b") as pages:
        pages.seek(4096 * 10)
        pages.write(b"\xff" * 4096 * 5)

    with pytest.raises(runner.Trouble) as trouble:
        runner.prepare({"VAR_DIR": str(tmp_path)})

    assert str(trouble.value) == f"The database is damaged: move {database}* away, or restore a copy."


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
    env = {"VAR_DIR": str(tmp_path)}
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


def queues(command):
    return set(command[command.index("-Q") + 1].split(",")) if "-Q" in command else set()


def test_every_queue_has_its_worker_and_nothing_long_stands_before_a_look_at_a_shot():
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    production = [found for one in services.values() if (found := queues(one.get("command") or []))]
    local = [found for command in runner.commands({}).values() if (found := queues(command))]

    for workers in (production, local):
        assert sorted(name for found in workers for name in found) == sorted(QUEUES)
        assert {"media"} in workers and {"upscale"} in workers
    assert {"probe"} in production


def test_where_films_are_made_a_hand_is_free_for_what_takes_seconds():
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]

    for command in (services["media"]["command"], runner.commands({})["media"]):
        assert int(command[command.index("-c") + 1]) > hands.MOST


def test_no_container_holds_a_right_that_it_does_not_need_or_can_get_one():
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]

    assert {name for name, one in services.items() if one.get("cap_drop") != ["ALL"]} == set()
    assert {name for name, one in services.items() if one.get("security_opt") != ["no-new-privileges:true"]} == set()
    assert {name: one["cap_add"] for name, one in services.items() if "cap_add" in one} == {
        "proxy": ["NET_BIND_SERVICE"]
    }


def test_the_proxy_lets_through_what_the_forms_take():
    lines = (ROOT / "Caddyfile").read_text().split()
    sizes = {
        lines[at + 1]: int(lines[at + 4].removesuffix("MB")) for at, word in enumerate(lines) if word == "request_body"
    }

    assert 1_000_000 * sizes["@slides"] > slides.MOST_BYTES
    assert 1_000_000 * sizes["@film"] > max(MOST_MUSIC, MOST_TIMELINE)
    assert 1_000_000 * sizes["@rest"] > pictures.MOST_BYTES


@pytest.mark.fault
def test_it_serves_pages_jobs_and_live_updates_and_ends_every_child(tmp_path):
    port = free_port()
    foreign = {
        "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "CELERY_BROKER_URL": "redis://127.0.0.1:1/0",
        "SITE_URL": "https://meet.example.org",
        "TRUSTED_PROXIES": "1",
    }
    process = start(tmp_path, PORT=str(port), FFMPEG=ffmpeg_with_a_brake(tmp_path), **foreign)
    try:
        page = wait_for(f"http://127.0.0.1:{port}/attend/beijing/")
        (tmp_path / "brake").write_text("8")  # so that the demo's shots are still being worked on
        health = wait_for(f"http://127.0.0.1:{port}/-/health/", seconds=60)
        children = settled_children(process.pid)
        (tmp_path / "brake").write_text("60")
        family = family_at_work(process.pid)
    finally:
        os.kill(process.pid, signal.SIGINT)
        out, _err = process.communicate(timeout=40)

    assert "Hi" in page
    assert '"ok": true' in health
    assert len(children) == len(runner.commands({}))
    assert process.returncode == 0
    assert f"http://127.0.0.1:{port}/attend/beijing/" in out
    assert set(children) < set(family)
    assert still_there(family) == []
    assert "The demo is set up." in out
    assert_the_printed_line_prints_fresh_links(out, port)
    assert_a_second_start_keeps_the_data(tmp_path, port)


def ffmpeg_with_a_brake(folder):
    """The path of an ffmpeg that waits as many seconds as the file `brake` beside it says; with 60 it does nothing else."""
    program = folder / "ffmpeg"
    program.write_text(f"""#!/bin/sh
[ "$1" = -version ] || case $(cat "${{0%/*}}/brake" 2>/dev/null) in 60) exec sleep 60 ;; 8) sleep 8 ;; esac
exec {shlex.quote(ffmpeg.program())} "$@"
""")
    program.chmod(0o755)
    return str(program)


def family_at_work(pid):
    """{id: (state, parent, session, birth)} of all descendants, once a worker's ffmpeg sleeps in a session of its own."""
    for _ in range(600):
        rows = rows_of_processes()
        family, grown = {}, {str(pid)}
        while grown:
            grown = {one for one, (_state, parent, *_rest) in rows.items() if parent in grown}
            family |= {one: rows[one] for one in grown}
        if any(session == one and words_of(one) == ["sleep", "60"] for one, (_, _, session, _) in family.items()):
            return family
        time.sleep(0.1)
    raise AssertionError("no worker has started ffmpeg")


def words_of(pid):
    with contextlib.suppress(OSError):  # it has just ended
        return Path(f"/proc/{pid}/cmdline").read_text().split("\0")[:-1]


def still_there(family, seconds=3):
    """Who of the family lives so many seconds later; the kernel ends the children of a killed worker by itself."""
    for _ in range(10 * seconds):
        rows = rows_of_processes()
        left = [one for one, row in family.items() if one in rows and rows[one][3] == row[3] and rows[one][0] != "Z"]
        if not left:
            break
        time.sleep(0.1)
    return left


def rows_of_processes():
    """{id: (state, parent, session, birth)} of all processes of this machine."""
    rows = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # one that has just ended
            words = path.read_text().rpartition(")")[2].split()
            rows[path.parent.name] = words[0], words[1], words[3], words[19]
    return rows


def assert_the_printed_line_prints_fresh_links(out, port):
    line = re.search(r"`(.+)` prints fresh ones", out)[1].replace(".venv/bin/python", shlex.quote(sys.executable))
    again = subprocess.run(
        ["/bin/sh", "-c", line], cwd=ROOT, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True
    )
    links = re.findall(r"http\S+/-/enter/\S+", again.stdout)
    assert len(links) == 7 and all(link.startswith(f"http://127.0.0.1:{port}/") for link in links), again.stderr


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
    children = children_of(process.pid)
    os.kill(process.pid, number)
    out, err = process.communicate(timeout=40)

    assert (process.returncode, out, err) == (130, "", "")
    assert len(children) == 1
    assert [pid for pid in children if Path(f"/proc/{pid}").exists()] == []
    assert "The demo is set up." in prepared({"VAR_DIR": str(tmp_path / "var")})


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


def test_the_children_of_a_process_are_found_without_any_program_of_the_machine():
    with subprocess.Popen(["sleep", "60"]) as child:
        found = children_of(os.getpid())
        child.kill()

    assert str(child.pid) in found


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


def test_a_disk_without_room_for_the_packages_is_named_before_anything_is_installed(small_disk):
    shutil.copy(ROOT / "Makefile", small_disk)
    shutil.copytree(ROOT / "requirements", small_disk / "requirements")

    command = ["make", "run", f"PYTHON={sys.executable}"]
    done = subprocess.run(command, cwd=small_disk, capture_output=True, text=True, check=False, timeout=60)

    assert done.returncode != 0
    assert re.search(
        r"^nextstop: the packages need 1200 MB, only \d MB are free in .*small$", done.stderr, re.MULTILINE
    )
    assert not (small_disk / ".tools" / "lib").exists()


def without_pip(folder):
    """A Python as Debian ships it: `-m pip` finds none until its wheel is named, and there is no `ensurepip`."""
    bare = folder / "python3"
    bare.write_text(
        f"""#!/bin/sh
case "$1 $2" in "-m ensurepip") exit 1;; "-m pip") [ -n "$PYTHONPATH" ] || exit 1;; esac
exec {sys.executable} "$@"
"""
    )
    bare.chmod(0o755)
    return bare


@pytest.mark.long  # asks Debian's mirror
@pytest.mark.skipif(not shutil.which("apt-get"), reason="no apt-get: only Debian's Python comes without pip")
def test_a_python_without_pip_fetches_it_into_the_folder_alone(tmp_path):
    shutil.copy(ROOT / "Makefile", tmp_path)
    shutil.copytree(ROOT / "requirements", tmp_path / "requirements")

    command = ["make", ".tools/bin/uv", f"PYTHON={without_pip(tmp_path)}"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=200)

    assert done.returncode == 0, done.stderr
    uv = subprocess.run([tmp_path / ".tools/bin/uv", "--version"], capture_output=True, text=True, check=True)
    assert uv.stdout.startswith("uv ")
    assert list((tmp_path / ".tools/apt").rglob("pip-*.whl"))


def test_a_python_without_pip_where_none_can_be_fetched_is_one_line(tmp_path):
    shutil.copy(ROOT / "Makefile", tmp_path)
    shutil.copytree(ROOT / "requirements", tmp_path / "requirements")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/apt-get").write_text("#!/bin/sh\nexit 100\n")
    (tmp_path / "bin/apt-get").chmod(0o755)

    command = ["make", ".tools/bin/uv", f"PYTHON={without_pip(tmp_path)}"]
    env = os.environ | {"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}"}
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False, timeout=60)

    assert done.returncode != 0
    assert done.stderr.splitlines()[0] == (
        "nextstop: this Python has no pip, and Debian's package of it cannot be fetched: apt-get install python3-pip"
    )


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


def children_of(pid):
    """The ids of the processes whose parent this is: slim images have neither pgrep nor ps."""
    return [one for one, (_state, parent, *_rest) in rows_of_processes().items() if parent == str(pid)]


def settled_children(pid):
    """The children that stay, once the one that prints the addresses has ended."""
    for _ in range(60):
        found = children_of(pid)
        if len(found) == len(runner.commands({})):
            break
        time.sleep(0.5)
    return found


def test_words_that_cannot_be_compiled_leave_those_that_are_there(tmp_path, monkeypatch):
    """A disk that fills up half-way left an empty file, newer than its source: nothing started any more."""
    folder = tmp_path / "locale" / "zh_Hans" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "django.po").write_text('msgid ""\nmsgstr ""\n\nmsgid "Door"\nmsgstr "门"\n', encoding="utf-8")
    monkeypatch.setattr(runner, "ROOT", tmp_path)
    runner.compile_translations()
    whole = (folder / "django.mo").read_bytes()
    os.utime(folder / "django.mo", (0, 0))

    def full(file, _catalogue):
        file.write(whole[:10])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("babel.messages.mofile.write_mo", full)
    with pytest.raises(OSError, match="space"):
        runner.compile_translations()

    assert (folder / "django.mo").read_bytes() == whole


def test_a_web_server_that_ends_at_once_is_told_before_anything_is_said_to_run():
    supervisor = runner.Supervisor({"web": [sys.executable, "-c", "raise SystemExit(3)"]}, dict(os.environ))
    supervisor.start("web")

    with pytest.raises(runner.Trouble, match=r"The web process ends at once each time \(status 3\)"):
        runner.wait_until_ready({"HOST": "127.0.0.1", "PORT": str(free_port())}, supervisor)


def test_a_folder_that_cannot_be_held_is_one_line(tmp_path):
    (tmp_path / "var" / "running").mkdir(parents=True)

    said = one_line(start(tmp_path, PORT=str(free_port())))

    assert said == f"nextstop: Is a directory: {tmp_path / 'var' / 'running'}"
