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
