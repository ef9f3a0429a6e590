"""A place that came to its end: the page of the ticket says what happened and who did it, not always "you"."""

from datetime import timedelta

import pytest
from django.utils import timezone

from events import admission, registration
from events.models import Attendee, CrewMember, Event, Transition
from tests.conftest import seat
from tests.events.test_guests import generous, offered_guest  # noqa: F401  (a fixture)

TICKET = "/attend/beijing/ticket/"


def told(phone):
    page = phone.get(TICKET).content.decode()
    heading = page.partition('<h1 class="p2">')[2].partition("</h1>")[0]
    return heading, page.partition('<p class="small dim">')[2].partition("</p>")[0]


CLOSED, ASKED = "This ticket no longer opens the door.", "No seat is looked for any more."


def now():
    return timezone.now()


@pytest.mark.parametrize(
    ("status", "ends", "heading", "sentence"),
    [
        ("confirmed", lambda p, mei: admission.cancel(p, at=now()), "You gave up your place", CLOSED),
        ("confirmed", lambda p, mei: admission.cancel(p, at=now(), by=mei), "The organiser took your place back", CLOSED),
        ("waitlisted", lambda p, mei: admission.cancel(p, at=now(), by=mei), "The organiser took your place back", CLOSED),
        ("waitlisted", lambda p, mei: admission.cancel(p, at=now()), "You left the line", ASKED),
        ("applied", lambda p, mei: admission.cancel(p, at=now()), "You took your application back", ASKED),
        ("offered", lambda p, mei: admission.decline(p, at=now()), "You said no to the seat", "It went to the next person."),
        (
            "applied",
            lambda p, mei: admission.decline(p, at=now(), by=mei),
            "No seat this time",
            "The organiser cannot give you a seat this time.",
        ),
        (
            "offered",
            lambda p, mei: admission.expire_offers(p.event, at=now() + timedelta(hours=2)),
            "The seat went to the next person",
            "Nobody answered in time.",
        ),
    ],
)  # fmt: skip
def test_the_page_says_what_ended_the_place(beijing, mei, as_attendee, status, ends, heading, sentence):
    person = seat(
        beijing, "白望", "w@nextstop.example", status=status, queued_at=now(), offer_ends_at=now() + timedelta(hours=1)
    )

    ends(person, mei)

    assert told(as_attendee(person)) == (heading, sentence)


@pytest.mark.parametrize(
    ("status", "ends", "heading"),
    [
        ("confirmed", admission.cancel, "The organiser took your place back"),
        ("applied", admission.decline, "No seat this time"),
    ],
)
def test_an_organisers_no_stays_theirs_when_their_account_goes(
    beijing, mei, stranger, as_attendee, client_of, status, ends, heading
):
    person = seat(beijing, "白望", "w@nextstop.example", status=status)
    ends(person, at=now(), by=mei)
    mei.delete()
    CrewMember.objects.create(event=beijing, user=stranger, role="organiser")

    assert told(as_attendee(person))[0] == heading
    assert not registration.again(person, at=now())  # a no is not undone by a tap
    log = client_of(stranger).get(f"/organise/beijing/attendees/{person.pk}/person/").content.decode()
    assert "<td>the crew</td>" in log and "<td>the person</td>" not in log


def test_what_no_row_says_is_not_put_into_anybodys_mouth(beijing, as_attendee):
    person = seat(beijing, "白望", "w@nextstop.example", status="cancelled")

    assert told(as_attendee(person)) == ("This place was given up", CLOSED)


def test_the_last_of_several_ends_is_told(bo, mei, as_attendee):
    admission.cancel(bo, at=now(), by=mei)
    registration.register(bo.event, at=now(), name=bo.name, contact=bo.contact, contact_kind="mail")
    bo.refresh_from_db()
    admission.approve(bo, at=now(), by=mei)
    admission.cancel(bo, at=now())

    assert told(as_attendee(bo))[0] == "You gave up your place"


def test_a_guest_reads_that_whoever_brings_them_gave_up_their_place(generous, as_attendee):  # noqa: F811
    as_attendee(generous).post("/attend/beijing/bring/", {"name": "Ann"})
    ann = Attendee.objects.get(name="Ann")
    as_attendee(generous).post("/attend/beijing/bring/leave/", {"guest": ann.uid})

    assert told(as_attendee(ann)) == ("The person who brings you gave up your place", CLOSED)


def test_a_guest_reads_that_whoever_brings_them_said_no(generous, as_attendee):  # noqa: F811
    phone = as_attendee(generous)
    ann = offered_guest(generous, phone)
    phone.post(f"/attend/beijing/bring/{ann.uid}/", {"answer": "no"})

    assert told(as_attendee(ann)) == ("The person who brings you said no to the seat", "It went to the next person.")


def test_a_wait_that_its_host_ended_is_theirs_too(generous, as_attendee):  # noqa: F811
    Event.objects.update(capacity=1)
    as_attendee(generous).post("/attend/beijing/bring/", {"name": "Ann"})
    ann = Attendee.objects.get(name="Ann")
    as_attendee(generous).post("/attend/beijing/give-up/", {"guests": "on"})

    assert Transition.objects.filter(attendee=ann).last().note == "by their host"
    assert told(as_attendee(ann))[0] == "The person who brings you gave up your place"
