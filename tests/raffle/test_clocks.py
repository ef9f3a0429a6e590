"""A clock that is ten minutes wrong, on a worker or on the pages' machine: draws go by the database's clock."""

import json
import secrets
from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from events import ticking
from events.db import database_now
from events.live import reading
from events.models import Job
from raffle import drawing, opening, proof, protocol, verify, work
from raffle.models import Draw

TEN = timedelta(minutes=10)
true_time = timezone.now

either_way = pytest.mark.parametrize("wrong", [TEN, -TEN], ids=["ahead", "behind"])
on_servers = pytest.mark.skipif(
    not settings.DATABASE_URL, reason="optional: all processes of an installation on SQLite have one clock"
)


@pytest.fixture
def set_clock(monkeypatch):
    """From here on this process believes that it is so much later."""

    def set_(wrong):
        monkeypatch.setattr(timezone, "now", lambda: true_time() + wrong)

    return set_


def job_of(kind, draw):
    return Job.objects.filter(kind=kind, subject=draw.pk).order_by("pk").last()


def test_the_time_of_all_processes_is_that_of_a_right_one(db):
    assert abs(database_now() - timezone.now()) < timedelta(seconds=2)
    assert database_now().utcoffset() == timedelta(0)


@either_way
@on_servers
def test_no_worker_locks_a_box_before_its_time(room, keyboard, raffle, set_clock, wrong):
    draw = opening.open_draw(keyboard, at=true_time(), press="one")
    set_clock(wrong)

    ticking.tick()
    work.freeze_draw(job_of("freeze_draw", draw))

    draw.refresh_from_db()
    assert draw.state == "open"


@either_way
@on_servers
def test_a_box_is_locked_and_opened_in_time_by_any_worker(room, keyboard, raffle, set_clock, wrong):
    draw = opening.open_draw(keyboard, at=true_time() - timedelta(seconds=16), press="one")
    set_clock(wrong)

    work.freeze_draw(job_of("freeze_draw", draw))
    work.compute_draw(job_of("compute_draw", draw))

    draw.refresh_from_db()
    assert draw.state == "drawn"
    assert abs(draw.frozen_at - true_time()) < timedelta(seconds=5) > abs(draw.drawn_at - true_time())
    assert "late" not in verify.verify(proof.collect(raffle))[0][0][1]


@either_way
@on_servers
def test_the_ticking_locks_in_time_and_passes_nobody_over_early(room, keyboard, raffle, set_clock, wrong):
    draw = opening.open_draw(keyboard, at=true_time() - timedelta(seconds=16), press="one")
    set_clock(wrong)
    ticking.tick()
    draw.refresh_from_db()
    assert draw.state == "frozen"

    work.compute_draw(job_of("compute_draw", draw))
    drawing.reveal(draw, at=true_time())
    drawing.watch(draw, at=true_time())
    ticking.tick()

    assert not draw.voids.exists()
    draw.calls.update(at=true_time() - timedelta(seconds=70), watched_at=true_time() - timedelta(seconds=5))
    ticking.tick()
    assert draw.voids.count() == 1


@either_way
@on_servers
def test_pages_whose_machine_has_a_wrong_clock_open_and_lock_in_time(
    room, keyboard, raffle, leo, client_of, as_attendee, set_clock, wrong
):
    set_clock(wrong)
    form = {"prize": keyboard.pk, "press": "one", "quantity": "1"}
    client_of(leo).post("/stage/beijing/raffle/open/", form)
    draw = Draw.objects.get()
    phone = as_attendee(room[0])

    shown = phone.get("/attend/beijing/raffle/state.json").json()
    assert (shown["draw"]["phase"], draw.state) == ("open", "open")
    assert 10_000 < shown["draw"]["close_at"] - protocol.milliseconds(true_time()) < 16_000
    assert abs(shown["server_now"] - protocol.milliseconds(true_time())) < 3_000
    assert abs(reading.enter("beijing", {}).now - protocol.milliseconds(true_time())) < 3_000
    body = json.dumps({"draw": 1, "nonce": secrets.token_hex(32)})
    assert phone.post("/attend/beijing/raffle/nonce/", body, content_type="application/json").status_code == 200
    ready = job_of("freeze_draw", draw).not_before - true_time()
    assert timedelta(seconds=8) < ready < timedelta(seconds=17)

    Draw.objects.update(close_at=true_time() - timedelta(seconds=1))
    assert phone.get("/attend/beijing/raffle/state.json").json()["draw"]["phase"] == "frozen"


@either_way
@on_servers
def test_who_is_called_has_their_whole_time_whatever_the_pages_clock_says(
    drawn, room, client_of, leo, as_attendee, set_clock, wrong
):
    drawn.calls.update(at=true_time() - timedelta(seconds=30), watched_at=true_time())
    winner = drawing.attendee_of(drawn, 1)
    set_clock(wrong)

    client_of(leo).get("/stage/beijing/raffle/state.json")
    assert not drawn.voids.exists()
    as_attendee(winner).post("/attend/beijing/raffle/claim/", {"answer": "here"})

    assert drawn.claims.get().attendee == winner
    assert abs(drawn.claims.get().at - true_time()) < timedelta(seconds=5)
