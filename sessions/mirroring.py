"""What the big screen shows, for the phones in the room: the scene, its biggest words, and where a person can take part."""

from django.urls import reverse

from events import scenes, slots
from events.models import Stage

PAGES = {"questions": "talks:questions", "poll": "talks:poll", "now": "talks:programme"}


def seen(event, request, *, at) -> dict | None:
    """The scene in words, or None where the room sees nothing that a phone can tell."""
    stage = Stage.objects.filter(event=event).first()
    if stage is None or stage.cover or not event.is_running(at):
        return None
    words = dict(slots.collect("headline", event, request, at)).get(stage.scene)
    if not words:
        return None
    url = reverse(PAGES.get(stage.scene, "talks:live"), args=[event.slug])
    return {"title": scenes.get(stage.scene).title, "words": words, "url": url}
