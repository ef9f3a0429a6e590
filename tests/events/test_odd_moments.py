"""What happens at odd moments and with odd input: nobody else pays for it, no seat is lost, nothing is promised in vain."""

import json
import threading
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.utils import timezone

from events import admission, door, passes, registration, tickets
from events.models import Attendee, CheckIn, Event, Job, Scan
from tests.conftest import seat
from tests.stamps import stamp

FAMILY = "👨🏻‍👩🏻‍👧🏻‍👦🏻"  # one character of eleven signs
REGISTER = "/attend/beijing/register/"


@pytest.mark.parametrize("fields", [{"name": FAMILY * 12}, {"name": "小满", "about": "👨‍👩‍👧‍👦" * 30}])
def test_few_characters_of_many_signs_are_refused_in_words(beijing, visitor, fields):
    answer = visitor.post(REGISTER, {"contact": "bo@nextstop.example", "stamp": stamp(), **fields})

    assert answer.status_code == 422
    assert "These emoji are made of too many parts." in answer.content.decode()
    assert not Attendee.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_row_that_the_database_refuses_costs_nobody_else_the_place(beijing):
    """People who sign up at the same moment are entered by one statement."""
    at, answers = timezone.now(), {}

    def sign_up(name, contact):
        try:
            outcome = registration.register(beijing, at=at, name=name, contact=contact, contact_kind="mail")
            answers[contact] = outcome.attendee.status
        except Exception as problem:
            answers[contact] = type(problem).__name__
        connection.close()

    names = [("甲", "a@x.example"), ("乙" * 200, "b@x.example"), ("丙", "c@x.example")]
    crowd = [threading.Thread(target=sign_up, args=row) for row in names]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join()

    assert (answers["a@x.example"], answers["c@x.example"]) == ("confirmed", "confirmed")
    if connection.vendor == "postgresql":  # SQLite knows no lengths
        assert answers["b@x.example"] == "DataError"


@pytest.mark.django_db(transaction=True)
def test_two_taps_on_get_a_ticket_after_all_take_one_seat(beijing, bo):
    admission.cancel(bo, at=timezone.now())
    came = []

    def tap():
        came.append(registration.again(Attendee.objects.select_related("event").get(pk=bo.pk), at=timezone.now()))
        connection.close()

    pair = [threading.Thread(target=tap) for _ in range(2)]
    for one in pair:
        one.start()
    for one in pair:
        one.join()

    beijing.refresh_from_db()
    assert sorted(came) == [False, True]
    assert beijing.taken == Attendee.objects.filter(status="confirmed").count() == 1


def test_a_code_in_small_letters_is_refused_and_old_ones_are_still_read(beijing, bo, dana):
    beijing.code = "bj24"
    with pytest.raises(ValidationError) as refused:
        beijing.full_clean()
    assert "code" in refused.value.message_dict

    Event.objects.filter(pk=beijing.pk).update(code="bj24")
    bo.event.code = "bj24"
    found = door.scan(
        Event.objects.get(pk=beijing.pk), tickets.payload(bo), at=timezone.now(), door="1", nonce="n", by=dana
    )
    assert found.answer == "ok"


@pytest.mark.parametrize(("said", "inside"), [("waiting", 0), ("cancelled", 0), ("other", 0), ("ok", 1), ("saved", 1)])
def test_who_was_turned_away_without_a_network_is_not_inside(beijing, bo, dana, client_of, said, inside):
    """The phone's roster was old: what happened at the door is what is written."""
    now = timezone.now().isoformat()
    scan = {"code": bo.code, "nonce": "n1", "at": now, "offline": True, "said": said, "door": "1"}

    client_of(dana).post(
        "/organise/beijing/door/scan/", json.dumps({"sent": now, "scans": [scan]}), content_type="application/json"
    )

    assert CheckIn.objects.count() == inside
    assert Scan.objects.get().answer == ("ok" if inside else said)


def test_an_event_that_is_called_off_gives_nobody_a_ticket_and_passes_no_seat_on(beijing, bo, chen):
    now = timezone.now()
    offered = {"status": "offered", "offer_ends_at": now + timedelta(minutes=5), "carriage": None, "seat": None}
    Attendee.objects.filter(pk__in=[bo.pk, chen.pk]).update(**offered)
    Event.objects.filter(pk=beijing.pk).update(cancelled_at=now)

    assert not admission.accept(Attendee.objects.get(pk=bo.pk), at=now)
    admission.expire_everywhere(now + timedelta(minutes=6))

    assert not Job.objects.filter(kind="notify_attendee").exists()
    assert list(Attendee.objects.values_list("status", flat=True)) == ["offered", "offered"]


def test_answers_to_a_question_that_became_another_kind_are_still_told(beijing, mei, client_of):
    asked = {"id": "abcd1234", "label": "OK?", "label_en": "", "hint": "", "hint_en": "", "choices": ["a"]}
    asked |= {"choices_en": [], "required": False, "condition": None, "retired": False, "kind": "many"}
    Event.objects.filter(pk=beijing.pk).update(questions_asked=[asked])
    seat(beijing, "甲", "a@nextstop.example", answers={"abcd1234": True})
    seat(beijing, "乙", "b@nextstop.example", answers={"abcd1234": "x"})
    desk = client_of(mei)

    for path in ("/organise/beijing/attendees/", "/organise/beijing/attendees/export/?as=xlsx"):
        assert desk.get(path).status_code == 200, path


@pytest.mark.parametrize("status", ["waitlisted", "offered", "cancelled", "applied"])
def test_only_a_ticket_has_a_picture(beijing, bo, as_attendee, status):
    phone = as_attendee(bo)
    assert phone.get("/attend/beijing/ticket.png").status_code == 200
    Attendee.objects.filter(pk=bo.pk).update(status=status)

    assert phone.get("/attend/beijing/ticket.png").status_code == 404


def test_who_is_inside_does_not_give_the_seat_up(beijing, bo, dana, as_attendee):
    door.scan(beijing, tickets.payload(bo), at=timezone.now(), door="1", nonce="n", by=dana)

    assert as_attendee(bo).post("/attend/beijing/give-up/")["Location"] == "/attend/beijing/aboard/"
    bo.refresh_from_db()
    assert bo.status == "confirmed"


@pytest.mark.parametrize("field", ["carriages", "seats_per_carriage", "offer_hours"])
def test_a_train_has_a_seat_and_an_offer_has_an_hour(beijing, field):
    setattr(beijing, field, 0)
    with pytest.raises(ValidationError) as refused:
        beijing.full_clean()

    assert field in refused.value.message_dict


def test_a_phone_whose_clock_is_at_the_end_of_time_is_heard_now(beijing, bo, dana, client_of):
    scan = {"code": bo.code, "nonce": "n1", "at": "9999-12-31T23:59:00Z", "offline": True, "said": "ok", "door": "1"}
    body = {"sent": "2000-01-01T00:00:00Z", "scans": [scan]}

    answer = client_of(dana).post("/organise/beijing/door/scan/", json.dumps(body), content_type="application/json")

    assert answer.status_code == 200
    assert abs((CheckIn.objects.get().at - timezone.now()).total_seconds()) < 60


def test_who_deletes_their_data_here_keeps_the_ticket_elsewhere(beijing, bo, series):
    """One phone, two stops: it forgets this one alone."""
    other = Event.objects.create(
        series=series,
        number=77,
        slug="elsewhere",
        code="ELSE",
        title="别处",
        city="别处",
        starts_at=beijing.starts_at,
        ends_at=beijing.ends_at,
        doors_at=beijing.doors_at,
        published_at=beijing.published_at,
        capacity=9,
    )
    there = seat(other, "林小满", "bo@nextstop.example")
    phone = Client(headers={"accept-language": "en"})
    phone.cookies[passes.COOKIE] = f"{passes.sign(bo)}|{passes.sign(there)}"

    phone.post("/attend/beijing/my-data/")

    assert phone.get("/attend/beijing/ticket/").status_code == 404
    assert phone.get("/attend/elsewhere/ticket/").status_code == 200


def test_the_way_to_the_venue_is_told_with_its_address(beijing, bo, visitor, as_attendee):
    Event.objects.filter(pk=beijing.pk).update(directions="Metro line 13, exit B", address_is_public=False)

    assert "exit B" not in visitor.get("/attend/beijing/").content.decode()
    assert "exit B" in as_attendee(bo).get("/attend/beijing/").content.decode()
    Event.objects.filter(pk=beijing.pk).update(address_is_public=True)
    assert "exit B" in visitor.get("/attend/beijing/").content.decode()
