"""A lost ticket comes back by a code to the mail; nobody learns who is registered, and no account is made before."""

import re
import time

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from events.models import OutgoingMail, User
from tests.events.test_last_seat import at_once
from tests.work import work

URL = "/attend/beijing/lost/"


@pytest.fixture(autouse=True)
def outbox(settings):
    settings.EMAIL_BACKEND = "events.mailing.OutboxBackend"
    cache.clear()  # it counts how many codes one contact asked for


def code_in(mail):
    return re.search(r"^\s*([0-9A-Z][0-9A-Z-]{4,10})\s*$", mail.body, re.M)[1]


def test_the_code_in_the_mail_opens_the_ticket_on_a_new_device(beijing, bo):
    phone = Client(headers={"accept-language": "en"})

    answer = phone.post(URL, {"contact": "Bo@nextstop.example"})
    assert answer.status_code == 302 and answer["Location"].startswith("/accounts/login/code/confirm/")
    work()
    mail = OutgoingMail.objects.get()
    assert mail.to == "bo@nextstop.example"
    answer = phone.post(answer["Location"], {"code": code_in(mail)})

    page = phone.get("/attend/beijing/ticket/").content.decode()
    assert answer.status_code == 302 and bo.spaced_code in page
    user = User.objects.get()
    assert (user.email, user.has_usable_password(), user.is_staff) == ("bo@nextstop.example", False, False)


def come_back(phone, contact="bo@nextstop.example"):
    answer = phone.post(URL, {"contact": contact})
    work()
    return phone.post(answer["Location"], {"code": code_in(OutgoingMail.objects.last())})


def test_who_came_back_by_a_code_is_known_by_the_pass_and_asks_no_session(beijing, bo, chen, as_attendee):
    phone = as_attendee(chen)  # a device that two people use
    come_back(phone)
    del phone.cookies[settings.SESSION_COOKIE_NAME]

    assert bo.spaced_code in phone.get("/attend/beijing/ticket/").content.decode()


def test_logging_out_takes_the_pass_along_that_the_log_in_gave_and_no_other(beijing, bo, chen, as_attendee):
    phone = as_attendee(chen)
    come_back(phone)

    phone.post("/accounts/logout/")

    page = phone.get("/attend/beijing/ticket/").content.decode()
    assert chen.spaced_code in page and bo.spaced_code not in page


def test_logging_out_on_a_device_that_knew_nobody_else_leaves_no_ticket(beijing, bo):
    phone = Client()
    come_back(phone)

    phone.post("/accounts/logout/")

    assert phone.get("/attend/beijing/ticket/").status_code == 404


def test_a_wrong_code_opens_nothing(beijing, bo):
    phone = Client()
    answer = phone.post(URL, {"contact": "bo@nextstop.example"})

    phone.post(answer["Location"], {"code": "000000"})

    assert phone.get("/attend/beijing/ticket/").status_code == 404


def test_an_unknown_contact_gets_the_same_answer_and_no_account(beijing, bo):
    known = Client().post(URL, {"contact": "bo@nextstop.example"})
    unknown = Client().post(URL, {"contact": "nobody@nextstop.example"})

    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert not User.objects.filter(email="nobody@nextstop.example").exists()


def test_an_attendee_who_logged_in_is_no_crew(beijing, bo):
    phone = Client()
    phone.post(URL, {"contact": "bo@nextstop.example"})
    phone.force_login(User.objects.get(), backend="django.contrib.auth.backends.ModelBackend")

    assert phone.get("/organise/beijing/").status_code == 404


def test_a_contact_that_is_none_is_said_in_words(beijing, visitor):
    answer = visitor.post(URL, {"contact": "138"})

    assert answer.status_code == 422 and "Eleven digits, 8 more to go" in answer.content.decode()


@pytest.mark.django_db(transaction=True)
def test_two_presses_at_once_make_one_account_and_both_are_answered(beijing, bo):
    cache.clear()

    answers = at_once(2, lambda n: Client().post(URL, {"contact": "bo@nextstop.example"}).status_code)

    assert answers == [302, 302]
    assert User.objects.filter(email="bo@nextstop.example").count() == 1


@pytest.mark.long
def test_four_hundred_people_behind_one_address_look_for_their_tickets_in_one_minute(beijing, bo, monkeypatch):
    at = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: at)
    monkeypatch.setattr(time, "time", at.timestamp)

    answers = [Client().post(URL, {"contact": f"p{n}@nextstop.example"}).status_code for n in range(400)]
    mine = [Client().post(URL, {"contact": "bo@nextstop.example"}).status_code for _ in range(4)]

    assert answers == [302] * 400
    assert mine[:3] == [302] * 3 and mine[3] != 302, "one contact is asked for no more often than before"


@pytest.mark.parametrize("typed", ["Dot@例子.中国", "dot@xn--fsqu00a.xn--fiqs8s"])
def test_a_chinese_domain_opens_the_account_that_an_organiser_made_of_it(beijing, mei, client_of, typed):
    client_of(mei).post("/organise/beijing/crew/", {"email": "dot@例子.中国", "name": "Dot", "role": "door"})
    phone = Client(headers={"accept-language": "en"})

    answer = phone.post("/accounts/login/code/", {"email": typed})
    work()
    phone.post(answer["Location"], {"code": code_in(OutgoingMail.objects.latest("pk"))})

    assert set(OutgoingMail.objects.values_list("to", flat=True)) == {"dot@xn--fsqu00a.xn--fiqs8s"}
    assert phone.get("/organise/beijing/door/").status_code == 200
