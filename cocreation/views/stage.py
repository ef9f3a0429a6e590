"""The wall on the stage, read again when a shot comes."""

from django.shortcuts import render

from cocreation import scenes
from events.access import crew_only
from events.models import Role


@crew_only(Role.HOST)
def shots_body(request, event):
    """What changes on the wall."""
    _template, context = scenes.wall(event, request, {})
    return render(request, "cocreation/scenes/shots_body.html", context)
