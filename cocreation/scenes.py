"""The stage: the wall of shots, and the premiere."""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cocreation import editing, shots, teams
from cocreation.models import Render
from events import scenes, slots
from events.templatetags import house

MOST_LOOKED_AT = 12  # unpublished films


def _theme(event, at):
    challenge = teams.challenge_of(event)
    return house.said(challenge, "title") if challenge else ""


@scenes.offer("shots", title=_("Shots"), icon="team", order=40, says=_theme, page="cocreation:wall")
def wall(event, request, params):
    """All teams of all themes; where there are several their titles stand side by side."""
    challenges = list(event.challenges.all())
    rows = shots.wall(*challenges)
    now = timezone.now()
    closing = closing_next(challenges, now)
    is_open = bool(closing and closing.accepts_shots(now))
    context = {
        "challenges": challenges,
        "closing": closing,
        "is_open": is_open,
        "rows": rows,
        "tally": shots.tally(rows),
    }
    return "cocreation/scenes/shots.html", context


def closing_next(challenges, at):
    """The theme whose deadline comes next; when all have passed, the one that was last; None without deadlines."""
    timed = sorted((one for one in challenges if one.closes_at), key=lambda one: one.closes_at)
    return next((one for one in timed if one.accepts_shots(at)), timed[-1] if timed else None)


@scenes.offer("film", title=_("Film"), icon="film", order=50, says=_theme, page="cocreation:film")
def film(event, request, params):
    """The film of the theme that the parameters name, else of the event: the one published last.

    Before any is published the newest that is finished, unless it has a shot without consent.
    """
    asked = str(params.get("challenge", ""))
    theme = event.challenges.filter(pk=asked).first() if asked.isdecimal() else None
    finished = Render.objects.filter(
        montage__challenge__in=[theme] if theme else event.challenges.all(), is_draft=False
    )
    finished = finished.exclude(finished_at=None).select_related("montage__challenge")
    shown = finished.exclude(published_at=None).order_by("-published_at").first()
    shown = shown or next((one for one in finished[:MOST_LOOKED_AT] if not editing.withheld(one)), None)
    challenge = shown.montage.challenge if shown else theme or teams.challenge_of(event)
    return "cocreation/scenes/film.html", {"challenge": challenge, "film": shown}


@slots.offer("remote_more", order=20)
def films(event, request, at):
    """On the host's remote: which theme's film, where several have one."""
    shown = Render.objects.filter(montage__challenge__event=event, is_draft=False).exclude(finished_at=None)
    themes = list(event.challenges.filter(montages__renders__in=shown).distinct())
    if len(themes) < 2:
        return None
    return slots.Piece("cocreation/slots/remote_films.html", {"themes": themes, "stage": event.stage})


@slots.offer("stage_js")
def element(event, request, at):
    """The stage's shell loads the elements once; scenes come and go as fragments."""
    return slots.Piece("cocreation/slots/stage_js.html")
