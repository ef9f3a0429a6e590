"""News of the next stop: only for those who asked and then answered a mail."""

import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from events import following, pace
from events.models import Event, OutgoingMail, Subscriber
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

    assert following.announce(beijing) == 0  # this stop was public when they asked: they want the next
    beijing.published_at = timezone.now()
    assert following.announce(beijing) == 1
    assert following.announce(beijing) == 0  # again, and still one mail
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


def test_whoever_is_over_the_limit_reads_that_nothing_was_written_to_them(beijing, monkeypatch, visitor):
    monkeypatch.setattr(pace, "A_HALL", 1)
    cache.clear()
    visitor.post("/line/hi-ai/", {"email": "first@nextstop.example"})

    answer = visitor.post("/line/hi-ai/", {"email": "fan@nextstop.example"})

    page = answer.content.decode()
    assert (answer.status_code, Subscriber.objects.count()) == (429, 1)
    assert "Look into your mail" not in page and "Wait a minute and send the form again." in page
    assert 'value="fan@nextstop.example"' in page
    cache.clear()


@pytest.mark.parametrize("typed", ["Fan@例子.中国", "fan＠例子。中国", "fan@xn--fsqu00a.xn--fiqs8s"])
def test_an_address_has_one_spelling_as_in_the_sign_up(beijing, visitor, typed):
    assert visitor.post("/line/hi-ai/", {"email": typed}).status_code == 200

    assert Subscriber.objects.get().email == OutgoingMail.objects.get().to == "fan@xn--fsqu00a.xn--fiqs8s"


@pytest.mark.long
def test_a_whole_hall_may_ask_for_news_within_a_minute(beijing, monkeypatch):
    at = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: at)
    cache.clear()

    for number in range(130):
        Client().post("/line/hi-ai/", {"email": f"p{number}@nextstop.example"})

    assert Subscriber.objects.count() == 130
    cache.clear()


def test_a_line_shows_its_stops(beijing, visitor):
    page = visitor.get("/line/hi-ai/").content.decode()
    assert "Beijing" in page and "Shanghai" in page


def test_the_desk_says_who_waits_for_news_and_one_press_tells_them(beijing, mei, client_of):
    at = timezone.now()
    for number in range(2):
        fan = Subscriber.objects.create(
            series=beijing.series, email=f"fan{number}@nextstop.example", language="en", confirmed_at=at - timedelta(40)
        )
    desk = client_of(mei)
    page = desk.get("/organise/beijing/").content.decode()
    assert "2 people asked to hear of this stop" in page and "/organise/beijing/attendees/announce/" in page

    told = desk.post("/organise/beijing/attendees/announce/", follow=True).content.decode()

    assert "2 people are told." in told and "asked to hear of this stop" not in told
    mail = OutgoingMail.objects.get(to=fan.email)
    assert mail.subject.startswith("Next stop Beijing") and "/attend/beijing/" in mail.body


def test_nobody_is_told_of_a_draft_or_a_cancelled_stop(beijing):
    Subscriber.objects.create(
        series=beijing.series, email="fan@nextstop.example", confirmed_at=timezone.now() - timedelta(40)
    )
    for fields in ({"published_at": None}, {"cancelled_at": timezone.now()}):
        Event.objects.update(**{"published_at": beijing.published_at, "cancelled_at": None, **fields})
        assert following.announce(Event.objects.get()) == 0


def test_a_first_mail_that_was_lost_comes_again_an_hour_later(beijing):
    at = timezone.now()
    for later in (0, 0, 60, 60):
        following.ask(beijing.series, "fan@nextstop.example", "en", at=at + timedelta(minutes=later))

    assert OutgoingMail.objects.count() == 2


def test_an_address_that_never_answered_is_not_kept(beijing):
    following.ask(beijing.series, "fan@nextstop.example", "en", at=timezone.now())

    following.drop_unconfirmed(timezone.now() + timedelta(days=6))
    assert Subscriber.objects.count() == 1
    following.drop_unconfirmed(timezone.now() + timedelta(days=8))
    assert Subscriber.objects.count() == 0


def test_a_line_names_the_next_city_only_while_its_last_stop_does(beijing, visitor):
    later = beijing.starts_at + timedelta(days=30)
    Event.objects.create(
        series=beijing.series,
        number=2,
        slug="shanghai",
        code="HIAI2",
        title="上海站",
        city="上海",
        city_en="Shanghai",
        doors_at=later,
        starts_at=later,
        ends_at=later + timedelta(hours=3),
        published_at=timezone.now(),
        capacity=10,
    )

    assert visitor.get("/line/hi-ai/").content.decode().count("Shanghai") == 1


def test_a_stop_that_was_called_off_says_so_among_the_others(beijing, visitor):
    assert "Cancelled" not in visitor.get("/line/hi-ai/").content.decode()

    Event.objects.update(cancelled_at=timezone.now())

    page = visitor.get("/line/hi-ai/").content.decode()
    assert page.count('<span class="tag">Cancelled</span>') == 1
