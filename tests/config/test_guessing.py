"""Codes are not guessed: not that of an account from the hall's one address, not with the cache away."""

import re

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from events import boarding_code
from events.models import Attendee, CheckIn, Event
from tests.conftest import account
from tests.stamps import stamp

HALL = {"REMOTE_ADDR": "203.0.113.7"}


@pytest.fixture(autouse=True)
def nothing_counted(db, monkeypatch):
    cache.clear()
    at = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: at)  # one minute, however slow the machine is


@pytest.fixture
def without_a_cache(settings):
    """Redis is configured, and nobody answers there."""
    settings.CACHES = {
        "default": {
            "BACKEND": "config.cache.ForgivingRedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
            "OPTIONS": {"socket_connect_timeout": 0.2},
        }
    }


def asks_for_a_code(email):
    """A browser in the hall that asked for a code, and the code."""
    browser = Client(headers={"accept-language": "en"}, **HALL)
    browser.post("/accounts/login/code/", {"email": email})
    assert mail.outbox[-1].to == [email]
    return browser, re.search(r"\b\d{6}\b", mail.outbox[-1].body)[0]


def says(browser, code):
    return browser.post("/accounts/login/code/confirm/", {"code": code})


def test_a_guesser_stops_after_five_tries_while_the_hall_signs_up_from_the_same_address(beijing, mei, leo):
    Event.objects.update(capacity=150)
    wrong = iter(["000001", "000002", "000003", "000004", "000005"])
    first, _code = asks_for_a_code(mei.email)
    second, right = asks_for_a_code(mei.email)

    for number in range(150):
        if number % 30 == 0:  # three with the first code, which ends it, and two with the second
            says(first if number < 90 else second, next(wrong))
        form = {"name": f"P{number}", "contact": f"p{number}@nextstop.example", "stamp": stamp()}
        assert Client(**HALL).post("/attend/beijing/register/", form).status_code == 302

    assert says(second, right).status_code == 429
    assert "_auth_user_id" not in second.session
    assert Attendee.objects.confirmed().count() == 150
    neighbour, code = asks_for_a_code(leo.email)
    says(neighbour, code)
    assert neighbour.session["_auth_user_id"] == str(leo.pk)


def test_a_stranger_elsewhere_does_not_keep_the_owner_out(beijing, mei):
    for code in ("000001", "000002"):
        stranger, _code = asks_for_a_code(mei.email)
        for _ in range(3):
            stranger.post("/accounts/login/code/confirm/", {"code": code}, REMOTE_ADDR="198.51.100.9")
    owner, right = asks_for_a_code(mei.email)

    says(owner, right)

    assert owner.session["_auth_user_id"] == str(mei.pk)


def test_who_has_to_wait_is_told_how_long(beijing, mei):
    browser, _code = asks_for_a_code(mei.email)
    for code in ("000001", "000002", "000003"):
        says(browser, code)
    again, right = asks_for_a_code(mei.email)
    says(again, "000004")
    says(again, "000005")

    answer = says(again, right)

    left = int(answer["Retry-After"])
    assert answer.status_code == 429 and 0 < left <= 900
    assert f"{-(-left // 60)} minute" in answer.content.decode() or left <= 60


def test_without_a_cache_the_log_in_still_stops_a_guesser(beijing, without_a_cache):
    lena = account("lena@nextstop.example", "Lena")
    browser, _code = asks_for_a_code(lena.email)
    for wrong in ("000001", "000002", "000003"):
        says(browser, wrong)
    browser, right = asks_for_a_code(lena.email)
    for wrong in ("000004", "000005"):
        says(browser, wrong)

    assert says(browser, right).status_code == 429


def test_without_a_cache_the_code_of_the_stage_is_not_guessed(beijing, bo, as_attendee, without_a_cache):
    phone = as_attendee(bo)
    for _ in range(6):
        phone.post("/attend/beijing/board/", {"c": "AAAAAA"})

    answer = phone.post("/attend/beijing/board/", {"c": boarding_code.now(beijing, timezone.now())})

    assert (answer.status_code, CheckIn.objects.count()) == (422, 0)


def test_without_a_cache_an_invitation_is_not_guessed(beijing, visitor, without_a_cache):
    Event.objects.update(admission="invitation", invitation_code="Kirin 88")
    form = {"name": "Bo", "contact": "bo@nextstop.example", "stamp": stamp()}
    for number in range(10):
        visitor.post("/attend/beijing/register/", form | {"invitation": f"guess {number}"})

    answer = visitor.post("/attend/beijing/register/", form | {"invitation": "Kirin 88"})

    assert (answer.status_code, Attendee.objects.count()) == (429, 0)
