"""The jobs of co-creation: probe, preview, upscale, render. Each publishes under its claim, files first, the row last.

The machinery that they call (cutting, films) knows no database; this module is the door between.
"""

import contextlib
import errno
import functools
import shutil
import tempfile
import time
from pathlib import Path

from django.conf import settings
from django.core.files import File
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from cocreation import acceptance, archives, bettering, films, pieces, refusals, upscaling
from cocreation.hands import takes_long
from cocreation.media import copies, looking, picture
from cocreation.media.children import Broken, Killed
from cocreation.models import Challenge, Clip, Render, Rendition, Upload
from cocreation.rendering import cards
from cocreation.uploads import Arrived, Refused, swept_lately
from events import jobs, live

__all__ = ["make_proxy", "probe_clip", "render_montage", "upscale_clip"]
FULL = gettext_noop("The disk is full. This goes on by itself when there is room.")
TOLD_EVERY = 0.5  # seconds between two rows of progress
LONG = gettext_noop("A better picture: %(done)d of %(total)d frames are made. It takes long and goes on by itself.")


def scratch() -> Path:
    """Where workers keep intermediate files: pieces by content, shared between attempts."""
    found = Path(settings.MEDIA_ROOT) / "work"
    found.mkdir(parents=True, exist_ok=True)
    return found


@contextlib.contextmanager
def workshop():
    """A folder for one attempt, removed at the end. What killed workers left on this host goes once an hour."""
    if not swept_lately(scratch(), timezone.now()):
        from cocreation import upkeep  # it stands on this module

        upkeep.sweep_workshop()
    path = Path(tempfile.mkdtemp(dir=scratch()))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextlib.contextmanager
def local(stored):
    """The path of a stored file on this host: the file itself, or a copy from a storage elsewhere."""
    try:
        path = Path(stored.path)
    except NotImplementedError:
        with workshop() as folder:
            path = folder / Path(stored.name).name
            with stored.open("rb") as source, open(path, "wb") as out:
                shutil.copyfileobj(source, out)
            yield path
    else:
        yield path


def store(field, path) -> None:
    """Put a file that was made into the storage; on a local disk it is moved there."""
    with open(path, "rb") as file:
        field.save(
            Path(path).name, Arrived(file, name=str(path)) if pieces.is_local(field.storage) else File(file), save=False
        )


def patient(function):
    """A job that finds the disk full is no failure: it waits, says so, and goes on when there is room."""

    @functools.wraps(function)
    def guarded(job):
        free = shutil.disk_usage(scratch()).free
        if free < settings.DISK_RESERVE_MB * 2**20 // 4:
            raise jobs.NotNow(FULL)
        try:
            return function(job)
        except (OSError, Broken) as error:
            if getattr(error, "errno", None) == errno.ENOSPC or "No space left" in str(error):
                raise jobs.NotNow(FULL) from None
            raise
        except Refused:  # an upload says the same to the person who sends it
            raise jobs.NotNow(FULL) from None

    return guarded


def labels(folder):
    """What draws the AI label for a picture of a size, into a workshop."""

    def mark(width, height):
        name = Path(folder) / "label.png"
        return name, cards.corner(width, height, name)

    return mark


def _clip(job) -> Clip | None:
    """The clip of the job, or None when it was withdrawn or erased meanwhile."""
    return Clip.objects.current().select_related("team__event", "team__challenge").filter(pk=job.subject).first()


@jobs.kind("probe_clip", queue="probe")
@patient
def probe_clip(job):
    """Decode the file, decide whether it can be a shot, make its poster."""
    clip = _clip(job)
    if clip is None:
        return None
    with local(clip.original) as path, workshop() as folder:
        rules = clip.team.challenge
        seen = looking.look(path, longest=rules.seconds_most + acceptance.LOOKED)
        limits = {"least": rules.seconds_least, "most": rules.seconds_most, "shape": rules.shape}
        refusal = acceptance.refusal(seen.facts, seen.refusal, **limits)
        if refusal:
            return _refuse(job, clip, seen.facts, refusal)
        facts = seen.facts | {"upscaling": acceptance.wants_upscaling(seen.facts), "prober": looking.VERSION}
        poster = folder / "poster.jpg"
        copies.poster(path, poster, facts, mark=labels(folder))
        publish_rendition(job, clip, Rendition.Kind.POSTER, poster, facts=facts)


def _refuse(job, clip, facts, refusal):
    with transaction.atomic():
        job.hold()
        Clip.objects.filter(pk=clip.pk).update(state=Clip.State.REFUSED, facts=facts, refusal=refusal)
        live.tell(clip.team.event, "clips", team=clip.team.code, slot=clip.slot)


def publish_rendition(job, clip, kind, path, *, facts=None, backend="", width=0, height=0):
    """Store the file, then write its row while the job is ours; a poster makes the clip ready and starts the rest."""
    made = Rendition(clip=clip, kind=kind, backend=backend, width=width, height=height)
    store(made.file, path)
    try:
        with transaction.atomic():
            job.hold()
            Rendition.objects.filter(clip=clip, kind=kind).delete()
            made.save()
            if facts is not None:
                Clip.objects.filter(pk=clip.pk).update(state=Clip.State.READY, facts=facts, refusal=None)
                jobs.enqueue("make_proxy", subject=clip.pk, event=clip.team.event)
                if facts["upscaling"]:
                    jobs.enqueue("upscale_clip", subject=clip.pk, event=clip.team.event)
            live.tell(clip.team.event, "clips", team=clip.team.code, slot=clip.slot)
    except BaseException:
        made.file.storage.delete(made.file.name)
        raise


@jobs.kind("unpack_zip", queue="probe")
@patient
def unpack_zip(job):
    """The films of a team's zip, each into its place."""
    upload = Upload.objects.select_related("team__event", "team__challenge", "attendee").filter(pk=job.subject).first()
    if upload is None or not upload.archive:
        return
    with local(upload.archive) as path, workshop() as folder:
        told = archives.unpack(upload, path, folder, job=job)
    with transaction.atomic():
        job.hold()
        Upload.objects.filter(pk=upload.pk).update(unpacked=told, archive="")
        live.tell(upload.team.event, "clips", team=upload.team.code, slot=0)
    upload.archive.storage.delete(upload.archive.name)


@jobs.kind("make_proxy", queue="media")
@patient
def make_proxy(job):
    """The small copy for phones."""
    clip = _clip(job)
    if clip is None:
        return
    with local(clip.original) as path, workshop() as folder:
        proxy = folder / "proxy.mp4"
        copies.proxy(path, proxy, clip.facts, mark=labels(folder))
        publish_rendition(job, clip, Rendition.Kind.PROXY, proxy)


@jobs.kind("upscale_clip", queue="media")  # a model takes minutes a shot, and a film leaves a hand free
@patient
def upscale_clip(job):
    """The quick picture at 1080 lines, there in seconds; then the event's own quality is asked for."""
    clip = _clip(job)
    if clip is None:
        return
    enlarge(job, clip, upscaling.BACKENDS["lanczos"])
    if clip.team.challenge.quality != Challenge.Quality.FAST:
        bettering.wish(clip, clip.team.challenge)


@jobs.kind("improve_clip", queue="upscale", ended=bettering.picture_ended)
@patient
def improve_clip(job):
    """The picture of the event's quality; it takes the place of the quick one, in the film as well."""
    clip = _clip(job)
    if clip is None or not clip.facts.get("upscaling"):
        return
    if job.arguments.get("quality", clip.team.challenge.quality) != clip.team.challenge.quality:
        return  # the crew has changed its mind, and another job does it
    backend, _found = upscaling.choose(clip.team.challenge.quality)
    if clip.upscaled and clip.upscaled.backend == backend.name:
        return
    enlarge(job, clip, backend)


@jobs.kind("try_upscalers", queue="upscale", attempts=2)
def try_upscalers(job):
    """Each quality's self-test on this host, so that the desk, mostly on another one, can say minutes before anybody chooses."""
    told = {}
    for value in Challenge.Quality.values:
        upscaling.choose(value)
        if found := upscaling.known(value):
            told[value] = [*found, upscaling.BACKENDS[found[1]].name]
    job.mine.update(arguments={"known": told})


def enlarge(job, clip, backend):
    """Make and publish the picture of this backend, with two stills that show what it did."""
    size, shelf = picture.fitting(clip.facts["width"], clip.facts["height"], *acceptance.FILM), Advancing(job)
    with advancing(job, shelf), local(clip.original) as path, workshop() as folder:
        seen = looking.look(path, longest=clip.seconds + 5)
        if seen.refusal:
            raise jobs.Failed(refusals.SENTENCES[seen.refusal["code"]], **seen.refusal)
        made = folder / "upscaled.mp4"
        enlarged(job, clip, path, made, seen, size, backend, shelf)
        job.check()  # between the last frame and here somebody may have chosen another quality
        stills = {kind: folder / f"{kind}.jpg" for kind in (Rendition.Kind.BEFORE, Rendition.Kind.AFTER)}
        own = clip.facts["width"], clip.facts["height"]
        copies.still(path, stills["before"], seen.facts, *own, quality=2, mark=labels(folder))
        copies.still(made, stills["after"], looking.look(made).facts, *size, quality=2, mark=labels(folder))
        for kind, still in stills.items():
            publish_rendition(job, clip, kind, still, backend=backend.name)
        publish_rendition(job, clip, Rendition.Kind.UPSCALED, made, backend=backend.name, width=size[0], height=size[1])


class Advancing(pieces.Store):
    """Chunks of a job, of which each that is new shows that the try was worth it: the job has all its tries again.

    `told` is how many frames are done. What was there before this try is kept with the job, as it says nothing of the pace.
    """

    def __init__(self, job):
        super().__init__(scratch() / "chunks")
        self.job, self.new, self.told, self.begun = job, 0, 0, False

    def get(self, key):
        path = super().get(key)
        if path is None and not self.begun:
            self.begun = True
            self.job.arguments = self.job.arguments | {"from": self.told}
            self.job.mine.update(arguments=self.job.arguments)
        return path

    def keep(self, key, part):
        path = super().keep(key, part)
        self.new += 1
        self.job.row.attempts_allowed = self.job.attempt + jobs.KINDS[self.job.row.kind].attempts
        self.job.mine.update(attempts_allowed=self.job.row.attempts_allowed)
        return path


@contextlib.contextmanager
def advancing(job, shelf):
    """A try whose time is over and that has made chunks has not failed: others have their turn, then it goes on."""
    try:
        yield
    except jobs.Cancelled:
        if not (job.overdue and shelf.new) or job.mine.exclude(cancel_requested_at=None).exists():
            raise
        raise jobs.NotNow(LONG, done=shelf.told, total=shelf.job.row.total) from None


def enlarged(job, clip, path, made, seen, size, backend, shelf):
    """The picture in `made`. A backend that cannot make it is no longer believed: the next try may take another.

    When the machine ended it, that says nothing of the backend, unless it did so until the last try.
    """
    total = shelf.job.row.total = clip.facts["frames"]
    written_at = 0.0

    def watch(done):
        nonlocal written_at
        shelf.told = min(done, total)
        waits = time.monotonic() - written_at < TOLD_EVERY and done < total
        if waits and not job.overdue:  # a quick model tells of each frame
            return
        job.progress(shelf.told, total, backend.name)
        written_at = time.monotonic()

    try:
        upscaling.upscale(
            path,
            made,
            seen=seen,
            digest=clip.sha256,
            size=size,
            backend=backend,
            store=shelf,
            watch=watch,
        )
    except Broken as reason:
        if not isinstance(reason, Killed) or job.attempt >= job.row.attempts_allowed:
            upscaling.doubt(backend)
        raise


@jobs.kind("render_montage", queue="media", ended=bettering.film_ended)
@takes_long
@patient
def render_montage(job):
    """The film: planned, rendered, verified, and only then a row that anybody can see."""
    attempt = Render.objects.select_related("montage__challenge__event", "montage__soundtrack").get(pk=job.subject)
    with workshop() as folder:
        made = films.render(job, attempt, folder, scratch())
        for field, path in ((attempt.file, made.film), (attempt.phone, made.phone), (attempt.poster, made.poster)):
            if path:
                store(field, path)
        try:
            with transaction.atomic():
                job.hold()
                attempt.montage.plan = attempt.plan = made.plan
                attempt.montage.save(update_fields=["plan"])
                attempt.frames, attempt.scenes, attempt.finished_at = made.frames, made.scenes, timezone.now()
                attempt.log = made.remark
                attempt.save()
                live.tell(attempt.montage.challenge.event, "film", audience="crew", render=attempt.pk)
        except BaseException:
            for field in (attempt.file, attempt.phone, attempt.poster):
                if field:
                    field.storage.delete(field.name)
            raise
    bettering.take_the_place(job, attempt)
