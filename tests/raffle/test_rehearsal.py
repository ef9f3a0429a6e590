"""The rehearsal plays the whole show with made-up people and leaves the real raffle as it was."""

import secrets
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from events import door
from events.models import Attendee, Event, Scan
from raffle import drawing, entering, opening, proof, rehearsing, state, verify
from raffle.models import Claim, Draw, Entrant, LogRecord, ModelCall, Prize, Raffle
from tests.conftest import NOW


@pytest.fixture
def copy(beijing, leo, mei, room, keyboard, raffle):
    Prize.objects.create(event=beijing, name="三体", quantity=3)
    return rehearsing.begin(beijing, by=leo, at=NOW)


def played(copy, prize, *, press="r", quantity=1):
    """A draw of the rehearsal, second by second, as the stage's page reads it, however many do not answer."""
    raffle = Raffle.objects.get(event=copy)
    draw = opening.open_draw(prize, at=NOW, press=press, quantity=quantity)
    for second in range(0, 3600, 2):
        at = NOW + timedelta(seconds=second)
        rehearsing.play(raffle, at=at)
        state.stage_state(raffle, at=at)
        drawing.compute(draw, now=lambda: at)
        draw.refresh_from_db()
        if draw.state == "drawn" and draw.revealed_at is None:
            drawing.reveal(draw, at=at)
        if draw.state == "drawn" and draw.is_settled():
            break
    return Draw.objects.get(pk=draw.pk)


def test_the_whole_show_is_played_by_made_up_people(copy):
    draw = played(copy, copy.prizes.get(name="三体"), quantity=3)

    assert draw.is_settled() and draw.claims.count() == 3
    assert len(draw.crowd) == len(draw.pool) == rehearsing.FEWEST
    line = verify.verify(proof.collect(Raffle.objects.get(event=copy)))[0][0][1]
    assert line.startswith("24 entrants, 24 contributions, 3 claimed")


@pytest.mark.long
def test_somebody_does_not_answer_so_that_the_host_can_practise_it(copy):
    entrants = list(Entrant.objects.filter(raffle__event=copy))
    eids = {answers: iter(eids_that(answers)) for answers in (True, False)}
    for number, entrant in enumerate(entrants):  # two of all answer: of three prizes one finds nobody at all
        Entrant.objects.filter(pk=entrant.pk).update(eid=next(eids[number < 2]))

    draw = played(copy, copy.prizes.get(name="三体"), quantity=3)

    assert {void.reason for void in draw.voids.all()} == {"timeout"}
    assert (draw.claims.count(), draw.voids.count()) == (2, rehearsing.FEWEST - 2)


def eids_that(answers):
    """Ids of made-up people who answer (or do not) in the first draw of a raffle."""
    draw = Draw(number=1)
    made = (secrets.token_hex(16) for _ in range(9_999))
    return (eid for eid in made if rehearsing._dice(draw, eid)[0] is answers)


def test_the_real_raffle_hears_nothing_of_it(copy, beijing, raffle):
    before = (proof.collect(raffle), raffle.head, Entrant.objects.filter(raffle=raffle).count())

    played(copy, copy.prizes.get(name="三体"), quantity=2)

    raffle.refresh_from_db()
    assert (proof.collect(raffle), raffle.head, raffle.entrants.count()) == before
    assert [prize.left for prize in beijing.prizes.order_by("pk")] == [2, 3]
    assert not Claim.objects.filter(draw__raffle=raffle).exists()


def test_ending_it_removes_everything(copy, beijing, raffle):
    played(copy, copy.prizes.get(name="三体"))
    people = Attendee.objects.filter(event=beijing).count()

    assert [rehearsing.end(beijing), rehearsing.end(beijing)] == [True, False]

    assert list(Event.objects.all()) == [beijing]
    assert (Attendee.objects.count(), Draw.objects.count(), Prize.objects.count()) == (people, 0, 2)
    assert set(LogRecord.objects.values_list("raffle", flat=True)) == {raffle.pk}


def test_what_was_scanned_in_the_rehearsal_goes_with_it_and_nothing_else(copy, beijing, bo):
    """The door can be rehearsed too; the log of the real door stays, whoever asks."""
    for event, code in ((copy, copy.attendees.first().code), (beijing, bo.code)):
        door.scan(event, code, at=NOW, door="1", nonce=code, by=None)

    rehearsing.end(beijing)

    assert list(Scan.objects.values_list("code", flat=True)) == [bo.code]
    with pytest.raises(IntegrityError, match="a log only grows"), transaction.atomic():
        QuerySet(Scan).filter(event=beijing).delete()


def test_what_the_model_cost_in_the_rehearsal_stays_on_the_events_list(copy, beijing):
    ModelCall.objects.create(event=copy, purpose="read", outcome="ok", tokens_in=5)

    rehearsing.end(beijing)

    assert ModelCall.objects.get().event == beijing


def test_a_second_begin_gives_the_same_copy(copy, beijing, mei):
    assert rehearsing.begin(beijing, by=mei, at=NOW) == copy


def test_a_forgotten_rehearsal_ends_by_itself(copy, beijing):
    rehearsing.end_forgotten(NOW + timedelta(hours=11))
    assert rehearsing.of(beijing) == copy

    rehearsing.end_forgotten(NOW + timedelta(hours=13))
    assert rehearsing.of(beijing) is None


def test_it_is_seen_by_its_crew_alone_and_says_what_it_is(copy, leo, client_of, visitor):
    page = client_of(leo).get(f"/stage/{copy.slug}/raffle/").content.decode()

    assert "Rehearsal: made-up people" in page
    for path in (f"/attend/{copy.slug}/", f"/attend/{copy.slug}/raffle/"):
        assert visitor.get(path).status_code == 404


def test_made_up_people_have_no_contact_and_act_in_no_real_raffle(copy, room, keyboard, raffle):
    assert set(Attendee.objects.filter(event=copy).values_list("contact", flat=True)) == {""}
    draw = opening.open_draw(keyboard, at=timezone.now(), press="real")

    rehearsing.play(raffle, at=timezone.now() + timedelta(seconds=9))

    assert draw.contributions.count() == 0


def test_the_host_begins_and_ends_it_from_the_desk(beijing, leo, room, keyboard, client_of):
    browser = client_of(leo)
    begun = browser.post("/organise/beijing/raffle/rehearsal/", {"act": "begin"})
    copy = rehearsing.of(beijing)

    assert begun.url == f"/stage/{copy.slug}/raffle/"
    assert "End it" in browser.get("/organise/beijing/raffle/").content.decode()
    browser.post("/organise/beijing/raffle/rehearsal/", {"act": "end"})
    assert rehearsing.of(beijing) is None


def test_settings_of_the_raffle_are_rehearsed_too(beijing, leo, room, keyboard, raffle):
    Raffle.objects.filter(pk=raffle.pk).update(claim_ms=30_000, beacon=False, committed=False)

    copy = rehearsing.begin(beijing, by=leo, at=NOW)

    theirs = entering.raffle_of(copy, at=NOW)
    assert (theirs.claim_ms, theirs.committed, theirs.delay) == (30_000, False, 1000)


def test_a_raffle_that_nobody_has_begun_is_not_begun_by_a_rehearsal(beijing, leo):
    copy = rehearsing.begin(beijing, by=leo, at=NOW)

    assert Raffle.objects.get().event == copy
    assert set(LogRecord.objects.values_list("raffle__event", flat=True)) == {copy.pk}
    rehearsing.end(beijing)
    assert not LogRecord.objects.exists()
