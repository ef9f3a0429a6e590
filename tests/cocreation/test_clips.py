"""What is sent is looked at by decoding; what cannot be a shot is refused with the number that mends it."""

import re
import subprocess
import threading

import pytest
from django.db import connection

from cocreation import shots
from cocreation.media import ffmpeg
from cocreation.models import Challenge, Clip, Like, Team
from events import jobs
from events.models import Job
from tests.cocreation.test_uploads import begin

FILM = "/attend/beijing/film/"
DESK = "/organise/beijing/film/"


def film_of(tmp_path, name="clip.mp4", *, seconds=3.0, size="320x180", rate=10, more=()):
    """A moving picture that ffmpeg draws."""
    path = tmp_path / name
    subprocess.run(
        [
            ffmpeg.program(),
            "-loglevel",
            "error",
            "-nostdin",
            "-f",
            "lavfi",
            "-i",
            f"testsrc2=size={size}:rate={rate}:duration={seconds}",
            *more,
            "-y",
            str(path),
        ],
        check=True,
        timeout=60,
    )
    return path


def work_off():
    """A worker that does everything that is open."""
    while job := Job.objects.filter(state=Job.State.WAITING, not_before=None).order_by("pk").first():
        jobs.run(job.pk)


def test_a_shot_gets_poster_preview_and_1080_lines_by_itself(sent, tmp_path):
    clip = sent(film_of(tmp_path))

    work_off()

    clip.refresh_from_db()
    assert clip.state == Clip.State.READY
    assert {made.kind for made in clip.renditions.all()} == {"poster", "proxy", "upscaled", "before", "after"}
    assert (clip.facts["frames"], clip.facts["seconds"], clip.upscaled.height) == (30, 3.0, 1080)
    assert {job.state for job in Job.objects.all()} == {"done"}


def test_posters_are_for_the_people_of_the_event_and_originals_for_the_team(
    sent, tmp_path, bo, dai, ed, visitor, as_attendee, client_of
):
    clip = sent(film_of(tmp_path))
    work_off()
    place = f"/attend/beijing/film/shots/{clip.pk}/"

    def answers(kind):
        people = (as_attendee(bo), as_attendee(dai), client_of(ed), visitor)
        return [person.get(place + kind + "/").status_code for person in people]

    assert answers("poster") == [200, 200, 200, 404]
    assert answers("proxy") == [200, 200, 200, 404]
    assert answers("original") == [200, 404, 200, 404]
    assert answers("upscaled") == [200, 404, 200, 404]


def test_a_range_is_answered_with_its_bytes(sent, tmp_path, bo, as_attendee):
    clip = sent(film_of(tmp_path))
    work_off()
    whole = clip.rendition("proxy").file.read()

    answer = as_attendee(bo).get(f"/attend/beijing/film/shots/{clip.pk}/proxy/", headers={"range": "bytes=100-199"})

    assert (answer.status_code, answer["Content-Range"]) == (206, f"bytes 100-199/{len(whole)}")
    assert b"".join(answer.streaming_content) == whole[100:200]


def test_a_job_whose_claim_is_lost_publishes_nothing(sent, tmp_path):
    clip = sent(film_of(tmp_path))
    job = Job.objects.get()
    claim = jobs.claim(job.pk)
    Job.objects.filter(pk=job.pk).update(attempt=2)  # another worker took over

    with pytest.raises(jobs.Lost):
        jobs.KINDS["probe_clip"].function(claim)

    clip.refresh_from_db()
    assert (clip.state, clip.renditions.count()) == (Clip.State.RECEIVED, 0)


def test_shots_change_places_and_are_withdrawn(kite, make_clip, bo, dai, as_attendee):
    first, second = make_clip(1), make_clip(2)

    as_attendee(bo).post(f"/attend/beijing/film/shots/{first.pk}/move/", {"to": "2"})
    assert list(kite.clips.current().values_list("pk", "slot")) == [(second.pk, 1), (first.pk, 2)]

    assert as_attendee(dai).post(f"/attend/beijing/film/shots/{first.pk}/withdraw/").status_code == 404
    as_attendee(bo).post(f"/attend/beijing/film/shots/{first.pk}/withdraw/")
    assert list(kite.clips.current()) == [second]


def test_a_like_counts_once_and_is_taken_back(make_clip, dai, as_attendee):
    clip = make_clip(1)
    phone = as_attendee(dai)

    counts = [
        phone.post(f"/attend/beijing/film/shots/{clip.pk}/like/", headers={"accept": "application/json"}).json()[
            "count"
        ]
        for _ in "12"
    ]

    assert counts == [1, 0]


@pytest.mark.django_db(transaction=True)
def test_a_like_that_two_presses_take_back_at_once_counts_once(make_clip, dai, chen):
    clip = make_clip(1)
    shots.like(clip, chen)
    shots.like(clip, dai)
    Clip.objects.filter(pk=clip.pk).update(likes_count=5)
    gate = threading.Barrier(2)

    def press():
        gate.wait()
        shots.like(clip, dai)
        connection.close()

    presses = [threading.Thread(target=press) for _ in "12"]
    for one in presses:
        one.start()
    for one in presses:
        one.join()

    clip.refresh_from_db()
    assert clip.likes_count - 4 == Like.objects.filter(clip=clip, attendee=dai).count()


def test_places_are_not_changed_while_a_file_is_on_its_way_to_one_of_them(kite, make_clip, bo, chen, as_attendee):
    first, second = make_clip(1), make_clip(2)
    begin(as_attendee(bo), slot=1)

    page = as_attendee(chen).post(f"{FILM}shots/{second.pk}/move/", {"to": "1"}, follow=True).content.decode()

    assert f"Shot 1 is on its way from {bo.name}’s phone. Change places when it is here." in page
    assert [clip.slot for clip in (Clip.objects.get(pk=first.pk), Clip.objects.get(pk=second.pk))] == [1, 2]
    as_attendee(chen).post(f"{FILM}shots/{second.pk}/move/", {"to": "3"})
    assert Clip.objects.get(pk=second.pk).slot == 3


def test_words_that_one_writes_do_not_undo_what_a_teammate_has_decided(make_clip, bo, chen, as_attendee):
    clip = make_clip(1)
    page = as_attendee(bo).get(f"{FILM}shots/{clip.pk}/").content.decode()
    seen = dict(re.findall(r'name="(initial-may_publish)" value="(\w+)"', page))
    as_attendee(chen).post(f"{FILM}shots/{clip.pk}/", {"title": "Take 1", "seed": "42"} | seen)  # out of the film

    as_attendee(bo).post(f"{FILM}shots/{clip.pk}/", {"title": "Whale", "seed": "42", "may_publish": "on"} | seen)

    clip.refresh_from_db()
    assert (clip.title, clip.seed, clip.may_publish) == ("Whale", "42", False)


def test_a_shot_that_is_withdrawn_meanwhile_gets_no_words(make_clip):
    clip = make_clip(1)
    shots.withdraw(clip, at=clip.received_at)

    shots.describe(clip, {"may_publish": True, "title": "Whale"})

    clip.refresh_from_db()
    assert (clip.title, clip.may_publish) == ("Take 1", False)


def test_words_that_come_when_a_teammate_has_sent_another_take_are_kept_for_the_place(
    make_clip, sent, tmp_path, bo, chen, dai, as_attendee
):
    old = make_clip(1, title="Take 1", prompt="a whale", seed="42")
    page, shown = (
        f"{FILM}shots/{old.pk}/",
        {"initial-may_publish": "True", "may_publish": "on", "tool": "", "model": ""},
    )
    new = sent(film_of(tmp_path))
    there = f"{FILM}shots/{new.pk}/"
    written = {"title": "Whale", "caption": "The last wave", "prompt": "a blue whale", "seed": "42"} | shown

    answer = as_attendee(chen).post(page, written, follow=True)

    assert answer.redirect_chain == [(there, 302)]
    assert "Meanwhile a teammate has sent another take" in answer.content.decode()
    new.refresh_from_db()
    assert (new.title, new.caption, new.prompt, new.may_publish) == ("Whale", "The last wave", "", True)
    as_attendee(chen).post(page, {"title": "x" * 50} | shown)
    assert Clip.objects.get(pk=new.pk).title == "Whale"
    assert as_attendee(dai).get(page).url == there
    as_attendee(dai).post(page, {"title": "Mine"})
    shots.withdraw(new, at=new.received_at)
    assert Clip.objects.get(pk=new.pk).title == "Whale"
    assert as_attendee(bo).get(page).status_code == 404


def test_a_shot_beyond_the_last_place_stays_on_the_page_as_it_does_in_the_film(kite, make_clip, bo, as_attendee):
    last = make_clip(3)
    Challenge.objects.filter(pk=kite.challenge_id).update(shots=2)

    page = as_attendee(bo).get(FILM).content.decode()

    assert (f"{FILM}shots/{last.pk}/" in page, 'data-choose="3"' in page) == (True, False)
    as_attendee(bo).post(f"{FILM}shots/{last.pk}/move/", {"to": "1"})
    assert [shot.slot for shot in shots.of(Team.objects.get(pk=kite.pk))] == [1, 2]


def test_the_crew_takes_a_shot_off_the_wall_from_its_desk(make_clip, ed, client_of):
    clip, crew = make_clip(1, title="Not for children"), client_of(ed)
    address = re.search(r'action="([^"]*/film/shots/\d+/withdraw/)"', crew.get(DESK).content.decode())[1]

    crew.post(address)

    assert not Clip.objects.current().filter(pk=clip.pk).exists()
    page = crew.get(DESK).content.decode()
    assert "Not for children" not in page
    assert "Take out</button>" not in page


def test_the_crew_looks_at_a_wide_shot_and_asks_for_another_take(kite, make_clip, ed, client_of):
    clip, crew = make_clip(2), client_of(ed)
    page = crew.get(DESK).content.decode()
    assert f'href="/attend/beijing/film/shots/{clip.pk}/original/"' in page
    assert f"{kite.code}, shot 2: look, take out" in page
    address = re.search(r'action="([^"]*/film/shots/\d+/again/)"', page)[1]

    answer = crew.post(address, follow=True)

    assert "asked again" in answer.content.decode()
    assert "Ask again</button>" not in answer.content.decode()


def test_who_is_no_editor_takes_nothing_out(make_clip, dana, client_of):
    clip = make_clip(1)

    assert client_of(dana).post(f"/organise/beijing/film/shots/{clip.pk}/withdraw/").status_code == 404

    assert Clip.objects.current().get() == clip


@pytest.mark.parametrize("kind", ["render_montage", "improve_clip", "pack_handover", "cut_for_team"])
def test_the_workers_are_not_called_idle_while_they_make_the_film(challenge, beijing, ed, client_of, kind):
    crew = client_of(ed)
    assert "The workers are idle" in crew.get("/organise/beijing/").content.decode()

    jobs.enqueue(kind, subject=1, event=beijing)
    Job.objects.update(state=Job.State.RUNNING)

    assert "Working on 1, 0 in line" in crew.get("/organise/beijing/").content.decode()
