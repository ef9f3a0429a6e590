"""The admin page of a raffle: it cannot stop a show, hurry a winner or break a proof."""

import pytest
from django.db import IntegrityError, transaction

from raffle import drawing, entering, proof, verify
from raffle.models import LogRecord, Prize, Raffle
from tests.conftest import NOW


def test_nobody_adds_a_raffle_beside_its_log(beijing, mei, client_of):
    form = {"event": beijing.pk, "delay": 15_000_000, "claim_ms": 60_000, "countdown_ms": 15_000, "tone": ""}

    assert client_of(mei).post("/admin/raffle/raffle/add/", form).status_code == 403
    assert Raffle.objects.count() == 0


def test_an_organiser_changes_the_tone_and_nothing_else(raffle, mei, client_of):
    form = {"event": raffle.event_id, "delay": 0, "claim_ms": 0, "countdown_ms": 0, "tone": "calm"}

    assert client_of(mei).post(f"/admin/raffle/raffle/{raffle.pk}/change/", form).status_code == 302

    raffle.refresh_from_db()
    assert (raffle.tone, raffle.delay, raffle.claim_ms, raffle.countdown_ms) == ("calm", 1000, 60_000, 15_000)


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"delay": 0}, "raffle_delay_in_range"),
        ({"delay": 2_000_000_001}, "raffle_delay_in_range"),
        ({"claim_ms": 19_999}, "raffle_time_to_answer_long_enough"),
        ({"countdown_ms": 9_999}, "raffle_countdown_long_enough"),
    ],
)
def test_the_database_refuses_what_would_stop_or_hurry_a_show(raffle, values, name):
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Raffle.objects.filter(pk=raffle.pk).update(**values)


def test_a_raffle_without_a_log_begins_it_with_genesis(beijing):
    Raffle.objects.create(event=beijing)

    for _ in range(2):
        raffle = entering.raffle_of(beijing, at=NOW)

    assert list(LogRecord.objects.values_list("kind", flat=True)) == ["genesis"]
    assert (raffle.length, verify.verify(proof.collect(raffle))[0]) == (1, [])


def renamed(prize, name):
    return {
        "event": prize.event_id,
        "name": name,
        "name_en": "",
        "kind": "goods",
        "quantity": 2,
        "order": 1,
        "value": "",
    }


def test_a_prize_keeps_the_name_under_which_it_was_drawn(drawn, keyboard, mei, client_of, visitor):
    browser, address = client_of(mei), f"/admin/raffle/prize/{keyboard.pk}/change/"

    page = browser.post(address, renamed(keyboard, "一辆车"))
    assert "the public log names it so" in page.content.decode()
    assert browser.post(address, renamed(keyboard, keyboard.name)).status_code == 302
    Prize.objects.update(name="一辆车")  # by force

    drawing.claim(drawn, 1, at=drawn.revealed_at, by="desk")
    for address in ("/attend/beijing/raffle/", "/attend/beijing/raffle/1/"):
        page = visitor.get(address).content.decode()
        assert "K7机械键盘" in page and "一辆车" not in page


def test_a_prize_that_was_not_drawn_gets_another_name(keyboard, mei, client_of):
    answer = client_of(mei).post(f"/admin/raffle/prize/{keyboard.pk}/change/", renamed(keyboard, "K8"))

    keyboard.refresh_from_db()
    assert (answer.status_code, keyboard.name) == (302, "K8")
