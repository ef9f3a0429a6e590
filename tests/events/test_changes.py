"""What an organiser changes reaches those whom it concerns: the line, the calendars, the mail boxes."""

from datetime import timedelta

from django.utils import timezone
from icalendar import Calendar

from events import changes, tickets
from events.models import Event, OutgoingMail
from tests.conftest import seat
from tests.work import work


def change(event, **fields):
    before = Event.objects.get(pk=event.pk)
    for name, value in fields.items():
        setattr(event, name, value)
    event.save()
    changes.saved(event, before, at=timezone.now())
    work()


def sequence(attendee):
    attendee.event.refresh_from_db()
    return Calendar.from_ical(tickets.calendar_file(attendee)[2]).walk("VEVENT")[0]["SEQUENCE"]


def test_a_new_time_is_told_once_with_a_calendar_entry_that_replaces_the_old(beijing, bo, chen):
    before = sequence(bo)

    change(Event.objects.get(), starts_at=beijing.starts_at + timedelta(hours=1))

    assert set(OutgoingMail.objects.values_list("to", flat=True)) == {bo.contact, chen.contact}
    assert sequence(bo) > before
    assert OutgoingMail.objects.get(attendee=bo).attachments[0][0] == "beijing.ics"


def test_a_new_tagline_is_told_to_nobody(beijing, bo):
    change(Event.objects.get(), tagline="又一站")

    assert OutgoingMail.objects.count() == 0


def test_a_new_title_is_in_the_calendar_and_mailed_to_nobody(beijing, bo):
    before = sequence(bo)

    change(Event.objects.get(), title="另一个名字")

    assert sequence(bo) > before and OutgoingMail.objects.count() == 0


def test_an_english_address_is_told_like_any_other(beijing, bo):
    change(Event.objects.get(), address_en="Building 9, another street")

    assert OutgoingMail.objects.get().to == bo.contact


def test_a_longer_train_seats_nobody_who_has_not_said_yes(beijing, bo):
    dai = seat(Event.objects.get(), "Dai", "dai@nextstop.example", status="offered", carriage=None, seat=None)

    change(Event.objects.get(), carriages=beijing.carriages + 1)

    dai.refresh_from_db()
    assert dai.seat is None


def test_calling_off_cancels_every_calendar(beijing, bo):
    change(Event.objects.get(), cancelled_at=timezone.now())

    mail = OutgoingMail.objects.get()
    assert mail.subject.startswith("取消：") and "method=CANCEL" in mail.attachments[0][1]


def test_more_seats_in_the_admin_go_to_the_line(beijing, mei, client_of):
    Event.objects.update(capacity=1, taken=1)
    cid = seat(Event.objects.get(), "Cid", "cid@nextstop.example", status="waitlisted", queued_at=timezone.now())

    change(Event.objects.get(), capacity=2)

    cid.refresh_from_db()
    assert cid.status == "offered"
