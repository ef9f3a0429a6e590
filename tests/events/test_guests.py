"""Plus-ones: when the organiser allows it, somebody with a seat brings people, each with a ticket of their own."""

import re
from datetime import timedelta

import pytest
from django.db.models import F
from django.test import Client
from django.utils import timezone

from events import admission, changes, door, passes, questions, registration
from events.models import Attendee, Event, OutgoingMail, Transition
from tests.conftest import seat
from tests.work import work

TICKET = "/attend/beijing/ticket/"


@pytest.fixture
def generous(beijing, bo):
    Event.objects.update(plus_ones=2)
    bo.event.refresh_from_db()
    return bo


def test_nobody_brings_anybody_unless_the_organiser_allows_it(bo, as_attendee):
    phone = as_attendee(bo)

    assert "With me" not in phone.get(TICKET).content.decode()
    phone.post("/attend/beijing/bring/", {"name": "Ann"})
    assert Attendee.objects.count() == 1


def test_a_guest_has_a_seat_and_a_ticket_that_can_be_handed_over(generous, as_attendee):
    phone = as_attendee(generous)

    page = phone.post("/attend/beijing/bring/", {"name": "Ann"}, follow=True).content.decode()

    ann = Attendee.objects.get(name="Ann")
    assert (ann.status, ann.invited_by, ann.contact_kind) == ("confirmed", generous, "none") and ann.seat
    assert Event.objects.get().taken == 2
    assert ann.spaced_code in page and "You may bring 1 more person" in page
    link = next(part.split('"')[0] for part in page.split('url="') if "/pass/" in part)
    other = Client()
    assert other.get(link[link.index("/attend/") :], follow=True).status_code == 200
    assert ann.spaced_code in other.get(TICKET).content.decode()
    assert generous.code not in other.get(TICKET).content.decode()


@pytest.fixture
def asking(generous):
    """The organiser demands to know what people eat, and that they agree to the rules of the house."""
    generous.event.refresh_from_db()
    food = questions.Question("f00d", questions.CHOICE, "吃什么", "Food", choices=["荤", "素"], required=True)
    rules = questions.Question("a9ee", questions.CONSENT, "同意守则", "I agree to the rules", required=True)
    for question in (food, rules):
        questions.save(generous.event, question)
    return generous


def test_who_brings_somebody_answers_for_them_what_the_organiser_demands(asking, as_attendee):
    phone, bring = as_attendee(asking), "/attend/beijing/bring/"
    ticket = phone.get(TICKET).content.decode()
    assert f'href="{bring}"' in ticket and 'name="name"' not in ticket
    page = phone.get(bring).content.decode()
    assert "Food" in page and "I agree to the rules" in page

    refused = phone.post(bring, {"name": "Ann", "form": "abc"})
    assert refused.status_code == 422 and not Attendee.objects.filter(name="Ann").exists()
    for words in ("Please choose.", "Without this tick we cannot give you a seat.", 'value="Ann"', 'value="abc"'):
        assert words in refused.content.decode()
    answers = {"q_f00d": questions.key("素"), "q_a9ee": "on"}
    done = phone.post(bring, {"name": "Ann", "form": "abc", **answers}, follow=True)

    assert "A ticket for Ann." in done.content.decode()
    assert Attendee.objects.get(name="Ann").answers == {"f00d": "素", "a9ee": True}


def test_the_page_to_bring_somebody_opens_for_nobody_who_may_not(asking, as_attendee, chen):
    Event.objects.update(plus_ones=0)

    for method in ("get", "post"):
        answer = getattr(as_attendee(chen), method)("/attend/beijing/bring/")
        assert (answer.status_code, answer["Location"]) == (302, "/attend/beijing/ticket/?ticket#guests")


def test_no_more_than_allowed(generous, as_attendee):
    phone = as_attendee(generous)
    for name in ("Ann", "Ben", "Cid"):
        phone.post("/attend/beijing/bring/", {"name": name})

    assert list(Attendee.objects.filter(invited_by=generous).values_list("name", flat=True)) == ["Ann", "Ben"]


def test_a_guest_waits_in_line_like_everybody(generous, as_attendee):
    Event.objects.update(capacity=1)
    as_attendee(generous).post("/attend/beijing/bring/", {"name": "Ann"})

    assert Attendee.objects.get(name="Ann").status == "waitlisted"
    assert Event.objects.get().taken == 1


def test_the_host_sees_where_in_line_a_guest_stands(generous, beijing, as_attendee):
    Event.objects.update(capacity=1)
    seat(beijing, "先", "a@nextstop.example", status="waitlisted", queued_at=timezone.now() - timedelta(hours=1))
    as_attendee(generous).post("/attend/beijing/bring/", {"name": "Ann"})
    ann = Attendee.objects.get(name="Ann")

    for path in ("ticket/", f"bring/{ann.uid}/"):
        assert "Waiting list · Place 2 in line" in as_attendee(generous).get(f"/attend/beijing/{path}").content.decode()


def test_what_happens_to_a_guest_is_told_to_their_host(generous, as_attendee):
    as_attendee(generous).post("/attend/beijing/bring/", {"name": "Ann"})
    work()

    mail = OutgoingMail.objects.get()
    ann = Attendee.objects.get(name="Ann")
    assert mail.to == generous.contact and ann.spaced_code in mail.body


def test_a_guest_who_does_not_come_frees_the_seat(generous, as_attendee):
    phone = as_attendee(generous)
    phone.post("/attend/beijing/bring/", {"name": "Ann"})
    ann = Attendee.objects.get(name="Ann")

    phone.post("/attend/beijing/bring/leave/", {"guest": ann.uid})

    ann.refresh_from_db()
    assert (ann.status, Event.objects.get().taken) == ("cancelled", 1)
    assert registration.guests_of(generous).count() == 0


def test_a_strangers_guest_is_none_of_mine(generous, chen, as_attendee):
    as_attendee(generous).post("/attend/beijing/bring/", {"name": "Ann"})
    ann = Attendee.objects.get(name="Ann")

    as_attendee(chen).post("/attend/beijing/bring/leave/", {"guest": ann.uid})

    ann.refresh_from_db()
    assert ann.status == "confirmed"


@pytest.mark.parametrize(("fields", "left"), [({}, "confirmed"), ({"guests": "on"}, "cancelled")])
def test_giving_up_asks_about_the_guests(generous, as_attendee, fields, left):
    phone = as_attendee(generous)
    phone.post("/attend/beijing/bring/", {"name": "Ann"})

    phone.post("/attend/beijing/give-up/", fields)

    assert Attendee.objects.get(name="Ann").status == left


def test_a_guest_brings_nobody(generous, as_attendee):
    as_attendee(generous).post("/attend/beijing/bring/", {"name": "Ann"})
    ann = Attendee.objects.get(name="Ann")

    assert "Name of your guest" not in as_attendee(ann).get(TICKET).content.decode()


def test_a_guests_link_on_the_hosts_phone_hands_over_and_leaves_the_host_their_own_ticket(generous, as_attendee):
    phone = as_attendee(generous)
    phone.post("/attend/beijing/bring/", {"name": "Ann"})
    ann = Attendee.objects.get(name="Ann")
    link = passes.link(ann)

    page = phone.get(link[link.index("/attend/") :], follow=True)

    assert page.redirect_chain[-1][0] == f"/attend/beijing/bring/{ann.uid}/"
    assert link in page.content.decode() and ann.spaced_code in page.content.decode()
    assert generous.spaced_code in phone.get(TICKET).content.decode()


def test_a_guest_of_somebody_else_is_not_handed_over(generous, chen, as_attendee):
    as_attendee(generous).post("/attend/beijing/bring/", {"name": "Ann"})

    page = as_attendee(chen).get(f"/attend/beijing/bring/{Attendee.objects.get(name='Ann').uid}/")

    assert page.status_code == 404


@pytest.mark.parametrize("ending", ["png", "pdf"])
def test_a_host_has_the_ticket_of_a_guest_without_a_phone_as_a_file(generous, chen, as_attendee, ending):
    phone = as_attendee(generous)
    phone.post("/attend/beijing/bring/", {"name": "Ann"})
    ann = Attendee.objects.get(name="Ann")
    address = f"/attend/beijing/bring/{ann.uid}/ticket.{ending}"
    assert address in phone.get(f"/attend/beijing/bring/{ann.uid}/").content.decode()

    given = phone.get(address)

    assert (given.status_code, given["Content-Type"]) == (200, {"png": "image/png", "pdf": "application/pdf"}[ending])
    assert given.content == as_attendee(ann).get(f"/attend/beijing/ticket.{ending}").content or ending == "pdf"
    assert as_attendee(chen).get(address).status_code == as_attendee(ann).get(address).status_code == 404
    phone.post("/attend/beijing/bring/leave/", {"guest": ann.uid})
    assert phone.get(address).status_code == 404


def test_in_wechat_the_guests_ticket_is_a_picture_to_hold_down(generous, as_attendee):
    phone = as_attendee(generous)
    phone.post("/attend/beijing/bring/", {"name": "Ann"})
    ann = Attendee.objects.get(name="Ann")

    page = phone.get(f"/attend/beijing/bring/{ann.uid}/", headers={"user-agent": "MicroMessenger/8.0"}).content.decode()

    assert f'<img src="/attend/beijing/bring/{ann.uid}/ticket.png"' in page and "ticket.pdf" not in page


def test_a_guest_who_left_does_not_come_back_beyond_what_is_allowed(generous, as_attendee):
    Event.objects.update(plus_ones=1)
    phone = as_attendee(generous)
    phone.post("/attend/beijing/bring/", {"name": "Ann"})
    ann = Attendee.objects.get(name="Ann")
    anns = as_attendee(ann)
    anns.post("/attend/beijing/give-up/")
    phone.post("/attend/beijing/bring/", {"name": "Ben"})

    page = anns.post("/attend/beijing/come-back/", follow=True).content.decode()

    ann.refresh_from_db()
    assert ann.status == "cancelled" and "Your place among the guests went to somebody else" in page


def test_a_guest_whose_host_left_hears_of_a_new_time_through_them(generous, as_attendee):
    phone = as_attendee(generous)
    phone.post("/attend/beijing/bring/", {"name": "Ann"})
    phone.post("/attend/beijing/give-up/")
    work()
    OutgoingMail.objects.all().delete()
    before, event = Event.objects.get(), Event.objects.get()
    event.venue = "Somewhere else"
    event.save()

    changes.saved(event, before, at=timezone.now())
    work()

    mail = OutgoingMail.objects.get()
    assert mail.to == generous.contact and passes.link(Attendee.objects.get(name="Ann")) in mail.body


def offered_guest(host, phone):
    """Ann, a guest for whom a seat became free."""
    Event.objects.update(capacity=F("taken"))
    phone.post("/attend/beijing/bring/", {"name": "Ann"})
    host.event.refresh_from_db()
    admission.change_capacity(host.event, host.event.taken + 1, at=timezone.now())
    return Attendee.objects.get(name="Ann")


@pytest.mark.parametrize(("said", "status", "taken"), [("yes", "confirmed", 2), ("no", "declined", 1)])
def test_the_host_answers_the_offer_that_was_mailed_to_them(generous, as_attendee, said, status, taken):
    phone = as_attendee(generous)
    ann = offered_guest(generous, phone)
    work()
    mail = OutgoingMail.objects.last()
    link = passes.link(ann)
    assert ann.status == "offered" and mail.to == generous.contact and link in mail.body

    page = phone.get(link[link.index("/attend/") :], follow=True)
    assert "Take the seat" in page.content.decode()
    phone.post(page.redirect_chain[-1][0], {"answer": said})

    ann.refresh_from_db()
    assert (ann.status, Event.objects.get().taken) == (status, taken)
    assert generous.spaced_code in phone.get(TICKET).content.decode()


def test_the_seat_of_a_guest_is_taken_from_the_hosts_ticket(generous, as_attendee):
    phone = as_attendee(generous)
    ann = offered_guest(generous, phone)

    assert "Take the seat" in phone.get(TICKET).content.decode()
    page = phone.post(f"/attend/beijing/bring/{ann.uid}/", {"answer": "yes"}, follow=True).content.decode()

    assert "A ticket for Ann." in page
    assert "Take the seat" not in phone.get(TICKET).content.decode()


def test_an_offer_to_a_guest_that_ran_out_is_said_so_and_a_stranger_answers_for_nobody(generous, chen, as_attendee):
    phone = as_attendee(generous)
    ann = offered_guest(generous, phone)
    assert as_attendee(chen).post(f"/attend/beijing/bring/{ann.uid}/", {"answer": "yes"}).status_code == 404
    Attendee.objects.filter(pk=ann.pk).update(offer_ends_at=timezone.now())

    page = phone.get(f"/attend/beijing/bring/{ann.uid}/", follow=True).content.decode()

    ann.refresh_from_db()
    assert ann.status == "expired" and "This offer has run out" in page


@pytest.mark.parametrize(("said", "status"), [("yes", "confirmed"), ("no", "cancelled")])
def test_the_host_says_whether_a_guest_still_comes(generous, as_attendee, said, status):
    phone = as_attendee(generous)
    phone.post("/attend/beijing/bring/", {"name": "Ann"})
    soon = timezone.now() + timedelta(hours=1)
    Event.objects.update(doors_at=soon, starts_at=soon)
    Attendee.objects.filter(name="Ann").update(asked_at=timezone.now())
    link = passes.link(Attendee.objects.get(name="Ann"))

    page = phone.get(f"{link[link.index('/attend/') :]}?then=coming", follow=True)
    assert "Is Ann still coming?" in page.content.decode()
    phone.post(page.redirect_chain[-1][0], {"answer": said})

    ann = Attendee.objects.get(name="Ann")
    assert (ann.status, ann.coming_at is not None) == (status, said == "yes")
    if said == "yes":
        assert "still coming?" not in phone.get(page.redirect_chain[-1][0]).content.decode()


def test_where_the_mail_about_a_guest_who_comes_leads_giving_up_stands_first(generous, as_attendee):
    phone, now = as_attendee(generous), timezone.now()
    phone.post("/attend/beijing/bring/", {"name": "Ann"})
    soon = now + timedelta(hours=1)
    Event.objects.update(doors_at=soon, starts_at=soon)
    ann = Attendee.objects.get(name="Ann")
    Attendee.objects.filter(pk=ann.pk).update(asked_at=now, coming_at=now - timedelta(days=2))
    link = passes.link(ann)

    page = phone.get(f"{link[link.index('/attend/') :]}?then=coming", follow=True).content.decode()

    assert page.index('value="no"') < page.index('value="yes"')


def test_nobody_who_is_inside_loses_their_chair(generous, dana, as_attendee):
    phone = as_attendee(generous)
    phone.post("/attend/beijing/bring/", {"name": "Ann"})
    ann = Attendee.objects.get(name="Ann")
    door.scan(generous.event, ann.code, at=timezone.now(), door="1", nonce="a", by=dana)

    page = phone.post("/attend/beijing/bring/leave/", {"guest": ann.uid}, follow=True).content.decode()
    assert "Ann is inside already." in page
    assert as_attendee(ann).post("/attend/beijing/coming/", {"answer": "no"})["Location"] == "/attend/beijing/aboard/"
    phone.post("/attend/beijing/give-up/", {"guests": "on"})

    ann.refresh_from_db()
    generous.refresh_from_db()
    assert (ann.status, generous.status) == ("confirmed", "cancelled")


def test_the_same_form_twice_brings_one_guest(generous, as_attendee):
    phone = as_attendee(generous)
    form = phone.get(TICKET).content.decode().partition('name="form" value="')[2].partition('"')[0]

    for _press in range(2):
        phone.post("/attend/beijing/bring/", {"name": "Ann", "form": form})
    other = phone.get(TICKET).content.decode().partition('name="form" value="')[2].partition('"')[0]
    phone.post("/attend/beijing/bring/", {"name": "Ben", "form": other})

    assert sorted(registration.guests_of(generous).values_list("name", flat=True)) == ["Ann", "Ben"]


def steps_of(client, person):
    """What the organiser reads in the log of a place: `(step, who)`, the oldest first."""
    page = client.get(f"/organise/beijing/attendees/{person.pk}/person/").content.decode()
    rows = page.partition("<tbody>")[2].partition("</tbody>")[0].split("<tr>")[1:]
    cells = [[re.sub("<[^>]+>", "", cell).strip() for cell in row.split("<td")[2:]] for row in rows]
    return [tuple(cell.partition(">")[2] for cell in row) for row in cells]


@pytest.mark.parametrize(
    ("path", "fields"), [("give-up/", {"guests": "on"}), ("bring/leave/", {"guest": True})], ids=["both", "guest"]
)
def test_the_log_tells_that_a_host_brought_and_took_back_their_guest(
    generous, mei, as_attendee, client_of, path, fields
):
    phone = as_attendee(generous)
    phone.post("/attend/beijing/bring/", {"name": "Ann"})
    ann = Attendee.objects.get(name="Ann")

    phone.post(f"/attend/beijing/{path}", dict.fromkeys(fields, ann.uid))

    assert list(ann.transitions.values_list("became", "by", "note")) == [
        ("confirmed", None, "by their host"),
        ("cancelled", None, "by their host"),
    ]
    assert steps_of(client_of(mei), ann) == [
        ("Confirmed", "their host"),
        ("Confirmed → Cancelled", "their host"),
    ]


@pytest.mark.parametrize(("said", "became"), [("yes", "confirmed"), ("no", "declined")])
def test_the_log_tells_whether_a_host_or_the_guest_answered_the_offer(
    generous, mei, as_attendee, client_of, said, became
):
    phone = as_attendee(generous)
    ann = offered_guest(generous, phone)
    phone.post(f"/attend/beijing/bring/{ann.uid}/", {"answer": said})
    assert steps_of(client_of(mei), ann)[-1] == (f"Seat offered → {became.capitalize()}", "their host")

    Attendee.objects.filter(pk=ann.pk).update(status="offered", offer_ends_at=timezone.now() + timedelta(hours=1))
    as_attendee(ann).post("/attend/beijing/offer/", {"answer": said})

    assert steps_of(client_of(mei), ann)[-1] == (f"Seat offered → {became.capitalize()}", "the person")


def test_a_host_who_says_that_a_guest_does_not_come_is_named_with_the_reason(generous, mei, as_attendee, client_of):
    phone = as_attendee(generous)
    phone.post("/attend/beijing/bring/", {"name": "Ann"})
    soon = timezone.now() + timedelta(hours=1)
    Event.objects.update(doors_at=soon, starts_at=soon)
    Attendee.objects.filter(name="Ann").update(asked_at=timezone.now())
    ann = Attendee.objects.get(name="Ann")

    phone.post(f"/attend/beijing/bring/{ann.uid}/", {"answer": "no"})

    assert Transition.objects.last().note == "does not come, by their host"
    assert steps_of(client_of(mei), ann)[-1] == ("Confirmed → Cancelled does not come", "their host")
