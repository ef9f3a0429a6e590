"""kill -9 in the middle of a draw: real processes; one result, and it goes on.

On PostgreSQL and Redis where DATABASE_URL and REDIS_URL name them, else on the embedded defaults.
"""

import json
import os
import random
import subprocess
import sys
import threading
import time
import uuid

import pytest

from raffle import protocol, verify
from tests.faults.installation import SERVERS, own_redis
from tests.raffle.killed_world import ROOT, House, StageBrowser

pytestmark = [pytest.mark.fault, pytest.mark.long, pytest.mark.xdist_group("killed"), pytest.mark.timeout(400)]
GOES_ON = 45  # seconds, new processes on a busy machine included; held to their goals in tests/benchmarks/test_kills.py


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    servers, name = (), f"nextstop_killed_{uuid.uuid4().hex[:8]}"
    if SERVERS:
        import psycopg

        address = os.environ["DATABASE_URL"]
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        servers = (f"{address.rsplit('/', 1)[0]}/{name}", own_redis(2))
    house = House(tmp_path_factory.mktemp("house"), servers)
    yield house
    house.end()
    if servers:
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(autouse=True)
def nothing_is_left(house):
    """A draw that a failed test has left unfinished fails no other one."""
    for name in ("web", "worker", "beat"):
        if name not in house.children:
            house.start(name)
    house.wait(house.up, 60, "the web is there")
    draw = house.draw()
    if draw is not None and draw["phase"] not in ("done", "aborted"):
        house.wait(house.phase("drawn", "calling", "done"), GOES_ON, "what was left is drawn")
        house.post(f"{draw['number']}/reveal/")
        for winner in house.draw()["winners"]:
            house.post(f"{draw['number']}/here/", rank=winner["rank"])


def opened(house, press):
    answer = house.post("open/", prize=house.cast["prize"], press=press, quantity=1)
    assert answer.status_code == 200, answer.text
    return house.draw()["number"]


def checked(house, number, tmp_path):
    """One result of this draw, and the stand-alone script says that all of it holds; returns the order's first."""
    proof = house.proof()
    results = [e["body"] for e in proof["log"] if e["type"] == "result" and e["body"]["draw"] == number]
    assert len(results) == 1
    path = tmp_path / "proof.json"
    path.write_text(json.dumps(proof))
    done = subprocess.run([sys.executable, str(ROOT / "raffle/verify.py"), str(path)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    return results[0]["top"]


def to_the_end(house, number, tmp_path):
    """From the result to "here": the show has gone on."""
    house.post(f"{number}/reveal/")
    winner = house.draw()["winners"][0]
    house.post(f"{number}/here/", rank=winner["rank"])
    assert house.draw()["phase"] == "done"
    assert checked(house, number, tmp_path) == [winner["eid"]]


def killed_in_the_spin(house, press):
    """A draw whose delay a worker was computing when it was killed: its number."""
    number = opened(house, press)
    house.wait(house.phase("frozen"), 20, "the box is locked")
    time.sleep(1)  # the delay is being computed
    house.kill("worker")
    assert house.draw()["phase"] == "frozen"
    return number


def test_the_worker_is_killed_in_the_spin(house, tmp_path):
    """The page misses it, and does its work while there is no other."""
    number = killed_in_the_spin(house, "worker")

    took = house.wait(house.phase("drawn"), GOES_ON, "the result")
    assert "worker" not in house.children
    print(f"result {took:.1f} s after the kill")
    house.start("worker")
    to_the_end(house, number, tmp_path)


FILM = "(() => { const b = document.querySelector('flap-board'); return b && b.movie ? b.draw.departures : null })()"


def test_the_show_goes_on_while_nobody_computes_but_the_stage(house, tmp_path, request):
    """Its film starts with the stage's own result while every process of the server is gone; theirs is the same."""
    stage = staged(house, tmp_path, request)
    if stage is None:
        pytest.skip("no Chromium")
    number = killed_in_the_spin(house, "show")
    own = f"document.querySelector('raffle-show').own?.number === {number}"
    house.wait(lambda: stage.page.evaluate(own), GOES_ON, "the stage's own result")
    house.kill("web")  # from here on no process of the server computes anything

    took = house.wait(lambda: stage.page.evaluate(FILM), GOES_ON, "the film")
    print(f"film {took:.1f} s after the stage had its own result")
    shown = stage.page.evaluate(FILM)
    house.start("web")
    house.start("worker")
    house.wait(house.up, 60, "the web is back")
    house.wait(house.phase("drawn", "calling"), GOES_ON, "the result")
    assert shown == house.draw()["departures"]
    assert not stage.page.locator("[data-why]").inner_text()
    to_the_end(house, number, tmp_path)


@pytest.mark.parametrize("after", [0.0, 0.02, 0.1])
def test_the_web_is_killed_while_it_opens_a_draw(house, tmp_path, after):
    """The press is repeated when the page is back: one draw, whether the first press had reached the database or not."""
    before = house.draw()
    press = f"web {after}"
    pressing = threading.Thread(target=lambda: _swallow(opened, house, press))
    pressing.start()
    time.sleep(after)
    house.kill("web")
    pressing.join()
    began = time.monotonic()
    house.start("web")
    house.wait(house.up, 30, "the web is back")
    back = time.monotonic() - began

    number = opened(house, press)
    assert opened(house, press) == number == (before["number"] if before else 0) + 1
    house.wait(house.phase("drawn"), GOES_ON, "the result")
    print(f"web back after {back:.1f} s")
    to_the_end(house, number, tmp_path)


def _swallow(function, *args):
    try:
        function(*args)
    except Exception:
        pass


def test_everything_is_killed_in_the_countdown(house, tmp_path):
    number = opened(house, "all")
    secret = house.proof()["log"][-1]["body"]["secret"]
    house.kill("web", "worker", "beat")
    time.sleep(2)
    for name in ("web", "worker", "beat"):
        house.start(name)
    house.wait(house.up, 30, "the web is back")

    house.wait(house.phase("drawn"), GOES_ON, "the result")
    frozen = [e["body"] for e in house.proof()["log"] if e["type"] == "freeze" and e["body"]["draw"] == number]
    assert len(frozen) == 1 and secret is not None
    to_the_end(house, number, tmp_path)


def test_the_web_is_killed_while_the_winner_is_called(house, tmp_path):
    number = opened(house, "calling")
    house.wait(house.phase("drawn"), GOES_ON, "the result")
    house.post(f"{number}/reveal/")
    called = house.draw()["winners"]
    house.kill("web")
    house.start("web")
    house.wait(house.up, 30, "the web is back")

    assert house.draw()["winners"] == called
    to_the_end(house, number, tmp_path)


# Ten kills on the real servers; on the embedded defaults, where each other test here kills as well, one of each.
VICTIMS = ["web"] * 3 + ["worker"] * 3 + ["stage"] * 3 + ["beat"] if SERVERS else ["web", "worker", "stage", "beat"]
DRAWS = 3 if SERVERS else 1
LATEST_KILL = 14  # seconds after the opening: the countdown takes 11 of them, the lock and the delay the others


@pytest.mark.timeout(600)
def test_kills_at_random_moments_leave_one_result_of_each_draw(house, tmp_path, request):
    """Web, worker, beat and the stage's browser, in draws that follow each other; each is started again at once.

    KILLS_SEED=n repeats the moments of a run, which prints it.
    """
    seed = int(os.environ.get("KILLS_SEED") or random.randrange(10**6))
    chance, victims, stage = random.Random(seed), VICTIMS[:], staged(house, tmp_path, request)  # noqa: S311
    if stage is None:
        victims = ["web" if victim == "stage" else victim for victim in victims]
    chance.shuffle(victims)
    print(f"\nKILLS_SEED={seed}{'' if stage else ', without a Chromium'}")
    opened_before = house.draw()["number"] if house.draw() else 0
    for nth in range(DRAWS):
        moments = sorted((chance.uniform(0, LATEST_KILL), victim) for victim in victims[nth::DRAWS])
        number = opened(house, f"kills {seed} {nth}")
        killed_at(house, stage, moments)
        began = time.monotonic()
        house.wait(house.up, 30, "the web is back")
        took = house.wait(house.phase("drawn", "calling"), GOES_ON, "the result")
        if stage:
            house.wait(lambda: _succeeds(stage.shows), 30, "the stage is back")
            house.wait(house.phase("calling"), 20, "the stage has shown the winner")
            name = house.draw()["winners"][0]["name"]
            stage.page.locator(f".wbox.calling .wname[aria-label='{name}']").wait_for(timeout=20_000)
        proof = house.proof()
        log = proof["log"]
        assert [e["body"]["draw"] for e in log if e["type"] == "open"] == list(range(1, number + 1))
        assert verify.verify(proof, slow=False)[0][-1][0] == number == opened_before + nth + 1
        body = {e["type"]: e["body"] for e in log if e["body"].get("draw") == number}
        secret, frozen = bytes.fromhex(body["freeze"]["secret"]), body["freeze"]
        again = protocol.seed(frozen["open"], frozen["crowd"]["root"], secret, None, body["open"]["delay"])
        assert again.hex() == body["result"]["seed"]  # of this draw alone
        print(
            f"{[f'{at:.1f} s {victim}' for at, victim in moments]}: the result {took:.1f} s after the last kill's end"
        )
        assert time.monotonic() - began < GOES_ON
        house.post(f"{number}/reveal/")
        house.post(f"{number}/here/", rank=house.draw()["winners"][0]["rank"])
        assert house.draw()["phase"] == "done"


def staged(house, tmp_path, request):
    """A stage in a browser that can be killed; None where there is no Chromium."""
    if not os.environ.get("CHROMIUM"):
        return None
    chromium = request.getfixturevalue("chromium")
    house.show("raffle")
    stage = StageBrowser(house, chromium.browser_type, tmp_path / "profile")
    request.addfinalizer(stage.kill)
    house.wait(lambda: _succeeds(stage.shows), 30, "the stage is there")
    return stage


def killed_at(house, stage, moments):
    """Kill each at its moment after now, and start it again as its supervisor does."""
    began = time.monotonic()
    for at, victim in moments:
        time.sleep(max(0, began + at - time.monotonic()))
        if victim == "stage":
            stage.kill()
            stage.start()
        else:
            house.kill(victim)
            house.start(victim)


def _succeeds(function):
    try:
        return function() is not None
    except Exception:
        return False
