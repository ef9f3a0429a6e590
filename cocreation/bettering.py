"""When better pictures of a film's shots have come, the film is made again by itself, and takes its own place."""

from django.db import transaction
from django.utils import timezone

from cocreation.models import Clip, Render
from events import jobs, live
from events.models import Job


def wish(clip, challenge) -> None:
    """Have the picture of the challenge's quality made.

    The quality is part of the key: a job for another one, which is just being stopped, is not in its way.
    """
    if clip.facts.get("upscaling"):
        key = f"improve_clip:{clip.pk}:{challenge.quality}"
        jobs.enqueue("improve_clip", subject=clip.pk, event=challenge.event, key=key, quality=challenge.quality)


def open_jobs(challenge):
    """The jobs that make better pictures of the challenge's shots."""
    ids = Clip.objects.current().filter(team__challenge=challenge).values("pk")
    return Job.objects.filter(kind="improve_clip", subject__in=ids, state__in=Job.OPEN, cancel_requested_at=None)


def open_work(challenge) -> int:
    """Shots of the challenge whose better picture is still being made."""
    return open_jobs(challenge).values("subject").distinct().count()


def after(clip) -> Render | None:
    """The last better picture has come: make the newest film again if the shot is in it. Only what changed is coded."""
    challenge = clip.team.challenge
    films = (
        Render.objects.filter(montage__challenge=challenge, is_draft=False)
        .exclude(finished_at=None)
        .select_related("montage")
    )
    shown = films.exclude(published_at=None).order_by("-published_at").first() or films.first()
    if shown is None or clip.pk not in {row.get("clip") for row in shown.scenes}:
        return None
    if open_jobs(challenge).exclude(subject=clip.pk).exists():
        return None
    with transaction.atomic():
        again = Render.objects.create(montage=shown.montage)
        key = f"render_montage:{challenge.pk}"
        job = jobs.enqueue("render_montage", subject=again.pk, event=challenge.event, key=key, replaces=shown.pk)
        if job is None:  # a film is being made already: it takes the better pictures that it finds
            again.delete()
            return None
        live.tell(challenge.event, "film", audience="crew")
    return again


def take_the_place(job, attempt) -> bool:
    """Publish a film that was made again by itself, if the one that it replaces is still the published one."""
    from cocreation import editing

    before = job.arguments.get("replaces")
    if before and editing.withheld(attempt):
        return False
    with transaction.atomic():
        shown = Render.objects.select_for_update().filter(pk=before or 0).exclude(published_at=None)
        if before is None or not shown.update(published_at=None):
            return False
        Render.objects.filter(pk=attempt.pk).update(published_at=timezone.now())
        live.tell(attempt.montage.challenge.event, "film", render=attempt.pk)
    return True
