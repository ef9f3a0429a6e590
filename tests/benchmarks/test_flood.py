"""10,000 numbers a second against a running installation while a draw is open: the draw goes on, everybody else counts.

`python -m pytest -n 0 -m '' tests/benchmarks/test_flood.py -s`: web, worker and beat as `make run` starts them; the attack of
flood.py over the whole countdown and the delay; three honest phones, a host, the stand-alone verifier at the end.
"""

import json
import secrets
import subprocess
import sys
import time

import pytest

from raffle import drawing, verify
from tests.raffle.killed_world import ROOT, House

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]
HONEST, SECONDS = 3, 22


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    house = House(tmp_path_factory.mktemp("flood"), people=HONEST + 2)
    yield house
    house.end()


def send(house, jar, number) -> tuple[int, str, float]:
    """An honest phone adds its number: the answer, the number, and how many seconds it took."""
    nonce, began, csrf = secrets.token_hex(32), time.monotonic(), secrets.token_hex(16)
    with house.browser(jar | {"nextstop_csrf": csrf}) as phone:
        answer = phone.post(
            "/attend/beijing/raffle/nonce/", json={"draw": number, "nonce": nonce}, headers={"X-CSRFToken": csrf}
        )
    return answer.status_code, nonce, time.monotonic() - began


def test_a_draw_goes_on_under_ten_thousand_numbers_a_second(house):
    prize, phones = house.cast["prize"], [jar for jar, _eid in house.cast["phones"]]
    house.post("open/", prize=prize, press="late")
    house.post("1/abort/", reason="benchmark")
    told = {"url": house.env["SITE_URL"], "mine": phones[0], "eve": phones[1], "draw": 2, "late": 1, "seconds": SECONDS}
    flood = subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.flood"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    flood.stdin.write(json.dumps(told) + "\n")
    flood.stdin.flush()
    assert flood.stdout.readline() == "ready\n"
    flood.stdin.write("\n")
    flood.stdin.flush()
    time.sleep(2)

    began = time.monotonic()
    opened = house.post("open/", prize=prize, press="draw")
    took = time.monotonic() - began
    sent = [send(house, jar, 2) for jar in phones[2:]]
    house.wait(house.phase("drawn", "calling"), 90, "the result")
    log = [entry for entry in house.proof()["log"] if entry["body"].get("draw") == 2]
    late = next(e for e in log if e["type"] == "freeze")["ts"] - log[0]["body"]["close_at"]
    print(f"\nthe flood: {flood.communicate()[0].strip()}")
    print(f"the host's press took {1000 * took:.0f} ms, honest numbers {[round(1000 * s[2]) for s in sent]} ms")
    print(f"locked {late} ms after the countdown")

    proof = house.proof()
    crowd = proof["crowds"]["2"]
    assert opened.status_code == 200
    assert [status for status, _nonce, _took in sent] == [200] * HONEST
    assert {nonce for _status, nonce, _took in sent} <= set(crowd)
    assert len(crowd) <= HONEST + 2 * drawing.NONCES_PER_DRAW
    assert late <= 1500
    assert verify.verify(proof)[0][1][0] == 2
