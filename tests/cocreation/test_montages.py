"""The film: planned, rendered, published, found again by its makers."""

import hashlib
import re
from contextlib import ExitStack

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone, translation
from PIL import Image

from cocreation import editing, films, handing, planner, remarks, synthesis, teams
from cocreation.media import children, ffmpeg, looking
from cocreation.models import Clip, Montage, Render, Rendition
from cocreation.planner import Style
from cocreation.rendering import film as filming
from cocreation.rendering import pieces, sound
from cocreation.rendering.pictures import Source
from cocreation.rendering.recipe import Canvas
from events import jobs
from events.models import Job
from tests.cocreation import drawing
from tests.cocreation.test_clips import film_of, work_off


@pytest.fixture
def small(settings):
    """Pictures of a quarter of the size: the same film, sooner."""
    settings.FILM_LINES = 180


@pytest.fixture
def ready(make_clip):
    """A shot with a real file that was looked at, and nothing else made from it."""

    def put(path, slot=1, **fields):
        facts = looking.look(path).facts
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        clip = make_clip(slot, facts=facts, ending=path.suffix, sha256=digest, **fields)
        clip.original.save(path.name, ContentFile(path.read_bytes()))
        return clip

    return put


@pytest.fixture
def film(small, ready, tmp_path, challenge):
    """A rendered film of two shots."""
    ready(film_of(tmp_path, "one.mp4", seconds=2))
    ready(film_of(tmp_path, "two.gif", seconds=2.5), slot=2)
    attempt = editing.render(editing.new_version(challenge))
    work_off()
    attempt.refresh_from_db()
    return attempt


def test_the_film_has_exactly_the_planned_frames(film, kite):
    assert film.finished_at is not None
    plan = planner.Timeline.from_json(film.plan)
    assert [(row["start"], row["frames"]) for row in film.scenes] == [(120, 60), (180, 75)]
    assert film.frames == plan.frames == 120 + 60 + 75 + plan.items[-1].frames
    assert pieces.frames_in(film.file.path) == film.frames
    assert pieces.even_gaps(film.file.path, film.frames)


def test_the_second_render_encodes_nothing_again(film, challenge, settings):
    store = settings.MEDIA_ROOT / "work"
    before = {path.name: path.stat().st_ino for path in store.glob("*.mp4")}

    again = editing.render(editing.new_version(challenge))
    work_off()

    again.refresh_from_db()
    assert {path.name: path.stat().st_ino for path in store.glob("*.mp4")} == before
    assert again.frames == film.frames


@pytest.mark.parametrize(
    ("size", "better", "least"),
    [((640, 360), (1920, 1080), "original"), ((720, 1280), (608, 1080), "better"), ((640, 360), None, "original")],
)
def test_a_preview_is_made_of_the_smallest_picture_that_there_is(make_clip, tmp_path, size, better, least):
    clip = make_clip(1, facts={"width": size[0], "height": size[1], "seconds": 4.0})
    clip.original.save("original.mp4", ContentFile(b"original"))
    if better:
        made = Rendition(clip=clip, kind="upscaled", backend="lanczos", width=better[0], height=better[1])
        made.file.save("better.mp4", ContentFile(b"better"), save=True)

    def content(draft):
        with ExitStack() as stack:
            return films.source_of(Clip.objects.get(pk=clip.pk), stack, draft=draft).path.read_bytes().decode()

    assert content(draft=True) == least
    assert content(draft=False) == ("better" if better else "original")
    small = Rendition(clip=clip, kind="proxy")
    small.file.save("proxy.mp4", ContentFile(b"small copy"), save=True)
    assert content(draft=True) == "small copy"


def test_the_poster_of_a_film_says_in_the_file_that_it_is_made_by_a_machine(film):
    with Image.open(film.poster.path) as image:
        assert image.format == "JPEG" and image.info["comment"].decode() == "AI 生成内容  AI-generated"


def test_progress_is_told_in_frames_that_are_still_to_be_made(film, ready, tmp_path, challenge, kite):
    assert (editing.job_of(film).done, editing.job_of(film).total) == (film.frames, film.frames)
    ready(film_of(tmp_path, "three.mp4", seconds=3), slot=3)

    again = editing.render(editing.new_version(challenge))
    work_off()

    again.refresh_from_db()
    job = editing.job_of(again)
    assert again.finished_at and job.done == job.total
    assert again.scenes[2]["frames"] <= job.total < again.frames - again.scenes[0]["frames"]


def test_with_a_copy_for_phones_progress_is_still_in_frames_of_the_film(film, settings, tmp_path):
    told, timeline = [], planner.Timeline.from_json(film.plan)
    sources = {
        str(clip.pk): Source(clip.original.path, clip.sha256, clip.facts) for clip in Clip.objects.exclude(original="")
    }
    small, tell, pace = Canvas(80, 46), lambda *said: told.append(said[:2]), pieces.Pace(copies=2)
    made = filming.make(
        timeline, sources, tmp_path, tmp_path, canvas=Canvas(160, 90), pace=pace, tell=tell, phone=small
    )
    half = told[-1]
    filming.for_phones(made, tmp_path, tmp_path, small, pace=pace, tell=tell)

    assert half == (film.frames // 2, film.frames)
    assert told[-1] == (film.frames, film.frames)


@pytest.mark.long
def test_what_a_team_sent_is_only_decoded_within_the_ceilings_for_strangers(
    ready, tmp_path, challenge, settings, small
):
    program, said = tmp_path / "ffmpeg", tmp_path / "said"
    note = f"printf '%s\\n' \"$(ulimit -n) $(echo \"$*\" | tr '\\n' ' ')\" >> {said}"  # at one go: several run at once
    program.write_text(f'#!/bin/sh\n{note}\nexec {ffmpeg.absolute(ffmpeg.program())} "$@"\n')
    program.chmod(0o755)
    clips = [ready(drawing.sounding(tmp_path, f"{n}.mp4"), slot=n) for n in (1, 2)]
    settings.FFMPEG = str(program)

    attempt = editing.render(editing.new_version(challenge, style="window"))
    handing.pack(attempt)
    work_off()

    rows = [row.split(" ", 1) for row in said.read_text().splitlines()]
    for clip in clips:
        opened = {limit for limit, line in rows if clip.original.path in line}
        assert opened == {str(children.STRANGERS.open)}
    attempt.refresh_from_db()
    assert attempt.finished_at and attempt.bundle


@pytest.mark.long
def test_a_piece_that_is_cut_shows_its_first_pictures_as_they_are_and_the_film_is_not_encoded_again(tmp_path):
    path = film_of(tmp_path, "one.mp4", seconds=4)
    source = Source(path, "one", looking.look(path).facts)
    canvas = Canvas(160, 90)
    shots = [planner.Shot(str(n), str(n), 120) for n in range(4)]
    beats = planner.Beats(tuple(round(n * 1800 / 84) for n in range(300)))
    words = Style("express", "cut", 0, 2.2), planner.Card("题目"), planner.Credits(())
    films_of = [planner.plan(row, planner.Wishes("hand"), *words, beats=beats) for row in (shots, shots[::-1])]
    sources = dict.fromkeys("0123", source)

    one, two = (filming.make(plan, sources, tmp_path, tmp_path, canvas=canvas) for plan in films_of)

    shortened = [piece for piece in two.pieces if piece.shown < piece.frames]
    assert shortened and (one.again, two.again) == (False, False)
    assert pieces.even_gaps(two.path, films_of[1].frames)
    seen, at = sums(two.path), 0
    assert len(seen) == films_of[1].frames
    for piece in two.pieces:
        assert seen[at : at + piece.shown] == sums(pieces.path_of(tmp_path, piece.name))[: piece.shown]
        at += piece.shown


def sums(path):
    """The sum of each picture of a file as it is decoded."""
    told = path.with_suffix(".md5")
    ffmpeg.call(["-v", "error", "-i", f"file:{path}", "-map", "0:v", "-f", "framemd5", "-y", f"file:{told}"])
    return [line.split(",")[-1].strip() for line in told.read_text().splitlines() if line[:1].isdigit()]


def test_before_the_premiere_nobody_sees_it_and_after_it_everybody_with_exact_seconds(
    film, bo, dai, visitor, ed, as_attendee, client_of
):
    address = f"/attend/beijing/film/films/{film.pk}/phone/"
    assert visitor.get(address).status_code == 404
    assert "Your shots are here" not in as_attendee(bo).get("/attend/beijing/film/").content.decode()

    client_of(ed).post(f"/organise/beijing/film/renders/{film.pk}/publish/")

    assert visitor.get(address).status_code == 200
    mine = as_attendee(bo).get("/attend/beijing/film/").content.decode()
    assert "Your shots are here" in mine
    assert "0:04, 0:06" in mine
    assert "Your shots are here" not in as_attendee(dai).get("/attend/beijing/film/").content.decode()


def test_a_shot_without_consent_is_not_published_and_the_film_is_made_without_it(film, kite, ed, client_of, visitor):
    Clip.objects.filter(team=kite, slot=2).update(may_publish=False)
    address = f"/organise/beijing/film/renders/{film.pk}"

    answer = client_of(ed).post(f"{address}/publish/", follow=True)

    film.refresh_from_db()
    assert film.published_at is None
    assert f"{kite.code} 2 may not be published" in answer.content.decode()
    client_of(ed).post(f"{address}/without/")
    work_off()
    newest = Render.objects.first()
    client_of(ed).post(f"/organise/beijing/film/renders/{newest.pk}/publish/")
    assert [row["clip"] for row in newest.scenes] == [kite.clips.get(slot=1).pk]
    assert visitor.get(f"/attend/beijing/film/films/{newest.pk}/phone/").status_code == 200


def test_the_desk_is_about_the_challenge_that_was_chosen(film, challenge, ed, client_of):
    from cocreation.models import Challenge

    other = Challenge.objects.create(event=challenge.event, title="另一个", order=9, style="ticket")

    page = client_of(ed).get(f"/organise/beijing/film/?challenge={other.pk}").content.decode()

    assert '<option value="ticket" selected>' in page
    assert f"?challenge={challenge.pk}" in page
    assert f"renders/{film.pk}/" not in page


def test_the_stage_plays_the_published_film(film, leo, beijing, client_of):
    editing.publish(film)
    client_of(leo).get("/stage/beijing/")
    beijing.stage.show("film", by=leo, at=timezone.now())

    page = client_of(leo).get("/stage/beijing/scene/").content.decode()

    assert f"/attend/beijing/film/films/{film.pk}/film/" in page


def test_one_film_is_made_at_a_time(challenge, make_clip):
    make_clip(1)
    editing.render(editing.new_version(challenge))

    with pytest.raises(editing.Refused):
        editing.render(editing.new_version(challenge))

    assert Render.objects.count() == 1


@pytest.mark.usefixtures("english")
def test_a_shot_that_cannot_be_read_is_named_and_the_film_goes_on_without_it(film, challenge, ed, client_of, kite):
    clip = kite.clips.get(slot=2)
    clip.original.save("broken.mp4", ContentFile(b"broken"), save=False)
    Clip.objects.filter(pk=clip.pk).update(original=clip.original.name, sha256="1" * 64)
    attempt = editing.render(editing.new_version(challenge, style="ticket"))
    with translation.override("en"):
        work_off()

    job = editing.job_of(attempt)
    attempt.refresh_from_db()
    assert job.state == Job.State.FAILED and jobs.told(job.error).startswith(f"{kite.code} 2 stopped the film")
    assert attempt.stopped_by == [clip.pk]

    client_of(ed).post(f"/organise/beijing/film/renders/{attempt.pk}/without/")
    work_off()

    newest = Render.objects.first()
    assert newest.finished_at is not None
    assert [row["clip"] for row in newest.scenes] == [kite.clips.get(slot=1).pk]


@pytest.mark.parametrize(("length", "said"), [("30", "It lasts 15 s, not the wished 30 s"), ("all", "")])
def test_a_wished_length_that_cannot_be_met_is_said(length, said, film, challenge, ed, client_of):
    editing.render(editing.new_version(challenge, length=length))
    work_off()

    page = client_of(ed).get("/organise/beijing/film/").content.decode()

    assert said in page if said else "It lasts" not in page


@pytest.mark.parametrize(
    ("wished", "frames", "said"),
    [
        ("30", 41 * 30, ["It lasts 41 s, not the wished 30 s: what must be in it needs that long."]),
        ("60", 22 * 30, ["It lasts 22 s, not the wished 60 s: its shots are no longer."]),
        ("30", 31 * 30, []),
        ("all", 9000, []),
    ],
)
def test_both_lengths_are_said_where_they_differ(wished, frames, said):
    with translation.override("en"):
        assert [remarks.sentence(row) for row in films.off_length(wished, frames)] == said


def test_music_is_under_the_film_at_the_agreed_loudness(film, challenge):
    from cocreation import music

    track = music.house_piece(challenge.event, "lantern")
    attempt = editing.render(editing.new_version(challenge, soundtrack=track, style="window"))
    work_off()

    attempt.refresh_from_db()
    loud, peak = sound.measured(["-i", f"file:{attempt.file.path}"])
    assert loud == pytest.approx(-16, abs=0.5)
    assert peak <= -1.0
    plan = planner.Timeline.from_json(attempt.plan)
    beat = 30 * 60 / synthesis.PIECES["lantern"].bpm
    assert all(abs(item.start / beat - round(item.start / beat)) * beat <= 0.5 for item in plan.items[1:])
    assert pieces.even_gaps(attempt.file.path, plan.frames)
    said = ffmpeg.call(["-hide_banner", "-i", f"file:{attempt.file.path}", "-f", "null", "-t", "0", "-"])
    assert "AI-generated" in said


def test_the_sound_is_stopped_as_well_when_somebody_cancels(tmp_path):
    asked = []

    class Enough(Exception):
        pass

    def stop():
        asked.append(1)
        if len(asked) > 1:
            raise Enough

    with pytest.raises(Enough):
        sound.make(tmp_path, sound.Score(30 * 600), tmp_path, check=stop)
    assert list(tmp_path.iterdir()) == []


def test_two_that_need_the_same_piece_make_it_once(tmp_path):
    import threading

    from cocreation.rendering.pieces import alone

    inside, most = [], []

    def work_alone():
        with alone(tmp_path / "a.lock", lambda: None):
            inside.append(1)
            most.append(len(inside))
            inside.pop()

    threads = [threading.Thread(target=work_alone) for _n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * 6
    assert list(tmp_path.iterdir()) == []


def test_a_cancelled_render_shows_no_file(challenge, make_clip, ed, client_of):
    make_clip(1)
    attempt = editing.render(editing.new_version(challenge))

    client_of(ed).post(f"/organise/beijing/film/renders/{attempt.pk}/cancel/")
    work_off()

    attempt.refresh_from_db()
    assert (editing.job_of(attempt).state, attempt.finished_at, bool(attempt.file)) == ("cancelled", None, False)


def test_a_render_without_shots_fails_in_words(challenge):
    attempt = editing.render(editing.new_version(challenge))
    with translation.override("en"):
        work_off()

    job = editing.job_of(attempt)
    assert (job.state, job.error) == (Job.State.FAILED, "No shot is ready yet.")


def test_by_likes_every_team_comes_before_any_team_comes_twice(challenge, kite, make_clip, dai):
    other = teams.make(challenge, dai, "豆腐小队")
    best, second = make_clip(1, likes_count=9), make_clip(2, likes_count=8)
    third = make_clip(1, team=other, likes_count=1)

    assert [row["clip"] for row in editing.sequence_of(challenge, Montage.Order.VOTE)] == [best.pk, third.pk, second.pk]


def test_the_storyboard_makes_a_new_version_and_keeps_the_old_one(challenge, make_clip, ed, client_of):
    first, second = make_clip(1), make_clip(2)
    version = editing.new_version(challenge)

    client_of(ed).post(f"/organise/beijing/film/plan/{version.pk}/", {"up": str(second.pk)})

    newest = challenge.montages.first()
    assert [row["clip"] for row in newest.sequence] == [second.pk, first.pk]
    assert [row["clip"] for row in version.sequence] == [first.pk, second.pk]


def test_a_lost_render_shows_nothing(film, challenge):
    attempt = editing.render(editing.new_version(challenge))
    job = editing.job_of(attempt)
    claim = jobs.claim(job.pk)
    Job.objects.filter(pk=job.pk).update(attempt=2)

    with pytest.raises(jobs.Lost):
        jobs.KINDS["render_montage"].function(claim)

    attempt.refresh_from_db()
    assert attempt.finished_at is None


def test_the_poster_shows_a_shot_after_its_name_has_gone_where_one_stands_long_enough():
    from cocreation import films

    def of(*lengths):
        shots = [planner.Shot(str(n), str(n), frames) for n, frames in enumerate(lengths)]
        wishes, style = planner.Wishes("hand"), planner.Style("express")
        return planner.plan(shots, wishes, style, planner.Card("题目"), planner.Credits())

    long, short = of(60, 150, 60), of(60, 60)
    assert films.poster_second(long) * 30 == long.shots[1].start + 84 + 33
    assert films.poster_second(short) * 30 == short.shots[0].start + 30


@pytest.fixture
def another(film):  # noqa: F811
    """A second film of the same theme, finished."""
    again = Render(montage=editing.copy_of(film.montage, film.montage.sequence[:1]), scenes=film.scenes[:1])
    again.finished_at = timezone.now()
    again.file.save("film.mp4", ContentFile(b"another film"))
    return again


def test_a_page_that_was_opened_before_another_film_was_published_plays_and_saves_its_own(film, another, visitor):
    editing.publish(film)
    address = f"/attend/beijing/film/films/{film.pk}"

    editing.publish(another)

    assert visitor.get(f"{address}/phone/", headers={"Range": "bytes=100-199"}).status_code == 206
    saved = visitor.get(f"{address}/film/?save")
    assert (saved.status_code, saved["Cache-Control"]) == (200, "private, no-cache")
    assert f"films/{another.pk}/phone/" in visitor.get("/attend/beijing/film/").content.decode()


def test_a_film_that_was_made_again_by_itself_leaves_the_open_page_its_film(film, challenge, visitor):
    editing.publish(film)
    again = Render.objects.create(montage=film.montage)
    jobs.enqueue("render_montage", subject=again.pk, event=challenge.event, replaces=film.pk)
    work_off()

    film.refresh_from_db()
    again.refresh_from_db()
    assert (film.published_at, again.published_at is not None) == (None, True)
    assert visitor.get(f"/attend/beijing/film/films/{film.pk}/phone/").status_code == 200


@pytest.mark.parametrize("ending", ["withheld", "withdrawn", "erased", "taken back", "its heir taken back"])
def test_a_film_whose_place_was_taken_is_nobodys_any_more(film, another, kite, visitor, ed, client_of, ending):
    editing.publish(film)
    editing.publish(another)
    address = f"/attend/beijing/film/films/{film.pk}/phone/"
    assert visitor.get(address).status_code == 200
    second = Clip.objects.filter(team=kite, slot=2)

    if ending == "withheld":
        second.update(may_publish=False)
    elif ending == "withdrawn":
        second.update(withdrawn_at=timezone.now())
    elif ending == "erased":
        second.delete()
    else:
        back = film if ending == "taken back" else another
        client_of(ed).post(f"/organise/beijing/film/renders/{back.pk}/unpublish/")
        editing.publish(another)

    assert visitor.get(address).status_code == 404
    assert visitor.get(f"/attend/beijing/film/films/{another.pk}/phone/").status_code == 200


def test_the_desk_says_which_film_is_still_open_somewhere_and_takes_it_back(film, another, ed, client_of):
    editing.publish(film)
    editing.publish(another)
    said, back = "Who has this one open can still see it.", f"renders/{film.pk}/unpublish/"
    page = client_of(ed).get("/organise/beijing/film/").content.decode()
    assert said in page and back in page

    client_of(ed).post(f"/organise/beijing/film/{back}")

    page = client_of(ed).get("/organise/beijing/film/").content.decode()
    another.refresh_from_db()
    assert said not in page and back not in page and another.published_at is not None
    editing.publish(film)
    film.refresh_from_db()
    assert film.log == ""


def test_a_film_that_was_never_published_is_not_seen_beside_one_that_is(film, another, visitor):
    editing.publish(another)

    assert visitor.get(f"/attend/beijing/film/films/{film.pk}/phone/").status_code == 404


def test_a_film_whose_child_the_machine_ended_is_tried_again(film, challenge, settings, tmp_path):
    killed = tmp_path / "ffmpeg"
    killed.write_text("#!/bin/sh\nkill -9 $$\n")
    killed.chmod(0o755)
    attempt = editing.render(editing.new_version(challenge, style="ticket", own_sound="off"))
    settings.FFMPEG = str(killed)
    for piece in (settings.MEDIA_ROOT / "work").glob("*"):
        piece.unlink()
    work_off()

    job = editing.job_of(attempt)
    assert (job.state, job.attempt) == (Job.State.WAITING, 1)
    assert job.error == "Killed: ended by SIGKILL"


def test_the_desk_changes_what_is_in_a_short_film_and_nothing_else(challenge, make_clip, ed, client_of, dai):
    other = teams.make(challenge, dai, "豆腐小队")
    for slot in range(1, 41):
        make_clip(slot, likes_count=slot)
    theirs = make_clip(1, team=other)
    version = editing.new_version(challenge, order="vote", length="30")
    page = client_of(ed)
    found = re.search(r'name="order" value="([0-9,]+)"', page.get("/organise/beijing/film/").content.decode())
    shown = [int(pk) for pk in found.group(1).split(",")]
    assert theirs.pk in shown and len(shown) < 41

    page.post(f"/organise/beijing/film/plan/{version.pk}/", {"order": found.group(1), "drop": str(theirs.pk)})

    newest = challenge.montages.first()
    assert newest.pk != version.pk
    assert [row["clip"] for row in newest.sequence] == [pk for pk in shown if pk != theirs.pk]


def test_the_crew_hears_of_the_last_film_and_of_no_preview(challenge, make_clip, ed, mei, client_of):
    from cocreation import storyboard

    make_clip(1)
    version = editing.new_version(challenge)
    said, home = "The film could not be made", "/organise/beijing/"

    def ended(attempt, state):
        Job.objects.filter(subject=attempt.pk, kind="render_montage").update(state=state, error="No shot is ready yet.")

    ended(storyboard.draft(version), Job.State.FAILED)
    assert said not in client_of(mei).get(home).content.decode()
    ended(editing.render(version), Job.State.FAILED)
    ended(storyboard.draft(version), Job.State.DONE)
    assert said in client_of(mei).get(home).content.decode()
    ended(editing.render(version), Job.State.DONE)
    assert said not in client_of(mei).get(home).content.decode()


def test_the_failure_of_one_theme_is_not_hidden_by_the_film_of_another(challenge, beijing, mei, client_of):
    from cocreation.models import Challenge

    other = Challenge.objects.create(event=beijing, title="第二个题目", order=9)
    for theme, state in ((challenge, Job.State.FAILED), (other, Job.State.DONE)):
        editing.render(editing.new_version(theme))
        Job.objects.filter(key=f"render_montage:{theme.pk}").update(state=state)

    page = client_of(mei).get("/organise/beijing/").content.decode()

    assert "The film could not be made" in page and f"?challenge={challenge.pk}" in page


def test_a_version_with_a_film_is_never_called_not_rendered(challenge, make_clip, ed, client_of):
    make_clip(1)
    version = editing.new_version(challenge)
    Render.objects.create(montage=version, finished_at=timezone.now())
    later = editing.new_version(challenge)
    for _number in range(12):
        Render.objects.create(montage=later)
    editing.new_version(challenge)

    page = client_of(ed).get("/organise/beijing/film/").content.decode()

    line = re.search(r"Not rendered yet(.*?)</p>", page, re.S).group(1)
    assert re.findall(r"Version (\d+)", line) == ["3"]
