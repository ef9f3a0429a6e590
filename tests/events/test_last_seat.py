"""Two people for the last seat: one gets it. On SQLite and on PostgreSQL, with threads; and what happens without the guard."""

import threading

import pytest
from django.db import close_old_connections, connection, transaction
from django.utils import timezone

from events import admission, registration
from events.models import Attendee, Event, Job
from tests.events.test_admission import come

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(count, act):
    """Call `act(number)` in `count` threads that start together; what they returned or raised, in order."""
    start, found = threading.Barrier(count), [None] * count

    def run(number):
        try:
            start.wait()
            found[number] = act(number)
        except Exception as error:
            found[number] = error
        finally:
            connection.close()
            close_old_connections()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


@pytest.mark.parametrize("round_", range(5))
def test_two_people_for_the_last_seat(beijing, round_):
    Event.objects.update(capacity=1)
    event = Event.objects.get()

    people = at_once(2, lambda number: come(event, f"P{number}", timezone.now()))

    assert sorted(person.status for person in people) == ["confirmed", "waitlisted"]
    event.refresh_from_db()
    assert (event.taken, Attendee.objects.count()) == (1, 2)


def test_forty_people_for_thirteen_seats(beijing):
    Event.objects.update(capacity=13)
    event = Event.objects.get()

    people = at_once(40, lambda number: come(event, f"P{number}", timezone.now()))

    statuses = [person.status for person in people]
    assert (statuses.count("confirmed"), statuses.count("waitlisted")) == (13, 27)
    assert sorted(person.number for person in people) == list(range(1, 41))
    places = list(Attendee.objects.confirmed().values_list("carriage", "seat"))
    assert len(set(places)) == 13
    event.refresh_from_db()
    assert event.taken == Attendee.objects.holding_a_seat().count() == 13
    assert Job.objects.filter(kind="notify_attendee").count() == 40


def test_the_same_person_eight_times_at_once_is_one_ticket(beijing):
    event = Event.objects.get()

    outcomes = at_once(
        8,
        lambda number: registration.register(
            event, at=timezone.now(), name="Bo", contact="bo@nextstop.example", contact_kind="mail"
        ),
    )

    assert [type(outcome).__name__ for outcome in outcomes] == ["Outcome"] * 8
    assert [outcome.new for outcome in outcomes].count(True) == 1
    event.refresh_from_db()
    assert (Attendee.objects.count(), event.taken) == (1, 1)


def test_five_give_up_at_once_and_the_first_five_in_line_are_offered_the_seats(beijing):
    Event.objects.update(capacity=6)
    event = Event.objects.get()
    people = [come(event, f"P{number}", timezone.now()) for number in range(16)]

    answers = at_once(5, lambda number: admission.cancel(Attendee.objects.get(pk=people[number].pk), at=timezone.now()))

    assert answers == [True] * 5
    by_name = dict(Attendee.objects.values_list("name", "status"))
    assert [by_name[f"P{number}"] for number in range(16)] == (
        ["cancelled"] * 5 + ["confirmed"] + ["offered"] * 5 + ["waitlisted"] * 5
    )
    event.refresh_from_db()
    assert event.taken == 6


def test_without_the_guard_the_last_seats_are_sold_twice(beijing):
    """The twin that shows why: reading first and writing then oversells, so the test above means something."""
    Event.objects.update(capacity=5)
    event = Event.objects.get()
    read = threading.Barrier(12)

    def naive(number):
        free = Attendee.objects.filter(status="confirmed").count() < 5
        read.wait()
        if free:
            with transaction.atomic():
                Attendee.objects.create(
                    event=event, number=number + 1, name="X", status="confirmed", contact=f"{number}"
                )
        return free

    sold = at_once(12, naive).count(True)

    assert sold > 5
