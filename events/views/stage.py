"""The big screen: one shell, the scene inside it."""

from django.shortcuts import render
from django.utils import timezone

from events import scenes
from events.access import crew_only
from events.models import Role, Stage


@crew_only(Role.HOST)
def stage(request, event):
    """The shell that stays open all day on the stage machine."""
    return render(request, "events/stage.html", _scene_context(request, event))


@crew_only(Role.HOST)
def scene(request, event):
    """The current scene as a fragment."""
    context = _scene_context(request, event)
    response = render(request, context["scene_template"], context)
    response["X-Stage-Version"] = context["stage"].version
    response["X-Stage-Cover"] = context["stage"].cover
    return response


def _scene_context(request, event):
    now = timezone.now()
    state, _new = Stage.objects.get_or_create(event=event)
    lag = request.headers.get("X-Stage-Lag", "")
    Stage.objects.filter(pk=state.pk).update(
        heard_at=now, lag_ms=int(lag) if lag.isdecimal() and len(lag) < 7 else state.lag_ms
    )
    template, context = scenes.get(state.scene).draw(event, request, state.params)
    return {"at": now, "stage": state, "scene_template": template, **context}
