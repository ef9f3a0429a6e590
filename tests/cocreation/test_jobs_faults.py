"""A full disk, a dead worker, a lost message: the page says so in words, and it heals by itself."""

import os
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone, translation

from cocreation import editing, music, upkeep, work
from cocreation.media import children
from cocreation.models import Clip, Rendition, Soundtrack
from cocreation.rendering import sound
from events import jobs
from events.models import Job, Worker
from tests.cocreation.drawing import film
from tests.work import work as work_off

H264 = ("-c:v", "libx264")
LATER = timedelta(days=10)


def page(as_attendee, bo):
    return as_attendee(bo).get("/attend/beijing/film/").content.decode()


def test_a_full_disk_makes_shots_wait_and_they_go_on_when_there_is_room(sent, tmp_path, settings, bo, as_attendee):
    clip = sent(film(tmp_path, more=H264))
    room = settings.DISK_RESERVE_MB
    settings.DISK_RESERVE_MB = 10**9
    jobs.run(Job.objects.get().pk)

    job = Job.objects.get()
    assert (job.state, job.attempts_allowed) == ("waiting", 5)
    assert "The disk is full. This goes on by itself when there is room." in page(as_attendee, bo)
    assert (
        "磁盘满了。腾出空间后会自己接着做。" in as_attendee(bo, "zh-hans").get("/attend/beijing/film/").content.decode()
    )

    settings.DISK_RESERVE_MB = room
    Job.objects.update(not_before=None)
    work_off()
    clip.refresh_from_db()
    assert clip.state == Clip.State.READY


def test_a_disk_that_fills_in_the_middle_of_a_job_is_no_failure(sent, tmp_path, monkeypatch):
    sent(film(tmp_path, more=H264))

    def full(*arguments, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(work.shutil, "rmtree", lambda *a, **k: None)
    monkeypatch.setattr(work.copies, "poster", full)
    jobs.run(Job.objects.get().pk)

    assert Job.objects.get().state == "waiting"
    assert not Rendition.objects.exists()


@pytest.fixture
def killed(settings, tmp_path):
    """An ffmpeg that the machine ends each time, as one that is short of memory does."""
    program = tmp_path / "ended"
    program.write_text("#!/bin/sh\nkill -9 $$\n")
    program.chmod(0o755)
    settings.FFMPEG = str(program)


def test_music_whose_listener_the_machine_ended_is_heard_again(beijing, killed):
    track = Soundtrack.objects.create(event=beijing, title="Rain", file=ContentFile(b"RIFF" * 100, "rain.wav"))
    job = jobs.enqueue("hear_music", subject=track.pk, event=beijing)

    jobs.run(job.pk)

    job.refresh_from_db()
    track.refresh_from_db()
    assert (job.state, job.error) == ("waiting", "Killed: ended by SIGKILL")
    assert track.heard == {}


def test_music_that_found_the_disk_full_waits_and_is_not_called_silent(beijing, settings, tmp_path):
    program = tmp_path / "full"
    program.write_text("#!/bin/sh\necho 'av_interleaved_write_frame(): No space left on device'; exit 1\n")
    program.chmod(0o755)
    settings.FFMPEG = str(program)
    track = Soundtrack.objects.create(event=beijing, title="Rain", file=ContentFile(b"RIFF" * 100, "rain.wav"))
    job = jobs.enqueue("hear_music", subject=track.pk, event=beijing)

    jobs.run(job.pk)

    job.refresh_from_db()
    track.refresh_from_db()
    assert (job.state, track.heard, "disk is full" in job.note) == ("waiting", {}, True)


def test_a_piece_of_ours_that_several_ask_for_at_once_is_whole_for_each(tmp_path):
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _nth: music.piece_file(tmp_path, "departure").read_bytes(), range(4)))

    assert len(set(found)) == 1 and len(found[0]) > 100_000
    assert [path.suffixes for path in tmp_path.rglob("*.wav")] == [[".wav"]]


def test_a_voice_whose_listener_the_machine_ended_is_not_left_out(tmp_path, killed):
    voice = sound.Voice(tmp_path / "shot.mp4", "shot", 0, 60, 0)

    with pytest.raises(children.Killed):
        sound.heard_of(tmp_path, sound.Score(60, (voice,)))


@pytest.fixture
def small_disk(settings, tmp_path):
    """Twelve megabytes for all media: a file system of its own, where this machine lets us mount one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(disk)], capture_output=True, text=True
    )
    if made.returncode:
        pytest.skip(f"optional: no file system can be mounted here: {made.stderr.strip()}")
    settings.MEDIA_ROOT, settings.DISK_RESERVE_MB = disk, 0
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


@pytest.mark.long
@pytest.mark.fault
def test_a_disk_that_is_really_full_stops_nothing_for_good(sent, tmp_path, small_disk, bo, as_attendee):
    clip = sent(film(tmp_path, more=H264))
    ballast = small_disk / "ballast"
    with pytest.raises(OSError, match="No space left"), open(ballast, "wb") as file:
        while True:
            file.write(bytes(64 * 1024))
            file.flush()

    jobs.run(Job.objects.get().pk)

    assert Job.objects.get().state == "waiting"
    assert "The disk is full. This goes on by itself when there is room." in page(as_attendee, bo)
    assert not Rendition.objects.exists()

    ballast.unlink()
    Job.objects.update(not_before=None)
    work_off()
    clip.refresh_from_db()
    assert clip.state == Clip.State.READY
    assert clip.rendition("proxy") and clip.rendition("poster")
    assert all(one.file.size for one in clip.renditions.all())


def test_a_shot_whose_job_was_lost_gets_it_again(sent, tmp_path):
    clip = sent(film(tmp_path, more=H264))
    Job.objects.all().delete()

    upkeep.heal(timezone.now() + timedelta(minutes=3))
    work_off()

    clip.refresh_from_db()
    assert clip.state == Clip.State.READY


def test_a_check_that_crashes_each_time_ends_in_words_and_not_in_silence(sent, tmp_path, bo, as_attendee):
    clip = sent(film(tmp_path, more=H264))
    default_storage.delete(clip.original.name)  # the disk lost it
    Job.objects.update(state="failed")
    assert "It did not work this time" in page(as_attendee, bo)
    for _round in range(upkeep.TRIES):
        Job.objects.filter(state="waiting").update(state="failed")
        upkeep.heal(timezone.now() + timedelta(minutes=3))

    clip.refresh_from_db()
    assert (clip.state, clip.refusal["code"]) == (Clip.State.REFUSED, "failed")
    assert "The crew has been told" in page(as_attendee, bo)


@pytest.mark.long
def test_a_copy_that_fails_each_time_is_not_said_to_be_tried_again_and_the_crew_can_ask(
    sent, tmp_path, bo, as_attendee, ed, client_of
):
    clip = sent(film(tmp_path, more=H264))
    work_off()
    Rendition.objects.filter(clip=clip, kind="upscaled").delete()
    Job.objects.filter(kind="upscale_clip").delete()
    desk, again = "/organise/beijing/film/", f"/organise/beijing/film/shots/{clip.pk}/retry/"
    for number in range(1, upkeep.TRIES + 1):
        jobs.enqueue("upscale_clip", subject=clip.pk, event=clip.team.event)
        Job.objects.filter(kind="upscale_clip").update(state="failed")
        tried = number < upkeep.TRIES
        assert ("It is tried again by itself" in page(as_attendee, bo)) == tried
        assert (again in client_of(ed).get(desk).content.decode()) != tried
    assert upkeep.heal(timezone.now() + timedelta(minutes=3)) == 0
    assert "Ask the crew to have it tried again." in page(as_attendee, bo)

    client_of(ed).post(again)
    work_off()

    clip = Clip.objects.get(pk=clip.pk)
    assert (clip.state, bool(clip.upscaled)) == (Clip.State.READY, True)
    assert again not in client_of(ed).get(desk).content.decode()


def test_a_check_that_is_given_up_is_not_said_to_be_tried_again(sent, tmp_path, bo, as_attendee):
    clip = sent(film(tmp_path, more=H264))
    for _number in range(upkeep.TRIES):
        jobs.enqueue("probe_clip", subject=clip.pk, event=clip.team.event)
        Job.objects.update(state="failed")

    assert "It did not work, and is not tried again by itself. Send the file again" in page(as_attendee, bo)


def test_when_all_workers_are_busy_the_page_says_so_and_when_there_is_none_as_well(sent, tmp_path, bo, as_attendee):
    now = timezone.now()
    worker = Worker.objects.create(name="films@here", queues="media,probe", heard_at=now)
    sent(film(tmp_path, more=H264))
    assert Job.objects.get().queue == "probe"
    assert "In line" not in page(as_attendee, bo)
    Job.objects.update(created_at=now - timedelta(minutes=2))
    assert "In line: all workers are busy" in page(as_attendee, bo)

    nobody = "Nobody works on it right now; the crew can see it. It goes on by itself."
    for silent in ({"heard_at": now - timedelta(minutes=1)}, {"queues": "beat"}, {"queues": "default,mail,probes"}):
        Worker.objects.filter(pk=worker.pk).update(**{"queues": worker.queues, "heard_at": worker.heard_at, **silent})
        assert (nobody in page(as_attendee, bo), "In line" in page(as_attendee, bo)) == (True, False)

    Worker.objects.all().delete()
    assert nobody in page(as_attendee, bo)


def test_what_failed_and_was_mended_since_is_history(sent, tmp_path, bo, as_attendee):
    clip = sent(film(tmp_path, more=H264))
    Job.objects.update(state="failed")
    assert "It did not work this time" in page(as_attendee, bo)

    upkeep.heal(timezone.now() + timedelta(minutes=3))
    work_off()

    assert Clip.objects.get(pk=clip.pk).state == Clip.State.READY
    assert "It did not work this time" not in page(as_attendee, bo)


def test_after_a_crash_the_page_does_not_name_the_machinery(sent, tmp_path, bo, as_attendee):
    sent(film(tmp_path, more=H264))
    job = Job.objects.get()
    claim = jobs.claim(job.pk)
    claim.progress(3, 10, "realesr-animevideov3/2.0.0/cpu")

    jobs._try_again(claim, OSError("the disk hiccupped"))

    job.refresh_from_db()
    assert (job.state, job.not_before is None) == ("waiting", False)
    assert "realesr" not in page(as_attendee, bo)


def test_why_a_film_failed_is_said_in_the_readers_language(challenge, ed, client_of):
    job = editing.job_of(editing.render(editing.new_version(challenge)))
    reason = jobs.Failed("%(shot)s stopped the film: %(reason)s", shot="KITE 2", reason="no picture")
    Job.objects.filter(pk=job.pk).update(state="failed", error=reason.kept, ended_at=timezone.now())

    assert "KITE 2 stopped the film: no picture" in client_of(ed).get("/organise/beijing/").content.decode()
    with translation.override("zh-hans"):
        assert jobs.told(reason.kept) == "KITE 2 卡住了成片：no picture"
        assert jobs.told("status 1") == "status 1"


def test_progress_is_told_in_frames_and_minutes(sent, tmp_path, bo, as_attendee):
    clip = sent(film(tmp_path, more=H264))
    work_off()
    job = jobs.enqueue("improve_clip", subject=clip.pk, event=clip.team.event)
    claim = jobs.claim(job.pk)
    Job.objects.filter(pk=job.pk).update(started_at=timezone.now() - timedelta(minutes=10))
    claim.progress(10, 40)

    assert "A better picture: 10 of 40 frames, about 30 min left" in page(as_attendee, bo)


# --- garbage ---------------------------------------------------------------------------------------------------------
def names():
    return set(upkeep._files("film"))


def test_files_that_nobody_names_go_when_they_are_old_and_no_others(sent, tmp_path):
    clip = sent(film(tmp_path, more=H264))
    work_off()
    kept = names()
    orphan = default_storage.save("film/1/poster/orphan.jpg", ContentFile(b"x"))

    upkeep.collect(timezone.now())
    assert orphan in names()
    upkeep.collect(timezone.now() + timedelta(hours=7))

    assert names() == kept
    assert clip.original.name in kept


def test_a_replaced_shot_is_forgotten_after_two_days_unless_a_film_shows_it(sent, tmp_path, kite, ed):
    old = sent(film(tmp_path, more=H264))
    work_off()
    sent(film(tmp_path, "b.mp4", more=H264))
    Clip.objects.filter(pk=old.pk).update(withdrawn_at=timezone.now() - timedelta(days=1))
    upkeep.collect(timezone.now())
    old.refresh_from_db()
    assert old.original

    work_off()  # until the new take can be shown, this one holds its place
    Clip.objects.filter(pk=old.pk).update(withdrawn_at=timezone.now() - timedelta(days=3))
    upkeep.collect(timezone.now() + timedelta(hours=7))

    old.refresh_from_db()
    assert not old.original
    assert old.renditions.count() == 0


def test_an_erased_event_leaves_no_file(sent, tmp_path, kite):
    sent(film(tmp_path, more=H264))
    work_off()
    kite.event.delete()

    upkeep.collect(timezone.now() + LATER)

    assert names() == set()


def test_pieces_and_workshops_grow_old(sent, tmp_path):
    sent(film(tmp_path, more=H264))
    work_off()
    chunks = list((work.scratch() / "chunks").glob("*.mp4"))
    assert chunks

    upkeep.sweep_workshop(timezone.now())
    assert list((work.scratch() / "chunks").glob("*.mp4")) == chunks
    upkeep.sweep_workshop(timezone.now() + timedelta(days=4))

    assert list((work.scratch() / "chunks").glob("*.mp4")) == []


@pytest.fixture(autouse=True)
def own_media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


def test_a_host_without_the_queue_of_the_sweeps_sweeps_its_own_scratch_once_an_hour(settings):
    left = [work.scratch() / name for name in ("tmpkilled", "tmplater")]
    for number, folder in enumerate(left):
        folder.mkdir()
        os.utime(folder, (time.time() - 2 * 86_400,) * 2)
        for _twice in range(2):
            with work.workshop() as mine:
                assert mine.exists()
        assert folder.exists() == bool(number), "an hour has not passed since"

    os.utime(work.scratch().with_name(".work-swept"), (time.time() - 3700,) * 2)
    with work.workshop():
        assert not left[1].exists()
