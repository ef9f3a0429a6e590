"""What an organiser changes reaches those whom it concerns: the line, the calendars, the mail boxes."""

import base64
from datetime import timedelta

import pytest
from django.utils import timezone
from icalendar import Calendar

from events import admission, changes, registration, tickets
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


def entries(mail):
    """What a calendar reads in the files of a mail: `(METHOD, UID, SEQUENCE)` of each."""
    files = [Calendar.from_ical(base64.b64decode(content)) for _name, _type, content in mail.attachments]
    rows = [(str(one["METHOD"]), one.walk("VEVENT")[0]) for one in files]
    return [(method, str(entry["UID"]).partition("@")[0], entry["SEQUENCE"]) for method, entry in rows]


@pytest.mark.parametrize(
    ("fields", "method"),
    [({"venue": "隔壁"}, "REQUEST"), ({"cancelled_at": timezone.now()}, "CANCEL")],
    ids=["changed", "called off"],
)
def test_a_host_gets_the_newer_entry_of_each_guest_whose_first_one_was_mailed_to_them(beijing, bo, fields, method):
    Event.objects.update(plus_ones=3)
    bo.event.refresh_from_db()
    ann, ben, cid = (registration.bring(bo, at=timezone.now(), name=name) for name in ("Ann", "Ben", "Cid"))
    admission.cancel(cid, at=timezone.now(), note="by their host")
    work()
    first = {uid: number for mail in OutgoingMail.objects.all() for _method, uid, number in entries(mail)}
    OutgoingMail.objects.all().delete()

    change(Event.objects.get(), **fields)

    told = entries(OutgoingMail.objects.get())
    assert [row[:2] for row in told] == [(method, f"ticket-{person.uid}") for person in (bo, ann, ben)]
    assert all(number > first.get(uid, 0) for _method, uid, number in told)
    assert len({name for name, _type, _content in OutgoingMail.objects.get().attachments}) == 3


def test_a_seat_that_is_only_offered_is_in_no_calendar_and_so_never_has_to_leave_one(beijing, bo):
    cid, dai = (
        seat(Event.objects.get(), name, f"{name}@nextstop.example", status="offered", offer_ends_at=timezone.now())
        for name in ("cid", "dai")
    )

    change(Event.objects.get(), venue="隔壁")
    admission.cancel(cid, at=timezone.now())
    admission.expire_offers(dai.event, at=timezone.now() + timedelta(hours=1))
    work()

    mails = OutgoingMail.objects.exclude(attendee=bo)
    subjects = {mail.subject.partition("：")[0] for mail in mails}
    assert (subjects, mails.count()) == ({"有变更", "已让出座位", "座位给了下一位"}, 4)
    assert [entries(mail) for mail in mails] == [[]] * 4


def test_an_address_that_becomes_public_is_in_the_calendars_that_follow_the_event(beijing, bo, visitor):
    Event.objects.update(address_is_public=False)

    def public():
        entry = Calendar.from_ical(visitor.get("/attend/beijing/event.ics").content).walk("VEVENT")[0]
        return str(entry["LOCATION"]), entry["SEQUENCE"]

    place, number = public()
    change(Event.objects.get(), address_is_public=True)

    shown, newer = public()
    assert (place != shown, newer > number, OutgoingMail.objects.count()) == (True, True, 0)


def test_an_english_address_is_told_like_any_other(beijing, bo):
    change(Event.objects.get(), address_en="Building 9, another street")

    assert OutgoingMail.objects.get().to == bo.contact


@pytest.mark.parametrize(
    ("status", "public", "reads"),
    [
        ("confirmed", False, True),
        ("offered", False, True),
        ("waitlisted", False, False),
        ("applied", False, False),
        ("waitlisted", True, True),
    ],
)
def test_a_new_address_is_told_to_those_with_a_seat(beijing, status, public, reads):
    seat(beijing, "Cid", "cid@nextstop.example", status=status, queued_at=timezone.now(), language="en")
    Event.objects.update(address_is_public=public)

    change(Event.objects.get(), venue="798", address="酒仙桥路 4 号")

    body = OutgoingMail.objects.get().body
    assert ("798" in body, "酒仙桥路 4 号" in body) == (reads, reads)
    assert ("Beijing, address shown once you have a seat" in body) is not reads


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


TOLD = "Everybody with a ticket has been told."
UNTOLD_LIST = "/organise/beijing/attendees/?status=untold"


def test_a_stop_that_is_called_off_says_so_where_everybody_could_be_told(beijing, bo, visitor, mei, client_of):
    change(Event.objects.get(), cancelled_at=timezone.now())

    for client in (visitor, client_of(mei)):
        page = client.get("/attend/beijing/").content.decode()
        assert TOLD in page and UNTOLD_LIST not in page


def test_who_cannot_be_told_is_counted_for_the_organiser_with_their_list(
    beijing, bo, visitor, mei, client_of, settings
):
    phone = {"contact_kind": "phone", "status": "confirmed"}
    seat(Event.objects.get(), "Fay", "+8613800138000", **phone)
    seat(Event.objects.get(), "Gil", "", contact_kind="none")
    seat(Event.objects.get(), "Hal", "", contact_kind="none", invited_by=bo)  # told through the host
    seat(Event.objects.get(), "Ivy", "+8613900139000", contact_kind="phone", status="cancelled")
    change(Event.objects.get(), cancelled_at=timezone.now())
    work()

    page = visitor.get("/attend/beijing/").content.decode()
    assert TOLD not in page and "Whoever left an email has been told" in page and UNTOLD_LIST not in page
    page = client_of(mei).get("/attend/beijing/").content.decode()
    assert "2 people could not be told" in page and f'href="{UNTOLD_LIST}"' in page
    listed = client_of(mei).get(UNTOLD_LIST).content.decode()
    assert [name in listed for name in ("林小满", "Fay", "Gil", "Hal", "Ivy")] == [False, True, True, False, False]
    assert list(OutgoingMail.objects.values_list("to", flat=True)) == [bo.contact]

    settings.SMS_GATEWAY_URL = "http://127.0.0.1:1/send"
    assert "1 person could not be told" in client_of(mei).get("/attend/beijing/").content.decode()
