"""The public beacon: real rounds of drand's quicknet, a real local server, signatures checked."""

import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from events.models import Stage
from raffle import beacon, beside, drawing, opening, preparing, proof, protocol, state, verify
from raffle import work as by_itself
from raffle.models import Draw, LogRecord, Prize, Raffle
from tests.conftest import NOW
from tests.work import work

# Archived rounds of chain 52db9ba7…c84e971, as every operator of drand gives them.
ROUNDS = {
    123: "b75c69d0b72a5d906e854e808ba7e2accb1542ac355ae486d591aa9d43765482e26cd02df835d3546d23c4b13e0dfc92",
    1000: "b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39",
    1001: "b33bf3667cbd5a82de3a24b4e0e9fe5513cc1a0e840368c6e31f5fcfa79bea03f73896b25883abf2853d10337fb8fa41",
}


@pytest.fixture
def drand(settings):
    """An operator of drand on this machine; `drand.rounds` is what it gives."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args):
            pass

        def do_GET(self):
            chain, _public, number = self.path.strip("/").split("/")
            if number == "latest":
                number = max(server.rounds, default=0)
            known = server.rounds.get(int(number)) if chain == protocol.QUICKNET else None
            body = (
                server.raw
                if server.raw is not None
                else json.dumps({"round": int(number), "signature": known, "randomness": "00"}).encode()
            )
            self.send_response(200 if known or server.raw is not None else 404)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.rounds, server.raw = dict(ROUNDS), None
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    settings.DRAND_URLS = ["http://127.0.0.1:9", f"http://127.0.0.1:{server.server_port}"]
    yield server
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("number", ROUNDS)
def test_archived_rounds_are_genuine(number):
    assert beacon.genuine(number, bytes.fromhex(ROUNDS[number]))


@pytest.mark.parametrize(
    "signature",
    [ROUNDS[1000], "c0" + "00" * 47, "00" * 48, "ff" * 48, ROUNDS[1001][:-2], "b4" + ROUNDS[1001][2:]],
    ids=["of another round", "infinity", "zeros", "ones", "short", "another point"],
)
def test_other_signatures_are_not(signature):
    assert not beacon.genuine(1001, bytes.fromhex(signature))


def test_a_round_is_asked_from_the_next_operator_when_one_is_away(drand):
    assert beacon.fetch(1000) == ROUNDS[1000]


def test_operators_who_take_the_question_and_say_nothing_cost_no_more_than_one_of_them(drand, settings):
    """As in a network that lets nothing through: the host who has pressed the key waits for the answer."""
    with socket.create_server(("127.0.0.1", 0), backlog=8) as silent:
        settings.DRAND_URLS = [f"http://127.0.0.1:{silent.getsockname()[1]}"] * 3
        began = time.monotonic()
        with pytest.raises(beacon.Unreachable):
            beacon.newest()
        assert time.monotonic() - began < 2 * beacon.SECONDS
        settings.DRAND_URLS.append(f"http://127.0.0.1:{drand.server_port}")
        assert beacon.newest() == max(ROUNDS)


@pytest.mark.parametrize("raw", [b"", b"<html>", b"[]", b'{"round": 7}', b"x" * 100_000, b"[" * 3000])
def test_garbage_is_as_good_as_no_answer(drand, raw):
    drand.raw = raw

    with pytest.raises(beacon.Unreachable):
        beacon.fetch(1000)


def test_a_forged_round_is_not_taken(drand):
    drand.rounds[1001] = ROUNDS[1000]

    with pytest.raises(beacon.Forged):
        beacon.fetch(1001)


def test_the_round_is_the_first_one_three_seconds_after_the_countdown():
    close_at = protocol.beacon_time(1000) - 3000

    assert protocol.beacon_round(close_at) == 1000
    assert protocol.beacon_round(close_at + 1) == 1001
    assert protocol.beacon_round(close_at - 2999) == 1000


@pytest.fixture
def declared(room, keyboard, raffle):
    """A draw that waits for round 1000: its countdown ended in August 2023."""
    raffle.beacon = True
    raffle.save()
    close_at = datetime.fromtimestamp(protocol.beacon_time(1000) / 1000, UTC) - timedelta(seconds=3)
    draw = opening.open_draw(keyboard, at=close_at - timedelta(seconds=15), press="one")
    assert draw.beacon == {"chain": protocol.QUICKNET, "round": 1000}
    drawing.freeze(draw, at=close_at + timedelta(milliseconds=300))
    return Draw.objects.get(pk=draw.pk)


def test_a_draw_with_a_beacon_waits_for_its_round_and_is_of_the_highest_trust(declared, drand, raffle):
    number, drand.rounds = declared.number, {}
    work()
    assert not drawing.compute(declared, now=lambda: NOW)
    assert state.stage_state(raffle, at=declared.frozen_at)["draw"]["phase"] == "frozen"

    drand.rounds = dict(ROUNDS)
    drawing.settle(declared, at=declared.frozen_at + timedelta(seconds=30))
    work()

    declared.refresh_from_db()
    assert (declared.state, declared.beacon_sig, declared.delay) == ("drawn", ROUNDS[1000], 1)
    (line,) = verify.verify(proof.collect(raffle))[0]
    assert line[0] == number
    assert "trust L3" in line[1] and "compare drand's round 1000" in line[1]


def test_a_beacon_that_cannot_be_reached_keeps_the_draw_pending(declared, drand, raffle):
    drand.rounds = {}
    for minutes in range(1, 4):
        drawing.settle(declared, at=declared.frozen_at + timedelta(minutes=minutes))
        work()

    declared.refresh_from_db()
    assert declared.state == "frozen"
    assert not LogRecord.objects.filter(kind="result").exists()


# --- before a round is declared -----------------------------------------------------------------------------------
JSON = {"accept": "application/json"}


@pytest.fixture
def press(room, keyboard, raffle, leo, client_of):
    """The host's press, for a raffle that asks for the beacon."""
    raffle.beacon = True
    raffle.save()
    form = {"prize": keyboard.pk, "press": "one", "quantity": "1"}
    return lambda: client_of(leo).post("/stage/beijing/raffle/open/", form, headers=JSON)


def round_now(seconds=0):
    """The round that is out when the clock is so many seconds further."""
    return (int(time.time()) + seconds - protocol.QUICKNET_BEGAN) // protocol.QUICKNET_PERIOD + 1


def test_without_the_internet_no_round_is_declared_and_the_host_reads_why(press, drand, beijing):
    drand.rounds = {}

    answer = press()

    assert (answer.status_code, Draw.objects.count()) == (409, 0)
    assert "The public beacon cannot be reached" in answer.json()["error"]
    assert not Stage.objects.exists()


@pytest.mark.parametrize("ahead", [600, -600])
def test_with_a_clock_that_is_wrong_no_round_is_declared(press, drand, ahead):
    drand.rounds = {round_now(-ahead): ROUNDS[1000]}

    answer = press()

    assert (answer.status_code, Draw.objects.count()) == (409, 0)
    assert re.search("60[0-9] s apart|59[0-9] s apart", answer.json()["error"])


def test_the_round_is_unknown_at_the_freeze_though_our_clock_is_a_little_slow(press, drand):
    drand.rounds = {round_now(6): ROUNDS[1000]}  # six seconds behind drand's

    assert press().status_code == 200

    draw = Draw.objects.get()
    assert draw.beacon["round"] >= max(drand.rounds) + 1 + 6  # 15 s of countdown and 3 s, by drand's clock
    assert protocol.beacon_time(draw.beacon["round"]) >= protocol.milliseconds(draw.close_at) + 3000


def test_the_host_reads_what_a_locked_draw_waits_for(declared, leo, client_of):
    page = client_of(leo).get("/stage/beijing/raffle/").content.decode()

    assert "Waiting for round 1000 of the public beacon" in page


def test_the_beacons_signature_is_taken_once(declared):
    assert [drawing.take_beacon(declared, ROUNDS[1000]), drawing.take_beacon(declared, ROUNDS[1001])] == [True, False]


def test_checking_a_round_leaves_the_process_safe_from_nested_json():
    """The library lifts Python's recursion limit as it is imported: json.loads of a nested body would crash us all."""
    program = (
        "import json, sys\nfrom raffle import beacon\nbeacon.genuine(1, bytes(48))\n"
        "assert sys.getrecursionlimit() <= 1000, sys.getrecursionlimit()\n"
        "try:\n    json.loads('[' * 200_000)\nexcept RecursionError:\n    print('refused')\n"
    )
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings"}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, env=environment)

    assert done.stdout.strip() == "refused", done.stderr[-500:]


# --- the show goes on beside a draw that waits ----------------------------------------------------------------------
def overdue(draw, seconds=30):
    """So many seconds after its round should have come."""
    return datetime.fromtimestamp(protocol.beacon_time(draw.beacon["round"]) / 1000 + seconds, UTC)


@pytest.fixture
def aside(declared, drand):
    """The draw was set aside, its round out of reach."""
    drand.rounds = {}
    assert beside.set_aside(declared, at=overdue(declared))
    return Draw.objects.get(pk=declared.pk)


def played(prize, raffle, at, press):
    """Another draw to its end, without the beacon; who claimed."""
    draw = opening.open_draw(prize, at=at, press=press)
    drawing.freeze(draw, at=at + timedelta(seconds=16))
    drawing.compute(draw, now=lambda: at + timedelta(seconds=20))
    drawing.reveal(draw, at=at + timedelta(seconds=30))
    draw.refresh_from_db()
    return drawing.claim(draw, 1, at=at + timedelta(seconds=35), by="phone")


def test_a_draw_is_set_aside_only_while_it_waits_for_a_round_that_should_be_there(declared, room, keyboard):
    before = overdue(declared, 5)

    assert not beside.set_aside(declared, at=before)
    assert [beside.set_aside(declared, at=overdue(declared)) for _twice in range(2)] == [True, False]

    drawing.take_beacon(declared, ROUNDS[1000])
    Draw.objects.update(set_aside_at=None)
    assert not beside.set_aside(declared, at=overdue(declared)), "its result is on the way"


def test_the_show_goes_on_beside_a_draw_that_waits_and_comes_back_to_it(aside, drand, room, keyboard, raffle):
    frozen = list(LogRecord.objects.values_list("hash", flat=True))
    Raffle.objects.update(beacon=False)
    assert (Prize.objects.get().left, drawing.current(raffle)) == (1, None)  # one of two is its own
    claim = played(Prize.objects.get(), raffle, overdue(aside, 60), "two")
    assert claim and drawing.current(raffle).number == 2
    assert Prize.objects.get().left == 0
    with pytest.raises(Draw.TooLate):
        beside.resume(aside, at=overdue(aside, 150))  # nobody knows its result

    drand.rounds = dict(ROUNDS)
    drawing.settle(aside, at=overdue(aside, 160))
    work()
    aside.refresh_from_db()
    assert (aside.state, aside.revealed_at) == ("drawn", None)
    drawing.settle(aside, at=overdue(aside, 400))
    assert not drawing.reveal(aside, at=overdue(aside, 400)), "nobody is called while another draw is on the stage"
    Draw.objects.filter(pk=aside.pk).update(drawn_at=overdue(aside, 170))
    aside.refresh_from_db()

    assert beside.resume(aside, at=overdue(aside, 500))
    shown = state.stage_state(raffle, at=overdue(aside, 501))["draw"]
    assert (shown["number"], shown["phase"]) == (1, "drawn")
    assert shown["drawn_at"] == protocol.milliseconds(overdue(aside, 500)), "its film runs from here"
    aside.refresh_from_db()
    drawing.settle(aside, at=overdue(aside, 546))
    aside.refresh_from_db()
    assert drawing.claim(aside, 1, at=overdue(aside, 550), by="desk")

    assert list(LogRecord.objects.values_list("hash", flat=True))[: len(frozen)] == frozen
    lines, _head = verify.verify(proof.collect(raffle))
    assert [(number, "1 claimed" in line) for number, line in lines] == [(1, True), (2, True)]
    assert "trust L3" in lines[0][1]
    assert drawing.current(raffle) == aside and Prize.objects.get().left == 0


def test_the_show_comes_back_to_nothing_while_another_draw_runs(aside, drand, room, keyboard, raffle):
    Raffle.objects.update(beacon=False)
    opening.open_draw(Prize.objects.get(), at=overdue(aside, 50), press="two")
    drawing.take_beacon(aside, ROUNDS[1000])
    drawing.compute(aside, now=lambda: overdue(aside, 60))

    with pytest.raises(Draw.AlreadyRunning):
        beside.resume(aside, at=overdue(aside, 75))


@pytest.mark.usefixtures("english")
def test_once_its_result_can_be_read_no_other_draw_is_opened_before_it_is_shown(aside, room, keyboard, raffle, leo):
    Raffle.objects.update(beacon=False)
    drawing.take_beacon(aside, ROUNDS[1000])
    drawing.compute(aside, now=lambda: overdue(aside, 60))

    with pytest.raises(Draw.HasResult) as refused:
        opening.open_draw(Prize.objects.get(), at=overdue(aside, 70), press="two")

    assert preparing.why(refused.value) == "A draw that was set aside has its result: show it on the stage first."
    Stage.objects.get_or_create(event=raffle.event)[0].take_over(by=leo, at=overdue(aside, 71))
    assert beside.show(aside, by=leo, at=overdue(aside, 72))
    stage = Stage.objects.get()
    stage.show("now", by=leo, at=overdue(aside, 73))
    assert not beside.show(aside, by=leo, at=overdue(aside, 74)), "a press that comes again"
    assert Stage.objects.get().scene == "now"


def test_a_look_that_began_before_the_show_came_back_reveals_nothing(aside, room, keyboard, raffle):
    drawing.take_beacon(aside, ROUNDS[1000])
    drawing.compute(aside, now=lambda: overdue(aside, 60))
    aside.refresh_from_db()
    beside.resume(Draw.objects.get(pk=aside.pk), at=overdue(aside, 500))

    drawing.settle(aside, at=overdue(aside, 501))

    assert Draw.objects.get(pk=aside.pk).revealed_at is None


def test_a_draw_set_aside_for_days_is_not_forgotten(aside, drand, raffle):
    drand.rounds = dict(ROUNDS)

    by_itself.settle_draws(overdue(aside, 3 * 86_400))
    work()

    aside.refresh_from_db()
    assert aside.state == "drawn"


def test_who_is_in_the_box_that_waits_reads_so_on_the_phone_and_that_winners_may_win_again(
    aside, room, raffle, as_attendee, client
):
    page = as_attendee(room[0]).get("/attend/beijing/luck/", headers={"accept-language": "en"}).content.decode()
    assert "Draw 1 is locked and waits for the public beacon: you are in it." in page
    drawing.take_beacon(aside, ROUNDS[1000])
    drawing.compute(aside, now=lambda: overdue(aside, 60))
    beside.resume(aside, at=overdue(aside, 70))

    proof_page = client.get("/attend/beijing/raffle/1/", headers={"accept-language": "en"}).content.decode()

    assert "Who had won in a draw that was shown before may win in this one, too." in proof_page


def test_the_host_sets_aside_and_comes_back_by_the_page(declared, drand, raffle, keyboard, leo, client_of):
    drand.rounds, browser = {}, client_of(leo)
    page = browser.get("/stage/beijing/raffle/").content.decode()
    assert 'action="/stage/beijing/raffle/1/aside/"' in page

    browser.post("/stage/beijing/raffle/1/aside/")

    told = browser.get("/stage/beijing/raffle/state.json").json()
    assert (told["draw"], told["next_number"], told["aside"]) == (None, 2, ["1/frozen"])
    page = browser.get("/stage/beijing/raffle/").content.decode()
    assert "Draw 1 waits for the public beacon" in page and "Hold to draw" in page
    assert 'action="/stage/beijing/raffle/1/resume/"' not in page
    assert browser.post("/stage/beijing/raffle/1/resume/", headers=JSON).status_code == 409
    drawing.take_beacon(declared, ROUNDS[1000])
    drawing.compute(declared, now=lambda: NOW)
    assert 'action="/stage/beijing/raffle/1/resume/"' in browser.get("/stage/beijing/raffle/").content.decode()

    assert browser.post("/stage/beijing/raffle/1/resume/", headers=JSON).status_code == 200
    assert browser.get("/stage/beijing/raffle/state.json").json()["draw"]["number"] == 1
    assert Stage.objects.get().scene == "raffle"


def test_a_draw_that_no_round_is_waited_for_is_not_set_aside(drawn, leo, client_of):
    answer = client_of(leo).post("/stage/beijing/raffle/1/aside/", headers=JSON)

    assert (answer.status_code, answer.json()["error"]) == (
        409,
        "Only a draw whose round of the public beacon is overdue can be set aside.",
    )
