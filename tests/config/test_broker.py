"""The embedded broker: several processes write and read at once, and no message is seen half written."""

import multiprocessing
import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from queue import Empty

import pytest
from kombu import Connection

ROOT = Path(__file__).resolve().parent.parent.parent
EACH, WRITERS = 300, 3
BINDS = """
import sys, time
from kombu import Connection
import config.celery
folder, name, at = sys.argv[1:]
options = {"data_folder_in": folder, "data_folder_out": folder, "control_folder": folder + "/control"}
with Connection("files://localhost//", transport_options=options) as connection:
    channel = connection.channel()
    time.sleep(max(0, float(at) - time.time()))
    for number in range(200):
        channel._queue_bind(f"to-{number}", "", "", name)
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "control").mkdir()
    return tmp_path


def channel_in(folder):
    import config.celery  # noqa: F401  (names the transport)

    options = {"data_folder_in": str(folder), "data_folder_out": str(folder), "control_folder": str(folder / "control")}
    return Connection("files://localhost//", transport_options=options).channel()


def write(folder, writer):
    channel = channel_in(folder)
    for number in range(EACH):
        channel._put("desk", {"writer": writer, "number": number, "filling": "x" * 20_000})


def test_each_message_is_read_once_and_whole_while_others_write(folder):
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=write, args=(folder, writer)) for writer in range(WRITERS)]
    [writer.start() for writer in writers]
    channel, seen, last = channel_in(folder), Counter(), {}
    deadline = time.monotonic() + 60
    while seen.total() < EACH * WRITERS and time.monotonic() < deadline:
        try:
            message = channel._get("desk")
        except Empty:
            continue
        seen[message["writer"], message["number"]] += 1
        assert message["number"] > last.get(message["writer"], -1)  # the oldest first
        last[message["writer"]] = message["number"]
    [writer.join() for writer in writers]
    assert seen.total() == len(seen) == EACH * WRITERS
    assert [path.name for path in folder.iterdir()] == ["control"]


def test_processes_that_start_together_all_get_their_queues(folder):
    names, at = ["web", "desk", "media", "upscale"], str(time.time() + 4)
    started = [subprocess.Popen([sys.executable, "-c", BINDS, str(folder), name, at], cwd=ROOT) for name in names]
    assert [process.wait(60) for process in started] == [0, 0, 0, 0]
    tables = [channel_in(folder).get_table(f"to-{number}") for number in range(200)]
    assert all({row.queue for row in table} == set(names) for table in tables)


def test_a_message_that_cannot_be_read_stops_nobody(folder):
    (folder / "1_a.desk.msg").write_bytes(b"")
    (folder / "2_b.desk.msg").write_bytes(b'{"to": "the de')
    channel = channel_in(folder)
    channel._put("desk", {"whole": True})
    channel._put("desks", {"another": "queue"})
    assert channel._get("desk") == {"whole": True}
    with pytest.raises(Empty):
        channel._get("desk")
    assert channel._size("desks") == 1


def test_what_a_killed_process_left_is_removed_and_what_is_being_written_stays(folder):
    old, young = folder / ".taken-1_a.desk.msg", folder / ".half-b-2_b.desk.msg"
    for path in (old, young):
        path.write_bytes(b"{}")
    os.utime(old, (time.time() - 7200, time.time() - 7200))

    channel_in(folder)

    assert (old.exists(), young.exists()) == (False, True)
