"""The skeleton of the programme goes along to the next city: hours and kinds; talks without title and speaker."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from events import cloning
from sessions.models import Talk


def _count(event) -> str:
    number = event.talks.count()
    words = ngettext(
        "%(n)d entry of the programme, without its speakers",
        "%(n)d entries of the programme, without their speakers",
        number,
    )
    return words % {"n": number} if number else ""


@cloning.also_clone(_count)
def copy_programme(old, new, shift):
    talks, number = [], 0
    for talk in old.talks.order_by("starts_at", "pk"):
        number += talk.is_session
        spoken = {"title": _("Talk %(n)d") % {"n": number}} if talk.is_session else {}
        same = ("title", "title_en", "short", "short_en", "cue") if not talk.is_session else ()
        talks.append(
            Talk(
                event=new,
                kind=talk.kind,
                minutes=talk.minutes,
                least_minutes=talk.least_minutes,
                room=talk.room,
                room_en=talk.room_en,
                starts_at=talk.starts_at + shift,
                **{name: getattr(talk, name) for name in same},
                **spoken,
            )
        )
    Talk.objects.bulk_create(talks)
