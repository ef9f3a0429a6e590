"""The host's remote: what the room sees, what comes next, and the two signs that are always in reach."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from events import scenes, slots
from events.access import crew_only
from events.models import Role, Stage


def _stage(event):
    return Stage.objects.select_related("controller").get_or_create(event=event)[0]


@crew_only(Role.HOST)
def remote(request, event):
    """Next is the biggest thing."""
    now, stage, every = timezone.now(), _stage(event), scenes.every()
    keys = [scene.key for scene in every]
    here = keys.index(stage.scene) if stage.scene in keys else 0
    cues = slots.collect("cue", event, request, now)
    alive = stage.heard_at is not None and (now - stage.heard_at).total_seconds() < 30
    context = {
        "at": now,
        "stage": stage,
        "scene": every[here],
        "scenes": every,
        "following": every[(here + 1) % len(every)],
        "previous": every[here - 1],
        "alive": alive,
        "cues": cues,
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
    scene = request.POST.get("scene") or stage.scene
    if seen.isdigit() and int(seen) != stage.version:
        messages.info(request, _("The stage has moved on since. Look first, then press."))
        return redirect("events:remote", event.slug)
    if scene not in {known.key for known in scenes.every()}:
        scene = stage.scene
    try:
        params = stage.params if scene == stage.scene else {}
        stage.show(scene, by=request.user, at=now, cover=cover if cover in ("black", "safe") else "", **params)
    except Stage.NotInControl:
        messages.error(request, _("%(name)s controls the stage. Take over first.") % {"name": stage.controller})
    return redirect("events:remote", event.slug)


@require_POST
@crew_only(Role.HOST)
def take_over(request, event):
    """Become the one who controls the stage."""
    _stage(event).take_over(by=request.user, at=timezone.now())
    return redirect("events:remote", event.slug)
