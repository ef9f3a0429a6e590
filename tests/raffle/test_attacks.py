"""The protocol's table of attacks: each row is performed here, by whom it would be performed, and fails."""

import copy
import json
import re
import secrets
import time
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.translation import override

from events import append_only, tickets, ticking
from events.models import CheckIn, Event, Role, Stage
from raffle import (
    drawing,
    entering,
    host,
    opening,
    preparing,
    proof,
    protocol,
    reading,
    releasing,
    rules,
    state,
    verify,
)
from raffle.models import Claim, Contribution, Draw, LogRecord, Prize, Void
from raffle.plan import Plan, Refused
from tests.conftest import NOW, account, seat
from tests.fake_openai import FakeOpenAI
from tests.raffle.sentences import CATALOGUE


def seconds(count):
    return NOW + timedelta(seconds=count)


def through(draw, *, contributions=3, raffle=None):
    """The draw's countdown with taps from the room, to the result."""
    for entrant in draw.raffle.entrants.all()[:contributions]:
        drawing.contribute(draw, entrant, secrets.token_hex(32), at=draw.opened_at + timedelta(seconds=1))
    drawing.freeze(draw, at=draw.close_at + timedelta(milliseconds=300))
    drawing.compute(draw, now=lambda: draw.close_at + timedelta(seconds=5))
    draw.refresh_from_db()
    return draw


def rewritten(raffle, change):
    """The log as an operator would publish it after a change in the database, everything chained again."""
    published = proof.collect(raffle)
    change(published)
    previous, links = protocol.NO_HASH, {}
    for seq, entry in enumerate(published["log"]):
        for kind, link in (("freeze", "open"), ("result", "freeze")):
            if entry["type"] == kind:
                entry["body"][link] = links[link]
        entry["seq"], entry["prev"] = seq, previous
        previous = links[entry["type"]] = protocol.record_hash(entry)
    return published


# --- spinning again until a friend wins ---------------------------------------------------------------------------
def test_a_draw_cannot_be_spun_again(drawn, keyboard):
    """Another press, an abort, another computation, a second freeze: the order stays, its number is used up."""
    order = list(drawn.order)

    assert opening.open_draw(keyboard, at=seconds(50), press="one") == drawn
    with pytest.raises(Draw.AlreadyRunning):
        opening.open_draw(keyboard, at=seconds(50), press="two")
    with pytest.raises(Draw.TooLate):
        drawing.abort(drawn, at=seconds(50), reason="I did not like it")
    assert not drawing.freeze(drawn, at=seconds(50))
    assert not drawing.compute(drawn, now=lambda: seconds(50))
    drawn.refresh_from_db()
    assert drawn.order == order


def test_passing_over_gives_the_next_in_order_and_never_a_new_spin(drawn, raffle):
    order = list(drawn.order)
    for rank in range(1, 5):
        drawing.pass_on(drawn, rank, Void.Reason.OVERRIDE, at=seconds(50 + rank), text="not my friend")
        assert [call.rank for call in drawing.calling(drawn)] == [rank + 1]

    drawn.refresh_from_db()
    assert drawn.order == order
    assert raffle.log.filter(kind="result").count() == 1
    overrides = [entry.content["body"]["text"] for entry in raffle.log.filter(kind="void")]
    assert overrides == ["not my friend"] * 4


def test_what_an_organiser_overrides_is_read_on_the_stage_and_on_the_proof(drawn, raffle, visitor):
    drawing.pass_on(drawn, 1, Void.Reason.OVERRIDE, at=seconds(50), text="works for the sponsor")

    shown = state.stage_state(raffle, at=seconds(51))["draw"]["winners"]
    page = visitor.get(f"/attend/beijing/raffle/{drawn.number}/").content.decode()

    assert (shown[0]["state"], shown[0]["reason"], shown[0]["text"]) == ("absent", "override", "works for the sponsor")
    assert "Decided by an organiser after 10 s: works for the sponsor" in page


def test_who_was_found_not_eligible_is_not_said_to_have_missed_the_time(drawn, raffle, visitor):
    """The protocol knows the reason; on the page it stands with its words, as an override does."""
    drawing.pass_on(drawn, 1, Void.Reason.INELIGIBLE, at=seconds(50), text="works for the sponsor")

    page = visitor.get(f"/attend/beijing/raffle/{drawn.number}/").content.decode()

    assert "Not eligible: works for the sponsor" in page
    assert "No answer in time" not in page.split("Not eligible")[0]  # the next one's time is over by now


def test_a_hidden_attempt_shows_in_the_public_log(room, keyboard, raffle):
    first = opening.open_draw(keyboard, at=NOW, press="one")
    drawing.abort(first, at=seconds(2), reason="try again")
    through(opening.open_draw(keyboard, at=seconds(5), press="two"))

    lines = verify.verify(proof.collect(raffle))[0]
    assert [(draw, line.split(",")[0]) for draw, line in lines] == [
        (1, "called off before the freeze"),
        (2, "8 entrants"),
    ]

    def hide(published):
        published["log"] = [entry for entry in published["log"] if entry["body"].get("draw") != 1]

    with pytest.raises(verify.Broken, match="an attempt before it is missing"):
        verify.verify(rewritten(raffle, hide))
    phones_saw = LogRecord.objects.get(kind="abort").hash
    assert phones_saw not in {protocol.record_hash(entry) for entry in rewritten(raffle, hide)["log"]}


def test_a_press_that_comes_again_moves_the_stage_no_more(room, keyboard, raffle, leo, client_of, beijing):
    browser, form = client_of(leo), {"prize": keyboard.pk, "press": "same", "quantity": "1"}
    browser.post("/stage/beijing/raffle/open/", form)
    Stage.objects.get().show("programme", by=leo, at=NOW)
    version = Stage.objects.get().version

    assert browser.post("/stage/beijing/raffle/open/", form).status_code == 302

    assert (Stage.objects.get().scene, Stage.objects.get().version) == ("programme", version)


def test_a_claim_is_taken_back_neither_at_once_nor_without_a_reason_nor_unseen(drawn, mei, client_of, visitor):
    """An organiser whose friend did not win gives the prize back a moment later, to draw it once more."""
    desk, address = client_of(mei), "/organise/beijing/raffle/claims/{}/release/"
    now, english = timezone.now(), {"accept-language": "en"}
    mine = drawing.claim(drawn, 1, at=seconds(45), by="phone")
    address = address.format(mine.pk)

    Claim.objects.update(at=now - timedelta(minutes=9))
    early = desk.post(address, {"reason": "not my friend"}, follow=True, headers=english).content.decode()
    Claim.objects.update(at=now - timedelta(minutes=11))
    silent = desk.post(address, {"reason": " \u200b "}, follow=True, headers=english).content.decode()
    assert ("they may be on their way" in early, "everybody reads it on the proof" in silent) == (True, True)
    assert Claim.objects.get().released_at is None and Prize.objects.get().left == 1

    desk.post(address, {"reason": "left <b>early</b>"})
    assert Prize.objects.get().left == 2
    waits = visitor.get("/attend/beijing/raffle/", headers=english).context["released"]
    assert [(row["draw"], row["why"], row["again"]) for row in waits] == [(1, "left <b>early</b>", None)]
    opening.open_draw(Prize.objects.get(), at=timezone.now(), press="two")
    for page in ("", "1/", "2/"):
        answer = visitor.get(f"/attend/beijing/raffle/{page}", headers=english)
        [row] = answer.context["released"]
        assert (row["draw"], row["no"], row["again"]) == (1, f"{mine.attendee.number:04d}", 2)


def test_what_was_given_back_is_read_by_everybody_in_words(drawn, mei, rf):
    from django.template.loader import render_to_string

    mine = drawing.claim(drawn, 1, at=seconds(45), by="phone")
    assert releasing.release(mine, at=seconds(45 + 600), by=mei, why="left <b>early</b>")

    with override("en"):
        page = " ".join(
            render_to_string(
                "raffle/released.html", {"released": releasing.given_back(drawn.raffle), "event": drawn.raffle.event}
            ).split()
        )
    assert f"Draw 1: No.{mine.attendee.number:04d} claimed the prize at 15:38 and did not fetch it" in page
    assert "left &lt;b&gt;early&lt;/b&gt;" in page and "It has not been drawn again yet." in page
    assert "that it was given back, and why, is not: that is the organiser’s word." in page
    assert "early" not in json.dumps(proof.collect(drawn.raffle)), "as it says"


def test_each_of_two_prizes_that_were_given_back_names_its_own_new_draw(room, keyboard, raffle, mei):
    first = through(opening.open_draw(keyboard, at=NOW, press="one", quantity=2))
    drawing.reveal(first, at=seconds(40))
    for rank in (1, 2):
        assert releasing.release(
            drawing.claim(first, rank, at=seconds(45), by="phone"), at=seconds(900 + rank), by=mei, why="gone"
        )
    off = opening.open_draw(Prize.objects.get(), at=seconds(910), press="two")
    drawing.abort(off, at=seconds(911), reason="x")
    for number, press in ((1, "three"), (2, "four")):
        draw = through(opening.open_draw(Prize.objects.get(), at=seconds(1000 * number), press=press), contributions=0)
        drawing.reveal(draw, at=seconds(1000 * number + 40))
        drawing.claim(draw, 1, at=seconds(1000 * number + 45), by="phone")

    assert [row["again"] for row in releasing.given_back(raffle)] == [3, 4]


# --- calling the winner absent ------------------------------------------------------------------------------------
def test_the_host_cannot_call_a_winner_absent_early(drawn, leo, mei, client_of):
    """Neither by a job, nor by the page, nor with a lie about the time."""
    assert not drawing.pass_on(drawn, 1, Void.Reason.TIMEOUT, at=seconds(99))
    denied = client_of(leo).post(f"/stage/beijing/raffle/{drawn.number}/override/", {"reason": "gone", "rank": 1})
    assert denied.status_code == 404
    silent = client_of(mei).post(f"/stage/beijing/raffle/{drawn.number}/override/", {"reason": "  ", "rank": 1})
    assert silent.status_code == 302
    assert drawn.voids.count() == 0


def test_a_call_begins_no_earlier_than_its_result(room, keyboard, raffle):
    """The stage asks for the names in the moment in which the result is written."""
    draw = opening.open_draw(keyboard, at=NOW, press="one")
    drawing.freeze(draw, at=seconds(16))
    drawing.compute(draw, now=lambda: seconds(20))
    drawing.reveal(draw, at=seconds(20) - timedelta(milliseconds=40))
    for looked in (35, 50, 65):
        drawing.settle(draw, at=seconds(looked))
    drawing.settle(draw, at=seconds(80) - timedelta(milliseconds=20))
    assert draw.voids.count() == 0

    drawing.settle(draw, at=seconds(80))
    assert verify.verify(proof.collect(raffle))
    assert draw.voids.count() == 1


def test_who_does_not_hold_the_remote_answers_for_nobody(drawn, leo, mei, client_of, beijing):
    drawn.calls.update(at=timezone.now() - timedelta(seconds=61))
    Stage.objects.create(event=beijing).take_over(by=mei, at=NOW)

    other = account("eve@nextstop.example", "另一位", beijing, Role.ORGANISER)
    code = tickets.payload(drawing.attendee_of(drawn, 1))
    for person, address in ((leo, "here"), (leo, "absent"), (leo, "badge"), (other, "override")):
        form = {"rank": "1", "reason": "not here", "code": code}
        answer = client_of(person).post(
            f"/stage/beijing/raffle/1/{address}/", form, headers={"accept": "application/json"}
        )
        assert (answer.status_code, "Take over first" in answer.json()["error"]) == (409, True)
    assert (drawn.claims.count(), drawn.voids.count()) == (0, 0)


def test_passing_over_somebody_who_is_not_called_says_so(drawn, mei, client_of):
    form, json_ = {"rank": "5", "reason": "not here"}, {"accept": "application/json"}

    answer = client_of(mei).post("/stage/beijing/raffle/1/override/", form, headers=json_)

    assert (answer.status_code, drawn.voids.count()) == (409, 0)
    assert "not being called" in answer.json()["error"]


def test_a_reason_has_no_character_that_a_database_cannot_hold(drawn, mei, client_of):
    drawn.calls.update(at=timezone.now())

    client_of(mei).post("/stage/beijing/raffle/1/override/", {"reason": "not\0 here", "rank": 1})

    assert drawn.voids.get().text == "not here"


def test_the_organiser_types_the_reason_for_passing_somebody_over(drawn, mei, client_of):
    drawn.calls.update(at=timezone.now())
    page = client_of(mei).get("/stage/beijing/raffle/").content.decode()

    (field,) = re.findall(r'<input[^>]*name="reason"[^>]*>', page)
    assert "required" in field and "value=" not in field


def test_a_void_before_the_time_was_over_breaks_the_proof(drawn, raffle):
    for looked in (55, 70, 85, 101):
        drawing.settle(drawn, at=seconds(looked))
    assert verify.verify(proof.collect(raffle))

    def hurry(published):
        next(entry for entry in published["log"] if entry["type"] == "void")["body"]["waited_ms"] = 1000

    with pytest.raises(verify.Broken, match="before the time was over"):
        verify.verify(rewritten(raffle, hurry))


def test_who_stands_by_is_named_nowhere_before_the_void(drawn, raffle, leo, client_of, as_attendee, visitor):
    second, now = drawing.attendee_of(drawn, 2), timezone.now()
    drawn.calls.update(at=now)
    host_page = client_of(leo).get("/stage/beijing/raffle/").content.decode()
    stage = json.dumps(state.stage_state(raffle, at=now)["draw"]["winners"])
    theirs = json.dumps(state.attendee_state(raffle, second, at=now))
    public = visitor.get(f"/attend/beijing/raffle/{drawn.number}/").content.decode()

    for text in (host_page, stage, public):
        assert second.name not in text
    assert '"rank": null' in theirs and '"won": null' in theirs


# --- ghosts in the pool, people left out --------------------------------------------------------------------------
def test_while_people_come_in_the_list_is_published_each_minute_that_it_changes_and_not_beside_a_draw(
    room, keyboard, raffle, beijing
):
    def tick(at):
        """How many lists stand in the log after the ticking at that second."""
        entering.publish_lists(seconds(at))
        return raffle.log.filter(kind="enter").count()

    def newcomer(n):
        person = seat(beijing, f"客{n}", f"late{n}@nextstop.example")
        CheckIn.objects.create(attendee=person, at=NOW)
        entering.enter_on_paper(raffle, person)

    Event.objects.update(doors_at=seconds(0), ended_at=None)
    assert tick(-1) == 0, "the doors are closed"
    assert tick(0) == 1
    newcomer(1)
    assert tick(30) == 1, "at most one a minute"
    assert tick(60) == 2
    assert [entry.content["body"]["n"] for entry in raffle.log.filter(kind="enter").order_by("seq")] == [8, 9]
    assert tick(200) == 2, "nobody came"

    newcomer(2)
    draw = opening.open_draw(keyboard, at=seconds(300), press="one")
    assert tick(305) == 2, "a draw is open"
    drawing.freeze(draw, at=seconds(316))
    assert tick(320) == 2, "its box is locked"
    drawing.compute(draw, now=lambda: seconds(325))
    assert tick(330) == 3

    newcomer(3)
    Event.objects.update(ended_at=seconds(395))
    assert tick(400) == 3, "the event is over"
    Event.objects.update(ended_at=None)
    assert tick(400) == 4
    assert verify.verify(proof.collect(raffle))


def test_the_list_is_published_by_the_ticking(room, raffle):
    Event.objects.update(doors_at=seconds(0), ended_at=None)

    ticking.tick()

    assert raffle.log.filter(kind="enter").count() == 1


def test_a_ghost_added_at_the_end_differs_from_the_lists_published_at_the_door(room, keyboard, raffle, beijing):
    assert entering.publish_list(raffle, at=NOW)
    before = raffle.log.filter(kind="enter").last().content["body"]
    ghost = seat(beijing, "幽灵", "ghost@nextstop.example")
    CheckIn.objects.create(attendee=ghost, at=seconds(1))
    entering.enter_on_paper(raffle, ghost)
    draw = opening.open_draw(keyboard, at=seconds(2), press="one")

    opened = raffle.log.get(kind="open").content["body"]["pool"]
    assert (before["n"], opened["n"]) == (8, 9)
    assert before["root"] == protocol.pool_root(
        [line for line in map(tuple, draw.pool) if line[0] in _eids(room, raffle)]
    )
    assert before["root"] != opened["root"]


def _eids(people, raffle):
    return {raffle.entrants.get(attendee=person).eid for person in people}


def test_a_person_who_is_left_out_reads_it_before_the_draw(room, keyboard, raffle, as_attendee):
    out = room[3]
    CheckIn.objects.filter(attendee=out).update(undone_at=NOW)
    opening.open_draw(keyboard, at=timezone.now(), press="one")

    told = as_attendee(out).get("/attend/beijing/raffle/state.json").json()["me"]
    inside = as_attendee(room[0]).get("/attend/beijing/luck/").content.decode()
    assert (told["in_draw"], told["why_not"]) == (False, "door")
    assert "You are in the box, 1 of 7." in inside


def test_people_who_cancelled_or_were_erased_are_in_no_pool(room, raffle):
    from events import forgetting

    room[0].status = "cancelled"
    room[0].save()
    forgetting.forget(room[1], at=NOW)

    for rule in ({"present": True, "exclude_winners": True}, {"present": False, "exclude_winners": False}):
        assert len(entering.eligible(raffle, rule)) == 6


def test_the_spot_check_calls_ten_whom_nobody_picked(room, keyboard, raffle):
    """Chosen by what costs the whole delay to try: neither by a secret nor by the moment of a freeze, of which an
    operator with a ghost in the pool could try thousands."""
    draw = opening.open_draw(keyboard, at=NOW, press="one")
    drawing.freeze(draw, at=seconds(16))
    assert preparing.spot_check(draw) == []

    drawing.compute(draw, now=lambda: seconds(20))

    key = protocol.sha(b"raffle/1 spot\0" + bytes.fromhex(draw.seed))
    eids = [eid for eid, _weight in draw.pool]
    drawn_by = sorted(eids, key=lambda eid: protocol.sha(key + bytes.fromhex(eid) + b"\0\0"))
    assert preparing.spot_check(draw, count=3) == drawn_by[:3]
    assert drawn_by != draw.order  # else it would tell who stands by


def test_a_stub_that_is_taken_out_of_the_published_pool_breaks_the_proof(drawn, raffle):
    def leave_out(published):
        published["pools"]["1"] = [line for line in published["pools"]["1"] if line[0] != drawn.order[3]]

    with pytest.raises(verify.Broken, match="pool: does not match the opening"):
        verify.verify(rewritten(raffle, leave_out))


# --- the operator tries inputs until the result suits -------------------------------------------------------------
def test_a_trial_takes_longer_than_the_time_that_is_left(beijing):
    """The default delay against the 1.5 s in which the freeze must come: on this machine, and on a fast one."""
    default = entering.raffle_of(beijing, at=NOW).delay
    began = time.process_time()
    protocol.seed("00" * 32, "00" * 32, None, None, 300_000)

    assert default / 300_000 * (time.process_time() - began) > 1.5
    assert default / verify.FAST >= 3


def test_other_inputs_after_the_freeze_break_the_proof(drawn, raffle):
    """A nonce more, with the crowd's root, the seed and the order computed again: the freeze's record differs, and with
    it every head that the phones saw from there on."""
    seen = {entry.hash for entry in raffle.log.filter(kind__in=["freeze", "result"])}

    def retry(published):
        published["crowds"]["1"] = crowd = sorted([*published["crowds"]["1"], secrets.token_hex(32)])
        frozen = next(entry for entry in published["log"] if entry["type"] == "freeze")["body"]
        frozen["crowd"] = {"m": len(crowd), "root": protocol.crowd_root(crowd)}

    forged = rewritten(raffle, retry)
    with pytest.raises(verify.Broken, match="seed: is not what the inputs give"):
        verify.verify(copy.deepcopy(forged))
    assert not seen & {protocol.record_hash(entry) for entry in forged["log"]}


def test_the_secret_cannot_be_exchanged(drawn, raffle):
    def exchange(published):
        next(entry for entry in published["log"] if entry["type"] == "freeze")["body"]["secret"] = "77" * 32

    with pytest.raises(verify.Broken, match="secret: is not the committed one"):
        verify.verify(rewritten(raffle, exchange))


def test_a_text_called_out_after_the_countdown_is_not_mixed_in(room, keyboard):
    draw = opening.open_draw(keyboard, at=NOW, press="one")

    with pytest.raises(Draw.TooLate):
        drawing.speak(draw, "6 6 6", at=seconds(16))
    assert Contribution.objects.count() == 0


def test_a_freeze_that_comes_late_is_flagged(room, keyboard, raffle):
    draw = opening.open_draw(keyboard, at=NOW, press="one")
    drawing.freeze(draw, at=seconds(18))
    drawing.compute(draw, now=lambda: seconds(22))

    assert verify.verify(proof.collect(raffle))[0][0][1].endswith(", freeze late")


def test_a_file_that_is_read_in_the_moment_of_a_step_holds(room, keyboard, raffle):
    """A draw is frozen and computed between the reading of the one table and of the next."""
    draw, steps = opening.open_draw(keyboard, at=NOW, press="one"), []

    def meanwhile(execute, sql, params, many, context):
        rows = execute(sql, params, many, context)
        if not steps and sql.startswith("SELECT"):
            steps.append("frozen")
            drawing.freeze(Draw.objects.get(), at=seconds(16))
            drawing.compute(Draw.objects.get(), now=lambda: seconds(20))
        return rows

    with connection.execute_wrapper(meanwhile):
        published = proof.collect(raffle)

    draw.refresh_from_db()
    assert (steps, draw.state) == (["frozen"], "drawn")
    assert verify.verify(published)


# --- the operator drops nonces ------------------------------------------------------------------------------------
def test_dropping_a_nonce_after_the_freeze_breaks_the_proof(room, keyboard, raffle):
    through(opening.open_draw(keyboard, at=NOW, press="one"))

    def drop(published):
        published["crowds"]["1"].pop()

    with pytest.raises(verify.Broken, match="crowd: does not match the freeze"):
        verify.verify(rewritten(raffle, drop))


def test_a_phone_finds_its_own_number_in_the_public_list_or_misses_it(room, keyboard, raffle, visitor):
    """The list is public and the same for everybody; the red warning itself: tests/browser/test_raffle_pages.py."""
    draw, mine = opening.open_draw(keyboard, at=NOW, press="one"), secrets.token_hex(32)
    dropped = secrets.token_hex(32)
    drawing.contribute(draw, raffle.entrants.all()[0], mine, at=seconds(1))
    drawing.contribute(draw, raffle.entrants.all()[1], dropped, at=seconds(1))
    Contribution.objects.filter(nonce=dropped).delete()
    assert visitor.get("/attend/beijing/raffle/1/crowd.json").status_code == 404
    drawing.freeze(draw, at=seconds(16))

    published = visitor.get("/attend/beijing/raffle/1/crowd.json").json()
    assert mine in published and dropped not in published
    assert protocol.crowd_root(published) == raffle.log.get(kind="freeze").content["body"]["crowd"]["root"]


# --- the operator sees the result and withholds it ----------------------------------------------------------------
def test_after_the_freeze_everybody_can_compute_the_result_from_what_is_public(room, keyboard, raffle):
    draw = opening.open_draw(keyboard, at=NOW, press="one")
    drawing.freeze(draw, at=seconds(16))
    public = proof.collect(raffle)
    opened, frozen = (next(e for e in public["log"] if e["type"] == kind) for kind in ("open", "freeze"))
    secret = bytes.fromhex(frozen["body"]["secret"])
    seed = protocol.seed(
        protocol.record_hash(opened), frozen["body"]["crowd"]["root"], secret, None, opened["body"]["delay"]
    )
    outside = protocol.order(seed, [tuple(line) for line in public["pools"]["1"]])

    drawing.compute(draw, now=lambda: seconds(20))
    draw.refresh_from_db()
    assert draw.order == outside


def test_a_result_that_is_withheld_is_a_failure_with_its_draw(room, keyboard, raffle):
    draw = opening.open_draw(keyboard, at=NOW, press="one")
    drawing.freeze(draw, at=seconds(16))

    with pytest.raises(verify.Broken) as found:
        verify.verify(proof.collect(raffle))
    assert found.value.args == (1, "result: a frozen draw without one")


def test_nobody_calls_a_draw_off_who_could_know_its_result_already(room, keyboard):
    """Between the end of the countdown and the freeze the operator knows every input."""
    draw = opening.open_draw(keyboard, at=NOW, press="one")

    with pytest.raises(Draw.TooLate):
        drawing.abort(draw, at=draw.close_at, reason="not my friend")
    draw.refresh_from_db()
    assert draw.state == "open"


def test_an_abort_written_late_by_force_is_flagged(room, keyboard, raffle):
    draw = opening.open_draw(keyboard, at=NOW, press="one")
    raffle.append("abort", {"draw": draw.number, "reason": "hm"}, at=seconds(25))

    assert verify.verify(proof.collect(raffle))[0] == [(1, "called off after closing, late")]


@pytest.mark.parametrize("act", ["here", "absent", "override"])
def test_a_request_that_says_of_nobody_whom_it_means_does_nothing(drawn, raffle, mei, client_of, act):
    """Recorded and sent again a minute later, it would mean whoever is called by then."""
    answer = client_of(mei).post(
        f"/stage/beijing/raffle/{drawn.number}/{act}/", {"reason": "gone"}, headers={"accept": "application/json"}
    )

    assert (answer.status_code, answer.json()["error"]) == (422, "This page is too old. Load it again.")
    assert not drawn.claims.exists() and not drawn.voids.filter(reason="override").exists()


def test_an_opening_without_a_press_opens_nothing(room, keyboard, raffle, leo, client_of):
    """It could be sent twice, and would be two draws."""
    answer = client_of(leo).post(
        "/stage/beijing/raffle/open/", {"prize": keyboard.pk}, headers={"accept": "application/json"}
    )

    assert answer.status_code == 422
    assert not Draw.objects.exists()


# --- one attendee floods ------------------------------------------------------------------------------------------
def test_a_flood_of_one_ticket_is_bounded_and_changes_nobodys_chance(room, keyboard, raffle, as_attendee):
    draw = opening.open_draw(keyboard, at=timezone.now() - timedelta(seconds=8), press="one")
    phone, mine, answers = as_attendee(room[0]), raffle.entrants.get(attendee=room[0]), []
    for n in range(drawing.NONCES_PER_DRAW - drawing.NONCES_PER_SECOND):
        drawing.contribute(draw, mine, secrets.token_hex(32), at=draw.opened_at + timedelta(milliseconds=100 * n))
    for _ in range(drawing.NONCES_PER_SECOND + 20):
        body = json.dumps({"draw": 1, "nonce": secrets.token_hex(32)})
        answer = phone.post("/attend/beijing/raffle/nonce/", body, content_type="application/json")
        answers.append(answer.status_code)

    assert answers == [200] * drawing.NONCES_PER_SECOND + [429] * 20
    assert Contribution.objects.count() == drawing.NONCES_PER_DRAW
    assert [weight for _eid, weight in draw.pool] == [1] * 8


def test_a_flood_costs_two_reads_a_nonce_and_the_others_are_heard(room, keyboard, raffle, django_assert_num_queries):
    draw, (mine, theirs) = opening.open_draw(keyboard, at=NOW, press="one"), raffle.entrants.all()[:2]
    for n in range(drawing.NONCES_PER_DRAW):
        drawing.contribute(draw, mine, secrets.token_hex(32), at=seconds(n / 10))

    with django_assert_num_queries(2 * 500):  # whether there are enough already, whether it is one of them
        answers = {drawing.contribute(draw, mine, secrets.token_hex(32), at=seconds(9)) for _ in range(500)}

    assert answers == {False}
    assert drawing.contribute(draw, theirs, secrets.token_hex(32), at=seconds(1))
    assert Contribution.objects.count() == drawing.NONCES_PER_DRAW + 1


def asked(browser, draw, nonce):
    """What one number sent to the page costs: its status, how many reads, how many writes."""
    body = json.dumps({"draw": draw.number, "nonce": nonce})
    with CaptureQueriesContext(connection) as queries:
        answer = browser.post("/attend/beijing/raffle/nonce/", body, content_type="application/json")
    writes = [each["sql"] for each in queries if each["sql"].split()[0] in ("INSERT", "UPDATE", "DELETE")]
    return answer.status_code, len(queries) - len(writes), len(writes)


def test_a_number_too_many_or_of_a_wrong_size_costs_less_than_one_that_counts_and_writes_nothing(
    room, keyboard, raffle, as_attendee
):
    """What a flood of any rate costs is this times its rate: the draw's own rows are never locked for it."""
    draw, phone = opening.open_draw(keyboard, at=timezone.now(), press="one"), as_attendee(room[0])
    phone.get("/attend/beijing/raffle/state.json")  # heard a moment ago, and the caches are warm
    counted = asked(phone, draw, secrets.token_hex(32))
    mine = raffle.entrants.get(attendee=room[0])
    for n in range(-drawing.NONCES_PER_DRAW, 0):
        drawing.contribute(draw, mine, secrets.token_hex(32), at=draw.opened_at + timedelta(milliseconds=100 * n))

    flood = [asked(phone, draw, secrets.token_hex(32)) for _ in range(20)]
    wrong = [asked(phone, draw, nonce) for nonce in ("ab" * 5_000, "", "zz" * 32)]

    assert counted[0] == 200 and counted[2] >= 2
    assert {(status, writes) for status, _reads, writes in flood} == {(429, 0)}
    assert {(status, writes) for status, _reads, writes in wrong} == {(422, 0)}
    assert all(reads < counted[1] + counted[2] for _status, reads, _writes in flood + wrong)
    assert len(set(flood)) == 1, "the last one costs as much as the first"


def test_a_replayed_nonce_is_in_the_list_once(room, keyboard, raffle):
    draw, nonce = opening.open_draw(keyboard, at=NOW, press="one"), secrets.token_hex(32)
    for person in raffle.entrants.all()[:3]:
        drawing.contribute(draw, person, nonce, at=seconds(1))
    drawing.freeze(draw, at=seconds(16))

    draw.refresh_from_db()
    assert draw.crowd == [nonce]


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"null", b"[" * 90_000, b'{"draw": 1, "nonce": 7}', b"\xff"])
def test_a_broken_nonce_is_answered_and_not_counted(room, keyboard, raffle, as_attendee, body):
    opening.open_draw(keyboard, at=timezone.now(), press="one")

    answer = as_attendee(room[0]).post("/attend/beijing/raffle/nonce/", body, content_type="application/json")

    assert answer.status_code in (404, 422)
    assert Contribution.objects.count() == 0


def test_strangers_and_people_outside_of_the_pool_send_no_numbers(
    room, keyboard, raffle, beijing, as_attendee, visitor
):
    late = seat(beijing, "来晚了", "late@nextstop.example")
    draw = opening.open_draw(keyboard, at=timezone.now(), press="one")
    entering.enter_on_paper(raffle, late)
    body = json.dumps({"draw": draw.number, "nonce": secrets.token_hex(32)})

    stranger = visitor.post("/attend/beijing/raffle/nonce/", body, content_type="application/json")
    outside = as_attendee(late).post("/attend/beijing/raffle/nonce/", body, content_type="application/json")
    assert (stranger.status_code, outside.status_code) == (404, 409)
    assert Contribution.objects.count() == 0


def test_a_second_id_for_a_ticket_is_not_taken(room, raffle, as_attendee):
    mine = raffle.entrants.get(attendee=room[0]).eid
    phone = as_attendee(room[0])
    answers = [
        phone.post("/attend/beijing/raffle/entrant/", json.dumps({"eid": eid}), content_type="application/json").json()
        for eid in ("ab" * 16, "cd" * 16)
    ]

    assert {answer["eid"] for answer in answers} == {mine}
    assert raffle.entrants.count() == 8


# --- double click, two hosts, a replayed request ------------------------------------------------------------------
def test_a_second_host_opens_nothing_without_taking_over(room, keyboard, raffle, leo, mei, client_of, beijing):
    Stage.objects.create(event=beijing).take_over(by=leo, at=NOW)
    form = {"prize": keyboard.pk, "press": "m", "quantity": "1"}

    refused = client_of(mei).post("/stage/beijing/raffle/open/", form, headers={"accept": "application/json"})
    assert (refused.status_code, Draw.objects.count()) == (409, 0)

    beijing.stage.take_over(by=mei, at=NOW)
    assert client_of(mei).post("/stage/beijing/raffle/open/", form).status_code == 302
    assert Draw.objects.count() == 1


def test_what_cannot_be_opened_leaves_the_stage_as_it_was(keyboard, raffle, leo, client_of, beijing):
    Stage.objects.create(event=beijing).show("pot", by=leo, at=NOW)

    client_of(leo).post("/stage/beijing/raffle/open/", {"prize": keyboard.pk, "press": "m"})

    beijing.stage.refresh_from_db()
    assert beijing.stage.scene == "pot"
    assert LogRecord.objects.filter(kind="open").count() == 0


def test_a_replayed_request_opens_reveals_and_claims_nothing_twice(room, keyboard, raffle, leo, client_of):
    browser, form = client_of(leo), {"prize": keyboard.pk, "press": "same", "quantity": "1"}
    for _ in range(3):
        browser.post("/stage/beijing/raffle/open/", form)
    draw = Draw.objects.get()
    Draw.objects.update(close_at=timezone.now() - timedelta(seconds=1))
    drawing.freeze(draw, at=timezone.now())
    drawing.compute(draw, now=timezone.now)
    for address in ("reveal", "here"):
        for _ in range(3):
            browser.post(f"/stage/beijing/raffle/1/{address}/", {"rank": "1"})
    browser.post("/stage/beijing/raffle/open/", form)

    kinds = list(raffle.log.exclude(kind="enter").values_list("kind", flat=True))
    assert kinds == ["genesis", "open", "freeze", "result", "claim"]


@pytest.mark.parametrize("value", ["", "abc", "-1", "²", "9" * 40, "1e3", "0x10"])
def test_a_form_with_nonsense_is_answered(room, keyboard, raffle, leo, client_of, value):
    browser = client_of(leo)
    for form in (
        {"prize": value},
        {"prize": keyboard.pk, "quantity": value or "0"},
        {"prize": keyboard.pk, "group": value},
    ):
        answer = browser.post("/stage/beijing/raffle/open/", {"press": secrets.token_hex(4), **form})
        assert answer.status_code in (302, 404)
        Draw.objects.update(state="aborted")


# --- the language model chooses or leans --------------------------------------------------------------------------
def test_the_model_has_no_field_for_a_person_and_sees_none(db, settings, bo, chen, beijing):
    cache.clear()
    host.load()
    assert set(Plan.model_fields) == {
        "action",
        "prize",
        "new_prize",
        "count",
        "kind",
        "exclude_winners",
        "present_only",
        "group",
        "question",
    }
    with FakeOpenAI() as fake:
        settings.OPENAI_API_KEY, settings.OPENAI_BASE_URL = "sk-x", fake.url
        fake.plan = {"action": "draw", "prize": CATALOGUE[0].id, "winner": bo.name, "eid": "ab" * 16}
        names = [bo.name, chen.name]
        heard = reading.read("把那个黑色的东西安排上", CATALOGUE, names=names, event=beijing)
        sent = json.dumps([request["body"] for request in fake.seen], ensure_ascii=False)
    cache.clear()

    assert heard.source == "offline"  # a plan with a person in it is no plan
    assert not any(name in sent for name in names)
    with pytest.raises(Refused):
        rules.read(f"让{bo.name}中奖", CATALOGUE)


def test_the_rule_that_was_confirmed_is_printed_in_the_opening(room, keyboard, raffle):
    opening.open_draw(keyboard, at=NOW, press="one", exclude_winners=False, groups=[1])

    assert raffle.log.get(kind="open").content["body"]["rule"] == {
        "exclude_winners": False,
        "present": True,
        "groups": [1],
    }


# --- the database is edited later ---------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "edit",
    [
        lambda log: log.filter(kind="open").update(content={}),
        lambda log: log.filter(kind="open").update(hash="0" * 64),
        lambda log: log.filter(kind="result").delete(),
        lambda log: log.all().delete(),
    ],
    ids=["content", "hash", "one record", "all records"],
)
def test_the_database_itself_refuses_to_edit_the_log(drawn, raffle, edit):
    with pytest.raises(IntegrityError, match="a log only grows"), transaction.atomic():
        edit(raffle.log)

    assert verify.verify(proof.collect(raffle))


def test_an_edited_record_breaks_the_chain(drawn, raffle):
    record = raffle.log.get(kind="open")
    record.content["body"]["prize"]["name"] = "一辆车"
    with append_only.lifted():  # as somebody who may change the database's own rules
        record.save()

    with pytest.raises(verify.Broken, match="does not follow the one before"):
        verify.verify(proof.collect(raffle))


def test_an_edited_log_that_was_chained_again_is_not_the_one_that_the_phones_saw(drawn, raffle):
    """The check of the phone itself: tests/browser/test_raffle_pages.py."""
    seen = set(raffle.log.values_list("hash", flat=True))

    def rename(published):
        published["log"][0]["body"]["title"] = "另一场活动"

    forged = rewritten(raffle, rename)
    assert not seen & {protocol.record_hash(entry) for entry in forged["log"]}


def test_an_edited_draw_row_changes_nothing_that_is_published(drawn, raffle):
    Draw.objects.filter(pk=drawn.pk).update(order=list(reversed(drawn.order)), seed="00" * 32)

    assert verify.verify(proof.collect(raffle))[0][0][1].startswith("8 entrants")
