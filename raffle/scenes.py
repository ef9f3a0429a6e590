"""The raffle's scenes on the stage: the pot, the draw, the winner.

One element plays all three; the key says where to begin.
"""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from events import addresses, qr, scenes, slots
from events.templatetags import house
from raffle import drawing, entering
from raffle.models import Raffle

TEMPLATE = "raffle/scenes/raffle.html"


def show(event, request, view):
    """The show's fragment; `view` is what it shows when no draw runs."""
    address = addresses.public(request, f"/{event.code}")
    return TEMPLATE, {"view": view, "short": address.partition("://")[2], "join_qr": qr.svg(address)}


def _prize(event, at):
    """What is drawn, never who: the stage alone tells that."""
    raffle = Raffle.objects.filter(event=event).first()
    draw = drawing.current(raffle) if raffle else None
    return house.said(draw.prize, "name") if draw else ""


def _in_the_box(event, at):
    raffle = Raffle.objects.filter(event=event).first()
    n = entering.in_the_box(raffle) if raffle else 0
    return ngettext("%(n)d stub in the box", "%(n)d stubs in the box", n) % {"n": n}


@scenes.offer("pot", title=_("Raffle: the box"), icon="ticket", order=60, says=_in_the_box, page="raffle:luck")
def pot(event, request, params):
    return show(event, request, "pot")


@scenes.offer("raffle", title=_("Raffle: the draw"), icon="gift", order=61, says=_prize, page="raffle:luck")
def draw(event, request, params):
    return show(event, request, "draw")


@scenes.offer("winner", title=_("Raffle: the winner"), icon="spark", order=62, says=_prize, page="raffle:luck")
def winner(event, request, params):
    return show(event, request, "winner")


@slots.offer("stage_js")
def element(event, request, at):
    """The stage's shell loads the element once; scenes come and go as fragments."""
    return slots.Piece("raffle/slots/stage_js.html")
