"""When better pictures of a film's shots have come, the film is made again by itself, and takes its own place.

What is asked is not what just happened but how things are: whether the film shows other pictures than there are. It is
asked when a better picture's job ends, however it ends, when a film is done, and by a sweep.
"""

import math
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from cocreation import editing, upscaling
from cocreation.models import Challenge, Clip, Render
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


LATELY = timedelta(seconds=upscaling.VALID)
MEASURED = 5  # pictures that were made last, of which the pace is taken


def known(quality, *, at) -> tuple[float, str] | None:
    """`(seconds a megapixel, backend)` where better pictures are made: that host's self-test, then what it took in truth.

    Pages are answered on a host that may have another card, or none. Its own self-tests count while nobody has told.
    """
    told = Job.objects.filter(kind="try_upscalers", state=Job.State.DONE, ended_at__gt=at - LATELY).first()
    found = told.arguments.get("known", {}).get(quality) if told else None
    if found is None:
        here = upscaling.known(quality)
        found = here and [*here, upscaling.BACKENDS[here[1]].name]
    if found is None:
        return None
    pace, name, made_by = found
    return _pace_of(made_by) or pace, name


def _pace_of(made_by) -> float | None:
    """Seconds a megapixel that this backend took for the pictures that it made last, whichever host did it."""
    rows = Job.objects.filter(kind="improve_clip", state=Job.State.DONE, note=made_by, total__gt=0)
    rows = rows.exclude(started_at=None).exclude(ended_at=None)[:MEASURED]
    facts = dict(Clip.objects.filter(pk__in=[job.subject for job in rows]).values_list("pk", "facts"))
    seconds = megapixels = 0.0
    for job in rows:
        frames = job.total - job.arguments.get("from", 0)
        if size := facts.get(job.subject):
            seconds += (job.ended_at - job.started_at).total_seconds()  # type: ignore[operator]
            megapixels += size["width"] * size["height"] * frames / 1e6
    return seconds / megapixels if megapixels else None


def minutes(quality, shots, *, at) -> int | None:
    """Minutes that one worker needs for shots of `(width, height, frames)`; None while nobody knows."""
    found = known(quality, at=at)
    if found is None:
        return None
    return math.ceil(sum(width * height * frames for width, height, frames in shots) / 1e6 * found[0] / 60)


def give_up(clip) -> None:
    """Make no picture of a shot that has lost its place: a model would go on for minutes, and nobody would see it.

    A film that waited for it waits no longer.
    """
    rows = Job.objects.filter(kind__in=("upscale_clip", "improve_clip"), subject=clip.pk, state__in=Job.OPEN)
    stopped = list(rows.filter(cancel_requested_at=None))
    for job in stopped:
        jobs.cancel(job)
    if stopped:
        renew(clip.team.challenge)


TRIES = 3  # films that failed in the place of one before the crew has to look


def picture_ended(job, state) -> None:
    """A better picture came, or will not come: the film need not wait for it any more."""
    clip = Clip.objects.select_related("team__challenge__event").filter(pk=job.subject).first()
    if clip:
        renew(clip.team.challenge)


def film_ended(job, state) -> None:
    """A film is done: pictures that came while it was made are not in it. One that failed is left to the sweep."""
    attempt = Render.objects.select_related("montage__challenge__event").filter(pk=job.subject).first()
    if attempt and state == Job.State.DONE:
        renew(attempt.montage.challenge)


def renew(challenge) -> Render | None:
    """Make the challenge's film again if it shows older pictures than there are. Only what changed is coded."""
    key = f"render_montage:{challenge.pk}"
    if Job.objects.filter(key=key, state__in=Job.OPEN).exists():
        return None  # a film is being made already, and asks again at its end
    shown = shown_film(challenge)
    if shown is None or _given_up(shown) or not outdated(shown):
        return None
    if shown.published_at and editing.withheld(shown):
        return None  # the new one could not take its place, and would ask for the next at its end
    if open_jobs(challenge).filter(subject__in=[row.get("clip") for row in shown.scenes]).exists():
        return None  # the last of them asks again
    with transaction.atomic():
        again = Render.objects.create(montage=shown.montage)
        job = jobs.enqueue("render_montage", subject=again.pk, event=challenge.event, key=key, replaces=shown.pk)
        if job is None:
            again.delete()
            return None
        live.tell(challenge.event, "film", audience="crew")
    return again


def renew_all() -> int:
    """What a killed worker could not ask any more; returns how many films are made again."""
    films = Render.objects.filter(is_draft=False).exclude(finished_at=None)
    challenges = Challenge.objects.filter(pk__in=films.values("montage__challenge")).select_related("event")
    return sum(renew(challenge) is not None for challenge in challenges)


def shown_film(challenge) -> Render | None:
    """The film that everybody sees, before the premiere the newest one."""
    films = Render.objects.filter(montage__challenge=challenge, is_draft=False).exclude(finished_at=None)
    films = films.select_related("montage")
    return films.exclude(published_at=None).order_by("-published_at").first() or films.first()


def outdated(film) -> bool:
    """Whether a shot of the film has another enlarged picture now than the film shows.

    The quick one where the film shows the original is none: it enlarges in the same way itself. Shots that may no longer
    be in a film do not count, and neither do films from before it was kept what they show.
    """
    shows = {row.get("clip"): row.get("picture") for row in film.scenes}
    quick = upscaling.BACKENDS["lanczos"].name
    for clip in Clip.objects.ready().filter(pk__in=shows).prefetch_related("renditions"):
        there = clip.upscaled.backend if clip.upscaled else None
        if there and shows[clip.pk] not in (None, there) and (shows[clip.pk], there) != ("", quick):
            return True
    return False


def _given_up(film) -> bool:
    """Whether somebody stopped a film that was to take this one's place, or it failed often enough."""
    tries = Job.objects.filter(kind="render_montage", arguments__replaces=film.pk)
    stopped = tries.filter(state=Job.State.CANCELLED).exists()
    return stopped or tries.filter(state=Job.State.FAILED).count() >= TRIES


def take_the_place(job, attempt) -> bool:
    """Publish a film that was made again by itself, if the one that it replaces is still the published one."""
    before = job.arguments.get("replaces")
    if before is None or editing.withheld(attempt):
        return False
    with editing.public_film_of(attempt.montage.challenge_id):
        if not editing.give_way(Render.objects.filter(pk=before).exclude(published_at=None)):
            return False
        Render.objects.filter(pk=attempt.pk).update(published_at=timezone.now())
        live.tell(attempt.montage.challenge.event, "film", render=attempt.pk)
    return True
