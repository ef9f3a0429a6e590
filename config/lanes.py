"""Who waits for whom where one process serves everybody (the embedded server).

Every phone in the hall reads at the same moment, when something changed; a host's press must not stand in line behind
them. Three lanes: what the crew does, what phones read and send, and files, which a slow network may hold for minutes.
Only so many of the phones' requests run at once, and none starts while the stage or the remote is being answered.
One ticket does not take the others' turn: what it asks beyond a few requests at once is refused before any page sees it.
"""

import asyncio
import re
from collections import Counter
from contextlib import suppress
from http.cookies import CookieError, SimpleCookie

from a2wsgi import WSGIMiddleware

from events import passes

CREW = re.compile(r"/(?:stage|organise)/")
FILES = re.compile(r"/attend/[^/]+/(?:film|films|shots|cuts|uploads|materials|speaker|poster|team|wall)\b")
CREW_AT_ONCE, PHONES_AT_ONCE, FILES_AT_ONCE = 4, 3, 12
MOST_OF_ONE = 16  # requests of one ticket that wait or run: two devices with all their connections
LONGEST_WAIT = 0.5  # seconds: a busy crew slows the phones down, it never stops them


def lane_of(path: str) -> str:
    """ "crew", "phones" or "files" (which also takes all the rest)."""
    if CREW.match(path):
        return "crew"
    if path.startswith("/attend/") and not FILES.match(path):
        return "phones"
    return "files"


def holder(scope) -> str:
    """The genuine passes that a request carries, or ''."""
    cookies: SimpleCookie = SimpleCookie()
    for name, value in scope["headers"]:
        if name == b"cookie":
            with suppress(CookieError):
                cookies.load(value.decode("latin-1"))
    shown = cookies[passes.COOKIE].value if passes.COOKIE in cookies else ""
    return shown if any(passes.read(each) for each in shown.split("|") if each) else ""


class Lanes:
    """An ASGI application around WSGI pages, with a pool of threads for each lane."""

    def __init__(self, pages):
        self.crew = WSGIMiddleware(pages, workers=CREW_AT_ONCE)
        self.phones = WSGIMiddleware(pages, workers=PHONES_AT_ONCE)
        self.files = WSGIMiddleware(pages, workers=FILES_AT_ONCE)
        self.places = asyncio.Semaphore(PHONES_AT_ONCE)
        self.of_one: Counter[str] = Counter()
        self.on_stage = 0  # requests of the stage and the remote that are being answered
        self.quiet = asyncio.Event()
        self.quiet.set()

    async def __call__(self, scope, receive, send) -> None:
        lane = lane_of(scope.get("path", ""))
        if lane == "crew":
            await self._first(scope, receive, send)
        elif lane == "phones":
            await self._in_turn(scope, receive, send)
        else:
            await self.files(scope, receive, send)

    async def _in_turn(self, scope, receive, send) -> None:
        who = holder(scope)
        if who and self.of_one[who] >= MOST_OF_ONE:
            await send({"type": "http.response.start", "status": 429, "headers": [(b"retry-after", b"1")]})
            await send({"type": "http.response.body", "body": b""})
            return
        self.of_one[who] += 1
        try:
            async with self.places:  # those who wait here wait outside the pool: they can still be overtaken
                with suppress(TimeoutError):
                    await asyncio.wait_for(self.quiet.wait(), LONGEST_WAIT)
                await self.phones(scope, receive, send)
        finally:
            self.of_one[who] -= 1
            if not self.of_one[who]:
                del self.of_one[who]

    async def _first(self, scope, receive, send) -> None:
        if not scope["path"].startswith("/stage/"):  # a long export at a desk holds nobody up
            await self.crew(scope, receive, send)
            return
        self.on_stage += 1
        self.quiet.clear()
        try:
            await self.crew(scope, receive, send)
        finally:
            self.on_stage -= 1
            if not self.on_stage:
                self.quiet.set()
