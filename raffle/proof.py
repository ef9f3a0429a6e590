"""The proof file: the log, the pools and the crowds as they were published."""

from datetime import UTC, datetime


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


def moment(milliseconds) -> datetime:
    """The instant of a record."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def prizes(raffle) -> dict[str, str]:
    """The hash of each opening to the name of its prize, as the log has it."""
    return {entry.hash: entry.content["body"]["prize"]["name"] for entry in raffle.log.filter(kind="open")}
