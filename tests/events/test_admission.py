"""Seats change hands: the line is kept, offers end by themselves, every step is logged and has its mail."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.db.models.signals import post_init
from django.utils import timezone

from events import admission, registration
from events.models import Attendee, Event, LiveEvent, OutgoingMail
from tests.conftest import seat
from tests.stamps import stamp
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


LINE_PAGE = "/attend/beijing/ticket/"


def reads_in_line(event, as_attendee, **times):
    """What somebody who waits reads of how long a seat is held, with doors, start and end so far from now."""
    at = timezone.now().replace(microsecond=0)
    Event.objects.filter(pk=event.pk).update(
        **{f"{name}_at": at + gap for name, gap in times.items()}, capacity=1, taken=1
    )
    waiting = seat(Event.objects.get(), "白望", "w@nextstop.example", status="waitlisted", queued_at=at)
    return as_attendee(waiting).get(LINE_PAGE).content.decode()


def test_the_line_reads_that_a_seat_is_held_for_the_events_hours_and_not_past_the_doors(small, as_attendee):
    page = reads_in_line(small, as_attendee)

    assert "hold the seat for 2 hours, until the doors open at the latest; the night does not count." in page


def test_close_to_the_doors_the_line_reads_until_when_a_seat_would_be_held(small, as_attendee):
    hour = timedelta(hours=1)
    page = reads_in_line(small, as_attendee, doors=hour, starts=hour, ends=3 * hour)

    event = Event.objects.get()
    until = event.local(admission.offer_deadline(event, timezone.now()))
    assert f"hold the seat until {until:%a} {until.day} {until:%b} {until:%H:%M}." in page
    assert "2 hours" not in page


def test_once_the_doors_are_open_the_line_reads_a_quarter_of_an_hour(beijing, as_attendee):
    page = reads_in_line(beijing, as_attendee)

    assert "hold the seat for a quarter of an hour." in page
    assert "2 hours" not in page


def test_after_the_end_the_line_is_promised_no_seat(beijing, as_attendee):
    Event.objects.update(ended_at=timezone.now())

    assert "hold the seat" not in reads_in_line(beijing, as_attendee)


@pytest.mark.parametrize(("status", "says_no"), [("confirmed", admission.cancel), ("waitlisted", admission.decline)])
def test_an_organisers_no_is_not_undone_by_a_tap(beijing, mei, as_attendee, status, says_no):
    person = seat(beijing, "白望", "w@nextstop.example", status=status, queued_at=timezone.now())
    says_no(person, at=timezone.now(), by=mei)
    phone = as_attendee(person)

    page = phone.get(LINE_PAGE).content.decode()
    assert "/come-back/" not in page and "The organiser decided this, and no tap changes it." in page
    page = phone.post("/attend/beijing/come-back/", follow=True).content.decode()

    assert "Sign-up has closed." not in page
    assert registration.again(Attendee.objects.select_related("event").get(pk=person.pk), at=timezone.now()) is False
    assert (status_of(person), Event.objects.get().taken) == (person.status, 0) != ("confirmed", 1)


def test_after_an_organisers_no_a_new_form_is_an_application(beijing, mei, as_attendee, client_of):
    person = seat(beijing, "白望", "w@nextstop.example")
    admission.cancel(person, at=timezone.now(), by=mei)
    form = {"name": "白望", "contact": "w@nextstop.example", "stamp": stamp()}

    as_attendee(person).post("/attend/beijing/register/", form)

    assert (status_of(person), Event.objects.get().taken) == ("applied", 0)
    admission.approve(Attendee.objects.get(pk=person.pk), at=timezone.now(), by=mei)
    assert (status_of(person), Event.objects.get().taken) == ("confirmed", 1), "a mistake is mended"


def status_of(person):
    return Attendee.objects.get(pk=person.pk).status


def test_who_left_by_themselves_after_an_organisers_yes_may_return(small, mei):
    Event.objects.filter(pk=small.pk).update(admission="approval")
    small.refresh_from_db()
    ann = come(small, "Ann", timezone.now())
    admission.approve(ann, at=timezone.now(), by=mei)
    admission.cancel(ann, at=timezone.now())

    assert (registration.again(ann, at=timezone.now()), status_of(ann)) == (True, "applied")


def test_where_a_code_is_asked_it_is_asked_of_those_who_return_too(beijing, as_attendee):
    Event.objects.update(admission="invitation", invitation_code="Kirin 88")
    person = seat(Event.objects.get(), "白望", "w@nextstop.example")
    admission.cancel(person, at=timezone.now())
    phone = as_attendee(person)

    page = phone.get(LINE_PAGE).content.decode()
    assert "/come-back/" not in page and "This stop is by invitation: the form asks for the code." in page
    answer = phone.post("/attend/beijing/come-back/")

    assert (answer["Location"], status_of(person)) == ("/attend/beijing/register/", "cancelled")
    form = {"name": "白望", "contact": "w@nextstop.example", "stamp": stamp()}
    phone.post("/attend/beijing/register/", form | {"invitation": "no"})
    assert status_of(person) == "cancelled"
    phone.post("/attend/beijing/register/", form | {"invitation": "kirin 88"})
    assert status_of(person) == "confirmed"


@pytest.mark.parametrize(("free", "loaded"), [(1, 1), (3, 3)])
def test_a_free_seat_reads_no_more_of_a_long_line_than_it_serves(beijing, free, loaded):
    """While the event is locked nobody else signs up."""
    at = timezone.now()
    Attendee.objects.bulk_create(
        Attendee(event=beijing, name=f"P{n}", number=n, status="waitlisted", queued_at=at - timedelta(seconds=n))
        for n in range(2000)
    )
    Event.objects.filter(pk=beijing.pk).update(capacity=9, taken=9 - free)
    read = []

    def count(sender, instance, **kwargs):
        read.append(instance)

    post_init.connect(count, sender=Attendee)
    try:
        offered = admission.offer_free_seats(beijing, at=at)
    finally:
        post_init.disconnect(count, sender=Attendee)

    assert (offered, len(read), Event.objects.get().taken) == (free, loaded, 9)
    numbers = Attendee.objects.filter(status="offered").order_by("queued_at").values_list("number", flat=True)
    assert list(numbers) == list(range(1999, 1999 - free, -1))  # first come, first offered


def test_a_full_train_reads_nobody_of_the_line(line, django_assert_num_queries):
    event, _people = line
    with admission.turn(event), django_assert_num_queries(1):  # how many seats are free
        assert admission._offer(event, timezone.now()) == 0


@pytest.mark.parametrize(
    ("status", "subject", "words", "door"),
    [
        ("confirmed", "Your place is given up", "your place went to the next person. Thank you for telling us.", True),
        ("offered", "Your place is given up", "your place went to the next person. Thank you for telling us.", False),
        ("waitlisted", "You left the line", "no seat is looked for any more. Thank you for telling us.", False),
        (
            "applied",
            "Your application is taken back",
            "you took your application back: the organiser no longer reads it.",
            False,
        ),
    ],
)
def test_whoever_leaves_is_told_what_they_left(beijing, status, subject, words, door):
    person = seat(beijing, "Ann", "ann@nextstop.example", status=status, queued_at=timezone.now(), language="en")
    admission.cancel(person, at=timezone.now())
    work()

    mail = OutgoingMail.objects.get()
    assert mail.subject.startswith(f"{subject}: ") and f"Ann, {words}" in mail.body
    assert ("opens the door" in mail.body, "Changed your mind?" in mail.body) == (door, True)
    assert ("next person" in mail.body) is (status in Attendee.HOLD_A_SEAT)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("confirmed", "the organiser has taken your place back."),
        ("waitlisted", "the organiser has taken you out of the line."),
        ("applied", "the organiser has closed your application."),
    ],
)
def test_what_an_organiser_ended_is_told_as_theirs_and_offers_no_way_back(beijing, mei, status, words):
    person = seat(beijing, "Ann", "ann@nextstop.example", status=status, queued_at=timezone.now(), language="en")
    admission.cancel(person, at=timezone.now(), by=mei)
    work()

    mail = OutgoingMail.objects.get()
    assert f"Ann, {words} Answer this mail if that is a mistake." in mail.body
    assert ("opens the door" in mail.body) is (status == "confirmed")
    assert "given up" not in mail.subject and "Changed your mind?" not in mail.body and "/pass/" not in mail.body


def test_an_applicant_reads_that_the_application_is_taken_back(beijing, as_attendee):
    person = seat(beijing, "白望", "w@nextstop.example", status="applied", queued_at=timezone.now())

    page = as_attendee(person).post("/attend/beijing/give-up/", follow=True).content.decode()

    assert "You took your application back." in page and "You left the line" not in page
