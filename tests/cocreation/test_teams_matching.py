"""People without a team: placed by what they wish to do and where they sit; captains; several themes a day."""

from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from cocreation import teams
from cocreation.matching import GROUP, Room, Seeker, groups, place
from cocreation.models import Challenge, Team, TeamMember, TeamWish
from tests.conftest import seat

FILM = "/attend/beijing/film/"


# --- pure ------------------------------------------------------------------------------------------------------------
def test_who_does_what_a_team_looks_for_goes_there_before_carriages_count():
    rooms = [Room(1, (6,), ("sound",), 3), Room(2, (1,), ("script",), 3)]

    assert place([Seeker(7, 6, "script")], rooms) == ([(7, 2)], [])


def test_otherwise_the_same_carriage_then_the_next_one():
    rooms = [Room(1, (3,), (), 2), Room(2, (6,), (), 1), Room(3, (5,), (), 9)]

    assert place([Seeker(7, 6), Seeker(8, 6)], rooms)[0] == [(7, 2), (8, 3)]


def test_a_part_that_is_taken_is_no_longer_looked_for():
    joins, left = place([Seeker(1, 0, "script"), Seeker(2, 0, "script")], [Room(9, (), ("script",), 5)])

    assert (joins, [seeker.id for seeker in left]) == ([(1, 9)], [2])


def test_nobody_is_put_into_a_full_team():
    assert place([Seeker(1, 2)], [Room(9, (2,), (), 0)])[0] == []


@settings(max_examples=200)
@given(st.lists(st.tuples(st.integers(0, 9), st.sampled_from(["", "script", "cut"])), max_size=40))
def test_new_teams_leave_nobody_alone_and_nobody_out(people):
    seekers = [Seeker(number, *row) for number, row in enumerate(people)]

    made = groups(seekers)

    assert sorted(seeker.id for group in made for seeker in group) == (
        [s.id for s in seekers] if len(seekers) > 1 else []
    )
    assert all(2 <= len(group) <= GROUP for group in made)
    assert max(map(len, made), default=0) - min(map(len, made), default=0) <= 1


# --- on the phone ----------------------------------------------------------------------------------------------------
def wishes(phone, part=""):
    return phone.post(f"{FILM}find-me/", {"part": part}, follow=True).content.decode()


def test_a_wish_that_a_team_has_is_fulfilled_at_once(kite, dai, bo, as_attendee):
    as_attendee(bo).post(f"{FILM}team/", {"name": "补丁小队", "part": ["script", "sound", "nonsense"]})
    kite.refresh_from_db()
    assert kite.parts_wanted == ["script", "sound"]

    page = wishes(as_attendee(dai), "script")

    kite.refresh_from_db()
    assert "You are in 补丁小队 now." in page
    assert (kite.has(dai), kite.parts_wanted, TeamWish.objects.count()) == (True, ["sound"], 0)


def test_a_team_that_looks_for_nobody_is_left_in_peace(kite, dai, as_attendee):
    page = wishes(as_attendee(dai))

    assert not kite.has(dai)
    assert "You are the first who waits" in page


def test_the_second_is_told_how_many_wait_in_either_language(challenge, bo, chen, as_attendee):
    first, second = as_attendee(bo), as_attendee(chen)
    wishes(first)

    page = wishes(second)
    chinese = second.get(FILM, HTTP_ACCEPT_LANGUAGE="zh-CN").content.decode()

    assert "2 people wait. A team starts by itself" in page
    assert "有 2 个人在等。" in chinese


def test_three_who_wait_become_a_team_with_a_captain(challenge, bo, chen, dai, as_attendee):
    for person in (bo, chen, dai):
        wishes(as_attendee(person))

    team = Team.objects.get()
    assert {place.attendee for place in team.members.all()} == {bo, chen, dai}
    assert team.captain in {bo, chen, dai}
    assert team.name == "1号车厢小队"
    assert TeamWish.objects.count() == 0


def test_two_wait_no_longer_than_five_minutes(challenge, bo, chen):
    at = timezone.now()
    for person in (bo, chen):
        teams.wish(challenge, person, at=at)
    teams.match_all(at + timedelta(minutes=4))
    assert not Team.objects.exists()

    teams.match_all(at + timedelta(minutes=6))

    assert Team.objects.get().members.count() == 2


def test_one_alone_waits_on_and_may_change_their_mind(challenge, bo, as_attendee):
    wishes(as_attendee(bo))
    teams.match_all(timezone.now() + timedelta(hours=1))
    assert not Team.objects.exists()

    as_attendee(bo).post(f"{FILM}find-me/", {"stop": "1"})

    assert TeamWish.objects.count() == 0


def test_joining_by_oneself_ends_the_wish(kite, dai, as_attendee):
    wishes(as_attendee(dai))

    teams.join(kite, dai)

    assert TeamWish.objects.count() == 0


def test_after_the_deadline_nobody_is_matched(challenge, bo, as_attendee):
    Challenge.objects.filter(pk=challenge.pk).update(closes_at=timezone.now() - timedelta(minutes=1))

    assert as_attendee(bo).post(f"{FILM}find-me/").status_code == 404


# --- the captain -----------------------------------------------------------------------------------------------------
def test_the_captain_alone_changes_the_name(kite, bo, chen, as_attendee):
    assert as_attendee(chen).post(f"{FILM}team/", {"name": "Mutiny"}).status_code == 404
    as_attendee(bo).post(f"{FILM}team/", {"name": "早班车"})

    kite.refresh_from_db()
    assert kite.name == "早班车"


def test_the_captain_hands_over_and_is_captain_no_longer(kite, bo, chen, as_attendee):
    place = kite.members.get(attendee=chen)

    as_attendee(bo).post(f"{FILM}members/{place.pk}/")

    kite.refresh_from_db()
    assert kite.captain == chen
    assert as_attendee(bo).post(f"{FILM}members/{place.pk}/").status_code == 404


def test_the_captain_takes_somebody_out_and_nobody_else_can(kite, bo, chen, dai, as_attendee):
    teams.join(kite, dai)
    place = kite.members.get(attendee=dai)
    for other in (chen, dai):
        assert as_attendee(other).post(f"{FILM}members/{place.pk}/", {"away": "1"}).status_code == 404

    as_attendee(bo).post(f"{FILM}members/{place.pk}/", {"away": "1"})

    assert not kite.has(dai)


def test_a_hidden_name_stays_hidden_whatever_it_is_changed_to(kite, bo, dai, ed, as_attendee, client_of):
    client_of(ed).post(f"/organise/beijing/film/teams/{kite.pk}/name/")
    assert "The crew has hidden this name" in as_attendee(bo).get(f"{FILM}team/").content.decode()

    as_attendee(bo).post(f"{FILM}team/", {"name": "Worse"})

    assert "Worse" not in as_attendee(dai).get(f"{FILM}wall/").content.decode()


# --- several themes --------------------------------------------------------------------------------------------------
@pytest.fixture
def second(beijing, challenge):
    return Challenge.objects.create(event=beijing, title="末班车", title_en="Last train", order=2, shots=2)


def test_two_themes_have_teams_of_their_own(kite, second, bo, dai, as_attendee):
    as_attendee(bo).post(f"{FILM}teams/", {"name": "夜行", "challenge": second.pk})

    assert {place.team.challenge for place in TeamMember.objects.filter(attendee=bo)} == {kite.challenge, second}
    first = as_attendee(bo).get(f"{FILM}?challenge={kite.challenge_id}").content.decode()
    other = as_attendee(bo).get(f"{FILM}?challenge={second.pk}").content.decode()
    assert ("补丁小队" in first, "夜行" in first) == (True, False)
    assert ("补丁小队" in other, "夜行" in other) == (False, True)
    assert "Last train" in first


def test_a_theme_of_another_event_is_not_shown(kite, bo, series, as_attendee):
    from events.models import Event

    elsewhere = Event.objects.create(
        series=series,
        number=2,
        slug="shanghai",
        code="SHAI",
        title="上海",
        city="上海",
        doors_at=timezone.now(),
        starts_at=timezone.now(),
        ends_at=timezone.now() + timedelta(hours=2),
    )
    foreign = Challenge.objects.create(event=elsewhere, title="别处")

    assert "别处" not in as_attendee(bo).get(f"{FILM}?challenge={foreign.pk}").content.decode()


def test_everybody_is_placed_when_a_carriage_presses_at_once(challenge, beijing):
    people = [seat(beijing, f"P{n}", f"p{n}@nextstop.example", carriage=1 + n // 5, seat=1 + n) for n in range(13)]

    for person in people:
        teams.wish(challenge, person, at=timezone.now())
    teams.match_all(timezone.now() + timedelta(minutes=6))

    assert TeamMember.objects.count() + TeamWish.objects.count() == 13
    assert TeamWish.objects.count() <= 1
