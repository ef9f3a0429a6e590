"""Still coming? Asked three days and one day before; who says no gives the seat to the line; silence keeps it."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone

from events import changes, passes, reconfirming
from events.models import Attendee, Event, OutgoingMail
from tests.conftest import seat
from tests.work import work

NOON = timezone.now().astimezone(ZoneInfo("Asia/Shanghai")).replace(hour=12, minute=0, second=0, microsecond=0)


@pytest.fixture
def event(beijing):
    Event.objects.update(
        capacity=2,
        doors_at=NOON + timedelta(days=3),
        starts_at=NOON + timedelta(days=3, hours=1),
        ends_at=NOON + timedelta(days=3, hours=5),
    )
    return Event.objects.get()


@pytest.fixture
def people(event):
    """Ann and Ben have the seats, Cid waits."""
    ann, ben = (seat(Event.objects.get(), name, f"{name}@nextstop.example".lower()) for name in ("Ann", "Ben"))
    cid = seat(Event.objects.get(), "Cid", "cid@nextstop.example", status="waitlisted", queued_at=NOON)
    Attendee.objects.update(created_at=NOON - timedelta(days=9))
    return ann, ben, cid


def beat(at):
    reconfirming.ask_everywhere(at)
    work()


def asked():
    return list(OutgoingMail.objects.filter(key__startswith="coming:").order_by("pk").values_list("to", flat=True))


def test_those_with_a_seat_are_asked_three_days_before_and_once(event, people):
    beat(NOON - timedelta(minutes=1))
    assert asked() == []
    beat(NOON)
    beat(NOON + timedelta(minutes=10))

    assert asked() == ["ann@nextstop.example", "ben@nextstop.example"]


def test_the_day_before_everybody_is_asked_once_more_and_then_never(event, people):
    beat(NOON)
    reconfirming.answer(people[0], True, at=NOON + timedelta(hours=1))
    beat(NOON + timedelta(days=2))
    beat(NOON + timedelta(days=2, hours=5))

    assert asked() == ["ann@nextstop.example", "ben@nextstop.example"] * 2
    ann, ben = OutgoingMail.objects.filter(key__endswith=":2").order_by("to").values_list("body", flat=True)
    assert ("你说过会来" in ann, "你说过会来" in ben) == (True, False)


def test_whoever_said_yes_can_say_no_the_day_before_and_the_seat_goes_on(event, people, as_attendee):
    beat(NOON)
    phone = as_attendee(people[0])
    phone.post("/attend/beijing/coming/", {"answer": "yes"})
    assert "Are you still coming?" not in phone.get("/attend/beijing/ticket/").content.decode()
    Attendee.objects.filter(pk=people[0].pk).update(coming_at=timezone.now() - timedelta(days=2))
    beat(NOON + timedelta(days=2))  # "Else there is nothing to do."
    assert "Are you still coming?" not in phone.get("/attend/beijing/ticket/").content.decode()
    page = phone.get("/attend/beijing/coming/").content.decode()  # where that mail leads: what it is for stands first
    assert page.index('value="no"') < page.index('value="yes"')

    phone.post("/attend/beijing/coming/", {"answer": "no"})

    assert [Attendee.objects.get(pk=one.pk).status for one in people] == ["cancelled", "confirmed", "offered"]


def test_whoever_said_yes_a_moment_ago_is_left_in_peace(event, people):
    beat(NOON)
    reconfirming.answer(people[0], True, at=NOON + timedelta(days=1, hours=20))

    beat(NOON + timedelta(days=2))

    assert asked() == ["ann@nextstop.example", "ben@nextstop.example", "ben@nextstop.example"]


def test_nobody_is_asked_at_night_nor_after_the_doors_nor_when_the_organiser_says_no(event, people):
    beat(NOON + timedelta(hours=11))  # 23:00
    beat(NOON + timedelta(days=4))
    Event.objects.update(asks_again=False)
    beat(NOON)

    assert asked() == []


def test_who_has_just_signed_up_is_not_asked(event, people):
    Attendee.objects.filter(pk=people[1].pk).update(created_at=NOON - timedelta(hours=1))
    beat(NOON)

    assert asked() == ["ann@nextstop.example"]


def test_the_link_asks_and_does_nothing_by_being_opened(event, people):
    beat(NOON)
    mail = OutgoingMail.objects.get(to="ann@nextstop.example")
    link = next(line for line in mail.body.split() if "/pass/" in line)
    phone = Client(headers={"accept-language": "en"})

    page = phone.get(link.removeprefix("http://127.0.0.1:8000"), follow=True)

    assert page.redirect_chain[-1][0] == "/attend/beijing/coming/" and "Are you coming?" in page.content.decode()
    assert Attendee.objects.get(pk=people[0].pk).status == "confirmed"


def test_no_gives_the_seat_to_the_first_in_line(event, people, as_attendee):
    phone = as_attendee(people[0])

    answer = phone.post("/attend/beijing/coming/", {"answer": "no"}, follow=True)

    assert "Your seat goes to the next person." in answer.content.decode()
    assert [Attendee.objects.get(pk=one.pk).status for one in people] == ["cancelled", "confirmed", "offered"]
    assert people[0].transitions.get().note == "does not come"


def test_yes_is_kept_and_the_card_goes_away(event, people, as_attendee):
    beat(NOON)
    phone = as_attendee(people[0])
    assert "Are you still coming?" in phone.get("/attend/beijing/ticket/").content.decode()

    phone.post("/attend/beijing/coming/", {"answer": "yes"})

    assert Attendee.objects.get(pk=people[0].pk).coming_at is not None
    assert "Are you still coming?" not in phone.get("/attend/beijing/ticket/").content.decode()


def test_a_new_date_asks_anew(event, people):
    beat(NOON)
    reconfirming.answer(people[0], True, at=NOON)
    before = Event.objects.get()
    event = Event.objects.get()
    for name in ("doors_at", "starts_at", "ends_at"):
        setattr(event, name, getattr(event, name) + timedelta(days=7))
    event.save()
    changes.saved(event, before, at=NOON)

    beat(NOON + timedelta(days=7))

    assert asked() == ["ann@nextstop.example", "ben@nextstop.example"] * 2


def move(event, gap, **fields):
    """The organiser moves the event, and says so in the admin."""
    before, event = Event.objects.get(), Event.objects.get()
    for name in ("doors_at", "starts_at", "ends_at"):
        setattr(event, name, getattr(event, name) + gap)
    for name, value in fields.items():
        setattr(event, name, value)
    event.save()
    changes.saved(event, before, at=NOON)


@pytest.mark.parametrize("gap", [timedelta(minutes=10), timedelta(hours=-2)])
def test_other_hours_of_the_same_day_ask_nobody_again(event, people, gap):
    beat(NOON)
    reconfirming.answer(people[0], True, at=NOON)
    beat(NOON + timedelta(days=2, hours=2))  # "We do not ask again."
    told = asked()

    move(event, gap, venue="隔壁")
    beat(NOON + timedelta(days=2, hours=4))

    assert asked() == told == ["ann@nextstop.example", "ben@nextstop.example"] * 2
    assert Attendee.objects.get(pk=people[0].pk).coming_at is not None


def test_one_day_later_everybody_is_asked_again(event, people):
    beat(NOON)
    reconfirming.answer(people[0], True, at=NOON)

    move(event, timedelta(days=1))
    beat(NOON + timedelta(days=1))

    assert asked() == ["ann@nextstop.example", "ben@nextstop.example"] * 2


def test_doors_alone_ten_minutes_earlier_ask_nobody_again(event, people):
    beat(NOON)
    reconfirming.answer(people[0], True, at=NOON)
    before, event = Event.objects.get(), Event.objects.get()
    event.doors_at -= timedelta(minutes=10)
    event.save()
    changes.saved(event, before, at=NOON)

    assert Event.objects.get().asked_again == 1
    assert Attendee.objects.get(pk=people[0].pk).coming_at is not None


def test_a_strangers_link_opens_nothing(event, people, visitor):
    assert visitor.get("/attend/beijing/coming/").status_code == 404
    assert visitor.get(f"/attend/beijing/pass/{passes.sign(people[0])}x/?then=coming").status_code == 404
