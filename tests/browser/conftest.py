"""A real Chromium in front of a real server."""

import importlib.util
import os
import threading
import time

import pytest
from django.core.signals import request_finished, request_started
from django.test import Client
from django.utils import timezone

from events import passes
from events.models import CheckIn

# Where no Chromium was found its driver is not installed: these files cannot even be read. One line says so at the end.
if importlib.util.find_spec("playwright") is None and not os.environ.get("NOTHING_SKIPPED"):
    collect_ignore_glob = ["test_*.py"]

# The two languages and the two themes, each at least once; the other two pairs are long.
LOOKS = [
    ("zh-CN", "dark"),
    ("en-US", "light"),
    pytest.param("zh-CN", "light", marks=pytest.mark.long),
    pytest.param("en-US", "dark", marks=pytest.mark.long),
]


def comes_true(page, expression):
    """Waits for an expression of the page, a promise too. Playwright's own wait needs eval there (our policy forbids
    it) and takes a promise for a true value."""
    from playwright.sync_api import Error  # not there on a machine without a Chromium

    for _ in range(200):
        try:
            if page.evaluate(f"Promise.resolve({expression}).then(Boolean)"):
                return
        except Error as gone:
            if "context was destroyed" not in str(gone):  # the page went on to another: asked again there
                raise
        page.wait_for_timeout(50)
    raise AssertionError(f"never came true: {expression}")


@pytest.fixture
def open_browser(chromium, live_server, settings, in_flight):
    """Opens a fresh browser profile at the site: `open_browser(language="zh-CN", width=390)` gives its page."""
    settings.SITE_URL = live_server.url
    contexts = []

    def make(*, language="en-US", width=390, height=844, **options):
        context = chromium.new_context(
            base_url=live_server.url, locale=language, viewport={"width": width, "height": height}, **options
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        return page

    yield make
    for context in contexts:
        context.close()
    settle(in_flight)


def settle(in_flight):
    """Wait until the live server has ended what it had begun: emptying PostgreSQL's tables beside it is a deadlock."""
    quiet, deadline = 0, time.monotonic() + 10
    while quiet < 4 and time.monotonic() < deadline:
        quiet = 0 if in_flight else quiet + 1
        time.sleep(0.05)


@pytest.fixture
def in_flight():
    """The requests that were begun and are not ended, by the thread that works on each."""
    working, ours = set(), threading.get_ident()

    def begun(**_kwargs):
        if threading.get_ident() != ours:  # the test's own client is no server
            working.add(threading.get_ident())

    def ended(**_kwargs):
        working.discard(threading.get_ident())

    request_started.connect(begun)
    request_finished.connect(ended)
    yield working
    request_started.disconnect(begun)
    request_finished.disconnect(ended)


@pytest.fixture
def browser_page(open_browser):
    """A phone that nobody knows."""
    return open_browser()


@pytest.fixture
def box(beijing, acme, bo, chen, dai):
    """Three people in the room, their stubs in the box, and eight keyboards."""
    from raffle import entering
    from raffle.models import Prize, Raffle

    now = timezone.now()
    raffle = entering.raffle_of(beijing, at=now)
    Raffle.objects.update(delay=10)
    for person, digit in ((bo, "b"), (chen, "c"), (dai, "d")):
        CheckIn.objects.create(attendee=person, at=now)
        entering.enter(raffle, person, digit * 32)
    Prize.objects.create(event=beijing, sponsor=acme, name="K7机械键盘", name_en="K7 keyboard", quantity=8)
    return raffle


@pytest.fixture
def visit(open_browser, live_server):
    """A page as an attendee or as a user of the crew."""

    def make(person, path, **options):
        page = open_browser(**options)
        if hasattr(person, "contact"):
            cookies = {passes.COOKIE: passes.sign(person)}
        else:
            client = Client()
            client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
            cookies = {name: morsel.value for name, morsel in client.cookies.items()}
        page.context.add_cookies([{"name": k, "value": v, "url": live_server.url} for k, v in cookies.items()])
        page.goto(path)
        return page

    return make
