"""kill -9 of a real worker in the middle of an upscale: done by itself, at most one piece made twice, one result."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from cocreation.media import ffmpeg

ROOT = Path(__file__).resolve().parent.parent.parent
pytestmark = [pytest.mark.fault, pytest.mark.long, pytest.mark.timeout(420)]

UPSCALER = """
    import os, subprocess, sys, time
    program, log, source, target, scale = sys.argv[1:]
    if "selftest" not in source:
        with open(log, "a") as out:
            out.write(f"{os.getpid()}\\n")
        time.sleep(1.2)
    words = [program, "-loglevel", "error", "-y", "-i", source, "-vf", f"scale=iw*{scale}:ih*{scale}", "-c:v", "ffv1"]
    subprocess.run([*words, target], check=True)
"""

SEED = """
    import sys
    from datetime import timedelta
    from pathlib import Path
    from django.core.files.base import ContentFile
    from django.utils import timezone
    from cocreation import teams, uploads
    from cocreation.models import Challenge, Clip
    from events import jobs
    from events.models import Attendee, Event, Job, Series
    at = timezone.now()
    event = Event.objects.create(
        series=Series.objects.create(name="s", slug="s"), number=1, slug="beijing", code="HIAI", title="t", city="c",
        doors_at=at, starts_at=at, ends_at=at + timedelta(hours=3), published_at=at,
    )
    bo = Attendee.objects.create(event=event, name="bo", contact="bo@nextstop.example", number=1, status="confirmed")
    challenge = Challenge.objects.create(event=event, title="c", quality="better")
    team = teams.make(challenge, bo, "kite")
    path = Path(sys.argv[1])
    clip = Clip(team=team, slot=1, sender=bo, filename=path.name, ending=".mp4", size=path.stat().st_size, sha256="0" * 64)
    clip.original.save("original.mp4", ContentFile(path.read_bytes()), save=False)
    uploads.place(clip, at=at)
    for kind in ("probe_clip", "upscale_clip"):
        jobs.run(Job.objects.get(kind=kind).pk)
    assert Job.objects.get(kind="improve_clip").state == "waiting"
"""

ASK = """
    import json
    from cocreation.models import Rendition
    from events import jobs
    from events.models import Job
    jobs.sweep()
    job = Job.objects.get(kind="improve_clip")
    made = Rendition.objects.filter(kind="upscaled")
    print(json.dumps({"state": job.state, "attempt": job.attempt, "error": job.error,
                      "made": [[row.backend, row.file.path] for row in made]}))
"""


@pytest.fixture
def house(tmp_path):
    """An installation of its own: a database file, a broker in a folder, an upscaler that takes its time."""
    upscaler = tmp_path / "upscaler.py"
    upscaler.write_text(textwrap.dedent(UPSCALER))
    words = [
        sys.executable,
        str(upscaler),
        ffmpeg.absolute(ffmpeg.program()),
        str(tmp_path / "log"),
        "{in}",
        "{out}",
        "{scale}",
    ]
    kept = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL", "S3_BUCKET")}
    env = kept | {
        "VAR_DIR": str(tmp_path / "var"),
        "NEXTSTOP_LOCAL": "1",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "UPSCALE_COMMAND": " ".join(words),
    }
    (tmp_path / "var").mkdir()
    started = []

    class House:
        log = tmp_path / "log"

        def python(self, code, *arguments):
            code = "import django\ndjango.setup()\n" + textwrap.dedent(code)
            done = subprocess.run(
                [sys.executable, "-c", code, *arguments], cwd=ROOT, env=env, capture_output=True, text=True, timeout=120
            )
            assert done.returncode == 0, done.stderr[-2000:]
            return done.stdout.strip().splitlines()[-1] if done.stdout.strip() else ""

        def manage(self, *words):
            subprocess.run([sys.executable, "manage.py", *words], cwd=ROOT, env=env, check=True, capture_output=True)

        def worker(self):
            line = [sys.executable, "-m", "celery", "-A", "config.celery", "worker", "--pool=threads", "-c", "1"]
            line += ["-Q", "upscale", "--without-gossip", "--without-mingle", "--loglevel=WARNING"]
            started.append(
                subprocess.Popen(
                    line, cwd=ROOT, env=env, stdout=open(tmp_path / "worker.out", "ab"), stderr=subprocess.STDOUT
                )
            )
            return started[-1]

        def runs(self):
            return [int(row) for row in self.log.read_text().split()] if self.log.exists() else []

    yield House()
    for process in started:
        process.kill()
        process.wait()


def until(true, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := true():
            return found
        time.sleep(0.2)
    raise AssertionError("it did not happen")


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_kill_9_in_the_middle_repeats_at_most_one_piece(house, tmp_path):
    import json

    source = tmp_path / "shot.mp4"
    pattern = "testsrc2=size=192x144:rate=25:duration=5"  # 125 frames: four pieces
    ffmpeg.call(
        ["-loglevel", "error", "-f", "lavfi", "-i", pattern, "-c:v", "libx264", "-pix_fmt", "yuv420p", str(source)]
    )
    house.manage("migrate", "-v0")
    house.python(SEED, str(source))

    first = house.worker()
    until(lambda: len(house.runs()) >= 2, 120)
    first.send_signal(signal.SIGKILL)
    first.wait()
    working = house.runs()[-1]
    until(lambda: not alive(working), 3)

    house.worker()
    told = until(lambda: (found := json.loads(house.python(ASK)))["state"] not in ("waiting", "running") and found, 150)

    assert (told["state"], told["error"]) == ("done", "")
    assert [backend.split("/")[0] for backend, _path in told["made"]] == ["command"]
    assert 4 <= len(house.runs()) <= 5
    said = ffmpeg.call(["-i", f"file:{told['made'][0][1]}", "-map", "0:v:0", "-f", "null", "-"])
    assert "frame=  125" in said
