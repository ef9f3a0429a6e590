"""A team's part of the published film to share: a GIF for chats, a vertical film for phones. Made once a film, on demand."""

from django.db import transaction
from django.utils import timezone

from cocreation import remarks
from cocreation.hands import takes_long
from cocreation.models import Render, TeamCut, TeamMember
from cocreation.rendering import shares
from cocreation.work import labels, local, patient, store, workshop
from events import jobs, live, ticking
from events.db import write_gate
from events.models import Job

TRIES = 3  # failed jobs of a cut before somebody has to ask again


def ask(render, team, kind) -> TeamCut:
    """The team's cut of this kind; its making begins with the first who asks."""
    with write_gate(), transaction.atomic():
        cut, _new = TeamCut.objects.get_or_create(render=render, team=team, kind=kind)
        if not cut.file:
            jobs.enqueue("cut_for_team", subject=cut.pk, event=team.event)
    return cut


def of(render, attendee) -> dict[str, TeamCut]:
    """The cuts of the attendee's team that were asked for, by kind."""
    teams = TeamMember.objects.filter(attendee=attendee, team__challenge=render.montage.challenge_id).values("team")
    return {cut.kind: cut for cut in TeamCut.objects.filter(render=render, team__in=teams)}


def spans_of(render, team) -> list[tuple[int, int]]:
    """`(first frame, frames)` of each of the team's shots in the film."""
    return [(row["start"], row["frames"]) for row in render.scenes if row["team"] == team.pk]


def is_public(cut) -> bool:
    """Whether the film is public of which this is a part; or one that was made again since, with the same part in it."""
    if cut.render.published_at:
        return True
    shown = cut.render.montage.challenge.film
    return shown is not None and _part(shown, cut.team) == _part(cut.render, cut.team)


def _part(render, team):
    return [(row["clip"], row["frames"]) for row in render.scenes if row["team"] == team.pk]


def has_failed(cut) -> bool:
    """Whether nobody makes the file of a cut that was asked for."""
    open_jobs = Job.objects.filter(kind="cut_for_team", subject=cut.pk, state__in=Job.OPEN) if cut else None
    return open_jobs is not None and not cut.file and not open_jobs.exists()


def waits_for(cut) -> str:
    """What the making of a cut waits for, in the reader's language; "" when it is made, or merely in line."""
    if cut is None or cut.file:
        return ""
    return remarks.held_up(Job.objects.filter(kind="cut_for_team", subject=cut.pk, state__in=Job.OPEN).first())


@ticking.every_tidy
def heal(at) -> int:
    """Try those again that failed, a few times; returns how many."""
    asked = TeamCut.objects.filter(file="").exclude(render__published_at=None).select_related("team__event")
    tried = Job.objects.filter(kind="cut_for_team", state=Job.State.FAILED)
    again = [cut for cut in asked if has_failed(cut) and tried.filter(subject=cut.pk).count() < TRIES]
    return sum(jobs.enqueue("cut_for_team", subject=cut.pk, event=cut.team.event) is not None for cut in again)


@jobs.kind("cut_for_team", queue="media")
@takes_long
@patient
def cut_for_team(job):
    """Make the file of a team's cut from the film."""
    cut = TeamCut.objects.select_related("render__montage", "team__event").filter(pk=job.subject).first()
    if cut is None or cut.file:
        return
    spans = spans_of(cut.render, cut.team)
    if not spans:
        raise jobs.Failed("no shots")
    frames = sum(length for _start, length in spans)
    film: Render = cut.render
    with local(film.phone or film.file) as path, workshop() as folder:
        make, ending = (shares.gif, ".gif") if cut.kind == TeamCut.Kind.GIF else (shares.vertical, ".mp4")
        out = folder / f"cut{ending}"
        make(path, spans, out, mark=labels(folder), watch=lambda done: job.progress(min(done, frames), frames))
        store(cut.file, out)
        try:
            with transaction.atomic():
                job.hold()
                TeamCut.objects.filter(pk=cut.pk).update(file=cut.file.name, made_at=timezone.now())
                live.tell(cut.team.event, "film", team=cut.team.code)
        except BaseException:
            cut.file.storage.delete(cut.file.name)
            raise
