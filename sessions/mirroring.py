"""What the big screen shows, for the phones in the room: the scene, its biggest words, and where a person can take part."""

from django.urls import reverse

from events import scenes
from events.models import Stage


def seen(event, *, at) -> dict | None:
    """The scene in words, or None where the room sees nothing that a phone can tell."""
    stage = Stage.objects.filter(event=event).first()
    if stage is None or stage.cover or not event.is_running(at):
        return None
    scene = scenes.get(stage.scene)
    words = scene.says(event, at)
    if not words:
        return None
    return {"title": scene.title, "words": words, "url": reverse(scene.page or "talks:live", args=[event.slug])}
