"""Who sits where: an even mix in every carriage, and the organiser has the last word."""

from collections import Counter
from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from events import admission, changes, registration, seating
from events.models import Attendee, CheckIn, Event, IntroCard, SeatPin
from tests.conftest import seat

TRAITS = st.tuples(st.booleans(), st.sampled_from(["", "code", "design"]), st.sampled_from(["any", "script", "watch"]))


@settings(max_examples=60, deadline=None)
@given(st.lists(TRAITS, max_size=60), st.integers(1, 8), st.integers(1, 13))
def test_everybody_who_fits_gets_a_carriage_and_none_is_overfull_or_lonely(said, carriages, seats):
    room = dict.fromkeys(range(1, carriages + 1), seats)

    dealt = seating.balance(dict(enumerate(said)), room)

    load = Counter(dealt.values())
    assert len(dealt) == min(len(said), carriages * seats)
    assert max(load.values(), default=0) - min((load[car] for car in room), default=0) <= 1


@pytest.fixture
def train(beijing):
    """120 people who came as they came: all newcomers first, then all others; trades in blocks."""
    people = [
        Attendee(
            event=beijing,
            number=n + 1,
            name=f"P{n}",
            contact=f"p{n}@nextstop.example",
            status="confirmed",
            newcomer=n < 40,
            wish=["any", "script", "pictures", "watch"][n // 30],
            carriage=n // 13 + 1,
            seat=n % 13 + 1,
        )
        for n in range(120)
    ]
    people = Attendee.objects.bulk_create(people)
    IntroCard.objects.bulk_create(
        IntroCard(attendee=person, trade=["code", "design", "words"][n % 3]) for n, person in enumerate(people)
    )
    return people


def spread(field):
    """Of each value of the field: the most and the fewest in one carriage."""
    found = {}
    rows = Counter(Attendee.objects.values_list(field, "carriage"))
    for value in {key for key, _car in rows}:
        counts = [rows[value, car] for car in range(1, 11)]
        found[value] = max(counts) - min(counts)
    return found


def test_the_deal_mixes_newcomers_trades_and_wishes(beijing, train):
    assert max(spread("newcomer").values()) == 13  # as they came: whole carriages of newcomers

    seating.deal(beijing, at=timezone.now())

    assert max(spread("newcomer").values()) <= 2
    assert max(spread("card__trade").values()) <= 2
    assert max(spread("wish").values()) <= 2
    assert set(Counter(Attendee.objects.values_list("carriage", flat=True)).values()) == {12}
    assert len(set(Attendee.objects.values_list("carriage", "seat"))) == 120


def test_who_gave_up_a_moment_ago_is_put_nowhere(beijing, train, mei):
    gone = Attendee.objects.get(pk=train[1].pk)
    Attendee.objects.filter(pk=gone.pk).update(status="cancelled", carriage=None, seat=None)

    assert not seating.put(train[1], 10, 13, at=timezone.now(), by=mei)

    gone.refresh_from_db()
    assert (gone.carriage, gone.seat) == (None, None)


def test_who_sits_already_or_was_placed_by_hand_stays(beijing, train, mei):
    CheckIn.objects.create(attendee=train[0], at=timezone.now())
    seating.put(train[1], 10, 13, at=timezone.now(), by=mei)

    seating.deal(beijing, at=timezone.now())

    for person, place in ((train[0], (1, 1)), (train[1], (10, 13))):
        person.refresh_from_db()
        assert (person.carriage, person.seat) == place


@pytest.mark.parametrize("shape", [(26, 5), (3, 44), (1, 130), (130, 1)])
def test_a_train_of_another_shape_seats_everybody_and_moves_nobody_without_need(beijing, train, shape):
    before = Event.objects.get(pk=beijing.pk)
    fits = set(
        Attendee.objects.filter(carriage__lte=shape[0], seat__lte=shape[1]).values_list("pk", "carriage", "seat")
    )
    beijing.carriages, beijing.seats_per_carriage = shape
    beijing.save()

    changes.saved(beijing, before, at=timezone.now())

    places = list(Attendee.objects.values_list("pk", "carriage", "seat"))
    assert all(1 <= car <= shape[0] and 1 <= seat <= shape[1] for _pk, car, seat in places)
    assert len({place[1:] for place in places}) == 120
    assert fits <= set(places)


def test_a_train_that_became_too_short_leaves_some_without_a_place_and_the_plan_says_so(beijing, train, client_of, mei):
    before = Event.objects.get(pk=beijing.pk)
    beijing.carriages, beijing.seats_per_carriage = 2, 10
    beijing.save()
    changes.saved(beijing, before, at=timezone.now())

    assert Attendee.objects.exclude(seat=None).count() == 20
    assert "Without a place" in client_of(mei).get("/organise/beijing/seats/").content.decode()


def test_a_seat_that_is_held_by_an_offer_is_not_dealt(beijing, bo, chen):
    held = seat(beijing, "留座", "h@nextstop.example", status="offered", carriage=1, seat=1)

    seating.deal(beijing, at=timezone.now())

    places = list(Attendee.objects.values_list("carriage", "seat"))
    assert len(set(places)) == 3
    held.refresh_from_db()
    assert (held.carriage, held.seat) == (1, 1)


def test_the_organiser_moves_somebody_and_whoever_sat_there_changes_places(beijing, bo, chen, dai, client_of, mei):
    answer = client_of(mei).post(f"/organise/beijing/seats/{bo.pk}/", {"carriage": "1", "seat": "8"})

    assert answer.status_code == 302
    places = dict(Attendee.objects.values_list("name", "carriage"))
    assert places == {"林小满": 1, "Kevin周": 6, "豆包侠": 6}
    assert SeatPin.objects.get().attendee == bo


def test_who_cancels_and_comes_back_is_dealt_like_everybody(beijing, bo, mei):
    seating.put(bo, 10, 13, at=timezone.now(), by=mei)
    admission.cancel(bo, at=timezone.now())

    assert registration.again(bo, at=timezone.now())

    bo.refresh_from_db()
    assert (bo.status, SeatPin.objects.count()) == ("confirmed", 0)


def test_who_was_placed_by_hand_and_then_makes_room_for_another_is_no_longer_held_there(beijing, bo, chen, mei):
    seating.put(bo, 2, 2, at=timezone.now(), by=mei)

    seating.put(chen, 2, 2, at=timezone.now(), by=mei)

    assert list(SeatPin.objects.values_list("attendee__name", flat=True)) == [chen.name]


@pytest.mark.parametrize("place", [("0", "1"), ("11", "1"), ("1", "14"), ("²", "1"), ("", ""), ("9" * 30, "1")])
def test_a_place_that_the_train_does_not_have_is_refused(beijing, bo, client_of, mei, place):
    client_of(mei).post(f"/organise/beijing/seats/{bo.pk}/", {"carriage": place[0], "seat": place[1]})

    bo.refresh_from_db()
    assert (bo.carriage, bo.seat) == (6, 11)


DEAL = "Nobody has dealt the seats yet"


def before_the_doors(event, gap=timedelta(hours=20)):
    doors = timezone.now() + gap
    Event.objects.update(doors_at=doors, starts_at=doors, ends_at=doors + timedelta(hours=5))


def test_the_desk_asks_to_deal_the_seats_before_the_doors_open_and_one_press_does(beijing, train, client_of, mei, dana):
    before_the_doors(beijing)
    desk = client_of(mei)
    page = desk.get("/organise/beijing/").content.decode()
    assert DEAL in page and 'action="/organise/beijing/seats/deal/"' in page
    assert DEAL not in client_of(dana).get("/organise/beijing/", follow=True).content.decode()

    desk.post("/organise/beijing/seats/deal/")

    assert max(spread("newcomer").values()) <= 2
    assert DEAL not in desk.get("/organise/beijing/").content.decode()


@pytest.mark.parametrize(
    ("gap", "said"),
    [
        (timedelta(hours=20), {"newcomer": True, "wish": "any"}),  # there is nothing to mix
        (timedelta(days=9), {}),  # most have not signed up yet
        (timedelta(hours=-1), {}),  # they are inside
    ],
)
def test_nor_while_there_is_nothing_to_deal_by(beijing, train, client_of, mei, gap, said):
    before_the_doors(beijing, gap)
    if said:
        IntroCard.objects.all().delete()
        Attendee.objects.update(**said)

    assert DEAL not in client_of(mei).get("/organise/beijing/").content.decode()


def test_the_plan_takes_a_constant_number_of_queries(beijing, bo, client_of, mei, django_assert_max_num_queries):
    client = client_of(mei)
    client.get("/organise/beijing/seats/")
    for number in range(20):
        seat(beijing, f"P{number}", f"p{number}@nextstop.example", carriage=2 + number // 13, seat=1 + number % 13)

    with django_assert_max_num_queries(12):
        page = client.get("/organise/beijing/seats/").content.decode()

    assert "P19" in page
    assert "13 people · 13 new" in page
