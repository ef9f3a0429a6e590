"""Many tickets at the doors at the same moment: each is answered as if it were alone."""

import pytest
from django.utils import timezone

from events import door
from events.models import CheckIn, Event, LiveEvent, Scan
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
