"""Live updates: in the order of the commits, to those who may see them, without a gap after a break."""

import asyncio
import json
import sqlite3
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from django.conf import settings
from django.db import connection, connections, transaction
from django.test import Client

from events import live, passes
from events.live import reading
from events.live.doorbell import doorbell
from events.live.hub import LOOK_EVERY, Hub, Room
from events.models import LiveEvent


def run_alone(work):
    """Run a coroutine in a thread of its own: another loop may live in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


def test_rows_are_numbered_without_gaps(beijing):
    numbers = [live.tell(beijing, "questions") for _ in range(3)]

    assert numbers == [1, 2, 3]
    assert live.position(beijing) == 3


@pytest.mark.django_db(transaction=True)
def test_a_rolled_back_row_leaves_no_hole(beijing):
    live.tell(beijing, "questions")
    with pytest.raises(RuntimeError), transaction.atomic():
        live.tell(beijing, "questions")
        raise RuntimeError
    live.tell(beijing, "questions")

    assert list(LiveEvent.objects.order_by("seq").values_list("seq", flat=True)) == [1, 2]


@pytest.mark.django_db(transaction=True)
def test_writers_at_once_never_share_a_number(beijing):
    def write():
        try:
            for _ in range(5):
                live.tell(beijing, "questions")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=write) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert list(LiveEvent.objects.order_by("seq").values_list("seq", flat=True)) == list(range(1, 31))


def test_an_unpublished_event_tells_strangers_nothing(beijing):
    beijing.published_at = None
    beijing.save()

    assert reading.enter("beijing", {}) is None


def test_each_listener_hears_its_own_audiences(beijing, bo, leo):
    crew = Client()
    crew.force_login(leo, backend="django.contrib.auth.backends.ModelBackend")
    session = {name: morsel.value for name, morsel in crew.cookies.items()}

    assert reading.enter("beijing", {}).audiences == {"all"}
    assert reading.enter("beijing", {passes.COOKIE: passes.sign(bo)}).audiences == {"all", live.to(bo)}
    assert reading.enter("beijing", session).audiences == {"all", "crew", "stage"}


def test_a_room_hands_out_what_came_after_a_cursor():
    room = Room(1, 10)
    room_rows = [(11, "draw", "all", {}), (12, "you", "attendee:5", {}), (13, "door", "crew", {})]

    async def add():
        room.changed = asyncio.Event()
        room.add(room_rows)

    run_alone(add())

    assert len(room.after(10, {"all"})) == 1
    assert len(room.after(10, {"all", "attendee:5"})) == 2
    assert room.after(13, {"all"}) == []
    assert room.after(3, {"all"}) is None


@pytest.mark.django_db(transaction=True)
def test_a_page_that_was_away_gets_what_it_missed_once(beijing):
    live.tell(beijing, "questions", n=1)
    live.tell(beijing, "draw", "crew", secret=1)
    live.tell(beijing, "programme", n=3)

    text = run_alone(listen("/live/beijing/", b"since=1"))

    assert events_in(text) == [("programme", {"n": 3})]


@pytest.mark.django_db(transaction=True)
def test_an_unknown_event_is_404(beijing):
    status = run_alone(status_of("/live/nowhere/"))

    assert status == 404


@pytest.fixture
def asked(monkeypatch):
    """The rights that the hub found, in the order in which it looked; on the day it looks every 25 s."""
    monkeypatch.setattr("events.live.hub.RIGHTS_EVERY", 0.2)
    found, enter = [], reading.enter

    def noted(*args):
        found.append(enter(*args))
        return found[-1]

    monkeypatch.setattr(reading, "enter", noted)
    return found


async def until(true):
    """Wait for what happens in other threads and tasks."""
    async with asyncio.timeout(20):
        while not true():
            await asyncio.sleep(0.02)


class Elsewhere:
    """A thread that writes while the hub's loop goes on: `await elsewhere(function, *args)`."""

    def __init__(self):
        self.pool = ThreadPoolExecutor(1)

    async def __call__(self, step, *args, **words):
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.pool, lambda: reading.with_connection(lambda: step(*args, **words)))

    async def close(self):
        await self(connections.close_all)
        self.pool.shutdown()


@pytest.mark.django_db(transaction=True)
def test_whoever_left_the_crew_hears_nothing_more_from_it(beijing, leo, client_of, asked):
    cookie = "; ".join(f"{name}={morsel.value}" for name, morsel in client_of(leo).cookies.items())
    heard = [""]

    def enough(text):
        heard[0] = text
        return "event: programme" in text

    async def listening():
        elsewhere = Elsewhere()
        hearing = asyncio.create_task(call("/live/beijing/", cookie=cookie, enough=enough))
        await until(lambda: "event: hello" in heard[0])
        await elsewhere(live.tell, beijing, "door", "crew", n=1)
        await until(lambda: "event: door" in heard[0])
        await elsewhere(leo.crew.all().delete)
        await until(lambda: asked[-1].audiences == {"all"})
        await elsewhere(live.tell, beijing, "door", "crew", n=2)
        await elsewhere(live.tell, beijing, "programme", n=3)
        sent = await hearing
        await elsewhere.close()
        return text_of(sent)

    assert events_in(run_alone(listening())) == [("door", {"n": 1}), ("programme", {"n": 3})]


@pytest.mark.django_db(transaction=True)
def test_an_event_that_is_withdrawn_ends_its_streams(beijing, asked):
    async def listening():
        elsewhere = Elsewhere()
        hearing = asyncio.create_task(call("/live/beijing/", enough=lambda text: False))
        await until(lambda: asked)
        await elsewhere(type(beijing).objects.update, published_at=None)
        sent = await hearing  # ends by itself
        await elsewhere.close()
        return sent

    assert run_alone(listening())[-1]["more_body"] is False
    assert asked[-1] is None


@pytest.mark.django_db(transaction=True)
def test_a_hub_of_its_own_says_whether_it_can_read(monkeypatch):
    assert run_alone(status_of("/-/ready/")) == 200

    def away():
        raise OSError

    monkeypatch.setattr(reading, "database_answers", away)
    assert run_alone(status_of("/-/ready/")) == 503
    assert run_alone(status_of("/attend/beijing/")) == 404


@pytest.fixture
def own_channel(monkeypatch):
    """Redis has one doorbell for all its databases: the run beside this one shall not ring here."""
    monkeypatch.setattr(live, "DOORBELL", f"nextstop:live:{uuid.uuid4()}")


@pytest.fixture
def bell(own_channel):
    """Starts the doorbell that the settings ask for, once it has rung for the first time: `bell()` is a semaphore."""
    watchers = []

    def start():
        rings = threading.Semaphore(0)
        watchers.append(doorbell(rings.release))
        assert rings.acquire(timeout=10)  # each rings as it begins: something may have happened before
        return rings

    yield start
    for watcher in watchers:
        watcher.close()
        watcher.thread.join(10)


def test_on_sqlite_whatever_another_connection_commits_rings(bell, settings, monkeypatch, tmp_path):
    settings.REDIS_URL = settings.DATABASE_URL = ""
    monkeypatch.setitem(connection.settings_dict, "NAME", tmp_path / "other.sqlite3")
    with closing(sqlite3.connect(tmp_path / "other.sqlite3")) as other:
        other.execute("CREATE TABLE told (seq INTEGER)")
        rings = bell()
        assert not rings.acquire(timeout=0.3)  # a ring for nothing would cost a look at every room

        other.execute("INSERT INTO told VALUES (1)")
        assert not rings.acquire(timeout=0.3)  # nothing to see before the commit
        other.commit()

        assert rings.acquire(timeout=5)


@pytest.mark.skipif(not settings.REDIS_URL, reason="needs Redis (REDIS_URL)")
def test_on_redis_a_ring_of_any_process_is_heard(bell):
    rings = bell()
    assert not rings.acquire(timeout=0.3)

    live.ring()

    assert rings.acquire(timeout=5)


def test_on_postgresql_without_redis_it_rings_more_often_than_the_hub_looks_by_itself(bell, settings):
    settings.REDIS_URL, settings.DATABASE_URL = "", "postgres://db/nextstop"
    rings, began = bell(), time.monotonic()

    assert all(rings.acquire(timeout=5) for _ in range(4))

    assert time.monotonic() - began < 4 * LOOK_EVERY


def test_the_hub_of_the_own_process_needs_no_doorbell(monkeypatch):
    rung = threading.Event()
    monkeypatch.setattr(live, "near", rung.set)

    live.ring()

    assert rung.is_set()


@pytest.mark.django_db(transaction=True)
def test_a_page_hears_at_once_what_another_process_tells(beijing, own_channel, monkeypatch):
    """The hub's own look, once a second on the day, comes after a minute here: what is heard has rung."""
    monkeypatch.setattr("events.live.hub.LOOK_EVERY", 60)
    heard = [""]

    def enough(text):
        heard[0] = text
        return "event: programme" in text

    async def listening():
        elsewhere = Elsewhere()
        hearing = asyncio.create_task(call("/live/beijing/", enough=enough))
        await until(lambda: "event: hello" in heard[0])
        await asyncio.sleep(0.5)  # the first ring of the doorbell is over
        monkeypatch.setattr(live, "near", None)  # in another process there is no hub near by
        await elsewhere(live.tell, beijing, "programme", n=1)
        sent = await hearing
        await elsewhere.close()
        return text_of(sent)

    assert events_in(run_alone(listening())) == [("programme", {"n": 1})]


async def call(path, query=b"", enough=lambda text: "event: hello" in text, cookie=""):
    """Run the hub on one request until enough was sent, then hang up."""
    sent, gone = [], asyncio.Event()

    async def send(message):
        sent.append(message)
        if enough(text_of(sent)):
            gone.set()

    async def receive():
        await gone.wait()
        return {"type": "http.disconnect"}

    scope = {"type": "http", "method": "GET", "path": path, "query_string": query, "headers": []}
    if cookie:
        scope["headers"] = [(b"cookie", cookie.encode())]
    hub = Hub()
    await asyncio.wait_for(hub(scope, receive, send), 10)
    hub.stop()
    await asyncio.to_thread(close, hub.threads)
    return sent


def close(threads, workers=4):
    """Give back the connection of each thread of a hub; one may still be reading for a ring."""
    everybody = threading.Barrier(workers)
    for _ in range(workers):
        threads.submit(lambda: (everybody.wait(10), connections.close_all()))
    threads.shutdown()


def text_of(sent):
    return b"".join(message.get("body", b"") for message in sent).decode()


async def listen(path, query=b""):
    return text_of(await call(path, query))


async def status_of(path):
    return (await call(path))[0]["status"]


def events_in(text):
    found = []
    for block in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
        if fields.get("event") not in (None, "hello"):
            found.append((fields["event"], json.loads(fields["data"])))
    return found
