"""How well pictures are enlarged at this event: three qualities, the minutes that each needs told before."""

from dataclasses import dataclass

from django.db import transaction
from django.http import Http404
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from cocreation import teams, upscaling
from cocreation.models import Challenge, Clip
from events import jobs, live
from events.access import crew_only
from events.models import Job, Role


@dataclass(frozen=True)
class Quality:
    """One of them: `minutes` None means that nothing was tried on this installation yet."""

    value: str
    label: str
    chosen: bool
    minutes: int | None
    shots: int
    left: int


def qualities(challenge) -> list[Quality]:
    """All of them, for the shots that are here."""
    rows = [
        clip.facts for clip in Clip.objects.ready().filter(team__challenge=challenge) if clip.facts.get("upscaling")
    ]
    sizes = [(facts["width"], facts["height"], facts["frames"]) for facts in rows]
    left = Job.objects.filter(kind="improve_clip", event=challenge.event, state__in=Job.OPEN).count()
    return [
        Quality(value, label, value == challenge.quality, upscaling.minutes(value, sizes), len(sizes), left)  # type: ignore[arg-type]
        for value, label in Challenge.Quality.choices
    ]


@require_POST
@crew_only(Role.EDITOR)
def set_quality(request, event):
    """Another quality, for the shots that are here and those to come."""
    challenge = teams.challenge_of(event, request.POST.get("challenge", ""))
    wanted = request.POST.get("quality")
    if challenge is None or wanted not in Challenge.Quality.values:
        raise Http404
    with transaction.atomic():
        Challenge.objects.filter(pk=challenge.pk).update(quality=wanted)
        open_jobs = Job.objects.filter(kind="improve_clip", event=event, state__in=Job.OPEN)
        for job in open_jobs:
            jobs.cancel(job)
        for clip in Clip.objects.ready().filter(team__challenge=challenge):
            if clip.facts.get("upscaling"):
                jobs.enqueue("improve_clip", subject=clip.pk, event=event)
        live.tell(event, "clips", audience="crew")
    return redirect("cocreation:desk", event.slug)
