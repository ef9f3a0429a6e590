"""The stage: the wall of shots, and the premiere."""

from django.utils.translation import gettext_lazy as _

from cocreation import shots, teams
from cocreation.models import Render
from events import scenes, slots
from events.templatetags import house


def _theme(event, at):
    challenge = teams.challenge_of(event)
    return house.said(challenge, "title") if challenge else ""


@scenes.offer("shots", title=_("Shots"), icon="team", order=40, says=_theme, page="cocreation:wall")
def wall(event, request, params):
    """All teams of all themes; where there are several their titles stand side by side."""
    challenges = list(event.challenges.all())
    rows = shots.wall(*challenges)
    closes = min((one.closes_at for one in challenges if one.closes_at), default=None)
    context = {"challenges": challenges, "closes_at": closes, "rows": rows, "tally": shots.tally(rows)}
    return "cocreation/scenes/shots.html", context


@scenes.offer("film", title=_("Film"), icon="film", order=50, says=_theme, page="cocreation:film")
def film(event, request, params):
    """The version that the parameters name, else the published one, else the newest finished."""
    finished = (
        Render.objects.filter(montage__challenge__event=event, is_draft=False)
        .exclude(finished_at=None)
        .select_related("montage__challenge")
    )
    asked = str(params.get("render", ""))
    shown = finished.filter(pk=asked).first() if asked.isdecimal() else None
    shown = shown or finished.exclude(published_at=None).order_by("-published_at").first() or finished.first()
    challenge = shown.montage.challenge if shown else teams.challenge_of(event)
    return "cocreation/scenes/film.html", {"challenge": challenge, "film": shown}


@slots.offer("stage_js")
def element(event, request, at):
    """The stage's shell loads the elements once; scenes come and go as fragments."""
    return slots.Piece("cocreation/slots/stage_js.html")
