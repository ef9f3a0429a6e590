"""Seats change hands: the line is kept, offers end by themselves, every step is logged and has its mail."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from events import admission, registration
from events.models import Attendee, Event, LiveEvent, OutgoingMail
from tests.work import work

ZONE = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def small(beijing):
    """Two seats, ten days before the day."""
    at = timezone.now().replace(microsecond=0)
    Event.objects.filter(pk=beijing.pk).update(
        capacity=2,
        doors_at=at + timedelta(days=10),
        starts_at=at + timedelta(days=10, hours=1),
        ends_at=at + timedelta(days=10, hours=5),
    )
    beijing.refresh_from_db()
    return beijing


def come(event, name, at):
    return registration.register(
        event, at=at, name=name, contact=f"{name}@nextstop.example".lower(), contact_kind="mail"
    ).attendee


@pytest.fixture
def line(small):
    """Ann and Ben have the two seats; Cid, Dot and Eve wait, in this order."""
    at = timezone.now()
    return small, {
        name: come(small, name, at - timedelta(seconds=60 - i))
        for i, name in enumerate(["Ann", "Ben", "Cid", "Dot", "Eve"])
    }


def status(*people):
    return [Attendee.objects.get(pk=person.pk).status for person in people]


def taken(event):
    return Event.objects.get(pk=event.pk).taken


def test_when_seats_run_out_the_next_is_on_the_waiting_list(line):
    event, people = line

    assert status(*people.values()) == ["confirmed", "confirmed", "waitlisted", "waitlisted", "waitlisted"]
    assert (taken(event), [people[name].people_ahead() for name in ("Cid", "Dot", "Eve")]) == (2, [0, 1, 2])


def test_somebody_cancels_and_the_first_in_line_is_offered_the_seat(line, now):
    event, people = line
    at = timezone.now()

    assert admission.cancel(people["Ann"], at=at) is True

    assert status(*people.values()) == ["cancelled", "confirmed", "offered", "waitlisted", "waitlisted"]
    assert taken(event) == 2
    cid = Attendee.objects.get(pk=people["Cid"].pk)
    assert cid.offer_ends_at > at
    work()
    subjects = list(OutgoingMail.objects.filter(attendee=cid).order_by("pk").values_list("subject", flat=True))
    assert len(subjects) == 2  # you are in line; a seat for you
    topics = set(LiveEvent.objects.values_list("topic", "audience"))
    assert {("you", f"attendee:{cid.pk}"), ("you", f"attendee:{people['Ann'].pk}"), ("door", "all")} <= topics


def test_a_newcomer_does_not_overtake_the_line(line):
    event, people = line
    Event.objects.filter(pk=event.pk).update(capacity=3)  # a free seat that nobody has offered yet
    event.refresh_from_db()

    fay = come(event, "Fay", timezone.now())

    assert status(fay) == ["waitlisted"]
    admission.expire_everywhere(timezone.now())
    assert status(people["Cid"], fay) == ["offered", "waitlisted"]


def test_accepting_gives_a_ticket_with_a_place(line):
    event, people = line
    at = timezone.now()
    admission.cancel(people["Ann"], at=at)
    cid = Attendee.objects.get(pk=people["Cid"].pk)

    assert admission.accept(cid, at=at + timedelta(minutes=5)) is True

    cid.refresh_from_db()
    assert (cid.status, cid.carriage, cid.seat, cid.offer_ends_at) == ("confirmed", 1, 1, None)
    assert taken(event) == 2


def test_declining_offers_the_seat_to_the_next(line):
    event, people = line
    at = timezone.now()
    admission.cancel(people["Ann"], at=at)

    admission.decline(Attendee.objects.get(pk=people["Cid"].pk), at=at)

    assert status(*people.values()) == ["cancelled", "confirmed", "declined", "offered", "waitlisted"]
    assert taken(event) == 2


def test_an_offer_ends_by_itself_and_goes_on(line):
    event, people = line
    admission.cancel(people["Ann"], at=timezone.now())
    ends = Attendee.objects.get(pk=people["Cid"].pk).offer_ends_at

    admission.expire_everywhere(ends)
    assert status(people["Cid"]) == ["offered"]
    admission.expire_everywhere(ends + timedelta(seconds=1))

    assert status(people["Cid"], people["Dot"], people["Eve"]) == ["expired", "offered", "waitlisted"]
    assert taken(event) == 2


def test_the_mail_of_an_offer_that_was_taken_at_once_still_says_until_when(line):
    event, people = line
    at = timezone.now()
    admission.cancel(people["Ann"], at=at)
    until = Attendee.objects.get(pk=people["Cid"].pk).offer_ends_at
    people["Cid"].refresh_from_db()
    admission.accept(people["Cid"], at=at)
    work()

    told = [mail.subject for mail in OutgoingMail.objects.filter(attendee=people["Cid"]).order_by("pk")]
    assert f"{event.local(until):%H:%M}" in told[1]


def test_an_offer_that_ran_out_cannot_be_accepted_even_when_no_worker_is_awake(line):
    event, people = line
    admission.cancel(people["Ann"], at=timezone.now())
    cid = Attendee.objects.get(pk=people["Cid"].pk)

    assert admission.accept(cid, at=cid.offer_ends_at + timedelta(seconds=1)) is False

    assert status(people["Cid"], people["Dot"]) == ["expired", "offered"]


def test_cancelling_twice_gives_one_seat_back(line):
    event, people = line

    answers = [admission.cancel(people["Ann"], at=timezone.now()) for _ in range(2)]

    assert (answers, taken(event)) == ([True, False], 2)
    assert status(people["Cid"], people["Dot"]) == ["offered", "waitlisted"]


def test_leaving_the_line_moves_the_others_up(line):
    _event, people = line

    admission.cancel(people["Cid"], at=timezone.now())

    assert [people[name].people_ahead() for name in ("Dot", "Eve")] == [0, 1]


def test_somebody_who_declined_comes_back_at_the_end(line):
    event, people = line
    admission.cancel(people["Cid"], at=timezone.now())
    cid = Attendee.objects.get(pk=people["Cid"].pk)

    assert registration.again(cid, at=timezone.now() + timedelta(minutes=1)) is True

    cid.refresh_from_db()
    assert (cid.status, cid.people_ahead()) == ("waitlisted", 2)


def test_more_seats_go_to_the_line_and_fewer_than_are_taken_are_refused(line):
    event, people = line

    admission.change_capacity(event, 4, at=timezone.now())
    assert status(people["Cid"], people["Dot"], people["Eve"]) == ["offered", "offered", "waitlisted"]

    with pytest.raises(ValidationError):
        admission.change_capacity(event, 3, at=timezone.now())
    event.refresh_from_db()
    assert (event.capacity, event.taken) == (4, 4)


def test_an_organiser_approves_and_declines_applications(small, mei):
    Event.objects.filter(pk=small.pk).update(admission="approval")
    small.refresh_from_db()
    at = timezone.now()
    ann, ben, cid, dot = (come(small, name, at) for name in ["Ann", "Ben", "Cid", "Dot"])

    answers = [admission.approve(person, at=at, by=mei) for person in (ann, ben, cid)]
    admission.decline(dot, at=at, by=mei)

    assert (answers, status(ann, ben, cid, dot)) == ([True] * 3, ["confirmed", "confirmed", "waitlisted", "declined"])
    assert list(ann.transitions.values_list("was", "became", "by")) == [
        ("", "applied", None),
        ("applied", "confirmed", mei.pk),
    ]
    work()
    assert OutgoingMail.objects.filter(attendee=dot).count() == 2


def test_five_hundred_applicants_do_not_close_an_event(small):
    Event.objects.filter(pk=small.pk).update(admission="approval")
    small.refresh_from_db()
    for number in range(20):
        come(small, f"P{number}", timezone.now())

    assert small.accepts_registrations(timezone.now()) and taken(small) == 0


@pytest.mark.parametrize(
    ("offered", "until"),
    [
        ("2024-01-03 14:00", "2024-01-03 16:00"),
        ("2024-01-03 20:00", "2024-01-03 22:00"),
        ("2024-01-03 21:30", "2024-01-04 10:30"),
        ("2024-01-03 23:10", "2024-01-04 11:00"),
        ("2024-01-04 03:00", "2024-01-04 11:00"),
        ("2024-01-05 08:59", "2024-01-05 11:00"),
        ("2024-01-06 12:30", "2024-01-06 13:30"),  # never past the doors
        ("2024-01-06 13:25", "2024-01-06 13:40"),  # but a quarter of an hour at least
        ("2024-01-06 15:00", "2024-01-06 15:15"),
        ("2024-01-06 17:55", "2024-01-06 18:00"),
    ],
)
def test_an_offer_respects_the_night(beijing, offered, until):
    def moment(text):
        return datetime.fromisoformat(text).replace(tzinfo=ZONE)

    beijing.doors_at, beijing.starts_at, beijing.ends_at = (
        moment(f"2024-01-06 {clock}") for clock in ("13:30", "14:00", "18:00")
    )

    assert admission.offer_deadline(beijing, moment(offered)) == moment(until)


@pytest.mark.parametrize(
    ("doors", "offered", "until"),
    [
        ("2024-01-06 09:00", "2024-01-05 23:00", "2024-01-06 09:15"),  # awake for a quarter of an hour
        ("2024-01-06 09:00", "2024-01-05 20:30", "2024-01-06 09:00"),  # they had the evening
        ("2024-01-06 23:30", "2024-01-06 22:50", "2024-01-06 23:45"),  # doors at night wait for nobody's morning
    ],
)
def test_an_offer_in_the_night_before_early_doors_can_be_answered(beijing, doors, offered, until):
    def moment(text):
        return datetime.fromisoformat(text).replace(tzinfo=ZONE)

    beijing.doors_at = beijing.starts_at = moment(doors)
    beijing.ends_at = moment(doors) + timedelta(hours=5)

    assert admission.offer_deadline(beijing, moment(offered)) == moment(until)


def test_a_long_offer_spans_several_days(beijing):
    at = datetime(2024, 1, 1, 9, tzinfo=ZONE)

    assert admission.waking_hours_later(at, timedelta(hours=30)) == datetime(2024, 1, 3, 13, tzinfo=ZONE)


def test_the_person_in_line_sees_their_place_takes_the_seat_and_holds_a_ticket(line, as_attendee):
    event, people = line
    phone = as_attendee(people["Dot"])
    page = phone.get("/attend/beijing/ticket/").content.decode()
    assert "You are in line" in page and "1 person ahead of you." in page

    admission.cancel(people["Ann"], at=timezone.now())
    as_attendee(people["Cid"]).post("/attend/beijing/offer/", {"answer": "no"})
    page = phone.get("/attend/beijing/ticket/").content.decode()
    assert "A seat for you, until" in page

    answer = phone.post("/attend/beijing/offer/", {"answer": "yes"})
    page = phone.get(answer["Location"]).content.decode()
    assert "Show this at the door" in page and people["Dot"].spaced_code in page


def test_giving_up_from_the_ticket_page(line, as_attendee):
    _event, people = line

    answer = as_attendee(people["Ann"]).post("/attend/beijing/give-up/", follow=True)

    assert "Your seat goes to the next person. Thank you for telling us." in answer.content.decode()
    assert status(people["Ann"], people["Cid"]) == ["cancelled", "offered"]


def test_the_open_page_learns_that_its_place_changed(line, as_attendee):
    _event, people = line
    phone = as_attendee(people["Cid"])
    before = phone.get("/attend/beijing/ticket/state/").json()

    admission.cancel(people["Ann"], at=timezone.now())

    after = phone.get("/attend/beijing/ticket/state/").json()
    assert before["state"].startswith("waitlisted-1") and after["state"].startswith("offered")
    assert after["url"] == "/attend/beijing/ticket/"


def test_after_sign_up_has_closed_a_free_seat_still_goes_to_the_line(line):
    event, people = line
    Event.objects.filter(pk=event.pk).update(registration_closes_at=timezone.now() - timedelta(minutes=1))

    admission.cancel(Attendee.objects.select_related("event").get(pk=people["Ann"].pk), at=timezone.now())

    assert status(people["Cid"]) == ["offered"]


def test_the_organiser_changes_the_seats_on_the_desk(line, mei, client_of):
    event, people = line
    desk = client_of(mei)

    page = desk.post("/organise/beijing/attendees/seats/", {"seats": "4"}, follow=True).content.decode()
    assert "2 people in line are offered a seat." in page and status(people["Dot"]) == ["offered"]

    page = desk.post("/organise/beijing/attendees/seats/", {"seats": "3"}, follow=True).content.decode()
    assert "4 people hold a seat already." in page and Event.objects.get().capacity == 4
    page = desk.post("/organise/beijing/attendees/seats/", {"seats": "many"}, follow=True).content.decode()
    assert "A whole number." in page
    page = desk.post("/organise/beijing/attendees/seats/", {"seats": "200"}, follow=True).content.decode()
    assert "The train has 130 places" in page and status(people["Eve"]) == ["offered"]


def test_the_admins_form_never_writes_the_count_of_seats(line, mei, client_of):
    """The page was opened, somebody signed up meanwhile, the organiser saved a new tagline."""
    from django.contrib.admin.sites import site

    from events.admin import EventAdmin

    event, _people = line
    stale = Event.objects.get(pk=event.pk)
    Event.objects.filter(pk=event.pk).update(capacity=9, taken=3, tickets_issued=8)
    stale.tagline, stale.capacity = "new", 9

    EventAdmin(Event, site).save_model(None, stale, None, change=True)

    event.refresh_from_db()
    assert (event.tagline, event.taken >= 3, event.tickets_issued) == ("new", True, 8)
