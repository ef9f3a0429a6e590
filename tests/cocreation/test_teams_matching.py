"""People without a team: placed by what they wish to do and where they sit; captains; several themes a day."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone, translation
from hypothesis import given, settings
from hypothesis import strategies as st

from cocreation import teams, uploads
from cocreation.matching import GROUP, Room, Seeker, groups, place
from cocreation.models import Challenge, Team, TeamMember, TeamWish, Upload
from events import admission
from tests.cocreation.test_uploads import BODY, begin, send
from tests.conftest import seat

FILM = "/attend/beijing/film/"


# --- pure ------------------------------------------------------------------------------------------------------------
def test_who_does_what_a_team_looks_for_goes_there_before_carriages_count():
    rooms = [Room(1, (6,), ("sound",), 3), Room(2, (1,), ("script",), 3)]

    assert place([Seeker(7, 6, "script")], rooms) == ([(7, 2, "script")], [])


def test_otherwise_the_same_carriage_then_the_next_one():
    rooms = [Room(1, (3,), (), 2), Room(2, (6,), (), 1), Room(3, (5,), (), 9)]

    assert place([Seeker(7, 6), Seeker(8, 6)], rooms)[0] == [(7, 2, ""), (8, 3, "")]


def test_a_part_that_is_taken_is_no_longer_looked_for():
    joins, left = place([Seeker(1, 0, "script"), Seeker(2, 0, "script")], [Room(9, (), ("script",), 5)])

    assert (joins, [seeker.id for seeker in left]) == ([(1, 9, "script")], [2])


def test_a_team_that_looks_for_a_part_takes_nobody_who_does_another_one():
    joins, left = place([Seeker(1, 0, "sound"), Seeker(2), Seeker(3)], [Room(9, (), ("script",), 5)])

    assert (joins, [seeker.id for seeker in left]) == ([(2, 9, "script")], [1, 3])


def test_nobody_is_put_into_the_team_that_took_them_out():
    assert place([Seeker(1), Seeker(2)], [Room(9, (), (), 5, without=(1,))])[0] == [(2, 9, "")]


def test_nobody_is_put_into_a_full_team():
    assert place([Seeker(1, 2)], [Room(9, (2,), (), 0)])[0] == []


def who(made):
    """The people of each new team, by number, in the order of the train."""
    return [sorted(seeker.id for seeker in group) for group in made]


def waiting(*carriages, waited=False, part=""):
    return [Seeker(number, carriage, part, waited) for number, carriage in enumerate(carriages, 1)]


@pytest.mark.parametrize(
    ("carriages", "teams_made"),
    [
        ((1, 9, 1, 9), []),
        ((1, 9, 1, 9, 1), [[1, 3, 5]]),
        ((1, 9, 1, 9, 1, 9), [[1, 3, 5], [2, 4, 6]]),
        ((1, 5, 9), []),
        ((1, 2, 3), []),
        ((2, 1, 2), [[1, 2, 3]]),
        ((1, 1, 2, 3, 3), [[1, 2, 3]]),
        ((1, 1, 1, 2, 2, 2), [[1, 2, 3], [4, 5, 6]]),
        ((4, 4, 4, 4, 4), [[1, 2, 3, 4]]),
        ((0, 0, 0), [[1, 2, 3]]),
        ((9, 1, 1, 0), [[2, 3, 4]]),
    ],
)
def test_a_new_team_sits_in_one_carriage_or_in_two_that_are_coupled(carriages, teams_made):
    assert who(groups(waiting(*carriages))) == teams_made


@pytest.mark.parametrize(
    ("carriages", "teams_made"),
    [
        ((1, 9), [[1, 2]]),
        ((1, 5, 9), [[1, 2, 3]]),
        ((1, 9, 1, 9), [[1, 3], [2, 4]]),
        ((1, 9, 9, 1, 9), [[1, 4], [2, 3, 5]]),
        ((4, 4, 4, 4, 4, 4, 4, 4), [[1, 2, 3, 4], [5, 6, 7, 8]]),
    ],
)
def test_who_has_waited_is_put_together_with_anybody_but_the_nearest_first(carriages, teams_made):
    assert who(groups(waiting(*carriages, waited=True))) == teams_made


def test_one_who_has_waited_takes_the_nearest_along_and_the_others_wait_on():
    long = Seeker(1, 3, waited=True)

    assert who(groups([long, Seeker(2, 9), Seeker(3, 4)])) == [[1, 3]]
    assert who(groups([long, Seeker(2, 9), Seeker(3, 9)])) == [[1, 2, 3]]
    assert who(groups([long])) == []


def test_those_who_wish_different_things_are_put_together_first():
    wishes = ["script", "script", "script", "cut", "cut", "cut", "sound", "sound", "sound"]
    seekers = [Seeker(number, 4, part) for number, part in enumerate(wishes, 1)]

    made = groups(seekers, size=3)

    assert [sorted(seeker.part for seeker in group) for group in made] == [["cut", "script", "sound"]] * 3
    assert sorted(number for group in who(made) for number in group) == list(range(1, 10))


def test_a_coupled_carriage_with_another_wish_goes_before_the_own_one_with_the_same():
    seekers = [Seeker(1, 1, "cut"), Seeker(2, 1, "cut"), Seeker(3, 2), Seeker(4, 3, "cut"), Seeker(5, 3, "script")]

    assert who(groups(seekers)) == [[3, 4, 5]]


def test_three_of_one_wish_wait_for_somebody_with_another_one_and_no_longer_than_five_minutes():
    three = waiting(4, 4, 4, part="script")

    assert who(groups(three)) == []
    assert who(groups([*three, Seeker(4, 5, "cut")])) == [[1, 2, 3, 4]]
    assert who(groups([*three, Seeker(4, 4)])) == [[1, 2, 3, 4]]  # "anything" is another wish
    assert who(groups(waiting(4, 4, 4, part="script", waited=True))) == [[1, 2, 3]]


people_who_wait = st.lists(
    st.tuples(st.integers(0, 9), st.sampled_from(["", "script", "cut"]), st.booleans()), max_size=30
)


@settings(max_examples=200)
@given(people_who_wait, st.integers(2, GROUP))
def test_nobody_is_alone_or_in_two_teams_and_before_five_minutes_nobody_goes_far(people, size):
    seekers = [Seeker(number, *row) for number, row in enumerate(people)]

    made = groups(seekers, size=size)

    placed = [seeker.id for group in made for seeker in group]
    assert len(set(placed)) == len(placed)
    assert all(2 <= len(group) <= size for group in made)
    for group in made:
        seats = [seeker.carriage for seeker in group if seeker.carriage]
        assert any(seeker.waited for seeker in group) or max(seats, default=0) - min(seats, default=0) <= 1


@settings(max_examples=200)
@given(people_who_wait, st.integers(1, GROUP))
def test_of_those_who_have_waited_nobody_is_left_out_but_one_of_an_odd_row_of_pairs(people, size):
    seekers = [Seeker(number, carriage, part, waited=True) for number, (carriage, part, _now) in enumerate(people)]
    placed = len(seekers) if size > 2 else len(seekers) // 2 * 2

    made = groups(seekers, size=size)

    assert sum(map(len, made)) == (placed if placed > 1 and size > 1 else 0)


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


def test_a_team_that_has_its_script_writer_is_not_filled_with_those_who_wish_later(kite, dai, beijing):
    Team.objects.filter(pk=kite.pk).update(parts_wanted=["script"], looking_for="somebody who writes")
    first, second = (seat(beijing, name, f"{name}@nextstop.example") for name in ("Ada", "Eve"))

    teams.wish(kite.challenge, first, "cut", at=timezone.now())
    teams.wish(kite.challenge, second, at=timezone.now())
    teams.wish(kite.challenge, dai, at=timezone.now())

    kite.refresh_from_db()
    assert [kite.has(person) for person in (first, second, dai)] == [False, True, False]
    assert (kite.parts_wanted, kite.looking_for) == ([], "")


def test_of_three_who_wait_for_a_team_of_two_the_one_at_the_other_end_waits_on(challenge, bo, chen, dai, as_attendee):
    Challenge.objects.filter(pk=challenge.pk).update(team_size=2)
    for person in (bo, chen, dai):
        wishes(as_attendee(person))
    teams.match_all(timezone.now() + timedelta(minutes=6))

    assert {place.attendee for place in Team.objects.get().members.all()} == {bo, chen}
    assert [wish.attendee for wish in TeamWish.objects.all()] == [dai]


def test_a_team_of_one_is_refused_where_the_theme_is_prepared(challenge):
    challenge.team_size = 1

    with translation.override("en"), pytest.raises(ValidationError, match="greater than or equal to 2"):
        challenge.full_clean()


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


def test_three_neighbours_who_wait_become_a_team_with_a_captain(challenge, beijing, bo, chen, dai, as_attendee):
    eve = seat(beijing, "Eve", "eve@nextstop.example", carriage=5, seat=3)
    for person in (dai, bo, chen, eve):
        wishes(as_attendee(person))

    team = Team.objects.get()
    assert {place.attendee for place in team.members.all()} == {bo, chen, eve}
    assert team.captain in {bo, chen, eve}
    assert team.name == "5号车厢小队"
    assert [wish.attendee for wish in TeamWish.objects.all()] == [dai]


def crews(challenge):
    """Who sits with whom: the names of each team's people."""
    return [{place.attendee.name for place in team.members.all()} for team in challenge.teams.order_by("pk")]


def test_who_presses_at_both_ends_of_the_train_in_turn_finds_their_own_end(challenge, beijing, as_attendee):
    at = timezone.now()
    people = [
        seat(beijing, f"P{n}", f"p{n}@nextstop.example", carriage=carriage, seat=n)
        for n, carriage in enumerate((1, 9, 1, 9, 1, 9), 1)
    ]

    for person in people:
        teams.wish(challenge, person, at=at)
    teams.match_all(at + timedelta(minutes=6))

    assert crews(challenge) == [{"P1", "P3", "P5"}, {"P2", "P4", "P6"}]


def test_who_wishes_the_same_as_the_others_waits_for_another_wish_and_the_page_says_so(challenge, beijing, as_attendee):
    people = [seat(beijing, f"P{n}", f"p{n}@nextstop.example", carriage=4, seat=n) for n in range(1, 5)]
    phones = [as_attendee(person) for person in people]

    for phone in phones[:3]:
        page = wishes(phone, "script")
    assert "3 people wait. A team starts by itself with three at one end of the train" in page
    assert crews(challenge) == []
    wishes(phones[3], "cut")

    assert crews(challenge) == [{"P1", "P2", "P3", "P4"}]


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


def test_after_the_deadline_nobody_is_matched_and_who_asks_is_told_why(challenge, bo, as_attendee):
    Challenge.objects.filter(pk=challenge.pk).update(closes_at=timezone.now() - timedelta(minutes=1))

    answer = as_attendee(bo).post(f"{FILM}find-me/", follow=True)

    assert answer.redirect_chain == [(FILM, 302)]
    assert "The deadline has passed." in [str(said) for said in answer.context["messages"]]
    assert TeamWish.objects.count() == 0


@pytest.mark.parametrize("what", ["withdraw", "move"])
def test_who_changes_a_shot_just_after_the_deadline_is_told_why_it_stays(challenge, make_clip, bo, as_attendee, what):
    clip = make_clip(1)
    Challenge.objects.filter(pk=challenge.pk).update(closes_at=timezone.now() - timedelta(minutes=1))

    page = as_attendee(bo).post(f"{FILM}shots/{clip.pk}/{what}/", {"to": "2"}, follow=True)

    clip.refresh_from_db()
    assert (clip.slot, clip.withdrawn_at) == (1, None)
    assert page.redirect_chain == [(FILM, 302)]
    assert "The deadline has passed. Shots stay as they are." in page.content.decode()


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


def test_who_was_taken_out_sends_nothing_more_and_holds_no_place(
    kite, bo, chen, as_attendee, django_capture_on_commit_callbacks
):
    phone = as_attendee(chen)
    place = begin(phone)["Location"]
    send(phone, place, 0, BODY[:1_000_000])

    with django_capture_on_commit_callbacks(execute=True):
        as_attendee(bo).post(f"{FILM}members/{kite.members.get(attendee=chen).pk}/", {"away": "1"})

    assert send(phone, place, 1_000_000, BODY[1_000_000:2_000_000]).status_code == 404
    assert not Upload.objects.exists()
    assert list(uploads.folder().glob("*.part")) == []


def test_a_file_that_was_begun_in_the_moment_of_being_taken_out_makes_no_shot(kite, chen, as_attendee, now):
    phone = as_attendee(chen)
    place = begin(phone)["Location"]
    TeamMember.objects.filter(attendee=chen).delete()

    answer = send(phone, place, 0, BODY[:1_000_000])
    uploads.part(Upload.objects.get()).write_bytes(BODY)
    uploads.tidy(now)

    assert (answer.status_code, answer.json()["message"]) == (
        403,
        "You are no longer in this team. Its shots stay as they are.",
    )
    assert (kite.clips.count(), Upload.objects.count()) == (0, 0)


def test_who_leaves_by_themselves_holds_no_place_either(kite, bo, chen, as_attendee):
    begin(as_attendee(chen))

    as_attendee(chen).post(f"{FILM}leave/")

    assert not Upload.objects.exists()


def test_who_was_taken_out_comes_back_when_the_captain_lets_them_in_again(kite, bo, chen, dai, as_attendee):
    phone = as_attendee(bo)
    phone.post(f"{FILM}members/{kite.members.get(attendee=chen).pk}/", {"away": "1"})
    Team.objects.filter(pk=kite.pk).update(looking_for="anybody")

    page = as_attendee(chen).post("/attend/beijing/teams/", {"code": list(kite.code)}, follow=True).content.decode()
    wishes(as_attendee(chen))
    assert f"{kite.code} goes on without you. Its captain can let you in again." in page
    assert not kite.has(chen)
    teams.join(kite, dai)
    assert "Let in again" not in as_attendee(dai).get(f"{FILM}team/").content.decode()
    assert as_attendee(dai).post(f"{FILM}team/", {"again": chen.pk}).status_code == 404

    assert "Let in again" in phone.get(f"{FILM}team/").content.decode()
    phone.post(f"{FILM}team/", {"again": chen.pk})
    as_attendee(chen).post("/attend/beijing/teams/", {"code": list(kite.code)})

    assert kite.has(chen)


def test_the_words_of_a_hidden_team_are_hidden_with_its_name(kite, bo, dai, ed, as_attendee, client_of):
    as_attendee(bo).post(f"{FILM}team/", {"name": "补丁小队", "part": ["script"], "looking_for": "rude words"})
    client_of(ed).post(f"/organise/beijing/film/teams/{kite.pk}/name/")

    pages = [as_attendee(dai).get(path).content.decode() for path in (FILM, f"/attend/beijing/teams/{kite.code}/")]

    assert [("rude words" in page, "looking for script" in page) for page in pages] == [(False, True)] * 2


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


def test_everybody_is_placed_when_a_train_presses_at_once_and_nobody_leaves_their_end(challenge, beijing):
    people = [seat(beijing, f"P{n}", f"p{n}@nextstop.example", carriage=1 + n // 5, seat=1 + n) for n in range(13)]

    for person in people:
        teams.wish(challenge, person, at=timezone.now())
    assert crews(challenge) == [{f"P{n}" for n in three} for three in ((0, 1, 2), (3, 4, 5), (6, 7, 8), (9, 10, 11))]
    teams.match_all(timezone.now() + timedelta(minutes=6))

    assert [wish.attendee.name for wish in TeamWish.objects.all()] == ["P12"]


def test_who_gave_up_their_place_while_waiting_is_put_nowhere(challenge, bo, chen, dai, as_attendee, now):
    for person in (bo, chen):
        as_attendee(person).post("/attend/beijing/film/find-me/")
    admission.cancel(bo, at=now)

    as_attendee(dai).post("/attend/beijing/film/find-me/")
    teams.match(challenge, at=timezone.now() + timedelta(minutes=6))

    assert {place.attendee for place in challenge.teams.get().members.all()} == {chen, dai}
