"""Where an entry of the draft stands: its time, its length, its room. Nothing here is announced."""

import re

from django.utils.translation import gettext as _

from events import live
from events.text import clean_text
from sessions import wall_clock
from sessions.models import Edition, Talk

CLOCK = re.compile(r"^([01]\d|2[0-3]):[0-5]\d$", re.ASCII)
LONGEST = 720


def place(talk, event, *, start, end, room, track, title="", title_en=None) -> None:
    """Put the entry there, on its own day of the event. Raises ValueError in words; nothing is changed then."""
    if not CLOCK.match(start) or not CLOCK.match(end):
        raise ValueError(_("Write times like 14:05."))
    minutes = wall_clock.minutes_between(start, end)
    if minutes < 1:
        raise ValueError(_("It ends before it starts."))
    if minutes > LONGEST:
        raise ValueError(_("That is longer than twelve hours."))
    day, first, last = (
        wall_clock.day_of(moment, event.doors_at, event.zone)
        for moment in (talk.starts_at, event.doors_at, event.ends_at)
    )
    day = day if first <= day <= last else first  # an event that moved takes along what is put somewhere
    try:
        starts_at = wall_clock.on_the_day(event.doors_at, int(start[:2]), int(start[3:]), event.zone, day)
    except wall_clock.NoSuchTime:
        raise ValueError(_("%(time)s does not exist on that day: the clocks go forward.") % {"time": start}) from None
    fields = {
        "starts_at": starts_at,
        "minutes": minutes,
        "room": clean_text(room)[:40],
        "track": clean_text(track)[:40],
    }
    for name in ("room", "track"):  # the other language's name is that of the same room or track elsewhere, or none
        if getattr(talk, name) != fields[name]:
            twin = event.talks.filter(**{name: fields[name]}).exclude(pk=talk.pk).first()
            fields[f"{name}_en"] = getattr(twin, f"{name}_en") if twin else ""
    if title := clean_text(title)[:120]:
        fields["title"] = title
    if title_en is not None:
        fields["title_en"] = clean_text(title_en)[:160]
    if talk.least_minutes > minutes:
        fields["least_minutes"] = minutes
    Talk.objects.filter(pk=talk.pk).update(**fields)
    Edition.touch(event.pk)
    live.tell(event, "programme", "crew", placed=talk.pk)
