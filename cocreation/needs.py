"""What about the film needs a person of the crew now."""

import shutil

from django.urls import reverse
from django.utils.translation import gettext as _

from cocreation import editing, shots, uploads
from cocreation.models import Challenge, Clip, Render
from events import jobs, slots
from events.models import Job


@slots.offer("needs", order=30)
def needs(event, request, at):
    """Shots to mend, a film that could not be made, a disk that fills."""
    desk = reverse("cocreation:desk", args=[event.slug])
    found: list[slots.Need] = []
    portrait = Clip.objects.ready().filter(team__event=event, again_at=None).select_related("team")
    portrait = portrait.exclude(team__challenge__shape=Challenge.Shape.PORTRAIT)
    for clip in [clip for clip in portrait if clip.is_portrait][:2]:
        found.append(
            slots.Need(
                "info",
                "film",
                _("%(code)s shot %(n)d is portrait") % {"code": clip.team.code, "n": clip.slot},
                _("It would be pillar-boxed in the film"),
                reverse("cocreation:ask_again", args=[event.slug, clip.pk]),
                _("Ask again"),
                method="post",
                cost=15,
            )
        )
    refused = Clip.objects.current().filter(team__event=event, state=Clip.State.REFUSED).select_related("team")
    for clip in refused[:2]:
        found.append(
            slots.Need(
                "warn",
                "film",
                _("%(code)s shot %(n)d needs a fix") % {"code": clip.team.code, "n": clip.slot},
                shots.Shot(clip.slot, clip).reason,
                desk,
                _("Look"),
                owner=clip.team.code,
                cost=35,
            )
        )
    for challenge in event.challenges.all():
        for clip in editing.withheld(challenge.film)[:2] if challenge.film else []:
            found.append(
                slots.Need(
                    "bad",
                    "film",
                    _("%(code)s took shot %(n)d back") % {"code": clip.team.code, "n": clip.slot},
                    _("The published film shows it. A new version leaves it out"),
                    f"{desk}?challenge={challenge.pk}",
                    _("Make one"),
                    owner=clip.team.code,
                    cost=70,
                )
            )
        last = Render.objects.filter(montage__challenge=challenge, is_draft=False).first()
        job = editing.job_of(last) if last else None
        if job and job.state == Job.State.FAILED:
            found.append(
                slots.Need(
                    "bad",
                    "film",
                    _("The film could not be made"),
                    jobs.told(job.error)[:160],
                    f"{desk}?challenge={challenge.pk}",
                    _("Look"),
                    cost=80,
                )
            )
    if uploads.free_bytes() < max(2**30, shutil.disk_usage(uploads.folder()).total // 10):
        found.append(
            slots.Need(
                "bad",
                "alert",
                _("The disk is nearly full"),
                _("Uploads stop at %(mb)d MB") % {"mb": max(0, uploads.free_bytes() // 2**20)},
                desk,
                _("Look"),
                cost=90,
            )
        )
    return found
