"""Signing up: two fields and a ticket; the same form twice is one ticket; what is wrong is said in words."""

import pytest
from django.test import Client

from events import passes, registration
from events.models import Attendee, Event, Transition, User
from tests.work import work

URL = "/attend/beijing/register/"
BO = {"name": "林小满", "contact": "bo@nextstop.example"}


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
    page = Client().get(URL)
    stamp = page.context["form"]["stamp"].value()
    first, second = Client(), Client()

    one = first.post(URL, BO | {"stamp": f"{stamp}"})
    Attendee.objects.update(form_id="")  # a foreign form
    stranger = Client().post(URL, BO | {"stamp": stamp})
    Attendee.objects.update(form_id=stamp.split(":")[0])
    two = second.post(URL, BO | {"stamp": stamp})

    assert one.status_code in (302, 429)
    assert (two["Location"], Attendee.objects.count()) == ("/attend/beijing/ticket/", 1)
    assert second.cookies[passes.COOKIE].value == passes.sign(Attendee.objects.get())
    assert passes.COOKIE not in stranger.cookies


@pytest.fixture(autouse=True)
def patient(settings, monkeypatch):
    """The forms of these tests were opened a while ago."""
    from datetime import timedelta

    from events import forms

    monkeypatch.setattr(forms, "FASTEST", timedelta(seconds=-1))


def test_a_contact_that_is_registered_never_shows_its_ticket_to_another_browser(beijing, bo):
    stranger = Client(headers={"accept-language": "en"})

    answer = stranger.post(URL, {"name": "Mallory", "contact": "BO@nextstop.example"})

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
    answer = as_attendee(bo).post(URL, {"name": "林小满", "contact": "bo@nextstop.example"})

    assert (answer.status_code, answer["Location"]) == (302, "/attend/beijing/ticket/")
    assert Attendee.objects.count() == 1


def test_somebody_who_gave_up_signs_up_again_with_a_new_code(beijing, bo, now):
    from events import admission

    admission.cancel(bo, at=now)
    old_pass, old_code = passes.sign(bo), bo.code

    visitor = Client()
    visitor.post(URL, {"name": "小满", "contact": "bo@nextstop.example"})

    bo.refresh_from_db()
    assert (bo.status, bo.name) == ("confirmed", "小满")
    assert bo.code != old_code and passes.sign(bo) != old_pass
    old = Client()
    old.cookies[passes.COOKIE] = old_pass
    assert old.get("/attend/beijing/ticket/").status_code == 404


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
    answer = visitor.post(URL, {"name": name, "contact": contact, "about": "a lamp"})

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
    visitor.post(URL, {"name": typed, "contact": "bo@nextstop.example"})

    assert Attendee.objects.get().name == kept
    page = visitor.get("/attend/beijing/ticket/").content.decode()
    assert "<b>Bo</b>" not in page


def test_a_bot_that_fills_the_hidden_field_gets_nothing_and_a_person_one_more_press(beijing, visitor):
    answer = visitor.post(URL, BO | {"homepage": "https://spam.example"})

    assert (answer.status_code, Attendee.objects.count()) == (429, 0)
    assert 'name="homepage" value=""' in answer.content.decode() or "spam.example" not in answer.content.decode()
    assert visitor.post(URL, BO).status_code == 302


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


def test_by_approval_nobody_holds_a_seat_before_the_organiser_said_yes(beijing, visitor):
    Event.objects.update(admission="approval", capacity=1)

    for number in range(5):
        Client().post(URL, {"name": f"P{number}", "contact": f"p{number}@nextstop.example"})

    beijing.refresh_from_db()
    assert set(Attendee.objects.values_list("status", flat=True)) == {"applied"}
    assert beijing.taken == 0


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
    with django_assert_num_queries(10):  # event, attendee, job, seat, the person printed, step, and four savepoints
        visitor.post(URL, BO)


def test_three_requests_from_the_announcement_to_the_ticket_without_a_script(beijing):
    browser = Client(enforce_csrf_checks=True)
    form = browser.get(URL)
    token = form.context["csrf_token"]

    answer = browser.post(URL, BO | {"csrfmiddlewaretoken": str(token), "stamp": form.context["form"]["stamp"].value()})
    ticket = browser.get(answer["Location"])

    assert (answer.status_code, ticket.status_code) == (302, 200)
