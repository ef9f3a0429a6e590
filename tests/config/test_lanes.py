"""Where one process serves everybody, a hall of phones does not hold up the host."""

import asyncio
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core import signing

from config.lanes import MOST_OF_ONE, PHONES_AT_ONCE, Lanes, holder, lane_of
from events import passes


async def ask(application, path, cookie=""):
    """The body of the answer to a GET, and its status where that is not 200."""
    sent, statuses = [], []

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        sent.append(message.get("body", b""))
        statuses.append(message.get("status", 200))

    scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": [], "http_version": "1.1"}
    scope["headers"] = [(b"cookie", cookie.encode())] if cookie else []
    await application({**scope, "scheme": "http", "server": ("test", 80), "asgi": {"version": "3.0"}}, receive, send)
    return b"".join(sent) if set(statuses) == {200} else next(status for status in statuses if status != 200)


def test_the_host_is_answered_while_a_hall_of_phones_waits():
    opened, running, most = threading.Event(), [], []

    def pages(environ, start_response):
        if environ["PATH_INFO"].startswith("/attend/"):
            running.append(1)
            most.append(len(running))
            opened.wait(20)
            running.pop()
        start_response("200 OK", [])
        return [environ["PATH_INFO"].encode()]

    async def hall():
        application = Lanes(pages)
        phones = [asyncio.create_task(ask(application, "/attend/beijing/raffle/state.json")) for _phone in range(60)]
        while len(running) < PHONES_AT_ONCE:
            await asyncio.sleep(0.01)
        go = await asyncio.wait_for(ask(application, "/stage/beijing/raffle/open/"), 20)
        answered = sum(phone.done() for phone in phones)
        opened.set()
        return go, answered, len(await asyncio.gather(*phones))

    with ThreadPoolExecutor(1) as apart:  # this thread may have a browser's event loop already
        told = apart.submit(asyncio.run, hall()).result()
    assert told == (b"/stage/beijing/raffle/open/", 0, 60)
    assert max(most) == PHONES_AT_ONCE


def test_one_ticket_that_floods_is_refused_and_the_others_are_answered(settings):
    opened = threading.Event()
    mine, theirs = (
        f"{passes.COOKIE}={signing.Signer(salt=passes.SALT).sign(f'{uid}.1')}" for uid in ("mine", "theirs")
    )

    def pages(environ, start_response):
        opened.wait(20)
        start_response("200 OK", [])
        return [b"counted"]

    async def hall():
        application, nonce = Lanes(pages), "/attend/beijing/raffle/nonce/"
        flood = [asyncio.create_task(ask(application, nonce, mine)) for _nonce in range(1000)]
        refused = [task for task in flood if not await still_waits(task)]
        other = asyncio.create_task(ask(application, nonce, theirs))
        opened.set()
        afterwards = await asyncio.gather(*flood)
        return len(refused), Counter(afterwards), await other, await ask(application, nonce, mine)

    async def still_waits(task):
        await asyncio.wait([task], timeout=0.001)
        return not task.done()

    with ThreadPoolExecutor(1) as apart:
        refused, answers, other, again = apart.submit(asyncio.run, hall()).result()
    assert (refused, answers) == (1000 - MOST_OF_ONE, {b"counted": MOST_OF_ONE, 429: 1000 - MOST_OF_ONE})
    assert (other, again) == (b"counted", b"counted")


def test_a_forged_pass_is_nobodys():
    """It shares no ticket's turn: somebody who makes up the pass of another shuts nobody out."""
    assert holder({"headers": [(b"cookie", f"{passes.COOKIE}=mine.1:forged".encode())]}) == ""
    assert holder({"headers": [(b"cookie", b"\xff\x00;;=")]}) == ""


@pytest.mark.parametrize(
    ("path", "lane"),
    [
        ("/stage/beijing/raffle/open/", "crew"),
        ("/organise/beijing/door/scan/", "crew"),
        ("/attend/beijing/raffle/state.json", "phones"),
        ("/attend/beijing/register/", "phones"),
        ("/attend/beijing/uploads/abc/", "files"),
        ("/attend/beijing/films/1/phone/", "files"),
        ("/attend/beijing/film/", "files"),
        ("/static/js/live.js", "files"),
        ("/", "files"),
    ],
)
def test_each_request_has_its_lane(path, lane):
    assert lane_of(path) == lane
