"""The storyboard of a version, its preview, its music; two versions side by side."""

import json

from django.contrib import messages
from django.http import JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cocreation import editing, music, plans, remarks, storyboard
from cocreation.models import Montage, Soundtrack
from cocreation.premiere import clock
from cocreation.views.media import serve_track
from events import jobs
from events.access import crew_only
from events.models import Role


def _version(event, pk):
    rows = Montage.objects.select_related("challenge__event", "soundtrack")
    return get_object_or_404(rows, pk=pk, challenge__event=event)


@crew_only(Role.EDITOR)
def board(request, event, montage):
    """Order, trims, takes, captions, music, and what it will look like."""
    version = _version(event, montage)
    rows, timeline = storyboard.board(version)
    gone, waiting = ([], []) if storyboard.film_of(version) else plans.left_out(version.sequence, version.challenge)
    _done, coming = storyboard.last_draft(version)
    spare, takes = storyboard.spare(version, rows), storyboard.takes(version, rows)
    track = version.soundtrack
    pulse = music.pulse_of(track) if track else None
    context = {
        "version": version,
        "kept": storyboard.is_kept(version),
        "seen": storyboard.mark(version),
        "rows": rows,
        "timeline": timeline,
        "duration": clock(timeline.frames / timeline.fps) if timeline else "",
        "spare": spare,
        "takes": takes,
        "swaps": [*spare, *takes],
        "done": storyboard.last_film(version),
        "orders": Montage.Order.choices,
        "coming": coming,
        "track": track,
        "pulse": pulse,
        "listening": storyboard.listening(version),
        "wave": (track.heard or {}).get("wave", []) if track else [],
        "beat_places": [round(100 * t / music.length_of(track), 3) for t in pulse.times]
        if pulse and pulse.found
        else [],
        "styles": plans.styles(),
        "lengths": Montage.Length.choices,
        "own_sounds": Montage.OwnSound.choices,
        "soundtracks": event.soundtracks.filter(piece=""),
        "pieces": music.titles().items(),
        "others": version.challenge.montages.exclude(pk=version.pk)[:20],
        "gone": [*gone, *waiting],
    }
    return render(request, "cocreation/storyboard.html", context)


@require_POST
@crew_only(Role.EDITOR)
def save(request, event, montage):
    """Keep what the page says, plan again, begin a preview; answers with the plan."""
    version = _version(event, montage)
    try:
        wishes = json.loads(request.body)
        if not isinstance(wishes, dict):
            raise storyboard.Wrong("form")
        finished = storyboard.is_kept(version)
        kept = storyboard.changed(version, wishes, by=request.user)
    except (ValueError, RecursionError) as wrong:
        return JsonResponse({"error": unread(wrong)}, status=400)
    if kept.pk != version.pk and not finished:
        told = _("Somebody else changed version %(old)d while you did. Theirs is kept there, yours is version %(new)d.")
        messages.warning(request, told % {"old": version.number, "new": kept.number})
    gone, waiting = plans.left_out(wishes["rows"], version.challenge)
    for shots, words in (
        (gone, _("Left out, as they were taken back or may not be shown: %(shots)s")),
        (waiting, _("Left out for now, as their new take cannot be shown yet: %(shots)s")),
    ):
        if shots:
            messages.warning(request, words % {"shots": ", ".join(shots)})
    storyboard.draft(kept)
    addresses = {
        "url": reverse("cocreation:storyboard", args=[event.slug, kept.pk]),
        "save": reverse("cocreation:storyboard_save", args=[event.slug, kept.pk]),
        "state": reverse("cocreation:storyboard_state", args=[event.slug, kept.pk]),
        "render": reverse("cocreation:storyboard_render", args=[event.slug, kept.pk]),
    }
    return JsonResponse(storyboard.as_json(kept) | addresses)


def unread(wrong) -> str:
    """Why a change is not kept: which number to put right, where it is one."""
    words = {
        "bpm": _("Beats a minute: from 30 to 300."),
        "offset": _("First beat at second: from -10 to 60."),
    }
    return words.get(str(wrong), _("This change could not be read. Load the page again."))


@crew_only(Role.EDITOR)
def state(request, event, montage):
    """How far the preview is, where the last one can be watched, and whether its music has been listened to."""
    version = _version(event, montage)
    done, (_draft, coming) = storyboard.last_film(version), storyboard.last_draft(version)
    job = editing.job_of(coming) if coming else None
    film = reverse("cocreation:film_file", args=[event.slug, done.pk, "film"]) if done else ""
    failed = job is not None and job.state == job.State.FAILED
    return JsonResponse(
        {
            "film": film,
            "heard": not storyboard.listening(version),
            "waits": remarks.held_up(job),
            "percent": job.percent if job and job.state in job.OPEN else None,
            "error": jobs.told(job.error)[:200] if failed else "",
            "stopped_by": coming.stopped_by if coming and failed else [],
        }
    )


@crew_only(Role.EDITOR)
def track_file(request, event, track):
    """A piece of music, to listen and tap to."""
    found = get_object_or_404(Soundtrack, pk=track, event=event)
    return serve_track(request, found)


@crew_only(Role.EDITOR)
def compare(request, event, montage, other):
    """Two versions, shot by shot."""
    one, two = _version(event, other), _version(event, montage)
    rows = storyboard.compared(one, two)
    versions = [(version, _watched(version), dict(plans.styles()).get(version.style, "")) for version in (one, two)]
    return render(request, "cocreation/compare.html", {"one": one, "two": two, "rows": rows, "versions": versions})


def _watched(version):
    """The film of a version, else its newest preview."""
    films = version.renders.filter(is_draft=False).exclude(finished_at=None)
    return films.first() or storyboard.last_draft(version)[0]
