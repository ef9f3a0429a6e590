"""Many tickets at the doors at the same moment: each is answered as if it were alone."""

import threading
import time
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from events import admission, boarding_code, door, live
from events.db import write_gate
from events.models import Attendee, CheckIn, Event, LiveEvent, Scan, ScanPoint, Transition, Visit
from tests.conftest import seat
from tests.events.test_last_seat import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def queue(beijing):
    """Twenty people with tickets, and the event as a door's phone knows it."""
    for number in range(20):
        seat(beijing, f"P{number}", f"p{number}@nextstop.example", carriage=number % 10 + 1, seat=number // 10 + 1)
    return list(beijing.attendees.order_by("pk"))


def scan(event, code, nonce, by):
    return door.scan(event, code, at=timezone.now(), door="1", nonce=nonce, by=by)


def test_twenty_tickets_at_once_come_in_and_the_news_of_each_is_numbered_without_a_gap(queue, beijing, dana):
    scan(beijing, "NOTICKET", "warm", dana)

    results = at_once(20, lambda n: scan(Event.objects.get(), queue[n].code, f"n{n}", dana))

    assert [(result.answer, result.attendee.pk) for result in results] == [("ok", person.pk) for person in queue]
    assert {(row.pk, row.attendee_id) for row in CheckIn.objects.all()} == {
        (result.check_in.pk, result.attendee.pk) for result in results
    }
    rows = Scan.objects.filter(answer="ok").values_list("nonce", "attendee", "check_in", "by")
    assert sorted(rows) == sorted((f"n{n}", queue[n].pk, results[n].check_in.pk, dana.pk) for n in range(20))
    news = list(LiveEvent.objects.order_by("seq").values_list("seq", "topic", "audience"))
    assert [seq for seq, _topic, _audience in news] == list(range(1, 81))
    for person in queue:
        assert sum(audience == f"attendee:{person.pk}" for _seq, _topic, audience in news) == 2


def test_the_same_nonces_and_tickets_crosswise_at_once_are_each_written_once(queue, beijing, dana):
    """Four phones upload the same ten scans at the same moment, in both orders."""
    order = [*range(10), *reversed(range(10)), *range(10), *reversed(range(10))]

    results = at_once(40, lambda n: scan(Event.objects.get(), queue[order[n]].code, f"n{order[n]}", dana))

    assert {type(result).__name__ for result in results} == {"Result"}
    assert {result.answer for result in results} <= {"ok", "already"}
    assert (CheckIn.objects.count(), Scan.objects.count()) == (10, 10)


def meanwhile(first, then):
    """What `then` returns that begins while `first` is done and not yet there for others to read."""
    found = []

    def run():
        try:
            found.append(then())
        finally:
            connection.close()

    with write_gate(), transaction.atomic():
        first()
        thread = threading.Thread(target=run)
        thread.start()
        time.sleep(0.4)
    thread.join()
    return found[0]


def test_a_ticket_that_is_cancelled_while_it_is_held_up_lets_nobody_in(bo, mei, dana, beijing):
    result = meanwhile(
        lambda: admission.cancel(Attendee.objects.get(), at=timezone.now(), by=mei),
        lambda: scan(Event.objects.get(), bo.code, "n1", dana),
    )

    assert (result.answer, CheckIn.objects.count()) == ("cancelled", 0)
    assert list(Scan.objects.values_list("answer", "check_in")) == [("cancelled", None)]


@pytest.fixture
def dinner(beijing):
    return ScanPoint.objects.create(event=beijing, name="晚餐", name_en="Dinner")


def serve(dinner, code, nonce, by, **facts):
    at = timezone.now()
    return door.scan(Event.objects.get(), code, at=at, door="1", point=dinner, nonce=nonce, by=by, **facts)


def test_a_ticket_that_is_cancelled_while_it_is_held_up_at_a_desk_is_served_nothing(bo, mei, dana, dinner):
    result = meanwhile(
        lambda: admission.cancel(Attendee.objects.get(), at=timezone.now(), by=mei),
        lambda: serve(dinner, bo.code, "n1", dana),
    )

    assert (result.answer, Visit.objects.count()) == ("cancelled", 0)
    assert list(Scan.objects.values_list("answer", "point")) == [("cancelled", dinner.pk)]


def test_who_is_served_while_their_place_is_cancelled_was_served_before_it(bo, mei, dana, dinner):
    gone = meanwhile(
        lambda: serve(dinner, bo.code, "n1", dana),
        lambda: admission.cancel(Attendee.objects.get(), at=timezone.now(), by=mei),
    )

    assert (gone, Visit.objects.count(), Attendee.objects.get().status) == (True, 1, "cancelled")
    assert list(Scan.objects.values_list("answer", flat=True)) == ["ok"]


def test_a_helping_that_is_undone_while_the_ticket_is_held_up_again_is_served(bo, dana, dinner):
    first = serve(dinner, bo.code, "n1", dana)

    result = meanwhile(
        lambda: door.undo_visit(Visit.objects.get(), at=timezone.now(), by=dana),
        lambda: serve(dinner, bo.code, "n2", dana),
    )

    assert (result.answer, Visit.objects.get(undone_at=None).pk) == ("ok", result.check_in.pk)
    assert result.check_in.pk != first.check_in.pk


def test_one_ticket_held_up_sixteen_times_at_once_at_a_desk_is_served_once(bo, dana, dinner):
    results = at_once(16, lambda n: serve(dinner, bo.code, f"n{n}", dana))

    assert sorted(result.answer for result in results) == ["already"] * 15 + ["ok"]
    assert {result.check_in.pk for result in results} == {Visit.objects.get().pk}
    assert Scan.objects.count() == 16


def test_one_scan_of_a_desk_sent_eight_times_at_once_is_one_row_and_one_answer(bo, dana, dinner):
    results = at_once(8, lambda n: serve(dinner, bo.code, "same", dana))

    assert [result.answer for result in results] == ["ok"] * 8
    assert (Visit.objects.count(), Scan.objects.count()) == (1, 1)


def test_twelve_who_give_up_and_are_served_at_once_are_served_with_a_ticket_alone(queue, beijing, dana, dinner):
    def act(n):
        person = Attendee.objects.get(pk=queue[n % 12].pk)
        if n < 12:
            return admission.cancel(person, at=timezone.now())
        return serve(dinner, person.code, f"n{n}", dana).answer

    found = at_once(24, act)

    assert found[:12] == [True] * 12 and set(found[12:]) <= {"ok", "cancelled"}
    served = set(Visit.objects.values_list("attendee", flat=True))
    assert served == {person.pk for person, answer in zip(queue, found[12:]) if answer == "ok"}
    order = dict(Transition.objects.filter(became="cancelled").values_list("attendee", "at"))
    assert len(order) == 12 and Scan.objects.count() == 12


@pytest.mark.parametrize("times", [1, 6])
def test_a_lost_refusal_that_is_still_on_its_way_hides_nobody(bo, dana, beijing, times):
    """The phone gave up on the answer and uploads, while the request of before is only now being judged."""
    scan(beijing, bo.code, "n1", dana)

    def send(n):
        facts = {"offline": True, "said": "ok"} if n else {}
        return door.scan(Event.objects.get(), bo.code, at=timezone.now(), door="2", nonce="n2", by=dana, **facts).answer

    assert set(at_once(1 + times, send)) == {"already"}

    assert len(door.clashes(beijing)) == 1 and Scan.objects.count() in (2, 3)


def test_who_comes_in_while_they_give_up_keeps_the_seat(bo, dana, beijing, as_attendee):
    phone = as_attendee(bo)

    meanwhile(
        lambda: scan(Event.objects.get(), bo.code, "n1", dana),
        lambda: phone.post("/attend/beijing/give-up/"),
    )

    assert (Attendee.objects.get().status, CheckIn.objects.count()) == ("confirmed", 1)
    assert Event.objects.get().taken == 1


@pytest.mark.skipif(not settings.DATABASE_URL, reason="optional: SQLite has one writer at a time")
def test_who_tells_open_pages_something_and_who_changes_seats_never_wait_for_each_other(beijing):
    live.tell(beijing, "warm")
    started = threading.Event()

    def tell():
        try:
            with transaction.atomic():
                live.tell(beijing, "programme")
                started.set()
                time.sleep(0.4)
        finally:
            connection.close()

    thread = threading.Thread(target=tell)
    thread.start()
    started.wait()
    with admission.turn(beijing):
        live.tell(beijing, "door")
    thread.join()

    assert list(LiveEvent.objects.values_list("topic", flat=True)) == ["warm", "programme", "door"]


def test_nobody_lets_themselves_in_while_the_doors_are_moved_to_a_later_hour(bo, beijing, as_attendee):
    phone, code = as_attendee(bo), boarding_code.now(beijing, timezone.now())
    later = timezone.now() + timedelta(hours=1)

    answer = meanwhile(
        lambda: Event.objects.update(doors_at=later, starts_at=later),
        lambda: phone.post("/attend/beijing/board/", {"c": code}),
    )

    assert answer.status_code == 302 and CheckIn.objects.count() == 0


def test_twelve_who_give_up_and_are_scanned_at_once_are_out_or_inside_and_never_both(queue, beijing, dana):
    def act(n):
        person = Attendee.objects.get(pk=queue[n % 12].pk)
        if n < 12:
            return admission.cancel(person, at=timezone.now())
        return scan(Event.objects.get(), person.code, f"n{n}", dana).answer

    found = at_once(24, act)

    for gone, answer in zip(found[:12], found[12:], strict=True):
        assert (gone, answer) in {(True, "cancelled"), (False, "ok")}
    inside = Attendee.objects.present()
    assert {person.status for person in inside} <= {"confirmed"}
    assert Event.objects.get().taken == Attendee.objects.confirmed().count() == 8 + inside.count()
