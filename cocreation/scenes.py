"""The stage: the wall of shots, and the premiere."""

from django.utils.translation import gettext_lazy as _

from cocreation import shots, teams
from cocreation.models import Render
from events import scenes, slots


@scenes.offer("shots", title=_("Shots"), icon="team", order=40)
def wall(event, request, params):
    challenge = teams.challenge_of(event)
    rows = shots.wall(challenge) if challenge else []
    return "cocreation/scenes/shots.html", {"challenge": challenge, "rows": rows, "tally": shots.tally(rows)}


@scenes.offer("film", title=_("Film"), icon="film", order=50)
def film(event, request, params):
    """The version that the parameters name, else the published one, else the newest finished."""
    challenge = teams.challenge_of(event)
    finished = (
        Render.objects.filter(montage__challenge=challenge, is_draft=False)
        .exclude(finished_at=None)
        .select_related("montage")
    )
    shown = finished.filter(pk=params.get("render")).first() if params.get("render") else None
    shown = shown or (challenge.film if challenge else None) or finished.first()
    return "cocreation/scenes/film.html", {"challenge": challenge, "film": shown}


@slots.offer("stage_js")
def element(event, request, at):
    """The stage's shell loads the elements once; scenes come and go as fragments."""
    return slots.Piece("cocreation/slots/stage_js.html")
