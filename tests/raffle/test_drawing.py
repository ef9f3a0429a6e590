"""A draw from the opening to the claim: one result, whoever presses how often; nobody can lean on it."""

import re
import secrets
import threading
import time
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from django.core.cache import cache
from django.db import IntegrityError, connections, transaction
from django.utils import timezone

from events import jobs, live
from events.models import Job
from raffle import drawing, entering, helping, opening, proof, state, verify, work
from raffle.models import Claim, Contribution, Draw, LogRecord, Prize, Void
from tests.conftest import NOW


def seconds(count):
    return NOW + timedelta(seconds=count)


def entrant(raffle, person):
    return raffle.entrants.get(attendee=person)


def test_a_whole_draw_verifies(drawn, raffle):
    rank = drawing.calling(drawn)[0].rank
    drawing.claim(drawn, rank, at=seconds(45), by="phone")

    lines, head = verify.verify(proof.collect(raffle))

    raffle.refresh_from_db()
    assert lines == [(1, "8 entrants, 0 contributions, 1 claimed, 0 passed on, trust L1")]
    assert head == raffle.head


def test_a_double_press_is_one_draw(room, keyboard, raffle):
    first = opening.open_draw(keyboard, at=NOW, press="same")
    second = opening.open_draw(keyboard, at=NOW, press="same")

    assert first == second
    assert Draw.objects.count() == 1


def test_a_second_draw_waits_for_the_first(drawn, keyboard):
    with pytest.raises(Draw.AlreadyRunning):
        opening.open_draw(keyboard, at=seconds(50), press="two")


@pytest.mark.django_db(transaction=True)
def test_two_hosts_at_once_open_one_draw(room, keyboard, raffle):
    answers = []

    def press(key):
        try:
            answers.append(opening.open_draw(keyboard, at=NOW, press=key).number)
        except Draw.AlreadyRunning:
            answers.append("running")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=press, args=(f"host {n}",)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert Draw.objects.count() == 1
    assert sorted(answers, key=str).count("running") == 5
    assert LogRecord.objects.filter(kind="open").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_press_while_another_draw_ends_is_refused_and_breaks_neither(room, keyboard, raffle, leo, monkeypatch):
    """Both lock the raffle and the counter of the live pages: in different orders, PostgreSQL would end one of them."""
    draw, tell, ending, broken = opening.open_draw(keyboard, at=NOW, press="one"), live.tell, threading.Event(), []
    drawing.freeze(draw, at=seconds(16))

    def tell_late(*args, **payload):
        if threading.current_thread().name == "ending":
            ending.set()
            time.sleep(0.5)
        return tell(*args, **payload)

    def end():
        try:
            drawing.compute(Draw.objects.get(pk=draw.pk), now=lambda: seconds(20))
        except Exception as error:
            broken.append(error)
        finally:
            connections.close_all()

    monkeypatch.setattr(live, "tell", tell_late)
    thread = threading.Thread(target=end, name="ending")
    thread.start()
    ending.wait(20)
    with pytest.raises(Draw.AlreadyRunning):
        opening.start(keyboard, by=leo, at=seconds(21), press="two")
    thread.join()

    assert broken == []
    assert Draw.objects.get().state == "drawn"


def compute_jobs(draw):
    return Job.objects.filter(kind="compute_draw", subject=draw.pk)


def test_a_killed_workers_draw_is_given_to_another_and_a_living_ones_is_left_alone(room, keyboard):
    draw = opening.open_draw(keyboard, at=NOW, press="one")
    now = timezone.now()
    Draw.objects.update(close_at=now)
    drawing.freeze(draw, at=now)
    running = compute_jobs(draw).filter(state="waiting")

    running.update(state="running", lease_ends_at=now + jobs.LEASE + timedelta(seconds=7))  # a beat a second ago
    drawing.settle(draw, at=now + timedelta(seconds=8))
    assert compute_jobs(draw).count() == 1

    compute_jobs(draw).update(lease_ends_at=now + jobs.LEASE)  # its last sign was when it began
    drawing.settle(draw, at=now + timedelta(seconds=8))
    assert compute_jobs(draw).count() == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("silent", "helps"), [(0.5, False), (1.4, False), (1.6, True)])
def test_the_process_that_serves_the_stage_helps_when_a_worker_falls_silent_and_never_before(
    room, keyboard, silent, helps
):
    cache.clear()
    draw = opening.open_draw(keyboard, at=NOW, press="one")
    now = timezone.now()
    Draw.objects.update(close_at=now - timedelta(seconds=30))
    drawing.freeze(draw, at=now - timedelta(seconds=silent + 0.5))
    last_beat = now - timedelta(seconds=silent)
    compute_jobs(draw).update(state="running", lease_ends_at=last_beat + jobs.LEASE)

    thread = helping.help_out(Draw.objects.get(), at=now)

    assert (thread is not None) is helps
    if thread:
        thread.join(20)
        assert Draw.objects.get().state == "drawn"
    cache.clear()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("alone", [True, False])
def test_for_a_stage_that_cannot_compute_two_do_it_from_the_start(room, keyboard, leo, client_of, alone):
    """The worker lives and is at it: should it be killed, the other one goes on, without waiting for its silence."""
    cache.clear()
    draw, browser = opening.open_draw(keyboard, at=NOW, press="one"), client_of(leo)
    drawing.freeze(draw, at=timezone.now())
    compute_jobs(draw).update(state="running", lease_ends_at=timezone.now() + jobs.LEASE)

    browser.get("/stage/beijing/raffle/state.json", {"alone": ""} if alone else {})

    for thread in threading.enumerate():
        if thread.name == f"draw-{draw.pk}":
            thread.join(20)
    assert Draw.objects.get().state == ("drawn" if alone else "frozen")
    cache.clear()


@pytest.mark.django_db(transaction=True)
def test_a_worker_at_a_draw_gives_a_sign_of_life_again_and_again(room, keyboard):
    draw = opening.open_draw(keyboard, at=NOW, press="one")
    drawing.freeze(draw, at=seconds(16))
    claim, row = jobs.claim(compute_jobs(draw).get().pk), compute_jobs(draw)

    with work.signs_of_life(claim, every=0.01):
        for _twice in range(2):
            row.update(lease_ends_at=NOW)
            for _wait in range(1000):
                if row.get().lease_ends_at > NOW:
                    break
                time.sleep(0.01)
            assert row.get().lease_ends_at > NOW

    row.update(lease_ends_at=NOW)
    time.sleep(0.1)
    assert row.get().lease_ends_at == NOW, "it is over with the work"
    assert drawing.SIGN_OF_LIFE.total_seconds() / work.BEAT >= 3, "a late one is not missed"


@pytest.mark.django_db(transaction=True)
def test_without_any_worker_the_process_that_serves_the_stage_computes_the_draw(room, keyboard, leo, client_of, raffle):
    cache.clear()
    draw, browser = opening.open_draw(keyboard, at=NOW, press="one"), client_of(leo)
    drawing.freeze(draw, at=timezone.now())
    assert helping.help_out(Draw.objects.get(), at=timezone.now()) is None  # a worker has its time first
    Draw.objects.update(frozen_at=timezone.now() - timedelta(seconds=3))

    browser.get("/stage/beijing/raffle/state.json")
    assert helping.help_out(Draw.objects.get(), at=timezone.now()) is None  # one helps, however many pages ask
    for thread in threading.enumerate():
        if thread.name == f"draw-{draw.pk}":
            thread.join(20)

    assert browser.get("/stage/beijing/raffle/state.json").json()["draw"]["phase"] == "drawn"
    assert drawing.compute(draw, now=timezone.now) is False  # the worker that comes after all
    assert verify.verify(proof.collect(raffle))
    cache.clear()


@pytest.mark.django_db(transaction=True)
def test_without_redis_one_thread_of_a_process_computes_the_draw_however_often_the_stage_asks(
    room, keyboard, raffle, leo, client_of, settings
):
    """A cache that is away refuses nobody: each read of the stage's state was one more computation beside the others."""
    raffle.delay = 1_000_000  # longer than ten reads take
    raffle.save()
    browser, away = client_of(leo), "redis://127.0.0.1:1/0"
    settings.CACHES = {"default": {"BACKEND": "config.cache.ForgivingRedisCache", "LOCATION": away}}
    draw = opening.open_draw(keyboard, at=NOW, press="one")
    drawing.freeze(draw, at=timezone.now() - timedelta(seconds=3))

    helpers = set()
    for _read in range(10):
        browser.get("/stage/beijing/raffle/state.json")
        helpers |= {thread for thread in threading.enumerate() if thread.name == f"draw-{draw.pk}"}
    for thread in helpers:
        thread.join(60)

    assert len(helpers) == 1
    assert browser.get("/stage/beijing/raffle/state.json").json()["draw"]["phase"] == "drawn"


@pytest.mark.django_db(transaction=True)
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_helper_that_failed_leaves_the_draw_to_the_next_one(room, keyboard, settings):
    settings.CACHES = {"default": {"BACKEND": "config.cache.ForgivingRedisCache", "LOCATION": "redis://127.0.0.1:1/0"}}
    draw = opening.open_draw(keyboard, at=NOW, press="one")
    drawing.freeze(draw, at=NOW + timedelta(seconds=16))
    Draw.objects.update(secret="no hex")
    helping.help_out(Draw.objects.get(), at=timezone.now(), alone=True).join(20)
    Draw.objects.update(secret=draw.secret)

    helping.help_out(Draw.objects.get(), at=timezone.now(), alone=True).join(20)

    assert Draw.objects.get().state == "drawn"


def test_it_is_computed_and_frozen_once(room, keyboard, raffle):
    draw = opening.open_draw(keyboard, at=NOW, press="one")

    assert [drawing.freeze(draw, at=seconds(16)) for _ in range(2)] == [True, False]
    assert [drawing.compute(draw, now=lambda: seconds(20)) for _ in range(2)] == [True, False]
    assert LogRecord.objects.filter(kind__in=["freeze", "result"]).count() == 2


def test_nothing_is_frozen_before_its_time(room, keyboard):
    draw = opening.open_draw(keyboard, at=NOW, press="one")

    assert drawing.freeze(draw, at=seconds(14)) is False


def test_who_does_not_answer_is_passed_over_by_the_servers_clock_alone(drawn):
    rank = drawing.calling(drawn)[0].rank

    assert drawing.pass_on(drawn, rank, Void.Reason.TIMEOUT, at=seconds(99)) is False
    for looked in (55, 70, 85, 101):
        drawing.settle(drawn, at=seconds(looked))

    assert [call.rank for call in drawing.calling(drawn)] == [2]
    assert list(Void.objects.values_list("rank", "reason")) == [(1, "timeout")]
    assert drawing.claim(drawn, 1, at=seconds(102), by="phone") is None


def test_a_call_that_nobody_read_for_months_is_settled_when_a_page_is_opened(drawn, raffle):
    drawing.settle(drawn, at=NOW + timedelta(days=400))

    assert drawn.voids.get().waited_ms > 2**31
    assert verify.verify(proof.collect(raffle))


def test_a_stand_by_is_shown_nowhere_before_the_void(drawn, raffle):
    shown = state.stage_state(raffle, at=seconds(45))["draw"]

    assert [row["eid"] for row in shown["winners"]] == [drawn.order[0]]
    assert shown["departures"][-1] == drawn.order[0]
    by_hash = sorted(drawn.order[1:], key=lambda eid: sha256(bytes.fromhex(drawn.seed + b"show".hex() + eid)).digest())
    assert shown["departures"] == [*by_hash, drawn.order[0]]
    assert "order" not in shown


def test_a_winner_is_not_in_the_pool_again(drawn, keyboard, raffle):
    drawing.claim(drawn, 1, at=seconds(45), by="desk")

    following = opening.open_draw(keyboard, at=seconds(50), press="two")

    assert drawn.order[0] not in {eid for eid, _weight in following.pool}
    assert len(following.pool) == 7


def test_an_abort_is_possible_before_the_freeze_only(room, keyboard, raffle):
    first = opening.open_draw(keyboard, at=NOW, press="one")
    drawing.abort(first, at=seconds(3), reason="wrong prize")
    second = opening.open_draw(keyboard, at=seconds(5), press="two")
    drawing.freeze(second, at=seconds(30))

    with pytest.raises(Draw.TooLate):
        drawing.abort(second, at=seconds(31), reason="again")
    assert second.number == 2


def test_taps_are_counted_until_the_countdown_ends(room, keyboard, raffle):
    draw, nonce = opening.open_draw(keyboard, at=NOW, press="one"), secrets.token_hex(32)
    mine = entrant(raffle, room[0])

    assert drawing.contribute(draw, mine, nonce, at=seconds(2)) is True
    assert drawing.contribute(draw, mine, nonce, at=seconds(3)) is True
    for wrong in ("", "zz" * 32, "00" * 31, "00" * 33):
        with pytest.raises(ValueError, match="nonce"):
            drawing.contribute(draw, mine, wrong, at=seconds(3))
    drawing.speak(draw, "骰子 3 6 1", at=seconds(4))
    drawing.freeze(draw, at=seconds(16))
    with pytest.raises(Draw.TooLate):
        drawing.contribute(draw, mine, secrets.token_hex(32), at=seconds(17))

    draw.refresh_from_db()
    assert len(draw.crowd) == 2
    assert nonce in draw.crowd


def test_one_ticket_cannot_flood_the_list(room, keyboard, raffle):
    draw, mine = opening.open_draw(keyboard, at=NOW, press="one"), entrant(raffle, room[0])

    answers = [
        drawing.contribute(draw, mine, secrets.token_hex(32), at=seconds(n / 10))
        for n in range(drawing.NONCES_PER_DRAW + 5)
    ]

    assert answers.count(False) == 5
    assert Contribution.objects.count() == drawing.NONCES_PER_DRAW


def test_one_ticket_sends_twenty_numbers_in_any_one_second(room, keyboard, raffle):
    draw, mine, theirs = opening.open_draw(keyboard, at=NOW, press="one"), *raffle.entrants.all()[:2]

    def send(at, whose=mine, nonce=None):
        return drawing.contribute(draw, whose, nonce or secrets.token_hex(32), at=seconds(at))

    known = secrets.token_hex(32)
    assert send(1.5, nonce=known)
    assert [send(1.5 + n / 100) for n in range(24)] == [True] * 19 + [False] * 5
    assert send(1.8, nonce=known), "a replay is in the list"
    assert send(1.8, whose=theirs), "another ticket has its own stream"
    assert not send(2.49)
    assert [send(2.505), send(2.505), send(2.505)] == [True, True, False], "the first two are a second old"
    assert Contribution.objects.filter(entrant=mine).count() == 22


def test_a_hand_that_taps_as_fast_as_its_page_sends_never_meets_that(room, keyboard, raffle):
    """In its worst second: the taps that a slow network kept arrive with those of the second, and the phone's own two."""
    page = Path("static/js/elements/raffle-phone.js").read_text()
    gap, kept = (int(re.search(rf"\b{name} = (\d+)", page)[1]) for name in ("TAP_GAP_MS", "TAPS_ON_THEIR_WAY"))
    draw, mine = opening.open_draw(keyboard, at=NOW, press="one"), entrant(raffle, room[0])

    arrive = sorted([8, *[8] * kept, *[8 + n * gap / 1000 for n in range(1000 // gap + 1)], 8.9])

    assert all(drawing.contribute(draw, mine, secrets.token_hex(32), at=seconds(at)) for at in arrive)


@pytest.mark.parametrize(("pool", "quantity"), [(0, 1), (1, 2)])
def test_too_few_people_open_nothing(beijing, raffle, pool, quantity, request):
    prize = Prize.objects.create(event=beijing, name="书", quantity=5)
    if pool:
        one = request.getfixturevalue("room")[0]
        raffle.entrants.exclude(attendee=one).delete()

    with pytest.raises(Draw.EmptyPool):
        opening.open_draw(prize, at=NOW, press="one", quantity=quantity)
    assert LogRecord.objects.filter(kind="open").count() == 0


def test_more_than_is_there_opens_nothing(room, keyboard):
    with pytest.raises(Draw.NothingLeft):
        opening.open_draw(keyboard, at=NOW, press="one", quantity=3)


@pytest.mark.parametrize("wanted", [0, -1])
def test_a_draw_of_nothing_is_not_opened(keyboard, room, raffle, wanted):
    with pytest.raises(Draw.NothingLeft):
        opening.open_draw(keyboard, at=NOW, press="one", quantity=wanted)
    assert LogRecord.objects.filter(kind="open").count() == 0


def test_there_is_no_prize_of_which_there_is_none(keyboard):
    """Not even by force."""
    with pytest.raises(IntegrityError, match="prize_at_least_one"), transaction.atomic():
        Prize.objects.filter(pk=keyboard.pk).update(quantity=0)


def test_a_pool_of_one_draws_that_one_and_nobody_stands_by(room, keyboard, raffle):
    one = raffle.entrants.get(attendee=room[0])
    raffle.entrants.exclude(pk=one.pk).delete()
    draw = opening.open_draw(keyboard, at=NOW, press="one")
    drawing.freeze(draw, at=seconds(16))
    drawing.compute(draw, now=lambda: seconds(20))
    drawing.reveal(draw, at=seconds(40))
    for looked in (55, 70, 85, 101):
        drawing.settle(draw, at=seconds(looked))

    draw.refresh_from_db()
    assert (draw.order, drawing.calling(draw), draw.is_settled()) == ([one.eid], [], True)
    assert verify.verify(proof.collect(raffle))[0][0][1].startswith("1 entrants")


def test_two_claims_at_once_are_one(drawn):
    first = drawing.claim(drawn, 1, at=seconds(45), by="phone")
    second = drawing.claim(drawn, 1, at=seconds(45), by="desk")

    assert first == second
    assert Claim.objects.count() == 1


def test_a_stage_that_died_in_the_spin_does_not_stop_the_show(room, keyboard, raffle):
    draw = opening.open_draw(keyboard, at=NOW, press="one")
    drawing.settle(draw, at=seconds(16))
    drawing.compute(draw, now=lambda: seconds(20))
    draw.refresh_from_db()
    drawing.settle(draw, at=seconds(70))

    draw.refresh_from_db()
    assert draw.revealed_at == seconds(70)
    assert [call.rank for call in drawing.calling(draw)] == [1]


def test_erasing_a_winner_leaves_the_proof_valid(drawn, raffle, room):
    from events import forgetting

    drawing.claim(drawn, 1, at=seconds(45), by="phone")
    forgetting.forget(raffle.entrants.get(eid=drawn.order[0]).attendee, at=seconds(60))

    assert verify.verify(proof.collect(raffle))[0][0][0] == 1
    assert "乘客" not in str(proof.collect(raffle))


def test_two_tickets_cannot_share_an_id(room, raffle):
    theirs = entrant(raffle, room[1]).eid
    raffle.entrants.filter(attendee=room[0]).delete()

    with pytest.raises(ValueError, match="another ticket"):
        entering.enter(raffle, room[0], theirs)
