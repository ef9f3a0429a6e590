"""Takes that change under a film: replaced, taken back, without consent, with a sound that breaks."""

import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone

from cocreation import editing, planner, plans, shots, storyboard, teams, upkeep
from cocreation.models import Clip, Render
from events import jobs
from tests.cocreation import drawing
from tests.cocreation.test_clips import film_of, work_off
from tests.cocreation.test_montages import film, ready, small  # noqa: F401  (fixtures)
from tests.cocreation.test_montages_storyboard import save


def send_again(clip, **facts):
    """Another take in the place of this one, looked at already."""
    Clip.objects.filter(pk=clip.pk).update(withdrawn_at=timezone.now())
    values = {"state": "ready", "facts": clip.facts | facts, "ending": clip.ending, "sha256": clip.sha256}
    return Clip.objects.create(team=clip.team, slot=clip.slot, original=clip.original.name, **values)


@pytest.fixture
def two_teams(challenge, make_clip, dai):
    """One shot of each of two teams, and a version of both."""
    other = teams.make(challenge, dai, "豆腐小队")
    return make_clip(1), make_clip(1, team=other), editing.new_version(challenge)


def test_a_take_that_was_sent_again_is_in_the_film_in_its_place(small, ready, tmp_path, challenge, dai):  # noqa: F811
    other = teams.make(challenge, dai, "豆腐小队")
    first = ready(film_of(tmp_path, "one.mp4", seconds=2))
    old = ready(film_of(tmp_path, "two.mp4", seconds=2), team=other)
    wished = [{"clip": old.pk, "caption": "鲸鱼", "mute": True}, {"clip": first.pk}]
    version = editing.new_version(challenge, sequence=wished, order="hand")
    new = send_again(old)

    attempt = editing.render(version)
    work_off()

    attempt.refresh_from_db()
    assert [row["clip"] for row in attempt.scenes] == [new.pk, first.pk]
    assert (attempt.plan["items"][1]["caption"], attempt.plan["items"][1]["mute"]) == ("鲸鱼", True)
    assert attempt.log == ""


def test_a_trim_goes_only_where_the_new_take_is_too_short_for_it(two_teams):
    mine, theirs, version = two_teams
    version.sequence = [{"clip": mine.pk, "start": 30, "length": 60}, {"clip": theirs.pk, "start": 30, "length": 60}]
    long, short = send_again(mine), send_again(theirs, seconds=2.0)

    rows, _timeline = storyboard.board(version)

    assert [(row.clip, row.row.get("length")) for row in rows] == [(long, 60), (short, None)]


def test_the_open_storyboard_keeps_changes_when_a_take_comes_or_goes(two_teams, ed, client_of):
    mine, theirs, version = two_teams
    page = client_of(ed)
    rows = [{"clip": mine.pk, "mute": True}, {"clip": theirs.pk}]
    new = send_again(mine)

    answer = save(page, version, rows)

    version.refresh_from_db()
    assert (answer.status_code, version.sequence) == (200, [{"clip": new.pk, "mute": True}, {"clip": theirs.pk}])
    shots.withdraw(theirs, at=timezone.now())
    answer = save(page, version, rows)
    version.refresh_from_db()
    assert (answer.status_code, version.sequence) == (200, [{"clip": new.pk, "mute": True}])
    told = page.get(f"/organise/beijing/film/versions/{version.pk}/").content.decode()
    assert f"Left out, as they were taken back or may not be shown: {theirs}" in told


@pytest.mark.parametrize("state", ["received", "refused"])
def test_a_shot_stays_in_the_film_until_the_take_that_replaces_it_can_be_shown(
    two_teams, sent, tmp_path, ed, client_of, state
):
    mine, theirs, version = two_teams
    Clip.objects.filter(pk=mine.pk).update(original="film/1/originals/a.mp4")
    page, rows = client_of(ed), [{"clip": mine.pk, "mute": True}, {"clip": theirs.pk}]

    new = sent(film_of(tmp_path, "again.mp4", seconds=1))
    Clip.objects.filter(pk=new.pk).update(state=state)

    assert [row.clip for row in storyboard.board(version)[0]] == [mine, theirs]
    save(page, version, rows)
    version.refresh_from_db()
    assert version.sequence == rows
    board = page.get(f"/organise/beijing/film/versions/{version.pk}/").content.decode()
    assert "Left out" not in board and "Not in this film any more" not in board and "earlier take" not in board
    assert [row["clip"] for row in editing.new_version(version.challenge).sequence] == [mine.pk, theirs.pk]
    Clip.objects.filter(pk=new.pk).update(state="ready", facts=mine.facts)
    assert [row.clip for row in storyboard.board(version)[0]] == [new, theirs]


def test_consent_for_a_shot_that_is_being_replaced_is_the_new_takes(two_teams, sent, tmp_path):
    mine, theirs, version = two_teams
    Clip.objects.filter(pk=mine.pk).update(original="film/1/originals/a.mp4")
    new = sent(film_of(tmp_path, "again.mp4", seconds=1))

    shots.describe(new, {"may_publish": False})
    assert [row.clip for row in storyboard.board(version)[0]] == [theirs]
    shots.describe(new, {"may_publish": True})
    assert [row.clip for row in storyboard.board(version)[0]] == [mine, theirs]
    shots.withdraw(new, at=timezone.now())
    assert [row.clip for row in storyboard.board(version)[0]] == [theirs]


def test_the_bytes_of_a_take_that_still_holds_its_place_are_kept(two_teams, sent, tmp_path):
    mine, _theirs, _version = two_teams
    Clip.objects.filter(pk=mine.pk).update(original="film/1/originals/a.mp4")
    new = sent(film_of(tmp_path, "again.mp4", seconds=1))
    Clip.objects.filter(pk=new.pk).update(state="refused")
    later = timezone.now() + timedelta(days=5)

    upkeep.forget_replaced(later)
    mine.refresh_from_db()
    assert mine.original
    Clip.objects.filter(pk=new.pk).update(state="ready")
    upkeep.forget_replaced(later)
    mine.refresh_from_db()
    assert not mine.original


def test_a_shot_is_said_to_wait_when_nothing_of_its_place_can_be_shown_yet(two_teams, sent, tmp_path, ed, client_of):
    mine, theirs, version = two_teams
    sent(film_of(tmp_path, "again.mp4", seconds=1))  # of the take before it no byte is left

    page = client_of(ed)
    save(page, version, [{"clip": mine.pk}, {"clip": theirs.pk}])

    told = page.get(f"/organise/beijing/film/versions/{version.pk}/").content.decode()
    assert f"Left out for now, as their new take cannot be shown yet: {mine}" in told
    assert "taken back" not in told


def test_the_desk_shows_the_take_of_today(two_teams, ed, client_of):
    mine, theirs, _version = two_teams
    new = send_again(theirs)

    page = client_of(ed).get("/organise/beijing/film/").content.decode()

    assert f'name="order" value="{mine.pk},{new.pk}"' in page


def test_a_team_that_has_shots_and_none_in_the_film_is_named_beside_it(film, challenge, make_clip, dai, ed, client_of):  # noqa: F811
    other = teams.make(challenge, dai, "豆腐小队")
    make_clip(1, team=other)
    again = editing.render(editing.copy_of(film.montage, film.montage.sequence))
    work_off()

    again.refresh_from_db()
    assert again.finished_at is not None
    for language, said in (("en", "Without a shot in it, though they have some"), ("zh-CN", "有镜头却没有进片")):
        page = client_of(ed, accept_language=language).get("/organise/beijing/film/").content.decode()
        assert f"{said}{': ' if language == 'en' else '：'}{other.code}" in page


def test_what_a_team_took_back_after_sending_it_again_is_not_published(film, kite, ed, client_of):  # noqa: F811
    new = send_again(kite.clips.get(slot=2))
    shots.withdraw(new, at=timezone.now())

    answer = client_of(ed).post(f"/organise/beijing/film/renders/{film.pk}/publish/", follow=True)

    film.refresh_from_db()
    assert film.published_at is None
    assert f"{kite.code} 2 may not be published" in answer.content.decode()


def test_a_take_that_was_sent_again_is_published_while_its_place_agrees(film, kite, ed, client_of):  # noqa: F811
    new = send_again(kite.clips.get(slot=2))
    publish = f"/organise/beijing/film/renders/{film.pk}/publish/"

    Clip.objects.filter(pk=new.pk).update(may_publish=False)
    client_of(ed).post(publish)
    film.refresh_from_db()
    assert film.published_at is None
    Clip.objects.filter(pk=new.pk).update(may_publish=True)
    client_of(ed).post(publish)
    film.refresh_from_db()
    assert film.published_at is not None


def test_consent_goes_with_a_place_that_is_moved(film, kite):  # noqa: F811
    new = send_again(kite.clips.get(slot=2))
    shots.move(new, 1)
    Clip.objects.filter(pk=new.pk).update(may_publish=False)

    assert [clip.pk for clip in editing.withheld(film)] == [film.scenes[1]["clip"]]


def test_the_stage_does_not_play_an_unpublished_film_with_a_shot_without_consent(film, kite, leo, beijing, client_of):  # noqa: F811
    client_of(leo).get("/stage/beijing/")
    beijing.stage.show("film", by=leo, at=timezone.now())
    address = f"/attend/beijing/film/films/{film.pk}/film/"
    assert address in client_of(leo).get("/stage/beijing/scene/").content.decode()

    Clip.objects.filter(team=kite, slot=2).update(may_publish=False)

    assert address not in client_of(leo).get("/stage/beijing/scene/").content.decode()


def test_a_shot_whose_sound_breaks_is_silent_and_named_and_the_film_is_made(
    small,  # noqa: F811
    ready,  # noqa: F811
    tmp_path,
    challenge,
    kite,
    ed,
    client_of,
):
    good = ready(drawing.sounding(tmp_path, "good.mp4"))
    broken = ready(drawing.sounding(tmp_path, "broken.mp4"), slot=2)
    mute = film_of(tmp_path, "mute.mp4", seconds=2)  # no sound at all where the prober had found some
    broken.original.save("mute.mp4", ContentFile(mute.read_bytes()), save=False)
    digest = hashlib.sha256(mute.read_bytes()).hexdigest()
    Clip.objects.filter(pk=broken.pk).update(original=broken.original.name, sha256=digest)

    attempt = editing.render(editing.new_version(challenge))
    work_off()

    attempt.refresh_from_db()
    assert [row["clip"] for row in attempt.scenes] == [good.pk, broken.pk]
    page = client_of(ed).get("/organise/beijing/film/").content.decode()
    assert f"The sound of {kite.code} 2 cannot be read: the film is without it." in page


def test_a_film_that_cannot_be_put_together_says_so_once(film, challenge, settings):  # noqa: F811
    attempt = editing.render(editing.new_version(challenge))
    for piece in (settings.MEDIA_ROOT / "work").glob("*.mp4"):
        piece.write_bytes(b"damaged on the disk")
    work_off()

    attempt.refresh_from_db()
    job = editing.job_of(attempt)
    assert (job.state, attempt.finished_at) == ("failed", None)
    assert "The film could not be put together" in job.error


def test_music_of_a_published_film_cannot_be_taken_away(challenge, ed, client_of):
    from cocreation.models import Soundtrack

    track = Soundtrack.objects.create(event=challenge.event, title="歌", file="a.mp3")
    now = timezone.now()
    made = editing.new_version(challenge, soundtrack=track, sequence=[])
    shown = Render.objects.create(montage=made, finished_at=now, published_at=now)
    remove = f"/organise/beijing/film/music/{track.pk}/remove/"

    said = client_of(ed).post(remove, follow=True).content.decode()

    assert "歌 is in the published film, version 1." in said
    assert Soundtrack.objects.filter(pk=track.pk).exists()
    editing.unpublish(shown)
    client_of(ed).post(remove)
    assert not Soundtrack.objects.filter(pk=track.pk).exists()


def test_a_film_that_is_made_again_by_itself_is_the_film_that_it_replaces(film, challenge, kite):  # noqa: F811
    editing.publish(film)
    send_again(kite.clips.get(slot=2))
    film.montage.style = "ticket"
    film.montage.save()
    again = Render.objects.create(montage=film.montage)
    jobs.enqueue("render_montage", subject=again.pk, event=challenge.event, replaces=film.pk)
    work_off()

    again.refresh_from_db()
    assert again.published_at is not None
    assert (again.plan, [row["clip"] for row in again.scenes]) == (film.plan, [row["clip"] for row in film.scenes])


def test_a_film_that_is_made_again_by_itself_names_whom_it_may_name_today(film, challenge, kite, bo, chen):  # noqa: F811
    for person in (bo, chen):
        type(person).objects.filter(pk=person.pk).update(credits_ok=True)
    timeline = planner.Timeline.from_json(film.plan)
    film.plan = replace(timeline, credits=plans.credits(challenge, {kite.pk}, None)).as_json()
    film.save()
    editing.publish(film)
    assert "补丁小队" in str(film.plan["credits"]) and chen.name in str(film.plan["credits"])
    type(kite).objects.filter(pk=kite.pk).update(hidden_at=timezone.now())
    type(chen).objects.filter(pk=chen.pk).update(credits_ok=False)

    again = Render.objects.create(montage=film.montage)
    jobs.enqueue("render_montage", subject=again.pk, event=challenge.event, replaces=film.pk)
    work_off()

    again.refresh_from_db()
    roll = str(again.plan["credits"])
    assert again.published_at is not None and bo.name in roll
    assert "补丁小队" not in roll and chen.name not in roll
    assert (again.frames, again.plan["items"]) == (film.frames, [*film.plan["items"]])


def test_who_publishes_a_film_is_told_that_its_end_roll_is_not_that_of_today(ed, film, kite, client_of):  # noqa: F811
    publish, page = f"/organise/beijing/film/renders/{film.pk}/publish/", client_of(ed)
    assert "The end roll names" not in page.post(publish, follow=True).content.decode()
    type(kite).objects.filter(pk=kite.pk).update(hidden_at=timezone.now())

    told = page.post(publish, follow=True).content.decode()

    assert "The end roll names people and teams as they were when the film was made" in told
    film.refresh_from_db()
    assert film.published_at is not None


def test_the_published_film_stays_on_the_desk_behind_many_attempts(film, ed, client_of):  # noqa: F811
    editing.publish(film)
    for _number in range(12):
        Render.objects.create(montage=film.montage)

    page = client_of(ed).get("/organise/beijing/film/").content.decode()

    assert f"renders/{film.pk}/unpublish/" in page
