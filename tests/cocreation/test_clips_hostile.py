"""Files that are no shots, and files that want something else than to be watched."""

import resource

import pytest
from django.utils import translation

from cocreation import refusals
from cocreation.media import children, looking
from cocreation.models import Clip
from events import jobs
from events.models import Job
from tests.cocreation import drawing
from tests.cocreation.drawing import film
from tests.work import work

H264 = ("-c:v", "libx264")


def other_team(folder):
    return film(folder, "secret.mp4", more=H264)


def text(words):
    def draw(folder):
        path = folder / "hostile.mp4"
        path.write_bytes(words.replace("{secret}", str(other_team(folder))).encode())
        return path

    return draw


def bytes_of(body, name="hostile.mp4"):
    def draw(folder):
        path = folder / name
        path.write_bytes(body)
        return path

    return draw


def cut(name, share, more=()):
    """The first share of a whole file."""

    def draw(folder):
        whole = film(folder, name, seconds=4, more=(*H264, *more)).read_bytes()
        path = folder / f"cut-{name}"
        path.write_bytes(whole[: int(len(whole) * share)])
        return path

    return draw


def emptied(name, more=H264, seconds=4):
    """A whole file, its header and index as they were, that holds zeros instead of pictures."""

    def draw(folder):
        path = film(folder, name, seconds=seconds, more=more)
        body = bytearray(path.read_bytes())
        at = body.index(b"mdat")
        end = at - 4 + int.from_bytes(body[at - 4 : at], "big")
        body[at + 4 : end] = bytes(end - at - 4)
        path.write_bytes(body)
        return path

    return draw


HOSTILE = {
    "a playlist that names another team's file": (
        text("#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{secret}\n"),
        "not_a_video",
    ),
    "a playlist of the network": (text("#EXTM3U\n#EXTINF:9,\nhttp://127.0.0.1:9/a.ts\n"), "not_a_video"),
    "a list of files": (text("ffconcat version 1.0\nfile '{secret}'\n"), "not_a_video"),
    "the concat protocol": (text("concat:{secret}|{secret}"), "not_a_video"),
    "a data address": (text("data:video/mp4;base64,AAAA"), "not_a_video"),
    "a session description": (
        text("v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=video 9 RTP/AVP 96\n"),
        "not_a_video",
    ),
    "a DASH manifest": (
        text('<?xml version="1.0"?><MPD><Period><BaseURL>file://{secret}</BaseURL></Period></MPD>'),
        "not_a_video",
    ),
    "an image sequence": (text("%03d.png"), "not_a_video"),
    "a picture with a script": (
        text('<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>'),
        "not_a_video",
    ),
    "nothing": (bytes_of(b""), "not_a_video"),
    "zeros": (bytes_of(b"\0" * 5000), "not_a_video"),
    "a PDF": (bytes_of(b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n" * 50), "not_a_video"),
    "a web page": (bytes_of(b"<!doctype html><script>alert(1)</script>"), "not_a_video"),
    "a zip bomb": (drawing.bomb, "not_a_video"),
    "the head of a GIF": (bytes_of(b"GIF89a", "a.gif"), "not_a_video"),
    "a GIF of 60000 pixels": (bytes_of(drawing.giant_gif(), "a.gif"), "too_large"),
    "sound alone": (drawing.tone, "no_video"),
    "sound with a cover": (drawing.covered, "no_video"),
    "an mp4 without its end": (cut("a.mp4", 0.7), "cut_off"),
    "an mp4 of which the end is missing": (cut("a.mp4", 0.5, ("-movflags", "+faststart")), "cut_off"),
    "an mp4 of zeros": (emptied("a.mp4"), "unreadable"),
    "an mp4 of many zeros": (emptied("a.mp4", (*H264, "-r", "30")), "unreadable"),
    "an mp4 of zeros whose index comes first": (emptied("a.mp4", (*H264, "-movflags", "+faststart")), "unreadable"),
    "a mov of zeros in another codec": (emptied("a.mov", ("-c:v", "mpeg4")), "unreadable"),
    "ten hours in three pictures": (drawing.ten_hours, "far_too_long"),
    "one picture": (lambda at: film(at, seconds=0.1, more=H264), "still"),
    "too many pictures": (
        lambda at: film(at, size="128x128", rate=1000, seconds=6, more=(*H264, "-preset", "ultrafast")),
        "too_many",
    ),
    "too short": (lambda at: film(at, seconds=0.8, more=H264), "too_short"),
    "too long": (lambda at: film(at, seconds=11, more=H264), "too_long"),
    "too small": (lambda at: film(at, size="96x64", more=H264), "too_small"),
    "too large": (lambda at: film(at, size="4400x4400", rate=2, more=("-c:v", "mjpeg", "-q:v", "31")), "too_large"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_it_is_refused_with_its_reason_and_in_little_time(sent, tmp_path, kind):
    draw, code = HOSTILE[kind]
    path = draw(tmp_path)
    clip = sent(path)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)

    work()

    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    clip.refresh_from_db()
    assert (clip.state, clip.refusal["code"]) == (Clip.State.REFUSED, code)
    assert clip.renditions.count() == 0
    assert used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime < 2


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_reason_is_a_whole_sentence_with_its_numbers(language):
    numbers = {"seconds": 0.8, "least": 2, "most": 8, "width": 96, "height": 64, "name": "a.zip", "shots": 3}
    numbers |= {"n": 4, "mb": 90, "gb": 0.6}

    with translation.override(language):
        said = {code: refusals.sentence({"code": code, **numbers}) for code in refusals.SENTENCES}

    assert [code for code, words in said.items() if not words or "%" in words] == []
    assert len(set(said.values())) == len(said)


def test_the_number_that_mends_it_is_on_the_page(sent, tmp_path, bo, as_attendee):
    sent(film(tmp_path, seconds=0.8, more=H264))
    work()

    assert "0.8 s, at least 2 s" in as_attendee(bo).get("/attend/beijing/film/").content.decode()
    assert "0.8 秒，至少 2 秒" in as_attendee(bo, "zh-hans").get("/attend/beijing/film/").content.decode()


def test_a_decoder_that_crashes_ends_a_child_and_no_worker(tmp_path, monkeypatch):
    crashing = tmp_path / "prober.py"
    crashing.write_text("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n")
    monkeypatch.setattr(looking, "PROBER", str(crashing))

    assert looking.look(tmp_path / "any.mp4").refusal == {"code": "unreadable"}


def test_a_machine_that_is_short_of_memory_is_no_fault_of_the_film(sent, tmp_path, monkeypatch):
    killed = tmp_path / "prober.py"
    killed.write_text("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n")
    clip = sent(film(tmp_path, more=H264))
    with monkeypatch.context() as short:
        short.setattr(looking, "PROBER", str(killed))
        with pytest.raises(children.Killed):
            looking.look(tmp_path / "clip.mp4")
        jobs.run(Job.objects.get().pk)
    assert (Job.objects.get().state, Clip.objects.get().refusal) == ("waiting", None)

    Job.objects.update(not_before=None)
    work()

    clip.refresh_from_db()
    assert clip.state == Clip.State.READY


def test_a_file_that_takes_for_ever_is_given_up_and_said_so(tmp_path, monkeypatch):
    waiting = tmp_path / "prober.py"
    waiting.write_text("import time\ntime.sleep(60)\n")
    monkeypatch.setattr(looking, "PROBER", str(waiting))
    monkeypatch.setattr(looking, "PATIENCE", 1.0)

    assert looking.look(tmp_path / "any.mp4").refusal == {"code": "too_slow", "seconds": 1.0}


def test_of_a_minute_nobody_claims_to_have_measured_the_length(sent, tmp_path, bo, as_attendee):
    sent(film(tmp_path, seconds=60, rate=2, more=H264))
    work()

    assert "Longer than 13 s, at most 8 s" in as_attendee(bo).get("/attend/beijing/film/").content.decode()
