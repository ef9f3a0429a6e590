"""People with a phone number: their messages go to the operator's SMS gateway, a real server on a real port."""

import json
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.core.cache import cache
from django.utils import timezone

from events import passes
from events.models import Attendee, Job, OutgoingMail
from tests.stamps import stamp
from tests.work import work

PHONE = "13800138000"


class Gateway(ThreadingHTTPServer):
    """Keeps what it is sent; `answers` are the status codes of the next requests, 200 when it is empty."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Talk)
        self.messages, self.tokens, self.answers = [], [], []


class Talk(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.messages.append(json.loads(body))
        self.server.tokens.append(self.headers["Authorization"])
        self.send_response(self.server.answers.pop(0) if self.server.answers else 200)
        self.end_headers()

    def log_message(self, *_words):
        """Keep the test's output clean."""


@pytest.fixture
def gateway(settings):
    with Gateway() as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        settings.SMS_GATEWAY_URL = f"http://127.0.0.1:{server.server_address[1]}/send"
        settings.SMS_GATEWAY_TOKEN = "only-for-this-test"
        yield server
        server.shutdown()


def sign_up(visitor):
    visitor.post("/attend/beijing/register/", {"name": "林小满", "contact": PHONE, "stamp": stamp()})
    return Attendee.objects.get(event__slug="beijing")


def test_a_person_with_a_phone_gets_the_ticket_as_a_text_message(beijing, visitor, gateway):
    bo = sign_up(visitor)
    work()

    (message,) = gateway.messages
    assert message["to"] == bo.contact
    assert bo.contact.endswith(PHONE)
    assert passes.link(bo) in message["text"]
    assert gateway.tokens == ["Bearer only-for-this-test"]


def test_a_gateway_that_fails_gets_the_message_again_with_the_same_id(beijing, visitor, gateway):
    gateway.answers = [503]
    sign_up(visitor)
    work()
    assert OutgoingMail.objects.get().state == OutgoingMail.State.WAITING

    Job.objects.filter(kind="send_mail").update(not_before=None)
    work()

    assert OutgoingMail.objects.get().state == OutgoingMail.State.SENT
    first, second = gateway.messages
    assert first == second


def test_the_way_back_to_a_ticket_is_a_text_message_too(beijing, visitor, gateway, client):
    bo = sign_up(visitor)
    work()
    gateway.messages.clear()

    known = client.post("/attend/beijing/lost/", {"contact": PHONE})
    unknown = client.post("/attend/beijing/lost/", {"contact": "13900139000"})
    work()

    assert known.status_code == unknown.status_code  # whether a number is known is nobody's business
    (message,) = gateway.messages
    assert message["to"] == bo.contact
    assert passes.link(bo) in message["text"]


def test_one_number_gets_a_handful_of_links_a_day_whoever_asks(beijing, visitor, gateway, client, monkeypatch):
    """Each message costs the operator money, and whoever owns the number peace."""
    cache.clear()
    sign_up(visitor)
    work()
    gateway.messages.clear()
    midnight = timezone.now().replace(hour=0, minute=0, second=0)
    for minute in range(20):
        monkeypatch.setattr(timezone, "now", lambda at=midnight + timedelta(minutes=minute): at)
        assert client.post("/attend/beijing/lost/", {"contact": PHONE}).status_code == 200
    work()
    assert len(gateway.messages) == 6

    monkeypatch.setattr(timezone, "now", lambda: midnight + timedelta(days=1))
    client.post("/attend/beijing/lost/", {"contact": PHONE})
    work()

    assert len(gateway.messages) == 7
    cache.clear()


def test_without_a_gateway_the_ticket_page_says_so(beijing, visitor):
    sign_up(visitor)

    page = visitor.get("/attend/beijing/ticket/").content.decode()

    assert "We cannot send text messages here" in page
    assert not OutgoingMail.objects.exists()
