"""Children of the workers: ended in time, within ceilings, without sockets, never left behind."""

import os
import signal
import subprocess
import sys
import textwrap
import time

import pytest

from cocreation.media import children, ffmpeg

PYTHON = sys.executable


def alive(pid):
    """Whether a process runs (a zombie that nobody waits for does not)."""
    try:
        return open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def gone_within(pid, seconds):
    end = time.monotonic() + seconds
    while alive(pid) and time.monotonic() < end:
        time.sleep(0.05)
    return not alive(pid)


def test_what_it_says_comes_back():
    assert children.run([PYTHON, "-c", "print('hello')"]) == "hello\n"


def test_its_last_words_are_the_reason():
    with pytest.raises(children.Broken, match="^no such shot$"):
        children.run([PYTHON, "-c", "import sys; print('one', flush=True); sys.exit('no such shot')"])


def test_it_is_ended_after_its_time_with_everything_that_it_started(tmp_path):
    note = tmp_path / "pid"
    began = time.monotonic()

    with pytest.raises(children.TooSlow, match="not done after 1 s"):
        children.run(["/bin/sh", "-c", f"sleep 60 & echo $! > {note}; wait"], seconds=1)

    assert time.monotonic() - began < 3
    assert gone_within(int(note.read_text()), 1)


def stopped(code):
    """Stop a child that says `frame=` and its process id; returns that id and when it was asked."""
    asked = []

    def watch(pid):
        asked[:] = [pid, time.monotonic()]
        raise children.Stopped

    with pytest.raises(children.Stopped):
        children.run([PYTHON, "-c", code], watch=watch)
    return asked


def test_one_that_does_not_listen_is_gone_two_and_a_half_seconds_after_the_wish_to_stop():
    pid, asked = stopped(
        "import os, time, signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "print(f'frame={os.getpid()}', flush=True); time.sleep(60)"
    )

    assert not alive(pid)
    assert time.monotonic() - asked < 2.5


def test_one_that_listens_may_put_its_things_away_first(tmp_path):
    note = tmp_path / "tidied"
    pid, asked = stopped(
        f"import os, sys, time, signal; signal.signal(signal.SIGTERM, lambda *_: sys.exit(open({str(note)!r}, 'w').write('yes') and 0));"
        "print(f'frame={os.getpid()}', flush=True); time.sleep(60)"
    )

    assert not alive(pid)
    assert note.read_text() == "yes"
    assert time.monotonic() - asked < 2


def test_one_that_is_too_slow_and_does_not_listen_is_killed():
    code = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
    began = time.monotonic()

    with pytest.raises(children.TooSlow):
        children.run([PYTHON, "-c", code], seconds=1)

    assert time.monotonic() - began < 10


@pytest.mark.parametrize(
    ("code", "limits"),
    [
        ("bytearray(2 * 2**30)", children.OURS),
        ("open('big', 'wb').truncate(600_000_000)", children.STRANGERS),
        ("[open('/dev/null') for _ in range(80)]", children.STRANGERS),
    ],
)
def test_it_cannot_take_more_than_its_share(code, limits, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    with pytest.raises(children.Broken):
        children.run([PYTHON, "-c", code], limits=limits)


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's filter")
def test_it_opens_no_socket_unless_it_is_the_operators_own():
    code = "import socket; socket.socket(); print('open')"

    with pytest.raises(children.Broken, match="Permission denied"):
        children.run([PYTHON, "-c", code], limits=children.STRANGERS)
    assert children.run([PYTHON, "-c", code], limits=children.HOOKS) == "open\n"


def test_it_knows_no_secret_of_the_site(monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "chuckle")

    assert "chuckle" not in children.run([PYTHON, "-c", "import os; print(dict(os.environ))"])


def test_a_child_that_floods_its_pipe_does_not_fill_the_worker():
    said = children.run([PYTHON, "-c", "print('x' * 9000); [print('row', n) for n in range(200_000)]"])

    assert len(said) < 10_000


def test_the_wish_to_stop_is_seen_while_a_child_says_nothing(tmp_path):
    asked, note = [], tmp_path / "pid"

    def watch(frames):
        asked.append(frames)
        if note.exists() and note.read_text().strip():
            raise children.Stopped

    began = time.monotonic()
    with pytest.raises(children.Stopped):
        children.run(["/bin/sh", "-c", f"echo frame=7; echo $$ > {note}; exec sleep 30"], watch=watch)

    assert time.monotonic() - began < 6
    assert set(asked) == {7} and len(asked) < 8
    assert gone_within(int(note.read_text()), 1)


def test_one_that_shuts_its_mouth_and_goes_on_is_still_watched():
    def watch(_frames):
        if time.monotonic() - began > 2:
            raise children.Stopped

    began = time.monotonic()
    with pytest.raises(children.Stopped):
        children.run(["/bin/sh", "-c", "exec sleep 30 >&- 2>&-"], watch=watch)

    assert time.monotonic() - began < 6


def test_ffmpeg_tells_how_far_it_is():
    seen = []

    ffmpeg.call(
        ["-loglevel", "error", "-f", "lavfi", "-i", "testsrc2=duration=2:rate=25", "-f", "null", "-"], watch=seen.append
    )

    assert seen[-1] == 50


WORKER = """
    import os, sys
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    import django
    django.setup()
    from cocreation.media import children
    children.run(["/bin/sh", "-c", sys.argv[1]], limits=children.HOOKS)
"""


@pytest.fixture
def worker(tmp_path):
    """A process of its own that runs a child, in an installation of its own."""
    started = []

    def start(script):
        process = subprocess.Popen(
            [PYTHON, "-c", textwrap.dedent(WORKER), script],
            env={**os.environ, "VAR_DIR": str(tmp_path / "var"), "DATABASE_URL": "", "REDIS_URL": ""},
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


def written(path, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if path.exists() and path.read_text().strip():
            return int(path.read_text())
        time.sleep(0.05)
    raise AssertionError("the child never began")


@pytest.mark.fault
@pytest.mark.skipif(sys.platform != "linux", reason="PR_SET_PDEATHSIG")
def test_kill_9_of_the_worker_ends_its_child_at_once(worker, tmp_path):
    process = worker(f"echo $$ > {tmp_path}/child; exec sleep 60")
    child = written(tmp_path / "child")

    process.send_signal(signal.SIGKILL)

    assert gone_within(child, 2)


@pytest.mark.fault
def test_what_the_child_had_started_is_ended_by_the_next_worker(worker, tmp_path):
    process = worker(f"sleep 60 & echo $! > {tmp_path}/grandchild; wait")
    grandchild = written(tmp_path / "grandchild")
    process.send_signal(signal.SIGKILL)
    process.wait()
    time.sleep(0.3)
    assert alive(grandchild)

    worker("true").wait()

    assert gone_within(grandchild, 2)
    assert list((tmp_path / "var" / "children").glob("*.json")) == []


def test_a_note_of_another_machine_ends_nobody(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    bystander = subprocess.Popen(["sleep", "60"], start_new_session=True)
    try:
        note = children.notes() / "1.json"
        note.write_text(
            f'{{"place": "another boot", "pid": {bystander.pid}, "born": "{children.born(bystander.pid)}", "owner": 1, "owner_born": "x"}}'
        )

        assert children.reap() == 0
        assert alive(bystander.pid)
    finally:
        bystander.kill()
        bystander.wait()
