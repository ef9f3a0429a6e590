"""How long a killed worker stops a draw: `CHROMIUM=/usr/bin/chromium python -m pytest -n 0 -m '' tests/benchmarks/test_kills.py -s`.

Whole installations as `make run` starts them, on servers of their own where DATABASE_URL and REDIS_URL name them.
Figures are printed and held. The film, which the hall sees, is held to five seconds; the server's result, which needs
the whole delay once more, to a multiple of a draw in which nobody dies, so that a slower machine is no failure.
"""

import statistics
import time

import pytest

from tests.raffle.test_killed import FILM, GOES_ON, house, killed_in_the_spin, opened, staged  # noqa: F401

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]
ROUNDS = 3
FILM_GOES_ON = 5  # seconds from the kill
TIMES_UNDISTURBED = 3  # missed after 1.5 s, asked for within 1.5 s, and the delay again


def test_a_killed_worker_holds_up_neither_the_show_nor_the_result(house, tmp_path, request):  # noqa: F811
    stage = staged(house, tmp_path, request)
    if stage is None:
        pytest.skip("no Chromium on this machine")
    undisturbed, films, results = [], [], []
    for nth in range(ROUNDS):
        number = opened(house, f"undisturbed {nth}")
        house.wait(house.phase("frozen"), 20, "the box is locked")
        undisturbed.append(house.wait(house.phase("drawn", "calling"), GOES_ON, "the result"))
        ended(house, number)
        number = killed_in_the_spin(house, f"killed {nth}")
        began = time.monotonic()
        house.wait(lambda: stage.page.evaluate(FILM), GOES_ON, "the film")
        films.append(time.monotonic() - began)
        house.wait(house.phase("drawn", "calling"), GOES_ON, "the result")
        results.append(time.monotonic() - began)
        house.start("worker")
        ended(house, number)

    times = statistics.median(results) / statistics.median(undisturbed)
    print(f"\nfilm {[round(t, 1) for t in films]} s after the kill, result {[round(t, 1) for t in results]} s")
    print(f"result undisturbed {[round(t, 1) for t in undisturbed]} s after the lock: {times:.1f} times that")
    assert statistics.median(films) <= FILM_GOES_ON
    assert times <= TIMES_UNDISTURBED


def ended(house, number):  # noqa: F811
    """The next draw can be opened, and the stage has left this one's film."""
    house.post(f"{number}/reveal/")
    house.post(f"{number}/here/", rank=house.draw()["winners"][0]["rank"])
    assert house.draw()["phase"] == "done"
