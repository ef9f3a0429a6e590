"""Plus-ones: when the organiser allows it, somebody with a seat brings people, each with a ticket of their own."""

import pytest
from django.test import Client
from django.utils import timezone

from events import changes, passes, registration
from events.models import Attendee, Event, OutgoingMail
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
