"""The pages of the show: the box and the call on the phone, the host's page, the scenes on the stage."""

from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from events.models import CheckIn, Stage
from raffle import drawing, entering, opening, protocol
from raffle.models import Draw, Prize, Raffle
from tests.conftest import seat

EIDS = {"bo": "b" * 32, "chen": "c" * 32, "dai": "d" * 32}


@pytest.fixture
def box(beijing, acme, bo, chen, dai):
    """Three people came through the door; their stubs are in the box."""
    now = timezone.now()
    raffle = entering.raffle_of(beijing, at=now)
    Raffle.objects.update(delay=10)
    for person, eid in ((bo, EIDS["bo"]), (chen, EIDS["chen"]), (dai, EIDS["dai"])):
        CheckIn.objects.create(attendee=person, at=now)
        entering.enter(raffle, person, eid)
    return raffle


@pytest.fixture
def keyboard(beijing, acme):
    return Prize.objects.create(event=beijing, sponsor=acme, name="K7机械键盘", name_en="K7 keyboard", quantity=3)


def drawn(prize, *, quantity=1, called=True):
    """A draw whose film is over, opened a minute ago; the people are being called now."""
    now = timezone.now()
    draw = opening.open_draw(prize, at=now - timedelta(seconds=60), press="one", quantity=quantity)
    drawing.freeze(draw, at=now)
    drawing.compute(Draw.objects.get(pk=draw.pk), now=timezone.now)
    draw = Draw.objects.get(pk=draw.pk)
    if called:
        drawing.reveal(draw, at=now)
    return Draw.objects.get(pk=draw.pk)


def called_person(draw, rank=1):
    return drawing.attendee_of(draw, rank)


def test_the_phone_says_that_it_is_in_the_box(box, keyboard, bo, as_attendee):
    page = as_attendee(bo).get("/attend/beijing/luck/")

    assert page.status_code == 200
    assert "You are in the box, 1 of 3." in page.content.decode()


def test_the_phone_says_why_it_is_not_in_the_box(beijing, keyboard, bo, as_attendee):
    client = as_attendee(bo)

    assert "You get into the box at the door" in client.get("/attend/beijing/luck/").content.decode()
    CheckIn.objects.create(attendee=bo, at=timezone.now())
    assert "This phone is getting its number" in client.get("/attend/beijing/luck/").content.decode()


def test_the_box_speaks_chinese(box, keyboard, bo, as_attendee):
    page = as_attendee(bo, "zh-hans").get("/attend/beijing/luck/").content.decode()

    assert "你在箱里，3 张里的一张。" in page and "撕下副券" in page


def test_the_moving_part_of_the_box_is_read_alone(box, keyboard, bo, as_attendee):
    part = as_attendee(bo).get("/attend/beijing/luck/", headers={"X-Fragment": "1"}).content.decode()

    assert "You are in the box" in part and "<html" not in part


def test_nobody_learns_a_place_in_the_order_before_the_draw_is_settled(box, keyboard, as_attendee):
    draw = drawn(keyboard)
    last = called_person(draw, 3)
    client = as_attendee(last)
    assert "your place in the order" not in client.get("/attend/beijing/luck/").content.decode()

    drawing.claim(draw, 1, at=timezone.now(), by="desk")

    page = client.get("/attend/beijing/luck/").content.decode()
    assert "Draw 1: your place in the order was 3 of 3." in page and "Your stub stays in for 2 more" in page


def test_it_is_you_only_for_the_one_who_is_called(box, keyboard, as_attendee):
    draw = drawn(keyboard)

    page = as_attendee(called_person(draw)).get("/attend/beijing/raffle/won/").content.decode()
    assert "I’m here, on my way" in page and "Not here, pass it on" in page
    assert as_attendee(called_person(draw, 2)).get("/attend/beijing/raffle/won/").status_code == 404


def test_answering_gives_the_claim_code_without_leaving_the_page(box, keyboard, as_attendee):
    draw = drawn(keyboard)
    client = as_attendee(called_person(draw))

    answer = client.post("/attend/beijing/raffle/claim/", {"answer": "here"}, headers={"X-Fragment": "1"})

    part, claim = answer.content.decode(), draw.claims.get()
    assert f'aria-label="{claim.code}"' in part and "<html" not in part


def test_passing_it_on_calls_the_next_in_order(box, keyboard, as_attendee):
    draw = drawn(keyboard)

    as_attendee(called_person(draw)).post("/attend/beijing/raffle/claim/", {"answer": "decline"})

    assert [call.rank for call in drawing.calling(draw)] == [2]


@pytest.mark.parametrize("scene", ["pot", "raffle", "winner"])
def test_the_stage_shows_each_scene_of_the_raffle(box, keyboard, leo, client_of, beijing, scene):
    Stage.objects.get_or_create(event=beijing)[0].show(scene, by=leo, at=timezone.now())

    page = client_of(leo).get("/stage/beijing/").content.decode()

    assert "<raffle-show" in page and "raffle-show.js" in page


def test_the_stage_never_hears_of_a_stand_by(box, keyboard, leo, client_of):
    draw = drawn(keyboard)

    shown = client_of(leo).get("/stage/beijing/raffle/state.json").json()["draw"]

    assert [row["eid"] for row in shown["winners"]] == draw.order[:1]
    leaving = sorted(draw.order[1:], key=lambda eid: sha256(bytes.fromhex(draw.seed + b"show".hex() + eid)).digest())
    assert shown["departures"] == [*leaving, draw.order[0]]  # not the order in which they stand by
    assert "order" not in shown


def test_the_host_sees_one_big_button_before_the_draw(box, keyboard, leo, client_of):
    page = client_of(leo).get("/stage/beijing/raffle/").content.decode()

    assert "Hold to draw" in page and "K7 keyboard" in page


def test_only_an_organiser_is_offered_to_pass_over(box, keyboard, leo, mei, client_of):
    drawn(keyboard)

    assert "Absent. Hold for the next" not in client_of(leo).get("/stage/beijing/raffle/").content.decode()
    assert "Absent. Hold for the next" in client_of(mei).get("/stage/beijing/raffle/").content.decode()


def test_several_winners_have_a_button_each(box, keyboard, leo, client_of):
    drawn(keyboard, quantity=2)

    page = client_of(leo).get("/stage/beijing/raffle/").content.decode()

    assert page.count('class="btn small rowhere"') == 2


def test_only_a_prize_that_is_not_in_the_room_asks_for_an_address(box, keyboard, as_attendee):
    draw = drawn(keyboard)
    client = as_attendee(called_person(draw))
    client.post("/attend/beijing/raffle/claim/", {"answer": "here"})
    client.post("/attend/beijing/raffle/claim/", {"answer": "deliver", "delivery": "北京"})
    assert draw.claims.get().delivery == ""

    Prize.objects.update(kind=Prize.Kind.ARRANGED)
    assert "Where should it be sent?" in client.get("/attend/beijing/raffle/won/").content.decode()
    client.post("/attend/beijing/raffle/claim/", {"answer": "deliver", "delivery": "北京市海淀区\u202e 1 号"})
    assert draw.claims.get().delivery == "北京市海淀区 1 号"


def test_the_head_stands_as_pictograms_on_phone_and_proof(box, keyboard, bo, as_attendee, visitor):
    for page in (as_attendee(bo).get("/attend/beijing/luck/"), visitor.get("/attend/beijing/raffle/")):
        assert "<head-marks numbers=" in page.content.decode()


# --- in the pot or why not, for the rule of the draw that is open --------------------------------------------------
def box_of(person, as_attendee):
    return as_attendee(person).get("/attend/beijing/luck/").content.decode()


def test_the_head_stands_as_pictograms_where_it_is_you_and_on_the_hosts_page(
    box, keyboard, leo, client_of, as_attendee
):
    draw = drawn(keyboard)
    box.refresh_from_db()
    marks = f'<head-marks numbers="{" ".join(map(str, protocol.pictograms(box.head)))}">'

    assert marks in as_attendee(called_person(draw)).get("/attend/beijing/raffle/won/").content.decode()
    assert marks in client_of(leo).get("/stage/beijing/raffle/").content.decode()


def test_a_draw_for_one_car_says_so_to_the_others(box, keyboard, bo, dai, as_attendee):
    opening.open_draw(keyboard, at=timezone.now(), press="one", groups=[6])

    assert "This draw is for car 6 only." in box_of(dai, as_attendee)
    assert "You are in the box, 1 of 2." in box_of(bo, as_attendee)


def test_an_earlier_winner_who_takes_part_is_told_so(box, keyboard, as_attendee):
    first = drawn(keyboard)
    winner = called_person(first)
    drawing.claim(first, 1, at=timezone.now(), by="desk")
    opening.open_draw(Prize.objects.get(), at=timezone.now(), press="two", exclude_winners=False)

    assert "You are in the box, 1 of 3." in box_of(winner, as_attendee)
    drawing.freeze(Draw.objects.get(number=2), at=timezone.now() + timedelta(seconds=40))
    page = box_of(winner, as_attendee)
    assert "The box is locked." in page and "You have won already" not in page


def test_who_registered_and_is_not_in_the_room_takes_part_where_the_rule_says_so(box, keyboard, bo, as_attendee):
    CheckIn.objects.filter(attendee=bo).delete()
    assert "You get into the box at the door" in box_of(bo, as_attendee)
    opening.open_draw(keyboard, at=timezone.now(), press="one", present=False)

    assert "You are in the box, 1 of 3." in box_of(bo, as_attendee)


def test_who_comes_after_the_seal_is_in_the_next_one(box, keyboard, bo, as_attendee):
    entrant = box.entrants.get(attendee=bo)
    box.entrants.filter(pk=entrant.pk).delete()
    opening.open_draw(keyboard, at=timezone.now(), press="one")
    entering.enter(box, bo, EIDS["bo"])

    assert "This draw was sealed before your stub was in." in box_of(bo, as_attendee)


def test_the_box_leads_the_called_person_back_to_their_call(box, keyboard, as_attendee):
    draw = drawn(keyboard)

    assert "Say that you are here" in box_of(called_person(draw), as_attendee)
    assert "Say that you are here" not in box_of(called_person(draw, 2), as_attendee)


def test_the_row_of_the_day_names_the_prize_that_is_being_drawn(box, keyboard, beijing, bo, as_attendee):
    Prize.objects.create(event=beijing, name="三体", name_en="Three-Body", order=9)
    Prize.objects.filter(pk=keyboard.pk).update(quantity=1)
    opening.open_draw(Prize.objects.get(pk=keyboard.pk), at=timezone.now(), press="one")

    page = as_attendee(bo).get("/attend/beijing/live/").content.decode()

    assert "Draw 1: K7 keyboard, 3 stubs in" in page and "Three-Body" not in page


# --- the address on the stage -------------------------------------------------------------------------------------
@pytest.mark.parametrize("scene", ["pot", "raffle", "winner"])
def test_the_address_on_the_stage_leads_a_ticket_to_the_box(box, keyboard, beijing, bo, as_attendee, visitor, scene):
    stage = Stage.objects.get_or_create(event=beijing)[0]
    assert as_attendee(bo).get("/HIAI")["Location"] == "/attend/beijing/"

    stage.show(scene, by=None, at=timezone.now())

    assert as_attendee(bo).get("/HIAI")["Location"] == "/attend/beijing/luck/"
    assert as_attendee(bo).get("/HIAI/4")["Location"] == "/attend/beijing/raffle/4/"
    assert visitor.get("/HIAI")["Location"] == "/attend/beijing/"


def test_after_the_event_its_address_leads_to_its_page_whatever_stands_on_the_stage(box, beijing, bo, as_attendee):
    Stage.objects.get_or_create(event=beijing)[0].show("winner", by=None, at=timezone.now())
    type(beijing).objects.update(ended_at=timezone.now())

    assert as_attendee(bo).get("/HIAI")["Location"] == "/attend/beijing/"


def test_who_has_a_ticket_is_called_on_the_page_of_the_event_too(box, keyboard, bo, as_attendee, visitor):
    assert "<raffle-phone" in as_attendee(bo).get("/attend/beijing/").content.decode()
    assert "<raffle-phone" not in visitor.get("/attend/beijing/").content.decode()


# --- whom the call can still reach --------------------------------------------------------------------------------
RINGS = "If it goes on to you, this phone rings."


def test_only_who_stands_in_line_is_told_that_the_phone_may_ring(box, keyboard, beijing, as_attendee):
    late = seat(beijing, "赶来的人", "late@nextstop.example")
    draw = drawn(keyboard)
    CheckIn.objects.create(attendee=late, at=timezone.now())
    entering.enter(box, late, "e" * 32)
    first, second = called_person(draw), called_person(draw, 2)
    assert [RINGS in box_of(person, as_attendee) for person in (second, late)] == [True, False]

    drawing.pass_on(draw, 1, "decline", at=timezone.now())

    page = box_of(first, as_attendee)
    assert RINGS not in page and "You are in the box, 1 of 4." in page
    assert RINGS in box_of(called_person(draw, 3), as_attendee)


# --- what the proof says of a draw --------------------------------------------------------------------------------
@pytest.mark.parametrize("committed", [True, False])
def test_the_proof_speaks_of_a_secret_only_where_there_was_one(box, keyboard, visitor, committed):
    Raffle.objects.update(committed=committed)
    drawn(keyboard)

    page = visitor.get("/attend/beijing/raffle/1/").content.decode()

    assert ("The list of 3 stubs and the fingerprint of a secret were published" in page) == committed
    assert ("were locked together with the secret" in page) == committed
    assert ("The list of 3 stubs was published before anybody could know the result." in page) != committed
    assert ("There was no secret beside them." in page) != committed


def test_search_engines_are_asked_to_leave_out_the_proof_that_names_winners(box, keyboard, visitor):
    draw = drawn(keyboard)

    page = visitor.get("/attend/beijing/raffle/1/").content.decode()

    assert called_person(draw, 1).name in page
    assert '<meta name="robots" content="noindex">' in page


def test_the_proof_tells_what_has_happened_and_nothing_that_has_not(box, keyboard, visitor):
    def page(number):
        answer = visitor.get(f"/attend/beijing/raffle/{number}/", headers={"accept-language": "en"})
        return answer.content.decode()

    now = timezone.now()
    draw = opening.open_draw(keyboard, at=now, press="one", exclude_winners=False, present=False, groups=[1, 2])
    assert "Earlier winners took part, too." in page(1) and "in the room or not. " in page(1)
    assert "It was for car 1, 2 only." in page(1)
    assert "Not yet: the box is open" in page(1) and "Not yet: the order is known" in page(1)
    assert "were locked together" not in page(1) and "A slow computation turns" not in page(1)

    drawing.abort(draw, at=now, reason="host")
    assert "Called off" in page(1) and "Not yet" not in page(1) and "were locked together" not in page(1)

    second = opening.open_draw(keyboard, at=now, press="two")
    assert drawing.speak(second, "4 8 15", at=now)
    drawing.freeze(second, at=now + timedelta(seconds=16))
    assert "Only people who had come through the door took part. Earlier winners were left out." in page(2)
    assert "0 random numbers from phones in the room were locked" in page(2), "the digits came from no phone"
    assert "Called out in the room: 4 8 15." in page(2) and "Not yet: the order is known" in page(2)


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({}, ""),
        ({"quantity": 2}, "2 winners"),
        ({"present": False}, "Everybody who registered"),
        (
            {"present": False, "exclude_winners": False, "groups": [2, 1], "quantity": 2},
            "2 winners · everybody who registered · earlier winners too · only car 1, 2",
        ),
    ],
)
def test_the_stage_says_where_a_draw_differs_from_the_standard_rule(room, keyboard, raffle, leo, client_of, how, said):
    opening.open_draw(keyboard, at=timezone.now(), press="one", **how)

    assert client_of(leo).get("/stage/beijing/raffle/state.json").json()["draw"]["rule"] == said


def test_no_more_winners_at_once_than_the_stage_can_show_while_they_can_answer(box, keyboard, leo, client_of):
    Raffle.objects.update(claim_ms=20_000)
    Prize.objects.update(quantity=49)
    script = (Path(__file__).parents[2] / "static/js/raffle/show.js").read_text()
    browser = client_of(leo)

    answer = browser.post(
        "/stage/beijing/raffle/open/",
        {"prize": keyboard.pk, "press": "one", "quantity": "49"},
        headers={"Accept": "application/json"},
    )

    assert (answer.status_code, answer.json()["error"]) == (
        409,
        "The stage shows at most 48 winners within the time to answer: draw fewer at once, or give more time.",
    )
    assert not Draw.objects.exists()
    assert f"CARDS_PER_PAGE = {opening.CARDS_PER_PAGE};" in script
    assert 'max="48"' in browser.get("/stage/beijing/raffle/").content.decode()


def test_go_costs_as_many_questions_to_the_database_in_a_full_hall_as_in_an_empty_one(
    room, raffle, beijing, keyboard, leo, client_of
):
    """What a press waits for does not grow with the hall: no timing can say that on a busy machine."""
    browser, costs = client_of(leo), []
    browser.get("/stage/beijing/raffle/state.json")  # the caches are warm
    for press in ("warm", "small", "full"):
        if press == "full":
            for n in range(60):
                person = seat(beijing, f"满{n}", f"full{n}@nextstop.example")
                CheckIn.objects.create(attendee=person, at=timezone.now())
                entering.enter_on_paper(raffle, person)
        with CaptureQueriesContext(connection) as queries:
            form = {"prize": keyboard.pk, "press": press}
            answer = browser.post("/stage/beijing/raffle/open/", form, headers={"accept": "application/json"})
        costs.append((answer.status_code, len(queries)))
        assert len(answer.json()["draw"]["pool"]) == (68 if press == "full" else 8)
        drawing.abort(Draw.objects.last(), at=timezone.now(), reason="again")

    assert costs[1] == costs[2]
    assert costs[2][1] <= 60
