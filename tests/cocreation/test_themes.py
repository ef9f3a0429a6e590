"""Several themes at one event: each with its rules, its music and its film, reached from the pages that people start from."""

from datetime import timedelta

import pytest
from django.utils import timezone

from cocreation import editing, music, shots, teams
from cocreation.models import Challenge, Clip, Render, Soundtrack

FILM, DESK = "/attend/beijing/film/", "/organise/beijing/film/"


@pytest.fixture
def second(challenge, beijing):
    return Challenge.objects.create(
        event=beijing,
        title="夜车",
        title_en="Night train",
        order=1,
        shape="portrait",
        shots=2,
        example="https://example.org/night.mp4",
        style="ticket",
        soundtrack=music.house_piece(beijing, "lantern"),
    )


@pytest.fixture
def night(second, dai):
    return teams.make(second, dai, "夜班")


def text(client, path):
    return client.get(path, headers={"accept-language": "en"}).content.decode()


def test_rules_example_music_and_style_stand_on_the_phone(second, night, dai, as_attendee):
    page = text(as_attendee(dai), f"{FILM}?challenge={second.pk}")

    assert "2 shots a team, 2 to 8 seconds each." in page
    assert "Upright pictures only." in page
    assert "2 to 8 seconds, from your album, upright" in page
    assert '<a href="https://example.org/night.mp4" rel="nofollow">' in page
    assert "Ticket: dips to paper · " in page


def test_the_teams_hear_the_music_in_ranges(second, dai, as_attendee):
    address = f"{FILM}music/{second.pk}/"

    answer = as_attendee(dai).get(address, headers={"range": "bytes=0-3"})

    assert (answer.status_code, answer["content-type"], answer.getvalue()) == (206, "audio/wav", b"RIFF")


def test_the_stage_counts_down_to_the_deadline_that_comes_next(challenge, second, leo, client_of):
    def wall():
        return text(client_of(leo), "/stage/beijing/shots/")

    now = timezone.now()
    Challenge.objects.filter(pk=challenge.pk).update(closes_at=now - timedelta(minutes=5))
    Challenge.objects.filter(pk=second.pk).update(closes_at=now + timedelta(minutes=9))
    coming = f"{int((now + timedelta(minutes=9)).timestamp() * 1000)}"
    assert "Deadline of “Night train” in" in wall()
    assert f'data-until="{coming}"' in wall() and f'to="{coming}"' in wall()

    Challenge.objects.filter(pk=second.pk).update(closes_at=now - timedelta(minutes=2))
    assert "Deadline of “Night train” in" in wall(), "the last one"
    assert "data-until" not in wall(), "there is nothing to wait for"


def test_four_letters_lead_to_the_theme_of_that_team(kite, second, night, chen, as_attendee):
    answer = as_attendee(chen).post("/attend/beijing/teams/", {"code": list(night.code)})

    assert answer["location"] == f"{FILM}?challenge={second.pk}"


def test_the_desk_has_both_themes_and_each_keeps_to_its_own(kite, night, second, ed, client_of, make_clip):
    desk = client_of(ed)
    assert (kite.code in text(desk, DESK), night.code in text(desk, DESK)) == (True, False)
    assert "Night train" in text(desk, DESK)

    page = text(desk, f"{DESK}?challenge={second.pk}")
    assert (kite.code in page, night.code in page) == (False, True)
    assert '<option value="ticket" selected>' in page
    assert '<option value="piece:lantern" selected>' in page

    make_clip(team=night)
    answer = desk.post(f"{DESK}render/", {"challenge": second.pk, "style": "ticket"})
    assert answer["location"] == f"{DESK}?challenge={second.pk}"
    assert [render.montage.challenge for render in Render.objects.all()] == [second]


def test_music_is_taken_away_on_the_desk_of_the_theme_that_is_being_worked_on(
    challenge, second, beijing, ed, client_of
):
    track = Soundtrack.objects.create(event=beijing, title="Rain", file="film/rain.mp3")
    one, desk = client_of(ed), f"{DESK}?challenge={second.pk}"
    row = text(one, desk).split(f"music/{track.pk}/remove/")[1].split("</form>")[0]
    assert f'name="challenge" value="{second.pk}"' in row

    answer = one.post(f"{DESK}music/{track.pk}/remove/", {"challenge": second.pk})

    assert (answer.url, Soundtrack.objects.filter(pk=track.pk).exists()) == (desk, False)


def test_the_page_of_a_film_leads_to_the_shots_of_its_own_theme(kite, night, second, make_clip, bo, as_attendee, now):
    version, clip = editing.new_version(second), make_clip(1, team=night)
    Render.objects.create(
        montage=version, finished_at=now, published_at=now, scenes=[{"clip": clip.pk, "start": 0, "frames": 90}]
    )

    page = text(as_attendee(bo), f"{FILM}?challenge={second.pk}")

    assert f'href="/attend/beijing/film/wall/?challenge={second.pk}"' in page


def test_the_stage_and_the_dashboard_show_all_teams(kite, night, leo, client_of):
    page = text(client_of(leo), "/stage/beijing/shots/")

    assert kite.code in page
    assert night.code in page
    assert "Earth Online 2024 · Night train" in page


def test_an_upright_theme_is_not_asked_for_wide_takes(second, night, make_clip, mei, client_of):
    make_clip(team=night, facts={"width": 720, "height": 1280, "seconds": 4.0})

    assert "is portrait" not in text(client_of(mei), "/organise/beijing/")


# --- consent ----------------------------------------------------------------------------------------------------------
def test_without_consent_a_shot_is_on_the_wall_and_in_no_film(kite, challenge, make_clip, bo, as_attendee):
    shown, kept = make_clip(1), make_clip(2)
    phone = as_attendee(bo)

    phone.post(f"{FILM}shots/{kept.pk}/", {"title": "Take 2"})  # the tick is taken away

    kept.refresh_from_db()
    assert kept.may_publish is False
    assert editing.sequence_of(challenge, "team") == [{"clip": shown.pk}]
    assert "On the wall only, not in the film, as you wish" in text(phone, FILM)
    assert [shot.state for _team, places in shots.wall(challenge) for shot in places] == ["up", "up", ""]


def test_consent_stays_with_the_place_when_another_take_comes(kite, make_clip, sent, tmp_path):
    from tests.cocreation.drawing import film

    make_clip(1, may_publish=False, caption="慢一点")

    sent(film(tmp_path))

    now = Clip.objects.current().get()
    assert (now.may_publish, now.caption) == (False, "慢一点")


@pytest.mark.parametrize("act", ["withdraw", "consent"])
def test_a_published_film_that_shows_a_shot_taken_back_is_told_to_the_crew(
    act, kite, challenge, make_clip, bo, mei, as_attendee, client_of, now
):
    clip = make_clip(1)
    version = editing.new_version(challenge)
    Render.objects.create(
        montage=version, finished_at=now, published_at=now, scenes=[{"clip": clip.pk, "start": 0, "frames": 90}]
    )
    title = f"{kite.code} took shot 1 back"
    assert title not in text(client_of(mei), "/organise/beijing/")

    if act == "withdraw":
        as_attendee(bo).post(f"{FILM}shots/{clip.pk}/withdraw/")
    else:
        as_attendee(bo).post(f"{FILM}shots/{clip.pk}/", {"title": ""})

    assert title in text(client_of(mei), "/organise/beijing/")


@pytest.mark.parametrize(("browser", "inside"), [("MicroMessenger/8.0.49", True), ("Firefox/140.0", False)])
def test_the_film_is_saved_where_the_browser_can_and_wechat_is_told_the_way(
    browser, inside, challenge, make_clip, bo, as_attendee, now
):
    version, clip = editing.new_version(challenge), make_clip(1, sender=bo)
    scenes = [{"clip": clip.pk, "team": clip.team_id, "start": 0, "frames": 90}]
    shown = Render.objects.create(montage=version, finished_at=now, published_at=now, scenes=scenes)
    cut = shown.team_cuts.create(team=clip.team, kind="gif", file="a.gif", made_at=now)

    page = as_attendee(bo).get(FILM, headers={"user-agent": browser, "accept-language": "en"}).content.decode()

    assert ("WeChat can’t save video" in page, "Save the film" in page) == (inside, not inside)
    assert f"/cuts/{cut.pk}/" in page and ("?save" in page) == (not inside)


def test_who_has_left_a_team_finds_on_the_wall_what_they_sent(challenge, make_clip, kite, bo, dai, as_attendee):
    sent, other = make_clip(1, sender=bo), make_clip(2)
    theirs = make_clip(1, team=teams.make(challenge, dai, "豆腐小队"))
    for clip in (sent, other, theirs):
        clip.renditions.create(kind="poster", file="a.jpg")
    wall = f"/attend/beijing/film/wall/?challenge={challenge.pk}"
    assert all(f"shot-{clip.pk}" in as_attendee(bo).get(f"{wall}&mine").content.decode() for clip in (sent, other))

    teams.leave(challenge, bo)
    found = as_attendee(bo).get(f"{wall}&mine").content.decode()

    assert f'id="shot-{sent.pk}"' in found and "Your shots" in found
    assert f'id="shot-{other.pk}"' not in found and f'id="shot-{theirs.pk}"' not in found


# --- quality ----------------------------------------------------------------------------------------------------------
@pytest.fixture
def small(make_clip):
    facts = {"width": 512, "height": 288, "frames": 40, "seconds": 4.0, "upscaling": True}
    return lambda slot=1, team=None: make_clip(slot, team=team, facts=facts)


def test_another_quality_stops_a_running_job_and_asks_for_its_own(challenge, small, ed, client_of):
    from cocreation import bettering
    from events import jobs
    from events.models import Job

    clip = small()
    challenge.quality = "best"
    challenge.save()
    bettering.wish(clip, challenge)
    running = jobs.claim(Job.objects.get(kind="improve_clip").pk)

    client_of(ed).post(f"{DESK}quality/", {"challenge": challenge.pk, "quality": "better"})

    with pytest.raises(jobs.Cancelled):
        running.check()
    waiting = Job.objects.get(kind="improve_clip", state=Job.State.WAITING)
    assert waiting.arguments == {"quality": "better"}


def test_the_other_themes_pictures_are_left_alone(challenge, second, night, small, ed, client_of):
    from cocreation import bettering
    from events.models import Job

    second.quality = "better"
    second.save()
    bettering.wish(small(team=night), second)

    client_of(ed).post(f"{DESK}quality/", {"challenge": challenge.pk, "quality": "fast"})

    assert Job.objects.get(kind="improve_clip").state == Job.State.WAITING


def test_a_better_picture_that_failed_is_tried_again_three_times(challenge, small, now):
    from datetime import timedelta

    from cocreation import bettering, upkeep
    from cocreation.models import Rendition
    from events.models import Job

    clip = small()
    for kind in ("poster", "proxy", "upscaled"):
        Rendition.objects.create(clip=clip, kind=kind, backend="lanczos/2")
    challenge.quality = "better"
    challenge.save()
    bettering.wish(clip, challenge)

    healed = []
    for _round in range(4):
        Job.objects.filter(kind="improve_clip", state=Job.State.WAITING).update(state=Job.State.FAILED)
        healed.append(upkeep.heal(now + timedelta(minutes=5)))

    assert healed == [1, 1, 0, 0]


def test_the_desk_says_when_nothing_better_is_installed(challenge, kite, ed, client_of, settings, monkeypatch):
    from cocreation.upscaling import choice

    settings.UPSCALE_URL = settings.UPSCALE_COMMAND = settings.UPSCALE_SHADER = ""
    monkeypatch.setattr(choice, "_missing", lambda name: "not here" if name != "lanczos" else "")

    assert text(client_of(ed), DESK).count("Nothing better is installed here") == 2
