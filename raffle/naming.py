"""Whose names never reach the language model: everybody whom a host may name in the room."""

from events import slots
from raffle.models import Rehearsal


def known(event, at) -> list[str]:
    """The attendees, the crew and whom other apps know of this event; on a rehearsal's copy, those of the real one too."""
    real = Rehearsal.objects.filter(copy=event).select_related("event").first()
    names: set[str] = set()
    for each in [event, real.event] if real else [event]:
        names.update(each.attendees.values_list("name", flat=True))
        names.update(each.crew.values_list("user__name", flat=True))
        names.update(slots.collect("names", each, None, at))
    return sorted(name for name in names if name)
