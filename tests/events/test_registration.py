"""Signing up: two fields and a ticket; the same form twice is one ticket; what is wrong is said in words."""

import re

import pytest
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.utils import timezone

from events import forms, passes, registration
from events.models import Attendee, Event, IntroCard, Transition, User
from tests.stamps import stamp
from tests.work import work

URL = "/attend/beijing/register/"
BO = {"name": "林小满", "contact": "bo@nextstop.example", "stamp": stamp()}
KNOWN = {"trade": "design", "been_before": "on"}


def test_two_fields_are_enough_for_a_ticket(beijing, visitor):
    answer = visitor.post(URL, BO)

    assert (answer.status_code, answer["Location"]) == (302, "/attend/beijing/ticket/")
    bo = Attendee.objects.get()
    assert (bo.name, bo.contact, bo.contact_kind) == ("林小满", "bo@nextstop.example", "mail")
    assert (bo.status, bo.number, bo.carriage, bo.seat) == ("confirmed", 1, 1, 1)
    assert User.objects.count() == 0
    page = visitor.get("/attend/beijing/ticket/").content.decode()
    assert "No.0001" in page and bo.spaced_code in page and "林小满" in page


def test_a_seat_is_counted_and_the_step_is_logged(beijing, visitor):
    visitor.post(URL, BO)

    beijing.refresh_from_db()
    assert (beijing.taken, beijing.tickets_issued) == (1, 1)
    assert list(Transition.objects.values_list("was", "became", "by")) == [("", "confirmed", None)]


def test_the_page_of_the_form_is_never_kept(beijing, visitor):
    assert visitor.get(URL)["Cache-Control"] == "no-store"


def test_the_same_form_twice_gives_the_same_ticket(beijing):
    """A double press: the second request leaves before the first one's cookie arrives."""
    first, second, stranger = Client(), Client(), Client()

    one = first.post(URL, BO | {"stamp": stamp(form="theirs")})
    stranger.post(URL, BO | {"stamp": stamp(form="another")})
    two = second.post(URL, BO | {"stamp": stamp(form="theirs")})

    assert one.status_code == 302
    assert (two["Location"], Attendee.objects.count()) == ("/attend/beijing/ticket/", 1)
    assert second.cookies[passes.COOKIE].value == passes.sign(Attendee.objects.get())
    assert passes.COOKIE not in stranger.cookies


def test_a_contact_that_is_registered_never_shows_its_ticket_to_another_browser(beijing, bo):
    stranger = Client(headers={"accept-language": "en"})

    answer = stranger.post(URL, {"name": "Mallory", "contact": "BO@nextstop.example", "stamp": stamp()})

    page = answer.content.decode()
    assert answer.status_code == 200
    assert passes.COOKIE not in stranger.cookies
    assert bo.code not in page and bo.spaced_code not in page and bo.name not in page
    assert "link is on the way" in page
    assert stranger.get("/attend/beijing/ticket/").status_code == 404
    work()
    mail = bo.mails.get()
    assert mail.to == "bo@nextstop.example" and passes.link(bo) in mail.body
    bo.refresh_from_db()
    assert bo.name == "林小满"


def test_a_browser_that_holds_the_pass_is_shown_its_own_ticket(beijing, bo, as_attendee):
    answer = as_attendee(bo).post(URL, {"name": "林小满", "contact": "bo@nextstop.example", "stamp": stamp()})

    assert (answer.status_code, answer["Location"]) == (302, "/attend/beijing/ticket/")
    assert Attendee.objects.count() == 1


def test_somebody_who_gave_up_signs_up_again_with_a_new_code(beijing, bo, now):
    from events import admission

    admission.cancel(bo, at=now)
    old_pass, old_code = passes.sign(bo), bo.code

    visitor = Client()
    visitor.post(URL, {"name": "小满", "contact": "bo@nextstop.example", "stamp": stamp()})

    bo.refresh_from_db()
    assert (bo.status, bo.name) == ("confirmed", "小满")
    assert bo.code != old_code and passes.sign(bo) != old_pass
    old = Client()
    old.cookies[passes.COOKIE] = old_pass
    assert old.get("/attend/beijing/ticket/").status_code == 404


@pytest.mark.parametrize("presses", [1, 2])
def test_whoever_types_the_contact_of_somebody_who_left_does_not_see_their_ticket(beijing, bo, now, presses):
    """They had met people and written a card: that is for whoever reads the mail."""
    from events import admission

    admission.cancel(bo, at=now)
    stranger, form = Client(), {"name": "小满", "contact": "bo@nextstop.example", "stamp": stamp()}

    for _press in range(presses):
        answer = stranger.post(URL, form)

    assert answer.status_code == 200 and "链接已经发过去了" in answer.content.decode()
    assert stranger.get("/attend/beijing/ticket/").status_code == 404


def test_somebody_who_gave_up_on_their_own_phone_signs_up_again_and_sees_the_ticket(beijing, bo, now, as_attendee):
    from events import admission

    admission.cancel(bo, at=now)
    phone = as_attendee(bo)

    page = phone.post(URL, {"name": "小满", "contact": "bo@nextstop.example", "stamp": stamp()}, follow=True)

    bo.refresh_from_db()
    assert page.redirect_chain[-1][0] == "/attend/beijing/ticket/" and bo.spaced_code in page.content.decode()


@pytest.mark.parametrize(
    ("name", "contact", "words"),
    [
        ("", "bo@nextstop.example", "A name that people can call you by."),
        ("\u200b\u202e ", "bo@nextstop.example", "A name that people can call you by."),
        ("一二三四五六七八九十一二三", "bo@nextstop.example", "At most 12 characters, that is 1 too many"),
        ("Bo", "", "One way to reach you: a phone number or an email address."),
        ("Bo", "138 0013", "Eleven digits, 4 more to go"),
        ("Bo", "bo@nextstop", "That is not a whole email address, for example lin@example.com."),
        ("龘\U0002b820\U00030000", "bo@nextstop.example", "The big screen has no letter for"),
    ],
)
def test_what_is_wrong_is_said_in_words_and_nothing_is_lost(beijing, visitor, name, contact, words):
    answer = visitor.post(URL, {"name": name, "contact": contact, "about": "a lamp", "stamp": stamp()})

    page = answer.content.decode()
    assert answer.status_code == 422
    assert words in page
    assert 'value="a lamp"' in page
    assert Attendee.objects.count() == 0


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Bo\u202e\u200b  Lin ", "Bo Lin"),
        ("<b>Bo</b>", "<b>Bo</b>"),
        ("{{ 7|add:7 }}"[:12], "{{ 7|add:7 }"),
        ("=HYPERLINK()", "=HYPERLINK()"),
        ("👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦", "👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦"),
    ],
)
def test_strange_names_are_kept_as_text_and_never_run(beijing, visitor, typed, kept):
    visitor.post(URL, {"name": typed, "contact": "bo@nextstop.example", "stamp": stamp()})

    assert Attendee.objects.get().name == kept
    page = visitor.get("/attend/beijing/ticket/").content.decode()
    assert "<b>Bo</b>" not in page


def test_a_bot_that_fills_the_hidden_field_gets_nothing_and_a_person_one_more_press(beijing, visitor):
    answer = visitor.post(URL, BO | {"homepage": "https://spam.example"})

    assert (answer.status_code, Attendee.objects.count()) == (429, 0)
    assert 'name="homepage" value=""' in answer.content.decode() or "spam.example" not in answer.content.decode()
    assert visitor.post(URL, BO).status_code == 302


@pytest.mark.parametrize("sent", ["", "aForm:1bAbCd:forged", -30])  # the last: opened just now, on a slow machine too
def test_a_form_of_which_nobody_knows_when_it_was_opened_is_pressed_once_more(beijing, visitor, sent):
    """A machine sends the fields and no page; a person whose page was kept too long has the words still there."""
    answer = visitor.post(URL, BO | {"stamp": sent if isinstance(sent, str) else stamp(ago=sent)})

    page = answer.content.decode()
    assert (answer.status_code, Attendee.objects.count()) == (429, 0)
    assert 'value="林小满"' in page and "press the button again" in page
    fresh = re.search(r'name="stamp" value="([^"]+)"', page)[1]
    assert forms.STAMP.unsign(fresh)


def test_what_the_table_is_mixed_by_is_asked_and_may_be_left_out(beijing, visitor):
    page = visitor.get(URL).content.decode()
    assert "What do you do?" in page and "I have been to one of these meetups before" in page
    assert page.count('type="checkbox"') == 4 and " checked" not in re.sub(r'value="any"[^>]*', "", page)

    Client().post(URL, BO)
    Client().post(URL, {"name": "Old", "contact": "old@nextstop.example", "stamp": stamp(form="two")} | KNOWN)

    said = list(Attendee.objects.order_by("pk").values_list("newcomer", "card__trade"))
    assert said == [(True, None), (False, "design")]


def test_a_trade_that_is_none_of_ours_is_said_so(beijing, visitor):
    answer = visitor.post(URL, BO | {"trade": "<script>"})

    assert (answer.status_code, Attendee.objects.count()) == (422, 0)


def test_a_trade_of_somebody_elses_form_changes_no_card(beijing, bo):
    IntroCard.objects.create(attendee=bo, trade="code")

    Client().post(URL, {"name": "M", "contact": bo.contact, "stamp": stamp(form="x")} | KNOWN)

    assert list(Attendee.objects.values_list("newcomer", "card__trade")) == [(True, "code")]


def test_both_can_be_changed_on_the_ticket_and_the_rest_of_the_card_stays(beijing, bo, as_attendee):
    IntroCard.objects.create(attendee=bo, trade="code", ask_me="灯")
    phone = as_attendee(bo)
    page = phone.get("/attend/beijing/edit/").content.decode()
    assert re.search(r'value="code"[^>]* checked', page) and "been to one of these" not in page

    phone.post("/attend/beijing/edit/", {"name": "林小满", "trade": "words"})

    assert list(Attendee.objects.values_list("newcomer", "card__trade", "card__ask_me")) == [(False, "words", "灯")]


def test_who_has_said_nothing_of_their_trade_gets_no_card_by_changing_their_name(bo, as_attendee):
    as_attendee(bo).post("/attend/beijing/edit/", {"name": "小满"})

    assert list(Attendee.objects.values_list("name", "card")) == [("小满", None)]


def test_a_closed_event_says_so(beijing, visitor):
    Event.objects.update(registration_closes_at=beijing.doors_at)

    assert "Sign-up for this stop has closed." in visitor.get(URL).content.decode()
    answer = visitor.post(URL, BO)
    assert (answer.status_code, Attendee.objects.count()) == (409, 0)


def test_an_event_that_is_not_published_does_not_exist(beijing, visitor):
    Event.objects.update(published_at=None)

    assert visitor.get(URL).status_code == 404
    assert visitor.post(URL, BO).status_code == 404


def test_an_invitation_needs_its_code_in_any_case(beijing, visitor):
    Event.objects.update(admission="invitation", invitation_code="Kirin 88")

    wrong = visitor.post(URL, BO | {"invitation": "kirin"})
    right = visitor.post(URL, BO | {"invitation": " kirin 88 "})

    assert (wrong.status_code, "That is not the code." in wrong.content.decode()) == (422, True)
    assert (right.status_code, Attendee.objects.get().status) == (302, "confirmed")


@pytest.mark.usefixtures("english")
def test_nobody_publishes_a_stop_by_invitation_without_a_code(beijing):
    beijing.admission, beijing.invitation_code = "invitation", ""

    with pytest.raises(ValidationError, match="without a code"):
        beijing.full_clean()


def test_an_invitation_cannot_be_guessed_ten_tries_a_minute_and_a_link_brings_it_along(beijing, visitor, monkeypatch):
    at = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: at)  # one minute, however slow the machine is
    Event.objects.update(admission="invitation", invitation_code="Kirin 88")
    cache.clear()
    assert 'value="Kirin 88"' in visitor.get(URL + "?invitation=Kirin%2088").content.decode()

    answers = [visitor.post(URL, BO | {"invitation": f"guess {n}"}).status_code for n in range(12)]
    right = visitor.post(URL, BO | {"invitation": "Kirin 88"})

    assert answers == [422] * 10 + [429] * 2
    assert right.status_code == 429 and "Too many tries" in right.content.decode() and not Attendee.objects.exists()
    cache.clear()


def test_by_approval_nobody_holds_a_seat_before_the_organiser_said_yes(beijing, visitor):
    Event.objects.update(admission="approval", capacity=1)

    for number in range(5):
        Client().post(URL, {"name": f"P{number}", "contact": f"p{number}@nextstop.example", "stamp": stamp()})

    beijing.refresh_from_db()
    assert set(Attendee.objects.values_list("status", flat=True)) == {"applied"}
    assert beijing.taken == 0


def test_by_approval_a_full_train_is_applied_for_and_nobody_is_promised_an_order(beijing, visitor):
    Event.objects.update(admission="approval", capacity=1, taken=1)

    form, page = (visitor.get(address).content.decode() for address in (URL, "/attend/beijing/"))

    assert "<title>Apply" in form and "The organiser reads every application" in form
    assert "Join the waitlist" not in form + page and "Seats go in order" not in form
    assert "All 1 seats taken" in page and "Apply" in page


def test_the_train_fills_evenly(beijing, now):
    for number in range(23):
        register(beijing, number, now)

    loads = [Attendee.objects.filter(carriage=carriage).count() for carriage in range(1, 11)]
    assert loads == [3, 3, 3, 2, 2, 2, 2, 2, 2, 2]


def test_a_freed_place_is_found_again(beijing, now):
    from events import admission

    everybody = [register(beijing, number, now) for number in range(13)]
    admission.cancel(everybody[4], at=now)

    fresh = register(beijing, 99, now)

    assert (fresh.carriage, fresh.seat) in {(5, 1), (4, 2)}
    places = list(Attendee.objects.filter(seat__isnull=False).values_list("carriage", "seat"))
    assert len(places) == len(set(places)) == 13


def register(event, number, at):
    event.registration_closes_at = None
    return registration.register(
        event, at=at, name=f"P{number}", contact=f"p{number}@nextstop.example", contact_kind="mail"
    ).attendee


def test_a_registration_asks_the_database_little(beijing, django_assert_num_queries):
    visitor = Client()
    # SQLite: event, attendee, job, seat, the person printed, step, and four savepoints; PostgreSQL: event, all at once
    with django_assert_num_queries(4 if connection.vendor == "postgresql" else 10):
        visitor.post(URL, BO)


def test_four_hundred_people_behind_one_address_sign_up_within_a_minute(beijing, monkeypatch):
    """The Wi-Fi of the venue is one address."""
    at = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: at)
    cache.clear()

    answers = [
        Client().post(URL, {"name": f"P{n}", "contact": f"p{n}@nextstop.example", "stamp": stamp(form=f"f{n}")})
        for n in range(400)
    ]

    assert {answer["Location"] for answer in answers} == {"/attend/beijing/ticket/"}
    statuses = list(Attendee.objects.values_list("status", flat=True))
    assert (statuses.count("confirmed"), statuses.count("waitlisted")) == (130, 270)
    cache.clear()


def test_three_requests_from_the_announcement_to_the_ticket_without_a_script(beijing):
    browser = Client(enforce_csrf_checks=True)
    form = browser.get(URL)
    token = re.search('name="csrfmiddlewaretoken" value="([^"]+)"', form.content.decode())[1]

    answer = browser.post(URL, BO | {"csrfmiddlewaretoken": token})
    ticket = browser.get(answer["Location"])

    assert (answer.status_code, ticket.status_code) == (302, 200)
