"""The host's remote: what the room sees, what comes next, and the two signs that are always in reach."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from events import scenes, slots
from events.access import crew_only
from events.models import Role, Stage
from events.templatetags import house


def _stage(event):
    return Stage.objects.select_related("controller").get_or_create(event=event)[0]


@crew_only(Role.HOST)
def remote(request, event):
    """Next is the biggest thing."""
    now, stage, every = timezone.now(), _stage(event), scenes.every()
    keys = [scene.key for scene in every]
    here = keys.index(stage.scene) if stage.scene in keys else 0
    numbered = list(enumerate(every, 1))
    coming = numbered[here + 1 :] + numbered[: here + 1]  # what follows stands first, what is shown stands last
    cues = slots.collect("cue", event, request, now)
    alive = stage.heard_at is not None and (now - stage.heard_at).total_seconds() < 30
    context = {
        "at": now,
        "stage": stage,
        "scene": every[here],
        "scenes": coming,
        "following": every[(here + 1) % len(every)],
        "previous": every[here - 1],
        "alive": alive,
        "cues": cues,
        "late": next((late for late in slots.collect("late", event, request, now) if late), 0),
        "headline": every[here].says(event, now) or house.said(event, "title"),
        "mine": stage.controller_id in (None, request.user.pk),
    }
    return render(request, "events/remote.html", context)


@require_POST
@crew_only(Role.HOST)
def show(request, event):
    """Change what the room sees. The form says which version it saw: a press on an old page changes nothing."""
    stage, now = _stage(event), timezone.now()
    seen = request.POST.get("version", "")
    cover = request.POST.get("cover", "")
    if seen.isdecimal() and int(seen) != stage.version:
        if "clicker" in request.POST:
            return HttpResponse(status=409)
        messages.info(request, _("The stage has moved on since. Look first, then press."))
        return redirect("events:remote", event.slug)
    scene = _asked_for(request.POST, stage)
    try:
        params = stage.params if scene == stage.scene else {}
        # The clicker is in the hand of the host whom the room looks at: it moves the stage and takes it from nobody.
        by = None if "clicker" in request.POST else request.user
        stage.show(scene, by=by, at=now, cover=cover if cover in ("black", "safe") else "", **params)
        if "clicker" in request.POST:
            return HttpResponse(status=204)
    except Stage.NotInControl:
        messages.error(request, _("%(name)s controls the stage. Take over first.") % {"name": stage.controller})
    return redirect("events:remote", event.slug)


def _asked_for(asked, stage) -> str:
    """The scene that a press means: by its name, or the one beside the one that is shown."""
    keys = [known.key for known in scenes.every()]
    here = keys.index(stage.scene) if stage.scene in keys else 0
    beside = {"next": keys[(here + 1) % len(keys)], "previous": keys[here - 1]}
    wanted = beside.get(asked.get("move", "")) or asked.get("scene") or stage.scene
    return wanted if wanted in keys else stage.scene


@require_POST
@crew_only(Role.HOST)
def take_over(request, event):
    """Become the one who controls the stage."""
    _stage(event).take_over(by=request.user, at=timezone.now())
    return redirect("events:remote", event.slug)
