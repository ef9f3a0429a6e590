"""What is sent is looked at by decoding; what cannot be a shot is refused with the number that mends it."""

import subprocess

import pytest

from cocreation.media import ffmpeg
from cocreation.models import Clip
from events import jobs
from events.models import Job


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
