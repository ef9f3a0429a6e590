"""The places of a team as every page shows them: phone, wall, desk."""

from collections import Counter
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from cocreation import bettering, handed, refusals, remarks, teams
from cocreation.models import Clip, Like, Team, Upload
from events import jobs, live
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
    """The team's places in order; uses what was prefetched, and `work` (words by clip id) where it is given.

    A shot that stands beyond the last place, as one does when the crew lowers their number, is shown after them: it is
    in the film until its team moves or withdraws it.
    """
    clips = {clip.slot: clip for clip in team.clips.all() if clip.withdrawn_at is None}
    uploads = {upload.slot: upload for upload in team.uploads.all() if upload.finished_at is None}
    words = work or {}
    return [
        Shot(slot, clips.get(slot), uploads.get(slot), words.get(getattr(clips.get(slot), "pk", None), ""))
        for slot in _slots(team.challenge.shots, {*clips, *uploads})
    ]


def _slots(last, held):
    return [*range(1, last + 1), *sorted(slot for slot in held if slot > last)]


KINDS = ("probe_clip", "make_proxy", "upscale_clip", "improve_clip")
TRIES = 3  # failed jobs of a kind before nothing is tried by itself any more, and the crew has to look


def work_on(clip_ids, *, at) -> dict[int, str]:
    """What the workers do with these clips, in words for people: one query, and one more where something waits long.
    Nothing is said of what is done.

    Of each kind only the newest job counts: what failed once and was mended since is history.
    """
    rows = list(Job.objects.filter(kind__in=KINDS, subject__in=clip_ids).order_by("pk"))
    newest = {(job.subject, job.kind): job for job in rows}
    failed = Counter((job.subject, job.kind) for job in rows if job.state == Job.State.FAILED)
    told, served = {}, jobs.served(at)
    for key, job in sorted(newest.items(), key=lambda row: row[1].pk):
        words = _words(job, at, failed[key], served) if job.state not in (Job.State.DONE, Job.State.CANCELLED) else ""
        if words:
            told[job.subject] = words
    return told


def work_on_zip(upload, *, at) -> str:
    """What the workers do with a team's zip, in words; '' when it is unpacked, or has not arrived."""
    if upload is None or not upload.waits:
        return ""
    rows = Job.objects.filter(kind="unpack_zip", subject=upload.pk).order_by("-pk")
    job, failed = rows.first(), sum(row.state == Job.State.FAILED for row in rows)
    if job and job.state == Job.State.RUNNING and job.total:
        return _("The zip is being unpacked: %(done)d of %(all)d") % {"done": job.done, "all": job.total}
    said = (
        _words(job, at, failed, jobs.served(at)) if job and job.state in (Job.State.WAITING, Job.State.FAILED) else ""
    )
    return said or _("The zip has arrived and is being unpacked")


def missing(clip) -> str | None:
    """The kind of the job whose result the shot does not have."""
    if clip.state == Clip.State.REFUSED:
        return None
    if clip.state == Clip.State.RECEIVED:
        return "probe_clip"
    if not clip.has_proxy:
        return "make_proxy"
    return "upscale_clip" if clip.facts.get("upscaling") and clip.upscaled is None else None


def given_up(clips) -> set[int]:
    """Of these shots, by number, those that lack something which is not tried again by itself."""
    lacking = [(clip.pk, kind) for clip in clips if (kind := missing(clip))]
    rows = Job.objects.filter(subject__in=[pk for pk, _kind in lacking], state=Job.State.FAILED)
    failed = Counter(rows.values_list("subject", "kind")) if lacking else Counter()
    return {row[0] for row in lacking if failed[row] >= TRIES}


def try_again(clip) -> None:
    """The crew has the shot looked at once more; of one that is in the film only what it lacks is made."""
    kind = missing(clip)
    if clip.state != Clip.State.READY or kind is None:
        Clip.objects.filter(pk=clip.pk).update(state=Clip.State.RECEIVED, refusal=None)
        kind = "probe_clip"
    jobs.enqueue(kind, subject=clip.pk, event=clip.team.event)


def _words(job, at, failed, served):
    if job.state == Job.State.FAILED:
        return _failed(job.kind, failed)
    if job.state == Job.State.WAITING:
        if job.note and job.not_before:
            return jobs.told(job.note)
        if job.kind == "make_proxy":
            return ""  # the shot is there, and nobody waits for its small copy
        if at - job.created_at <= jobs.PATIENCE:
            return ""
        if job.queue in served:
            return _("In line: all workers are busy")
        return str(remarks.NOBODY)
    if job.kind == "probe_clip":
        return _("Being checked")
    if not job.total:
        return ""
    better = _("A better picture") if job.kind == "improve_clip" else _("Upscaling")
    left = _minutes(job, at)
    said = _("%(what)s: %(done)d of %(all)d frames") % {"what": better, "done": job.done, "all": job.total}
    return _("%(said)s, about %(n)d min left") % {"said": said, "n": left} if left > 1 else said


def _failed(kind, times):
    if kind == "improve_clip":
        return _("The better picture did not work; the quick one is in the film.")
    if kind == "make_proxy":
        return _("The small copy for phones did not work; the shot itself is fine.")
    if times < TRIES:
        return _("It did not work this time. It is tried again by itself; the crew knows.")
    if kind == "upscale_clip":
        return _(
            "The larger picture did not work; the film shows the shot as it is. Ask the crew to have it tried again."
        )
    return _("It did not work, and is not tried again by itself. Send the file again, or ask the crew to look again.")


def _minutes(job, at):
    done = job.done - job.arguments.get("from", 0)  # what an earlier try made says nothing of the pace
    if done <= 0 or not job.started_at:
        return 0
    spent = (at - job.started_at).total_seconds()
    return round(spent / done * (job.total - job.done) / 60)


def wall(*challenges) -> list[tuple[Team, list[Shot]]]:
    """All teams of these challenges with their places."""
    teams = Team.objects.filter(challenge__in=challenges).with_shots().select_related("challenge")
    return [(team, of(team)) for team in teams]


def own(rows, team, attendee) -> list[tuple[Team, list[Shot]]]:
    """Of a wall's rows their team's, and of other teams the shots that this person has sent."""
    found = [
        (each, [place for place in places if each == team or (place.clip and place.clip.sender_id == attendee.pk)])
        for each, places in rows
    ]
    return [(each, places) for each, places in found if places]


def tally(rows) -> dict:
    """How many shots are there, of how many."""
    places = [shot for _team, shots in rows for shot in shots]
    return {
        "ready": sum(shot.state == "ok" for shot in places),
        "of": len(places),
        "bad": sum(shot.state == "bad" for shot in places),
        "working": sum(shot.state == "up" for shot in places),
    }


OF_THE_PLACE = ("title", "caption", "may_publish")  # prompt, tool, model and seed are those of one take


def heir_of(replaced) -> Clip | None:
    """The shot that stands today where this take stood."""
    rows = Clip.objects.current().filter(team=replaced.team_id, slot=replaced.slot)
    return rows.select_related("team__event").first()


def describe(clip, words) -> None:
    """Write these fields and no others: a teammate may have changed the rest, or withdrawn the shot, a moment ago."""
    with transaction.atomic():
        if words:
            Clip.objects.current().filter(pk=clip.pk).update(**words)
        if "may_publish" in words:
            handed.take_back_of(clip)
        live.tell(clip.team.event, "clips", team=clip.team.code, slot=clip.slot)


def withdraw(clip, *, at) -> None:
    """Take the shot out, of films that are still to be made as well, and of what is handed on; its bytes go in two days."""
    with transaction.atomic():
        Clip.objects.filter(pk=clip.pk, withdrawn_at=None).update(withdrawn_at=at, may_publish=False)
        bettering.give_up(clip)
        handed.take_back_of(clip)
        live.tell(clip.team.event, "clips", team=clip.team.code, slot=clip.slot)


def move(clip, to) -> None:
    """Change places with the shot that stands at `to`. Raises teams.Refused while a file is on its way to either."""
    team = clip.team
    with write_gate(), transaction.atomic():
        Team.objects.select_for_update().get(pk=team.pk)  # two who move at once do so one after the other
        clip.refresh_from_db(fields=["slot"])
        coming = team.uploads.open().filter(slot__in=[clip.slot, to]).select_related("attendee").first()
        if coming:  # it would take the place of another shot than its sender saw there
            said = {"n": coming.slot, "name": coming.attendee.name}
            raise teams.Refused(
                _("Shot %(n)d is on its way from %(name)s’s phone. Change places when it is here.") % said
            )
        # Earlier takes of a place go with it: a film that shows one asks the take that took its place for consent.
        team.clips.filter(slot=to).update(slot=999)  # one current clip a place, also for a moment
        team.clips.filter(slot=clip.slot).update(slot=to)
        team.clips.filter(slot=999).update(slot=clip.slot)
        live.tell(team.event, "clips", team=team.code, slot=to)


def ask_again(clip, *, at=None) -> None:
    """The crew asks the team for another take."""
    with transaction.atomic():
        Clip.objects.filter(pk=clip.pk).update(again_at=at or timezone.now())
        live.tell(clip.team.event, "clips", team=clip.team.code, slot=clip.slot)


def like(clip, attendee) -> bool:
    """Like it, or take that back; True when it is liked now."""
    with write_gate(), transaction.atomic():
        _like, new = Like.objects.get_or_create(clip=clip, attendee=attendee)
        # of two who take the same like back at once, one finds its row gone and counts nothing
        change = 1 if new else -Like.objects.filter(pk=_like.pk).delete()[0]
        Clip.objects.filter(pk=clip.pk).update(likes_count=F("likes_count") + change)
        live.tell(clip.team.event, "clips", team=clip.team.code, slot=clip.slot)
    return new
