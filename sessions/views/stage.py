"""The moving part of the programme's scenes."""

from django.http import Http404
from django.shortcuts import render

from events import scenes
from events.access import crew_only
from events.models import Role


@crew_only(Role.HOST)
def scene(request, event, scene):
    """What changes in a scene while it is shown."""
    if scene not in ("now", "questions", "poll", "break", "speaker"):
        raise Http404
    _template, context = scenes.get(scene).draw(event, request, {})
    return render(request, f"sessions/scenes/{scene}_body.html", {"event": event, **context})
