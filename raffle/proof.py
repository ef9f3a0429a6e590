"""The proof file: the log, the pools and the crowds as they were published."""


def collect(raffle) -> dict:
    """`{"log": […], "pools": {…}, "crowds": {…}}`: published rows, never rebuilt from tables of people."""
    draws = list(raffle.draws.order_by("number"))
    return {
        "log": [entry.content for entry in raffle.log.order_by("seq")],
        "pools": {str(draw.number): draw.pool for draw in draws},
        "crowds": {str(draw.number): draw.crowd for draw in draws if draw.frozen_at},
    }
