"""What a door is called: a gate by its number, the code on the stage, the tablet. Rows keep the bare word."""

from django.utils.translation import gettext as _

NUMBERED = ("1", "2", "3", "4")
STAGE, TABLET = "stage", "tablet"


def title(door: str) -> str:
    """At the beginning of a line: Gate 2."""
    if door in (STAGE, TABLET):
        return where(door)
    return _("Gate %(door)s") % {"door": door}


def where(door: str) -> str:
    """Inside a sentence: gate 2."""
    if door == STAGE:
        return _("code on the big screen")
    if door == TABLET:
        return _("self check-in tablet")
    return _("gate %(door)s") % {"door": door}
