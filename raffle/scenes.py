"""The raffle's scenes on the stage: the pot, the draw, the winner.

One element plays all three; the key says where to begin.
"""

from django.utils.translation import gettext_lazy as _

from events import addresses, qr, scenes, slots

TEMPLATE = "raffle/scenes/raffle.html"


def show(event, request, view):
    """The show's fragment; `view` is what it shows when no draw runs."""
    address = addresses.public(request, f"/{event.code}")
    return TEMPLATE, {"view": view, "short": address.partition("://")[2], "join_qr": qr.svg(address)}


@scenes.offer("pot", title=_("Raffle: the box"), icon="ticket", order=60)
def pot(event, request, params):
    return show(event, request, "pot")


@scenes.offer("raffle", title=_("Raffle: the draw"), icon="gift", order=61)
def draw(event, request, params):
    return show(event, request, "draw")


@scenes.offer("winner", title=_("Raffle: the winner"), icon="spark", order=62)
def winner(event, request, params):
    return show(event, request, "winner")


@slots.offer("stage_js")
def element(event, request, at):
    """The stage's shell loads the element once; scenes come and go as fragments."""
    return slots.Piece("raffle/slots/stage_js.html")
