"""How well pictures are enlarged at this event: three qualities, the minutes that each needs told before."""

from dataclasses import dataclass

from django.db import transaction
from django.http import Http404
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_POST

from cocreation import bettering, teams
from cocreation.models import Challenge, Clip
from events import jobs, live
from events.access import crew_only
from events.models import Role

NAMES = {
    "lanczos": _lazy("lanczos, sharpened"),
    "http": _lazy("your machine in the network"),
    "command": _lazy("your own command"),
    "realesrgan": _lazy("Real-ESRGAN on the processor"),
    "realesrgan-gpu": _lazy("Real-ESRGAN on the graphics card"),
    "realesrgan-best": _lazy("Real-ESRGAN, large model, on the processor"),
    "realesrgan-best-gpu": _lazy("Real-ESRGAN, large model, on the graphics card"),
    "libplacebo": _lazy("your shader"),
}


@dataclass(frozen=True)
class Quality:
    """One of them: `minutes` None means that nothing was tried on this installation yet."""

    value: str
    label: str
    chosen: bool
    minutes: int | None
    shots: int
    left: int
    by: str = ""  # the backend that makes it here


def qualities(challenge) -> list[Quality]:
    """All of them, for the shots that are here."""
    rows = [
        clip.facts for clip in Clip.objects.ready().filter(team__challenge=challenge) if clip.facts.get("upscaling")
    ]
    sizes = [(facts["width"], facts["height"], facts["frames"]) for facts in rows]
    left, at = bettering.open_work(challenge), timezone.now()
    return [
        Quality(
            value,
            label,  # type: ignore[arg-type]
            value == challenge.quality,
            bettering.minutes(value, sizes, at=at),
            len(sizes),
            left,
            by(value, at=at),
        )
        for value, label in Challenge.Quality.choices
    ]


def by(quality, *, at) -> str:
    """What makes this quality on this installation, in words; "" while it is not known."""
    found = bettering.known(quality, at=at)
    if found is None:
        return ""
    if found[1] == "lanczos" and quality != Challenge.Quality.FAST:
        return _("Nothing better is installed here: the same picture as Fast")
    return str(NAMES.get(found[1], found[1]))


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
        challenge.quality = wanted
        for job in bettering.open_jobs(challenge):
            if job.arguments.get("quality") != wanted:
                jobs.cancel(job)
        for clip in Clip.objects.ready().filter(team__challenge=challenge):
            bettering.wish(clip, challenge)
        live.tell(event, "clips", audience="crew")
    return redirect(teams.desk_of(challenge))
