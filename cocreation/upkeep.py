"""What heals and what goes by itself: jobs that were lost, files that nothing names any more, pieces that grew old."""

import contextlib
import os
import shutil
from datetime import timedelta
from pathlib import Path

from django.core.files.storage import default_storage
from django.utils import timezone

from cocreation import archives, bettering, music
from cocreation.media import children
from cocreation.models import Challenge, Clip, Render, Rendition, Soundtrack, TeamCut, Upload
from cocreation.pieces import SHARED
from cocreation.shots import TRIES, missing
from cocreation.work import scratch
from events import jobs, ticking
from events.models import Job

YOUNG = timedelta(hours=6)  # a file is stored before its row is written
PIECES_KEPT = timedelta(days=3)
REPLACED_KEPT = timedelta(days=2)


@ticking.every_tidy
def heal(at) -> int:
    """Give every shot and all music the job that it misses: one that failed is tried again, one that was lost begins anew."""
    healed = archives.heal(at) + music.heal()
    rows = Clip.objects.current().exclude(state=Clip.State.REFUSED).prefetch_related("renditions")
    for clip in rows.select_related("team__event", "team__challenge"):
        kind = missing(clip)
        if kind is None and _better_wanted(clip, at):
            bettering.wish(clip, clip.team.challenge)
            healed += 1
        if kind is None or at - clip.received_at < timedelta(minutes=2):
            continue
        rows = Job.objects.filter(kind=kind, subject=clip.pk)
        if rows.filter(state__in=Job.OPEN).exists():
            continue
        failed = rows.filter(state=Job.State.FAILED).count()
        if failed < TRIES:
            jobs.enqueue(kind, subject=clip.pk, event=clip.team.event)
            healed += 1
        elif kind == "probe_clip":
            Clip.objects.filter(pk=clip.pk).update(state=Clip.State.REFUSED, refusal={"code": "failed"})
    return healed + bettering.renew_all()


def _better_wanted(clip, at) -> bool:
    """Whether the better picture was never asked for, as when the quality was chosen in the admin, or failed so far.

    A picture that failed is asked for TRIES times; an event of days ago gets none that nobody asked for.
    """
    quality = clip.team.challenge.quality
    if quality == Challenge.Quality.FAST or not clip.facts.get("upscaling"):
        return False
    tries = Job.objects.filter(kind="improve_clip", subject=clip.pk).order_by("-pk")
    last = tries.first()
    if last is None or last.arguments.get("quality", quality) != quality:
        return clip.team.event.ends_at > at - REPLACED_KEPT
    return last.state == Job.State.FAILED and tries.filter(state=Job.State.FAILED).count() < TRIES


@ticking.every_tidy
def measure(at) -> None:
    """Have the upscalers tried while an event that will need them is near."""
    near = Challenge.objects.filter(event__ends_at__gte=at, event__starts_at__lte=at + timedelta(days=2))
    if near.exists() and None in [bettering.known(value, at=at) for value in Challenge.Quality.values]:
        jobs.enqueue("try_upscalers")


@ticking.every_tidy
def collect(at) -> int:
    """Delete stored files that no row names, and bytes of replaced shots that no film shows; returns how many."""
    forget_replaced(at)
    named = _named()
    gone = 0
    for name in list(_files("film")):
        if name in named or name.startswith(SHARED + "/"):
            continue
        with contextlib.suppress(OSError, NotImplementedError):
            if at - default_storage.get_modified_time(name) > YOUNG:
                default_storage.delete(name)
                gone += 1
    for name in list(_files(SHARED)):
        with contextlib.suppress(OSError, NotImplementedError):
            if at - default_storage.get_modified_time(name) > PIECES_KEPT:
                default_storage.delete(name)
                gone += 1
    return gone


def forget_replaced(at) -> None:
    """The bytes of a shot that was replaced or withdrawn days ago go, unless a film shows it or the next one will."""
    shown = {row.get("clip") for scenes in Render.objects.values_list("scenes", flat=True) for row in scenes}
    old = Clip.objects.filter(withdrawn_at__lt=at - REPLACED_KEPT).exclude(pk__in=shown).exclude(original="")
    for clip in old.exclude(pk__in=Clip.objects.standing().values("pk")):
        Rendition.objects.filter(clip=clip).delete()
        Clip.objects.filter(pk=clip.pk).update(original="", size=0)


def _named():
    """Every stored file that a row speaks of."""
    fields = [(Clip, "original"), (Rendition, "file"), (Soundtrack, "file"), (Upload, "archive")]
    fields += [(Render, name) for name in ("file", "phone", "poster", "bundle", "otioz")]
    fields.append((TeamCut, "file"))
    return {name for model, field in fields for name in model.objects.values_list(field, flat=True) if name}


def _files(folder):
    """Names under a folder of the storage, at any depth."""
    try:
        folders, files = default_storage.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return
    for name in files:
        if name:
            yield f"{folder}/{name}"
    for name in folders:
        if name:
            yield from _files(f"{folder}/{name}")


@ticking.every_tidy
def sweep_workshop(at=None) -> int:
    """Pieces of this host that nobody asked for in days, and workshops of workers that were killed; and their children."""
    children.reap()
    now = (at or timezone.now()).timestamp()
    gone = 0
    for path in Path(scratch()).iterdir():
        if path.name == "chunks":
            gone += sum(_old(piece, now, PIECES_KEPT) for piece in path.iterdir())
        else:
            gone += _old(path, now, PIECES_KEPT if path.is_file() else timedelta(days=1))
    return gone


def _old(path, now, age):
    """Remove it when it is older than `age`; whether it was."""
    try:
        if now - path.stat().st_mtime < age.total_seconds():
            return False
        shutil.rmtree(path) if path.is_dir() else os.unlink(path)
    except OSError:
        return False
    return True
