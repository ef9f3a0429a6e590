"""News of the next stop: only for those who asked and then answered a mail."""

import re

from events import following
from events.models import OutgoingMail, Subscriber
from tests.work import work


def links(mail):
    return [link.removeprefix("http://127.0.0.1:8000") for link in re.findall(r"http\S+", mail.body)]


def test_asked_twice_and_only_then_told(beijing, visitor):
    page = visitor.post("/line/hi-ai/", {"email": "Fan@nextstop.example"}).content.decode()
    assert "Look into your mail" in page
    assert following.announce(beijing) == 0
    confirm, leave = links(OutgoingMail.objects.get())

    visitor.get(confirm)  # a mail program that looks at links changes nothing
    assert Subscriber.objects.get().confirmed_at is None
    visitor.post(confirm)

    assert following.announce(beijing) == 1
    assert following.announce(beijing) == 1  # again, and still one mail
    mails = OutgoingMail.objects.filter(to="fan@nextstop.example")
    assert mails.count() == 2
    visitor.post(leave)
    assert Subscriber.objects.count() == 0
    work()


def test_the_page_does_not_tell_who_follows(beijing, visitor):
    first = visitor.post("/line/hi-ai/", {"email": "fan@nextstop.example"}).content
    again = visitor.post("/line/hi-ai/", {"email": "fan@nextstop.example"}).content

    strip = lambda page: re.sub(rb"(csrfmiddlewaretoken|nonce)[^>]*", b"", page)  # noqa: E731
    assert strip(first) == strip(again) and OutgoingMail.objects.count() == 1


def test_a_wrong_address_and_a_bot(beijing, visitor):
    assert visitor.post("/line/hi-ai/", {"email": "nonsense"}).status_code == 422
    visitor.post("/line/hi-ai/", {"email": "fan@nextstop.example", "homepage": "x"})
    assert Subscriber.objects.count() == 0


def test_a_line_shows_its_stops(beijing, visitor):
    page = visitor.get("/line/hi-ai/").content.decode()
    assert "Beijing" in page and "Shanghai" in page
