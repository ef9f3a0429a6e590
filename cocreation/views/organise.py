"""The film desk: teams and shots, the film's order, music, renders, publishing, handover."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cocreation import editing, handed, handing, plans, remarks, shots, storyboard, teams, uploads
from cocreation import music as tracks
from cocreation.forms import MusicForm, ReturnForm, WishesForm
from cocreation.models import Clip, Montage, Render, Soundtrack, Team
from cocreation.premiere import clock
from cocreation.timeline_export import NotOurs
from cocreation.views import quality
from events import jobs, live
from events.access import crew_only
from events.models import Role

MOST_ROWS = 12  # of the versions' table; the published one is always in it


@crew_only(Role.EDITOR)
def desk(request, event):
    """Everything about the film of a theme on one page."""
    challenge = _asked(request, event)
    context = {"at": timezone.now(), "challenge": challenge, "challenges": list(event.challenges.all())}
    if challenge:
        context |= desk_context(challenge) | {"qualities": quality.qualities(challenge)}
    part = "X-Fragment" in request.headers
    return render(
        request,
        "cocreation/desk_body.html" if part else "cocreation/desk.html",
        context
        | {
            "music_form": MusicForm(),
            "plans": [(kind, name) for kind, name in handing.KINDS.items() if kind in handing.PLANS],
            "styles": plans.styles(),
            "orders": Montage.Order.choices,
            "lengths": Montage.Length.choices,
            "own_sounds": Montage.OwnSound.choices,
            "pieces": tracks.titles().items(),
        },
    )


def desk_context(challenge):
    """Teams, versions and the storyboard of the newest one."""
    rows = shots.wall(challenge)
    every = Render.objects.filter(montage__challenge=challenge, is_draft=False)
    every = every.select_related("montage", "montage__soundtrack")
    renders = list(every[:MOST_ROWS])
    renders += every.exclude(published_at=None).exclude(pk__in=[attempt.pk for attempt in renders])
    for attempt in renders:
        attempt.packed = handed.is_current(attempt)
        attempt.remarks = remarks.of(attempt)
        attempt.replaced = remarks.REPLACED in remarks.rows_of(attempt)
        attempt.job = editing.job_of(attempt)
        attempt.minutes = minutes_left(attempt.job)
        attempt.why = jobs.told(attempt.job.error) if attempt.job else ""
        attempt.waits = remarks.held_up(attempt.job)
        attempt.note = attempt.waits or (jobs.told(attempt.job.note) if attempt.job else "")
        attempt.packing = handing.job_of(attempt)
        attempt.unpackable = remarks.held_up(attempt.packing)
        attempt.unpacked = jobs.told(attempt.packing.error) if attempt.packing else ""
        attempt.clock = clock(attempt.seconds)
    newest = challenge.montages.first()
    finished = every.exclude(finished_at=None).values("montage")
    sketches = challenge.montages.exclude(pk__in=[a.montage_id for a in renders]).exclude(pk__in=finished)
    board = storyboard.shown(newest) if newest else []
    return {
        "rows": rows,
        "tally": shots.tally(rows),
        "given_up": shots.given_up([place.clip for _team, places in rows for place in places if place.clip]),
        "renders": renders,
        "newest": newest,
        "board": board,
        "board_order": ",".join(str(clip.pk) for clip, _row in board),
        "soundtracks": challenge.event.soundtracks.filter(piece=""),
        "sketches": sketches[:8],
        "busy": next((a for a in renders if a.job and a.job.state in a.job.OPEN), None),
    }


def minutes_left(job):
    """Whole minutes until the job ends by its pace so far; None while that is unknown."""
    if not job or not job.started_at or not job.done or not job.total:
        return None
    spent = (timezone.now() - job.started_at).total_seconds()
    return max(1, round(spent / job.done * (job.total - job.done) / 60))


def _asked(request, event):
    """The theme that the page or the form names, else the first."""
    return teams.challenge_of(event, request.POST.get("challenge") or request.GET.get("challenge", ""))


def _back(event, challenge=None):
    return redirect(teams.desk_of(challenge) if challenge else reverse("cocreation:desk", args=[event.slug]))


def _start(request, event, montage):
    try:
        editing.render(montage)
        messages.success(request, _("Version %(n)d is being made.") % {"n": montage.number})
    except editing.Refused:
        messages.error(request, _("A film is being made already. Cancel it first, or wait."))
    return _back(event, montage.challenge)


@require_POST
@crew_only(Role.EDITOR)
def render_now(request, event):
    """A new version from all ready shots."""
    challenge = _asked(request, event)
    if challenge is None or not Clip.objects.standing().filter(team__challenge=challenge).exists():
        messages.error(request, _("No shot is ready yet."))
        return _back(event, challenge)
    form = WishesForm(request.POST, event=event)
    if not form.is_valid():
        return _back(event, challenge)
    return _start(request, event, editing.new_version(challenge, by=request.user, **form.wishes()))


@require_POST
@crew_only(Role.EDITOR)
def change_plan(request, event, render):
    """The storyboard of a version, changed: a new version by hand, of what is in the film; rendered when asked."""
    found = get_object_or_404(Montage, pk=render, challenge__event=event)
    standing = [row for _clip, row in storyboard.shown(found)]
    sequence = editing.resequenced(standing, request.POST)
    if not sequence:
        messages.error(request, _("A film needs at least one shot.") if standing else _("No shot is ready yet."))
        return _back(event, found.challenge)
    montage = editing.copy_of(found, sequence, by=request.user)
    return _start(request, event, montage) if "render" in request.POST else _back(event, found.challenge)


@require_POST
@crew_only(Role.EDITOR)
def render_version(request, event, montage):
    """Make the film of a version as its storyboard stands."""
    return _start(request, event, get_object_or_404(Montage, pk=montage, challenge__event=event))


def _attempt(event, pk):
    return get_object_or_404(
        Render.objects.select_related("montage__challenge__event"), pk=pk, montage__challenge__event=event
    )


@require_POST
@crew_only(Role.EDITOR)
def cancel(request, event, render):
    """Stop making it."""
    attempt = _attempt(event, render)
    job = editing.job_of(attempt)
    if job:
        jobs.cancel(job)
        live.tell(event, "film", audience="crew")
    return _back(event, attempt.montage.challenge)


@require_POST
@crew_only(Role.EDITOR)
def go_on_without(request, event, render):
    """Make it without the shots that stopped it."""
    attempt = _attempt(event, render)
    if not attempt.stopped_by or not editing.left_without(attempt):
        messages.error(request, _("A film needs at least one shot."))
        return _back(event, attempt.montage.challenge)
    return _start(request, event, editing.without(attempt, by=request.user))


@require_POST
@crew_only(Role.EDITOR)
def publish(request, event, render):
    """The premiere on every phone."""
    attempt = _attempt(event, render)
    if attempt.finished_at is None or attempt.is_draft:
        raise Http404
    try:
        editing.publish(attempt)
        messages.success(request, _("The film is on every phone now."))
        if attempt.plan and plans.are_credits_old(attempt):
            words = _(
                "The end roll names people and teams as they were when the film was made. Render it again for today’s names."
            )
            messages.warning(request, words)
    except editing.Refused as reason:
        words = _("%(shots)s may not be published, says the team. Make the film without it, or ask them.")
        messages.error(request, words % {"shots": reason})
    return _back(event, attempt.montage.challenge)


@require_POST
@crew_only(Role.EDITOR)
def unpublish(request, event, render):
    """Take it back: with `public` the film that everybody sees now, which may be a later one than the page shows."""
    attempt = _attempt(event, render)
    public = "public" in request.POST
    taken = editing.unpublish(attempt, public=public)
    if taken:
        words = _("Version %(n)d is taken back: nobody sees it any more.")
        messages.success(request, words % {"n": taken.montage.number})
    elif public:
        messages.info(request, _("No film is public now: it was taken back already."))
    return _back(event, attempt.montage.challenge)


@crew_only(Role.EDITOR)
def handover(request, event, render, kind):
    """What an editor goes on with: the plan for a cutting program, or everything in one zip."""
    attempt = _attempt(event, render)
    if attempt.finished_at is None or not attempt.plan or kind not in handing.KINDS:
        raise Http404
    answer = handing.over(attempt, kind)
    if answer is None and editing.withheld(attempt):  # the page shows archives that are gone since
        messages.error(request, _("A shot of it was taken back. Have it packed again: it is left out."))
        return _back(event, attempt.montage.challenge)
    if answer is None:
        raise Http404
    return answer


@require_POST
@crew_only(Role.EDITOR)
def pack(request, event, render):
    """Have the archives made."""
    attempt = _attempt(event, render)
    if attempt.finished_at is None or not attempt.plan:
        raise Http404
    handing.pack(attempt)
    messages.success(request, _("The handover is being packed. It appears beside the version."))
    return _back(event, attempt.montage.challenge)


@require_POST
@crew_only(Role.EDITOR)
def bring_back(request, event, montage):
    """An edited .otio becomes a new version."""
    found = get_object_or_404(Montage, pk=montage, challenge__event=event)
    form = ReturnForm(request.POST, request.FILES)
    if not form.is_valid():
        messages.error(request, form.reason())
        return _back(event, found.challenge)
    try:
        version, read = handing.returned(found, form.cleaned_data["file"].read(), by=request.user)
    except NotOurs:
        messages.error(
            request, _("This file holds no shots of this film that we can read. Export it as OpenTimelineIO (.otio).")
        )
        return _back(event, found.challenge)
    messages.success(request, _("Version %(n)d has the order and the trims of your edit.") % {"n": version.number})
    if read.unknown:
        words = _("Left out, as they are not shots of this film: %(names)s")
        messages.warning(request, words % {"names": ", ".join(read.unknown[:8])})
    if read.again:
        words = _("In the edit more than once, in the version as they stand first: %(names)s")
        messages.warning(request, words % {"names": ", ".join(dict.fromkeys(read.again[:8]))})
    return _back(event, found.challenge)


@require_POST
@crew_only(Role.EDITOR)
def ask_again(request, event, clip):
    """Ask the team for another take."""
    found = get_object_or_404(Clip.objects.current(), pk=clip, team__event=event)
    shots.ask_again(found)
    return _back(event, found.team.challenge)


@require_POST
@crew_only(Role.EDITOR)
def probe_again(request, event, clip):
    """Look at the file once more, or make once more what failed."""
    found = get_object_or_404(Clip.objects.current().select_related("team__event"), pk=clip, team__event=event)
    shots.try_again(found)
    return _back(event, found.team.challenge)


@require_POST
@crew_only(Role.EDITOR)
def take_out(request, event, clip):
    """Withdraw a shot for the team."""
    found = get_object_or_404(Clip.objects.current(), pk=clip, team__event=event)
    shots.withdraw(found, at=timezone.now())
    return _back(event, found.team.challenge)


@require_POST
@crew_only(Role.EDITOR)
def hide_name(request, event, team):
    """Hide a team's name, or show it again; the code stays."""
    found = get_object_or_404(Team, pk=team, event=event)
    Team.objects.filter(pk=found.pk).update(hidden_at=None if found.hidden_at else timezone.now())
    live.tell(event, "teams", team=found.code)
    return _back(event, found.challenge)


@require_POST
@crew_only(Role.EDITOR)
def music(request, event):
    """Add a piece of music."""
    form = MusicForm(request.POST, request.FILES, instance=Soundtrack(event=event))
    if form.is_valid():
        if uploads.free_bytes() < form.cleaned_data["file"].size:
            messages.error(request, _("The disk is full: the music was not kept. Make room, then send it again."))
            return _back(event, _asked(request, event))
        track = form.save()
        tracks.ask_to_hear(track)
        messages.success(request, _("The music is here."))
    else:
        messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
    return _back(event, _asked(request, event))


@require_POST
@crew_only(Role.EDITOR)
def drop_music(request, event, track):
    """Take a piece of music away; films that were made with it keep their sound. Not while a film with it is public:
    that one is made again when better pictures come."""
    found = get_object_or_404(Soundtrack, pk=track, event=event, piece="")
    shown = (
        Render.objects.filter(montage__soundtrack=found).exclude(published_at=None).select_related("montage").first()
    )
    if shown:
        words = _("%(music)s is in the published film, version %(n)d. Take the film back first, or publish another.")
        messages.error(request, words % {"music": found.title, "n": shown.montage.number})
    else:
        found.delete()
    return _back(event, _asked(request, event))
