"""The organiser opens one person: who moved them when, what was written; and decides about many at once."""

from datetime import timedelta

import pytest
from django.utils import timezone

from events import admission, door, passes, registration
from events.models import Attendee, Event, OutgoingMail, User
from tests.conftest import seat
from tests.events.test_admission import come
from tests.work import work

LIST = "/organise/beijing/attendees/"


@pytest.fixture
def applicants(beijing):
    at = timezone.now()
    Event.objects.update(admission="approval", capacity=2)
    event = Event.objects.get()
    return [come(event, name, at + timedelta(seconds=n)) for n, name in enumerate(["Ann", "Ben", "Cid", "Dot"])]


def status(people):
    return [Attendee.objects.get(pk=one.pk).status for one in people]


def test_every_step_stands_there_with_when_and_who_and_its_mail(beijing, mei, client_of):
    Event.objects.update(capacity=1)
    event = Event.objects.get()
    ann, ben = (come(event, name, timezone.now()) for name in ("Ann", "Ben"))
    admission.cancel(ann, at=timezone.now(), by=mei)
    ben.refresh_from_db()
    admission.expire_everywhere(ben.offer_ends_at + timedelta(seconds=1))
    work()
    desk = client_of(mei)

    page = desk.get(f"{LIST}{ann.pk}/person/").content.decode()
    assert "姜一禾" in page and "the person" in page and "ann@nextstop.example" in page
    assert ann.mails.last().subject in page
    page = desk.get(f"{LIST}{ben.pk}/person/").content.decode()
    assert "by itself" in page and "offer ran out" in page and page.count("<tr>") >= 3 + 1 + 3
    assert f'href="{LIST}{ben.pk}/person/"' in desk.get(LIST).content.decode()


def test_somebody_who_was_forgotten_has_no_page(beijing, bo, mei, client_of):
    Attendee.objects.update(forgotten_at=timezone.now())

    assert client_of(mei).get(f"{LIST}{bo.pk}/person/").status_code == 404


def test_many_are_approved_at_once_in_the_order_in_which_they_came(applicants, mei, client_of):
    desk = client_of(mei)
    page = desk.get(LIST + "?status=applied").content.decode()
    assert page.count('name="person"') == 4

    ticked = [str(one.pk) for one in reversed(applicants[:3])]
    answer = desk.post(LIST + "decide/", {"what": "approve", "person": ticked, "back": "status=applied"}, follow=True)

    assert status(applicants) == ["confirmed", "confirmed", "waitlisted", "applied"]
    page = answer.content.decode()
    assert "3 people have an answer." in page and "No seat was left for 1 of them: on the waiting list." in page
    assert answer.redirect_chain == [(LIST + "?status=applied", 302)]


def test_who_stays_in_line_because_no_seat_is_free_is_counted(applicants, mei, client_of):
    desk = client_of(mei)
    everybody = [str(one.pk) for one in applicants]
    page = desk.post(LIST + "decide/", {"what": "approve", "person": everybody}, follow=True).content.decode()
    assert "4 people have an answer." in page and "No seat was left for 2 of them: on the waiting list." in page

    page = desk.post(LIST + "decide/", {"what": "approve", "person": everybody[2:]}, follow=True).content.decode()

    assert "have an answer" not in page and "has an answer" not in page
    assert "No seat is free: 2 people stay in line." in page
    assert status(applicants) == ["confirmed"] * 2 + ["waitlisted"] * 2


def test_one_who_is_approved_without_a_seat_is_said_to_wait(applicants, mei, client_of):
    desk = client_of(mei)
    Event.objects.update(capacity=0)

    page = desk.post(f"{LIST}{applicants[0].pk}/", {"what": "approve"}, follow=True).content.decode()

    assert "No seat was left: on the waiting list." in page


def test_what_was_decided_meanwhile_stays_as_it_is(applicants, mei, client_of):
    admission.decline(applicants[0], at=timezone.now(), by=mei)
    people = [*(str(one.pk) for one in applicants), "99999", "x"]

    client_of(mei).post(LIST + "decide/", {"what": "decline", "person": people})
    client_of(mei).post(LIST + "decide/", {"what": "promote", "person": people})

    assert status(applicants) == ["declined"] * 4
    assert applicants[0].transitions.count() == 2


def test_another_events_people_are_not_decided_about(applicants, mei, client_of, series):
    other = Event.objects.get()
    other.pk, other.slug, other.code, other.number = None, "shanghai", "SHAI", 2
    other.save(force_insert=True)
    Attendee.objects.update(event=other)

    client_of(mei).post(LIST + "decide/", {"what": "approve", "person": [str(one.pk) for one in applicants]})

    assert status(applicants) == ["applied"] * 4


def test_a_decision_leads_back_to_the_same_page_of_the_list_and_nowhere_else(applicants, mei, client_of):
    desk = client_of(mei)

    back = desk.post(f"{LIST}{applicants[0].pk}/", {"what": "approve", "back": "status=applied&page=2&q=a%20b"})
    away = desk.post(f"{LIST}{applicants[1].pk}/", {"what": "approve", "back": "//evil.example/?next=https://evil"})

    assert back["Location"] == LIST + "?q=a+b&status=applied&page=2"
    assert away["Location"] == LIST


@pytest.mark.parametrize(("language", "chinese"), [("zh-hans", True), ("en", False)])
def test_every_change_of_a_place_has_its_mail_in_the_persons_language(beijing, mei, language, chinese):
    Event.objects.update(capacity=1, venue_en="Zhipu", address_en="1 Zhongguancun East Road")
    event, at = Event.objects.get(), timezone.now()
    people = [
        registration.register(
            event, at=at, name=f"P{n}", contact=f"p{n}@nextstop.example", contact_kind="mail", language=language
        ).attendee
        for n in range(5)
    ]
    first, takes, refuses, sleeps, last = (Attendee.objects.get(pk=one.pk) for one in people)
    admission.cancel(first, at=at)
    takes.refresh_from_db()
    assert admission.accept(takes, at=at)
    admission.cancel(takes, at=at, by=mei)
    refuses.refresh_from_db()
    admission.decline(refuses, at=at)
    sleeps.refresh_from_db()
    admission.expire_everywhere(sleeps.offer_ends_at + timedelta(seconds=1))
    Event.objects.update(admission="approval")
    event.refresh_from_db()
    asks = [
        registration.register(
            event, at=at, name=f"A{n}", contact=f"a{n}@nextstop.example", contact_kind="mail", language=language
        ).attendee
        for n in range(2)
    ]
    admission.approve(asks[0], at=at, by=mei)
    admission.decline(asks[1], at=at, by=mei)
    work()

    mails = {mail.key: mail for mail in OutgoingMail.objects.all()}
    steps = sum(one.transitions.count() for one in [*people, *asks])
    assert len(mails) == steps == 18
    wrong = [mail.subject for mail in mails.values() if han(mail.subject + mail.body) is not chinese]
    assert wrong == []


def han(text):
    return any("一" <= char <= "鿿" for char in text)


def test_an_approval_while_all_seats_are_taken_says_so(applicants, mei, client_of):
    Event.objects.update(capacity=0, taken=0)
    ann = applicants[0]
    desk = client_of(mei)
    desk.post(f"{LIST}{ann.pk}/", {"what": "approve"})  # now in line

    page = desk.post(f"{LIST}{ann.pk}/", {"what": "approve"}, follow=True).content.decode()

    assert status([ann]) == ["waitlisted"] and "No seat is free: they stay in line." in page


def test_why_a_place_changed_is_said_in_words_of_the_page(beijing, dana, mei, client_of):
    walked = door.walk_in(beijing, "来人", at=timezone.now(), door="1", by=dana, nonce="a").attendee

    page = client_of(mei).get(f"{LIST}{walked.pk}/person/").content.decode()

    assert "without a ticket, at the door" in page and "walk-in" not in page


CONTACT = "/organise/beijing/attendees/{}/contact/"


def test_a_mistyped_contact_is_put_right_and_the_ticket_goes_to_the_new_one(client_of, mei, bo, as_attendee):
    old_link = passes.link(bo)
    desk = client_of(mei)
    assert "Change the contact" in desk.get(f"/organise/beijing/attendees/{bo.pk}/person/").content.decode()

    page = desk.post(CONTACT.format(bo.pk), {"contact": " Lin@Example.COM "}, follow=True).content.decode()
    work()

    assert "lin@example.com" in page and "contact changed" in page
    bo.refresh_from_db()
    assert (bo.contact, bo.contact_kind, bo.status) == ("lin@example.com", "mail", "confirmed")
    step = bo.transitions.get()
    assert (step.by, step.note, "@" in step.note) == (mei, "contact changed", False)
    new, old = OutgoingMail.objects.get(to="lin@example.com"), OutgoingMail.objects.get(to="bo@nextstop.example")
    assert passes.link(bo) in new.body and passes.link(bo) != old_link
    assert "Contact changed" in old.subject and "联系方式" in old.subject
    for words in ("The organisers have changed the contact", "主办方"):
        assert words in old.body
    for secret in ("lin@example.com", bo.name, bo.code, bo.spaced_code, "/pass/"):
        assert secret not in old.subject + old.body


def test_the_link_and_the_account_of_the_old_address_open_the_ticket_no_more(client_of, mei, bo, as_attendee):
    """The slip may be a stranger's address."""
    Attendee.objects.filter(pk=bo.pk).update(user=User.objects.of(bo.contact))
    stranger, link = as_attendee(bo), passes.link(bo)
    assert bo.spaced_code in stranger.get("/attend/beijing/ticket/").content.decode()

    client_of(mei).post(CONTACT.format(bo.pk), {"contact": "lin@example.com"})

    assert bo.spaced_code not in stranger.get("/attend/beijing/ticket/", follow=True).content.decode()
    again = stranger.get(link[link.index("/attend/") :], follow=True).content.decode()
    assert bo.spaced_code not in again
    assert not User.objects.filter(email="bo@nextstop.example").exists()


def test_where_nothing_can_be_written_to_the_new_contact_the_old_link_goes_on(client_of, mei, bo, as_attendee):
    phone = as_attendee(bo)

    page = client_of(mei).post(CONTACT.format(bo.pk), {"contact": "138 0013 8000"}, follow=True).content.decode()

    assert "the link that they have goes on" in page
    assert Attendee.objects.get(pk=bo.pk).contact == "+8613800138000"
    assert bo.spaced_code in phone.get("/attend/beijing/ticket/").content.decode()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("CHEN@nextstop.example", "Somebody else has signed up with this contact."),
        ("lin@", "That is not a whole email address"),
        ("", "One way to reach you"),
    ],
)
def test_a_contact_that_cannot_be_is_said_and_nothing_changes(client_of, mei, bo, chen, typed, said):
    answer = client_of(mei).post(CONTACT.format(bo.pk), {"contact": typed})

    assert answer.status_code == 422 and said in answer.content.decode()
    bo.refresh_from_db()
    assert (bo.contact, bo.link_version, bo.transitions.count()) == ("bo@nextstop.example", 1, 0)
    assert not OutgoingMail.objects.exists()


def test_the_contact_of_somebody_who_left_stays(client_of, mei, beijing):
    """Else the log would end in an organiser's step, which reads as an organiser's no."""
    gone = seat(beijing, "白望", "w@nextstop.example", status="cancelled")

    assert (
        "Change the contact"
        not in client_of(mei).get(f"/organise/beijing/attendees/{gone.pk}/person/").content.decode()
    )
    client_of(mei).post(CONTACT.format(gone.pk), {"contact": "lin@example.com"})

    gone.refresh_from_db()
    assert (gone.contact, gone.transitions.count()) == ("w@nextstop.example", 0)


def test_who_is_offered_a_seat_is_offered_it_at_the_new_address(client_of, mei, beijing):
    ends = timezone.now() + timedelta(hours=2)
    cid = seat(beijing, "岑西", "cid@nextstop.example", status="offered", offer_ends_at=ends)

    client_of(mei).post(CONTACT.format(cid.pk), {"contact": "lin@example.com"})
    work()

    assert beijing.local(ends).strftime("%H:%M") in OutgoingMail.objects.get(to="lin@example.com").body
