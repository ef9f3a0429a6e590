"""The proof file: the log, the pools and the crowds as they were published."""

from datetime import UTC, datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from events.templatetags.house import in_english

CALLED_OFF = {  # as the log has it: as the host and everybody reads it
    "wrong prize": gettext_lazy("Wrong prize"),
    "wrong people in the box": gettext_lazy("Wrong people in the box"),
    "technical problem": gettext_lazy("Technical problem"),
}
NO_REASON = "host"  # what stands in logs from before a reason was asked for


def collect(raffle) -> dict:
    """`{"log": […], "pools": {…}, "crowds": {…}}`: published rows, never rebuilt from tables of people."""
    log = [entry.content for entry in raffle.log.order_by("seq")]  # first: what it names is in the draws by then
    draws = list(raffle.draws.order_by("number"))
    return {
        "log": log,
        "pools": {str(draw.number): draw.pool for draw in draws},
        "crowds": {str(draw.number): draw.crowd for draw in draws if draw.frozen_at},
    }


def entered(raffle) -> list[dict]:
    """The states of the check-in list that were published while people came in: `{"at", "n", "root"}`."""
    found = raffle.log.filter(kind="enter").order_by("seq")
    return [{"at": moment(entry.content["ts"]), **entry.content["body"]} for entry in found]


def why_called_off(raffle, draw) -> str:
    """The host's reason for calling a draw off, as the log has it; '' where there is none to tell."""
    found = raffle.log.filter(kind="abort", content__body__draw=draw.number).first()
    reason = found.content["body"]["reason"] if found else NO_REASON
    return "" if reason == NO_REASON else str(CALLED_OFF.get(reason, reason))


def moment(milliseconds) -> datetime:
    """The instant of a record."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def prizes(raffle) -> dict[str, str]:
    """The hash of each opening to the name of its prize, as the log has it."""
    return {entry.hash: entry.content["body"]["prize"]["name"] for entry in raffle.log.filter(kind="open")}


def said_rule(rule) -> str:
    """The rule of an opening, a sentence for each part."""
    won = _("Earlier winners were left out.") if rule["exclude_winners"] else _("Earlier winners took part, too.")
    here = (
        _("Only people who had come through the door took part.")
        if rule["present"]
        else _("Everybody with a ticket took part, in the room or not.")
    )
    cars = ", ".join(map(str, rule.get("groups", [])))
    only = [_("It was for car %(cars)s only.") % {"cars": cars}] if cars else []
    return (" " if in_english() else "").join([here, won, *only])


def special(rule, quantity) -> str:
    """Where a draw differs from the standard rule, for a room that watches it: '' for one winner of all who are new."""
    winners = ngettext("%(n)d winner", "%(n)d winners", quantity) % {"n": quantity}
    cars = ", ".join(map(str, rule.get("groups", [])))
    parts = [
        winners if quantity > 1 else "",
        "" if rule["present"] else _("everybody who registered"),
        "" if rule["exclude_winners"] else _("earlier winners too"),
        _("only car %(cars)s") % {"cars": cars} if cars else "",
    ]
    said = " · ".join(filter(None, parts))
    return said[:1].upper() + said[1:]
