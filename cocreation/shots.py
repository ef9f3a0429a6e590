"""The places of a team as every page shows them: phone, wall, desk."""

from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from cocreation import refusals
from cocreation.models import Clip, Like, Team, Upload
from events import live
from events.db import write_gate
from events.models import Job


@dataclass(frozen=True)
class Shot:
    """One place of a team: what holds it, and its state in one word (ok, up, bad or nothing)."""

    slot: int
    clip: Clip | None = None
    upload: Upload | None = None
    work: str = ""  # what the workers do with it, in words

    @property
    def state(self) -> str:
        if self.clip is None:
            return "up" if self.upload else ""
        if self.clip.state == Clip.State.REFUSED or self.clip.again_at:
            return "bad"
        return "ok" if self.clip.state == Clip.State.READY and self.clip.has_poster else "up"

    @property
    def reason(self):
        """Why the shot was refused, in the reader's language."""
        return refusals.sentence(self.clip.refusal) if self.clip else ""


def of(team, *, work=None) -> list[Shot]:
    """The team's places in order; uses what was prefetched, and `work` (words by clip id) where it is given."""
    clips = {clip.slot: clip for clip in team.clips.all() if clip.withdrawn_at is None}
    uploads = {upload.slot: upload for upload in team.uploads.all() if upload.finished_at is None}
    words = work or {}
    return [
        Shot(slot, clips.get(slot), uploads.get(slot), words.get(getattr(clips.get(slot), "pk", None), ""))
        for slot in range(1, team.challenge.shots + 1)
    ]


KINDS = ("probe_clip", "upscale_clip", "improve_clip")
PATIENCE = timedelta(seconds=40)


def work_on(clip_ids, *, at) -> dict[int, str]:
    """What the workers do with these clips, in words for people: one query. Nothing is said of what is done."""
    rows = Job.objects.filter(kind__in=KINDS, subject__in=clip_ids).exclude(state__in=["done", "cancelled"])
    told = {}
    for job in rows.order_by("pk"):
        words = _words(job, at)
        if words:
            told[job.subject] = words
    return told


def _words(job, at):
    if job.state == Job.State.FAILED and job.kind == "improve_clip":
        return _("The better picture did not work; the quick one is in the film.")
    if job.state == Job.State.FAILED:
        return _("It did not work this time. It is tried again by itself; the crew knows.")
    if job.state == Job.State.WAITING:
        if job.note and job.not_before:
            return job.note
        return _("In line: all workers are busy") if at - job.created_at > PATIENCE else ""
    if job.kind == "probe_clip":
        return _("Being checked")
    if not job.total:
        return ""
    better = _("A better picture") if job.kind == "improve_clip" else _("Upscaling")
    left = _minutes(job, at)
    said = _("%(what)s: %(done)d of %(all)d frames") % {"what": better, "done": job.done, "all": job.total}
    return _("%(said)s, about %(n)d min left") % {"said": said, "n": left} if left > 1 else said


def _minutes(job, at):
    if not job.done or not job.started_at:
        return 0
    spent = (at - job.started_at).total_seconds()
    return round(spent / job.done * (job.total - job.done) / 60)


def wall(*challenges) -> list[tuple[Team, list[Shot]]]:
    """All teams of these challenges with their places."""
    teams = Team.objects.filter(challenge__in=challenges).with_shots().select_related("challenge")
    return [(team, of(team)) for team in teams]


def tally(rows) -> dict:
    """How many shots are there, of how many."""
    places = [shot for _team, shots in rows for shot in shots]
    return {
        "ready": sum(shot.state == "ok" for shot in places),
        "of": len(places),
        "bad": sum(shot.state == "bad" for shot in places),
        "working": sum(shot.state == "up" for shot in places),
    }


def withdraw(clip, *, at) -> None:
    """Take the shot out, of films that are still to be made as well; its bytes go in two days."""
    with transaction.atomic():
        Clip.objects.filter(pk=clip.pk, withdrawn_at=None).update(withdrawn_at=at, may_publish=False)
        live.tell(clip.team.event, "clips", team=clip.team.code, slot=clip.slot)


def move(clip, to) -> None:
    """Change places with the shot that stands at `to`."""
    team = clip.team
    with write_gate(), transaction.atomic():
        Team.objects.select_for_update().get(pk=team.pk)  # two who move at once do so one after the other
        clip.refresh_from_db(fields=["slot"])
        other = team.clips.current().filter(slot=to).first()
        if other:
            Clip.objects.filter(pk=other.pk).update(slot=999)  # one current clip a place, also for a moment
        Clip.objects.filter(pk=clip.pk).update(slot=to)
        if other:
            Clip.objects.filter(pk=other.pk).update(slot=clip.slot)
        live.tell(team.event, "clips", team=team.code, slot=to)


def ask_again(clip, *, at=None) -> None:
    """The crew asks the team for another take."""
    with transaction.atomic():
        Clip.objects.filter(pk=clip.pk).update(again_at=at or timezone.now())
        live.tell(clip.team.event, "clips", team=clip.team.code, slot=clip.slot)


def like(clip, attendee) -> bool:
    """Like it, or take that back; True when it is liked now."""
    with transaction.atomic():
        _like, new = Like.objects.get_or_create(clip=clip, attendee=attendee)
        if not new:
            _like.delete()
        Clip.objects.filter(pk=clip.pk).update(likes_count=F("likes_count") + (1 if new else -1))
        live.tell(clip.team.event, "clips", team=clip.team.code, slot=clip.slot)
    return new
