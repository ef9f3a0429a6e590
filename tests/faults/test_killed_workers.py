"""kill -9 of a real worker in the middle of real work: the work ends by itself once a worker is back, and ends once."""

import pytest

from tests.faults.installation import wait_until

pytestmark = [pytest.mark.fault, pytest.mark.long, pytest.mark.xdist_group("installation"), pytest.mark.timeout(420)]

SHOT = """
import hashlib, tempfile
from pathlib import Path
from django.core.files import File
from django.db import transaction
from django.utils import timezone
from cocreation import demo_clips, teams, uploads
from cocreation.models import Challenge, Clip
from config import demo
from events.models import Event
now = timezone.now()
event = demo._event(now, now)
people = demo._people(event, now, demo._crew(event)["dana"])
challenge = demo._challenge(event, now)
team = teams.make(challenge, people[0], "会飞的小笼包")
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "shot.mp4"
    demo_clips.draw("{scene}", path, Path(folder))
    with transaction.atomic(), path.open("rb") as file:
        clip = Clip(team=team, slot=1, title="t", sender=people[0], filename="a.mp4", ending=".mp4",
            size=path.stat().st_size, sha256=hashlib.sha256(path.read_bytes()).hexdigest())
        clip.original.save("shot.mp4", File(file), save=False)
        uploads.place(clip, at=now)
"""
FILM = """
from cocreation import editing
from cocreation.models import Challenge
editing.render(editing.new_version(Challenge.objects.get()))
"""


def one_shot(installation):
    from config import demo_facts

    installation.python(SHOT.format(scene=demo_facts.TEAMS[0][1][0][0]))


def job(installation, kind, state="running", column="attempt"):
    found = installation.rows(
        f"SELECT {column} FROM events_job WHERE kind = '{kind}' AND state = '{state}' ORDER BY id DESC"  # noqa: S608
    )
    return found[0][0] if found else None


def kill_in_the_middle(installation, worker, kind):
    """kill -9 of the worker as soon as its job has shown progress; returns the job's attempt."""
    at_work = "running' AND done > '0"
    attempt = wait_until(lambda: job(installation, kind, at_work), seconds=90, what=f"{kind} is at work")
    installation.kill(worker)
    assert job(installation, kind) == attempt  # it did not end in the last moment: the kill hit it
    return attempt


def test_the_upscaling_of_a_killed_worker_ends_by_itself_and_once(install):
    installation = install()
    one_shot(installation)
    installation.start(*installation.workers)

    attempt = kill_in_the_middle(installation, "media", "upscale_clip")
    installation.start("media")

    ended = wait_until(lambda: job(installation, "upscale_clip", "done"), seconds=120, what="upscaling is done")
    assert ended == attempt + 1
    kinds = [kind for (kind,) in installation.rows("SELECT kind FROM cocreation_rendition")]
    assert kinds.count("upscaled") == 1


def test_the_film_of_a_killed_worker_ends_by_itself_with_every_frame(install):
    installation = install()
    one_shot(installation)
    installation.start(*installation.workers)
    wait_until(lambda: job(installation, "upscale_clip", "done"), seconds=120, what="the shot is ready")
    installation.python(FILM)

    attempt = kill_in_the_middle(installation, "media", "render_montage")
    installation.start("media")

    ended = wait_until(lambda: job(installation, "render_montage", "done"), seconds=150, what="the film is done")
    assert ended == attempt + 1
    (frames, file), *others = installation.rows(
        "SELECT frames, file FROM cocreation_render WHERE finished_at IS NOT NULL"
    )
    assert not others
    assert frames_of(installation.folder / "var" / "media" / file) == frames > 0


def frames_of(path):
    import av

    with av.open(str(path)) as film:
        return sum(1 for _frame in film.decode(video=0))
