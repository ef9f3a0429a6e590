"""The hub: server-sent events for thousands of open pages in one process, in front of the pages.

A raw ASGI application: 9-11 KiB a connection where a Django async view takes 47-50. Each event with listeners has a
room with the newest frames in a shared deque; a connection is a cursor. A doorbell (SQLite's data_version, Redis)
only wakes the hub, which then reads the append-only table; without a ring it looks once a second.

    GET /live/<event>/        text/event-stream; resumes after `Last-Event-ID` or `?since=`
    GET /live/<event>/since   {"seq": n} with an ETag, for pages whose network forbids streams
"""

import asyncio
import collections
import contextlib
import json
import random
import time
from concurrent.futures import ThreadPoolExecutor
from http.cookies import SimpleCookie
from urllib.parse import parse_qs

from events.live import reading

KEEP_ALIVE = 20
RIGHTS_EVERY = 25  # rights that were taken away end a stream within 30 s
FRAMES_KEPT = 1000
LOOK_EVERY = 1.0
CREW_FIRST = 0.03  # seconds before everybody else: the stage moves while the hall is being told


class Room:
    """The listeners of one event and the newest frames."""

    def __init__(self, event_id: int, seq: int):
        self.event_id = event_id
        self.seq = seq
        self.frames: collections.deque[tuple[int, str, bytes]] = collections.deque(maxlen=FRAMES_KEPT)
        self.changed = asyncio.Event()
        self.crew_changed = asyncio.Event()
        self.listeners = 0

    def bell(self, audiences) -> asyncio.Event:
        """What a listener of these audiences waits for."""
        return self.crew_changed if "crew" in audiences else self.changed

    def add(self, rows) -> asyncio.Event:
        """Append rows `(seq, topic, audience, payload)` and wake the crew's pages; setting the answer wakes the others."""
        for seq, topic, audience, payload in rows:
            if seq <= self.seq:
                continue
            self.seq = seq
            self.frames.append((seq, audience, frame(topic, payload, seq)))
        crew, self.crew_changed = self.crew_changed, asyncio.Event()
        woken, self.changed = self.changed, asyncio.Event()
        crew.set()
        return woken

    def after(self, cursor: int, audiences) -> list[bytes] | None:
        """The frames after the cursor for these audiences; None when older ones have been dropped."""
        if cursor >= self.seq:
            return []
        if not self.frames or self.frames[0][0] > cursor + 1:
            return None
        return [data for seq, audience, data in self.frames if seq > cursor and audience in audiences]


def frame(topic: str, payload: dict, seq: int | None = None) -> bytes:
    """One server-sent event."""
    data = json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
    number = f"id: {seq}\n" if seq is not None else ""
    return f"{number}event: {topic}\ndata: {data}\n\n".encode()


class Hub:
    """ASGI application for /live/; anything else goes to `pages` (or is 404)."""

    def __init__(self, pages=None):
        self.pages = pages
        self.rooms: dict[int, Room] = {}
        self.threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="hub")
        self.listening: asyncio.Task | None = None
        self.rung = asyncio.Event()
        self.bell = None

    async def __call__(self, scope, receive, send):
        if scope["type"] == "lifespan":
            return await self.lifespan(receive, send)
        if scope["type"] != "http":
            return None
        parts = scope["path"].strip("/").split("/")
        if parts[0] == "live" and len(parts) in (2, 3) and scope["method"] == "GET":
            return await self.answer(scope, receive, send, parts)
        if self.pages is None:
            return await self.alone(scope, send)
        return await self.pages(scope, receive, send)

    async def alone(self, scope, send):
        """What a hub without pages behind it answers: whether it can read what it passes on, and nothing else."""
        if scope["path"] != "/-/ready/":
            return await respond(send, 404, b"")
        try:
            await self.in_thread(reading.database_answers)
        except Exception as error:  # whatever a driver raises
            return await respond(send, 503, type(error).__name__.encode())
        return await respond(send, 200, b"ok")

    async def lifespan(self, receive, send):
        while True:
            message = await receive()
            await send({"type": message["type"] + ".complete"})
            if message["type"] == "lifespan.shutdown":
                self.stop()
                return

    def stop(self):
        """End the background tasks; open streams end with the server."""
        if self.listening:
            self.listening.cancel()
        if self.bell:
            from events import live

            live.near = None
            self.bell.close()

    async def in_thread(self, function, *args):
        return await asyncio.get_running_loop().run_in_executor(self.threads, reading.with_connection, function, *args)

    async def answer(self, scope, receive, send, parts):
        cookies = cookies_of(scope)
        entry = await self.in_thread(reading.enter, parts[1], cookies)
        if entry is None:
            return await respond(send, 404, b"")
        if len(parts) == 3:
            return await self.poll(scope, send, entry)
        room = self.rooms.get(entry.event_id)
        if room is None:
            room = self.rooms.setdefault(entry.event_id, Room(entry.event_id, entry.seq))
        if self.listening is None or self.listening.done():
            self.listening = asyncio.create_task(self.watch())
        room.listeners += 1
        try:
            await self.stream(scope, receive, send, room, entry, parts[1], cookies)
        finally:
            room.listeners -= 1

    async def poll(self, scope, send, entry):
        etag = f'"{entry.seq}"'.encode()
        if header(scope, b"if-none-match") == etag:
            return await respond(send, 304, b"", [(b"etag", etag)])
        body = json.dumps({"seq": entry.seq, "now": entry.now}).encode()
        kind = (b"content-type", b"application/json")
        return await respond(send, 200, body, [(b"etag", etag), kind])

    async def stream(self, scope, receive, send, room, entry, slug, cookies):
        cursor = await self.open_stream(scope, send, room, entry)
        gone = asyncio.create_task(disconnected(receive))
        checked = time.monotonic()
        try:
            while not gone.done():
                frames = room.after(cursor, entry.audiences)
                if frames is None:
                    frames = [frame("reset", {})]
                cursor, changed = room.seq, room.bell(entry.audiences)
                if frames:
                    await send({"type": "http.response.body", "body": b"".join(frames), "more_body": True})
                left = max(0.0, checked + RIGHTS_EVERY - time.monotonic())
                if not await first_of(gone, changed.wait(), timeout=min(KEEP_ALIVE, left)):
                    await send({"type": "http.response.body", "body": b": here\n\n", "more_body": True})
                if time.monotonic() >= checked + RIGHTS_EVERY:
                    entry = await self.in_thread(reading.enter, slug, cookies)
                    checked = time.monotonic()
                    if entry is None:
                        break
        finally:
            gone.cancel()
            with contextlib.suppress(Exception):
                await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def open_stream(self, scope, send, room, entry) -> int:
        """Send the headers and the greeting; returns where this connection goes on reading."""
        headers = [
            (b"content-type", b"text/event-stream; charset=utf-8"),
            (b"cache-control", b"no-store"),
            (b"x-accel-buffering", b"no"),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        given = header(scope, b"last-event-id") or parse_qs(scope["query_string"]).get(b"since", [b""])[0]
        cursor = int(given) if given.isdigit() and len(given) < 18 else room.seq
        if cursor > room.seq:  # a page from before a restored database
            cursor = -1
        if cursor < room.seq and room.after(cursor, entry.audiences) is None:
            room_rows = await self.in_thread(reading.rows_after, entry.event_id, cursor, FRAMES_KEPT)
            missed = [
                frame(topic, payload, seq)
                for seq, topic, audience, payload in room_rows
                if seq <= room.seq and audience in entry.audiences
            ]
            complete = bool(room_rows) and room_rows[0][0] == cursor + 1 and cursor >= 0
            await send(
                {
                    "type": "http.response.body",
                    "body": b"".join(missed) if complete else frame("reset", {}, room.seq),
                    "more_body": True,
                }
            )
            cursor = room.seq
        retry = random.randint(800, 4000)
        hello = frame("hello", {"seq": room.seq, "now": entry.now})
        greeting = f"retry: {retry}\n".encode() + hello
        await send({"type": "http.response.body", "body": greeting, "more_body": True})
        return cursor

    async def watch(self):
        """Wait for the doorbell, read what is new, hand it to the rooms."""
        from events import live
        from events.live.doorbell import doorbell

        loop = asyncio.get_running_loop()
        if self.bell is None:
            live.near = lambda: loop.call_soon_threadsafe(self.rung.set)
            self.bell = doorbell(live.near)
        while True:
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self.rung.wait(), LOOK_EVERY)
            self.rung.clear()
            rooms = [room for room in self.rooms.values() if room.listeners]
            for room in [room for room in self.rooms.values() if not room.listeners]:
                self.rooms.pop(room.event_id, None)
            for room in rooms:
                try:
                    rows = await self.in_thread(reading.rows_after, room.event_id, room.seq, FRAMES_KEPT)
                except Exception:  # the database restarts: look again at the next ring
                    await asyncio.sleep(0.5)
                    continue
                if rows:  # who is told something of their own waits for nobody
                    personal = any(audience.startswith("attendee:") for _seq, _topic, audience, _payload in rows)
                    loop.call_later(0 if personal else CREW_FIRST, room.add(rows).set)


async def disconnected(receive):
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return


async def first_of(task, waiting, *, timeout) -> bool:
    """Wait until the task ends or the awaitable does; False after the timeout."""
    other = asyncio.ensure_future(waiting)
    done, _pending = await asyncio.wait({task, other}, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
    if not other.done():
        other.cancel()
    return bool(done)


async def respond(send, status, body, headers=()):
    await send(
        {"type": "http.response.start", "status": status, "headers": [(b"cache-control", b"no-cache"), *headers]}
    )
    await send({"type": "http.response.body", "body": body})


def header(scope, name: bytes) -> bytes:
    return next((value for key, value in scope["headers"] if key == name), b"")


def cookies_of(scope) -> dict[str, str]:
    cookie: SimpleCookie = SimpleCookie()
    with contextlib.suppress(Exception):
        cookie.load(header(scope, b"cookie").decode("latin-1"))
    return {key: morsel.value for key, morsel in cookie.items()}
