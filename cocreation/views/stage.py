"""The wall on the stage, read again when a shot comes; which theme's film is played."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cocreation import scenes
from events.access import crew_only
from events.models import Role, Stage


@crew_only(Role.HOST)
def shots_body(request, event):
    """What changes on the wall."""
    _template, context = scenes.wall(event, request, {})
    return render(request, "cocreation/scenes/shots_body.html", context)


@require_POST
@crew_only(Role.HOST)
def show_film(request, event):
    """The film of one theme. The form says which version of the stage it saw: a press on an old page changes nothing."""
    asked = request.POST.get("challenge", "")
    theme = get_object_or_404(event.challenges, pk=asked if asked.isdecimal() else 0)
    state, _new = Stage.objects.select_related("controller").get_or_create(event=event)
    if request.POST.get("version") != str(state.version):
        messages.info(request, _("The stage has moved on since. Look first, then press."))
        return redirect("events:remote", event.slug)
    try:
        state.show("film", by=request.user, at=timezone.now(), challenge=theme.pk)
    except Stage.NotInControl:
        messages.error(request, _("%(name)s controls the stage. Take over first.") % {"name": state.controller})
    return redirect("events:remote", event.slug)
