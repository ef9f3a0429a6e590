"""Teams: made, joined by four letters, left."""

from datetime import timedelta

import pytest
from django.utils import timezone

from cocreation import teams
from cocreation.models import Challenge, Team, TeamMember, Upload
from events import admission
from events.models import Event
from tests.conftest import seat
from tests.stamps import stamp


def test_a_team_is_made_on_a_phone_and_joined_by_its_four_letters(challenge, bo, chen, as_attendee):
    as_attendee(bo).post("/attend/beijing/film/teams/", {"name": "补丁小队"})
    team = Team.objects.get()
    answer = as_attendee(chen).post("/attend/beijing/teams/", {"code": list(team.code.lower())})

    assert answer.status_code == 302
    assert [place.attendee for place in team.members.all()] == [bo, chen]
    assert team.captain == bo
    assert len(team.code) == 4


def test_a_pasted_link_joins_as_well(kite, dai, as_attendee):
    as_attendee(dai).post(
        "/attend/beijing/teams/", {"code": f"https://nextstop.example/attend/beijing/teams/{kite.code}/"}
    )

    assert kite.has(dai)


def test_a_link_asks_before_it_joins(kite, dai, as_attendee):
    phone = as_attendee(dai)

    assert phone.get(f"/attend/beijing/teams/{kite.code}/").status_code == 200
    assert not kite.has(dai)
    phone.post(f"/attend/beijing/teams/{kite.code}/")
    assert kite.has(dai)


def test_who_opens_a_link_without_a_ticket_signs_up_and_is_led_back_to_the_team(kite, visitor):
    link = f"/attend/beijing/teams/{kite.code}/"
    page = visitor.get(link).content.decode()
    assert kite.code in page and "/attend/beijing/register/" in page and f"/accounts/login/?next={link}" in page
    assert kite.name not in page and "Join this team" not in page, "who has no ticket learns no names"
    assert visitor.post(link).url == link

    visitor.post(
        "/attend/beijing/register/",
        {"name": "Echo", "contact": "echo@nextstop.example", "stamp": stamp()},
    )
    assert link in visitor.get("/attend/beijing/ticket/").content.decode()
    assert link in visitor.get("/attend/beijing/film/?team").content.decode()
    assert "Join this team" in visitor.get(link).content.decode()
    visitor.post(link)

    assert kite.members.filter(attendee__name="Echo").exists()
    assert link not in visitor.get("/attend/beijing/ticket/").content.decode()


def test_before_the_day_two_invited_phones_see_their_own_team_and_a_third_sees_none(challenge, beijing, as_attendee):
    later = timedelta(days=9)
    Event.objects.update(**{name: getattr(beijing, name) + later for name in ("doors_at", "starts_at", "ends_at")})
    Challenge.objects.update(closes_at=challenge.closes_at + later)
    beijing.refresh_from_db()
    people = [seat(beijing, name, f"{name}@nextstop.example") for name in ("Mo", "Ann", "Wu", "Dan", "Eve")]
    codes = [teams.make(challenge, one, one.name).code for one in people[:2]]
    links = [f"/attend/beijing/teams/{code}/" for code in codes]
    phones = [as_attendee(one) for one in people[2:]]
    for phone, code in zip(phones, codes, strict=False):
        phone.cookies[teams.INVITED] = code

    pages = [phone.get("/attend/beijing/ticket/").content.decode() for phone in phones]

    assert [[link in page for link in links] for page in pages] == [[True, False], [False, True], [False, False]]
    Team.objects.filter(code=codes[0]).update(name="Renamed")
    assert "Renamed waits for you" in phones[0].get("/attend/beijing/ticket/").content.decode()


def test_an_invitation_to_a_team_that_is_gone_is_not_shown(kite, dai, as_attendee):
    phone = as_attendee(dai)
    phone.get(f"/attend/beijing/teams/{kite.code}/")
    phone.cookies["nextstop_team"] = "ZZZZ"

    assert phone.get("/attend/beijing/ticket/").status_code == 200
    assert phone.get("/attend/beijing/film/?team").status_code == 200


@pytest.mark.parametrize("how", ["sent away", "full", "in another team"])
def test_no_team_waits_for_who_cannot_join_it_or_has_another_one(kite, challenge, dai, as_attendee, how):
    phone, link = as_attendee(dai), f"/attend/beijing/teams/{kite.code}/"
    phone.cookies["nextstop_team"] = kite.code
    assert link in phone.get("/attend/beijing/ticket/").content.decode()
    if how == "sent away":
        teams.join(kite, dai)
        teams.send_away(kite, dai)
    elif how == "full":
        Challenge.objects.update(team_size=2)
    else:
        teams.make(challenge, dai, "豆腐小队")

    assert link not in phone.get("/attend/beijing/ticket/").content.decode()


@pytest.mark.parametrize("typed", [True, False])
def test_an_invitation_is_forgotten_once_it_was_taken_up(kite, dai, as_attendee, typed):
    phone, link = as_attendee(dai), f"/attend/beijing/teams/{kite.code}/"
    phone.cookies["nextstop_team"] = kite.code

    answer = phone.post("/attend/beijing/teams/", {"code": kite.code.lower()}) if typed else phone.post(link)

    gone = answer.cookies["nextstop_team"]
    assert (gone.value, gone["max-age"], gone["path"]) == ("", 0, "/attend/beijing/")
    assert kite.has(dai)


def test_an_invitation_stays_while_joining_fails_or_another_team_is_joined(kite, challenge, dai, chen, as_attendee):
    other = teams.make(challenge, chen, "豆腐小队")
    phone = as_attendee(dai)
    phone.cookies["nextstop_team"] = kite.code
    phone.post("/attend/beijing/teams/", {"code": other.code})
    assert phone.cookies["nextstop_team"].value == kite.code
    Challenge.objects.update(team_size=1)

    phone.post(f"/attend/beijing/teams/{kite.code}/")

    assert not kite.has(dai) and phone.cookies["nextstop_team"].value == kite.code


def test_a_link_of_no_team_is_not_found(challenge, visitor):
    assert visitor.get("/attend/beijing/teams/ZZZZ/").status_code == 404


def test_a_code_that_nobody_has_is_answered_in_words(challenge, bo, as_attendee):
    answer = as_attendee(bo).post("/attend/beijing/teams/", {"code": list("ZZZZ")}, follow=True)

    assert "No team has the code ZZZZ" in answer.content.decode()


@pytest.mark.usefixtures("english")
def test_a_full_team_says_so(kite, challenge, dai):
    challenge.team_size = 2
    challenge.save()
    kite.refresh_from_db()

    with pytest.raises(teams.Refused, match="is full: 2 people"):
        teams.join(Team.objects.get(pk=kite.pk), dai)


def test_a_person_is_in_one_team_at_a_time(kite, challenge, dai, chen):
    other = teams.make(challenge, dai, "豆腐小队")

    teams.join(other, chen)

    assert [place.team for place in TeamMember.objects.filter(attendee=chen)] == [other]


def test_the_captain_leaves_and_the_next_one_is_captain(kite, challenge, bo, chen):
    teams.leave(challenge, bo)

    kite.refresh_from_db()
    assert kite.captain == chen


def test_an_empty_team_without_shots_is_gone(kite, challenge, bo, chen):
    teams.leave(challenge, bo)
    teams.leave(challenge, chen)

    assert not Team.objects.exists()


def test_a_name_must_be_readable(challenge, bo):
    with pytest.raises(teams.Refused):
        teams.make(challenge, bo, "\u200b\u202e")


def test_the_crew_hides_a_name_and_the_code_speaks(kite, ed, client_of, dai, as_attendee):
    client_of(ed).post(f"/organise/beijing/film/teams/{kite.pk}/name/")

    page = as_attendee(dai).get(f"/attend/beijing/teams/{kite.code}/").content.decode()
    assert "补丁小队" not in page


def test_who_has_given_up_their_place_makes_no_team_and_joins_none(kite, dai, as_attendee, now):
    phone = as_attendee(dai)
    admission.cancel(dai, at=now)

    for address, words in (("teams/", {"code": kite.code}), ("film/teams/", {"name": "夜行"}), ("film/find-me/", {})):
        page = phone.post(f"/attend/beijing/{address}", words, follow=True).content.decode()
        assert "Your registration is over: teams and shots are for those who come." in page

    assert not TeamMember.objects.filter(attendee=dai).exists()
    assert Team.objects.get() == kite


def test_a_team_whose_zip_still_waits_outlives_its_last_member(challenge, dai, as_attendee):
    team = teams.make(challenge, dai, "夜行")
    Upload.objects.create(
        team=team,
        attendee=dai,
        slot=0,
        size=9,
        archive="film/1/archives/a.zip",
        finished_at=timezone.now(),
        expires_at=timezone.now(),
    )

    as_attendee(dai).post("/attend/beijing/film/leave/")

    assert Upload.objects.get().team == team
    assert not team.members.exists()
