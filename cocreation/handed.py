"""What of a film may be handed on, and archives that hold what may not any more: those are nobody's, and go.

A scene of a film says whether its shot is in the archives (`packed`); of those from before that was kept, all are.
"""

import contextlib
import functools

from django.db import transaction

from cocreation import editing
from cocreation.models import Clip, Render
from events import live, ticking

ARCHIVES = ("bundle", "otioz")


def allowed(attempt) -> set[int]:
    """The film's shots, by number, that are still there and that their team wants published."""
    held = {clip.pk for clip in editing.withheld(attempt)}
    there = Clip.objects.filter(pk__in=[row["clip"] for row in attempt.scenes])
    return set(there.values_list("pk", flat=True)) - held


def scenes_with(attempt, packed) -> list[dict]:
    """The film's scenes, saying which shots are in its archives."""
    return [row | {"packed": row["clip"] in packed} for row in attempt.scenes]


def is_current(attempt) -> bool:
    """Whether there are archives, and they hold the shots that may be handed on now: none else, and none less."""
    packed = {row["clip"] for row in attempt.scenes if row.get("packed", True)}
    return bool(attempt.bundle) and packed == allowed(attempt)


def take_back(films) -> int:
    """Delete archives that hold a shot that was taken back, or lack one that was given again; returns how many films had some."""
    gone = 0
    for film in films.exclude(bundle="", otioz="").select_related("montage__challenge__event"):
        if is_current(film):
            continue
        with transaction.atomic():
            if Render.objects.filter(pk=film.pk, bundle=film.bundle.name).update(**dict.fromkeys(ARCHIVES, "")):
                gone += 1
                live.tell(film.montage.challenge.event, "film", audience="crew", render=film.pk)
                transaction.on_commit(functools.partial(_delete, film))
    return gone


def take_back_of(clip) -> int:
    """The same of the films of a shot's theme: its team has just said something else of it."""
    return take_back(Render.objects.filter(montage__challenge=clip.team.challenge_id))


@ticking.every_tidy
def take_back_all(at=None) -> int:
    """What was taken back in another way, as in the admin, by erasing a person, or while it was packed."""
    return take_back(Render.objects.all())


def _delete(film):
    for name in ARCHIVES:
        if field := getattr(film, name):
            with contextlib.suppress(OSError):
                field.storage.delete(field.name)
