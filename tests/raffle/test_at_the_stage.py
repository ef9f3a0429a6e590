"""Somebody is being called: the badge that is held up, the held key for whoever does not come."""

import io
import re
from datetime import timedelta

import pytest
from django.utils import timezone

from events import qr, tickets
from events.models import Event, OutgoingMail
from raffle import commanding, drawing, handing, opening, proof, protocol, state, verify, work
from raffle.models import Call, Claim, Draw, Prize
from raffle.plan import Plan
from tests.conftest import NOW, seat


def test_a_badge_that_is_scanned_at_the_stage_claims_its_holders_prize(drawn, leo, client_of):
    called = drawing.attendee_of(drawn, 1)
    drawn.calls.update(at=timezone.now())
    answer = client_of(leo).post(f"/stage/beijing/raffle/{drawn.number}/badge/", {"code": tickets.payload(called)})

    assert answer.status_code == 302
    assert list(Claim.objects.values_list("attendee", "rank", "by")) == [(called.pk, 1, "desk")]
    assert drawn.raffle.log.get(kind="claim").content["body"]["by"] == "desk"


def test_the_badge_of_somebody_else_claims_nothing(drawn, room, leo, client_of):
    """Neither that of a stand-by, nor one of another event, nor what is no badge."""
    drawn.calls.update(at=timezone.now())
    called, waiting = drawing.attendee_of(drawn, 1), drawing.attendee_of(drawn, 2)
    for code in (tickets.payload(waiting), f"NS:OTHER:{called.code}", "", "hello"):
        asked = {"code": code}
        answer = client_of(leo).post(
            f"/stage/beijing/raffle/{drawn.number}/badge/", asked, headers={"Accept": "application/json"}
        )
        assert (answer.status_code, answer.json()["error"]) == (409, "Nobody who is being called has this badge.")

    assert not Claim.objects.exists()


def test_a_photo_of_a_badge_is_read_by_the_server(drawn, leo, client_of):
    drawn.calls.update(at=timezone.now())
    photo = io.BytesIO()
    qr.picture(tickets.payload(drawing.attendee_of(drawn, 1)), 300).save(photo, "PNG")
    place, asked = f"/stage/beijing/raffle/{drawn.number}/badge/", {"Accept": "application/json"}

    blank = client_of(leo).post(place, {"photo": io.BytesIO(b"no picture")}, headers=asked)
    photo.seek(0)
    read = client_of(leo).post(place, {"photo": photo}, headers=asked)

    assert (blank.json(), read.json()) == ({"error": "", "seen": False}, {"error": ""})
    assert Claim.objects.get().rank == 1


@pytest.mark.parametrize("role", ["leo", "mei"])
def test_the_held_key_waits_for_the_servers_clock_whoever_holds_it(drawn, role, request, client_of):
    """An organiser's, too: who passes over early has to type why, on the remote."""
    leo = request.getfixturevalue(role)
    drawn.calls.update(at=timezone.now())
    place, asked = f"/stage/beijing/raffle/{drawn.number}/absent/", {"Accept": "application/json"}

    early = client_of(leo).post(place, {"reason": "gone", "rank": 1}, headers=asked)
    drawn.calls.update(at=timezone.now() - timedelta(seconds=61))
    late = client_of(leo).post(place, {"reason": "gone", "rank": 1}, headers=asked)

    assert early.status_code == 409
    assert early.json()["error"].endswith(
        "s to answer are left. Before that only an organiser passes somebody over, on the remote, with a reason."
    )
    assert late.json() == {"error": ""}
    assert list(drawn.voids.values_list("reason", "text")) == [("timeout", "")]


def test_the_proof_says_after_how_many_seconds_an_organiser_passed_somebody_over(drawn, mei, client_of, visitor):
    drawn.calls.update(at=timezone.now() - timedelta(seconds=17.5))
    client_of(mei).post(f"/stage/beijing/raffle/{drawn.number}/override/", {"reason": "left for the train", "rank": 1})

    [void] = drawn.voids.all()
    page = visitor.get(f"/attend/beijing/raffle/{drawn.number}/").content.decode()

    assert f"Decided by an organiser after {void.waited_ms // 1000} s: left for the train" in page
    assert void.waited_ms >= 17_500


def press(browser):
    """The big button of the host's page: the words on it, and its form as it is sent."""
    page = browser.get("/stage/beijing/raffle/").content.decode()
    form = re.search(r'<form method="post" action="(/stage/beijing/raffle/1/here/)">(.*?)</form>', page, re.S)
    words = re.sub(r"<[^>]+>", "", form[2]).strip()
    browser.post(form[1], dict(re.findall(r'name="(rank|hand_over)" value="(\d+)"', form[2])))
    return words


def test_who_gets_the_prize_on_the_stage_is_not_told_later_that_it_waits(drawn, leo, client_of):
    drawn.calls.update(at=timezone.now())
    Prize.objects.update(at_hand_at=timezone.now())

    assert press(client_of(leo)) == "Here. Hand it over"

    claim = Claim.objects.get()
    assert (claim.by, claim.handed_over_by, claim.handed_over_at is not None) == ("desk", leo, True)
    handing.remind_winners(timezone.now() + timedelta(hours=1))
    assert not OutgoingMail.objects.exists()
    assert not handing.at_desk(drawn.raffle.event).exists()


@pytest.mark.parametrize(("kind", "at_hand"), [("goods", None), ("arranged", timezone.now()), ("code", timezone.now())])
def test_a_prize_that_does_not_lie_there_is_not_handed_over_by_the_press(drawn, leo, client_of, kind, at_hand):
    drawn.calls.update(at=timezone.now())
    Prize.objects.update(kind=kind, at_hand_at=at_hand)

    assert press(client_of(leo)) == "Here"

    assert list(Claim.objects.values_list("by", "handed_over_at")) == [("desk", None)]
    client_of(leo).post("/stage/beijing/raffle/1/here/", {"rank": "1", "hand_over": "1"})  # an older page says so
    assert Claim.objects.get().handed_over_at is None


@pytest.mark.parametrize("at_hand", [True, False])
def test_a_badge_hands_over_what_lies_there(drawn, leo, client_of, at_hand):
    drawn.calls.update(at=timezone.now())
    Prize.objects.update(at_hand_at=timezone.now() if at_hand else None)
    called = drawing.attendee_of(drawn, 1)

    client_of(leo).post(f"/stage/beijing/raffle/{drawn.number}/badge/", {"code": tickets.payload(called)})

    assert list(Claim.objects.values_list("handed_over_by", flat=True)) == [leo.pk if at_hand else None]
    assert (Claim.objects.get().handed_over_at is not None) is at_hand


@pytest.mark.parametrize("at_hand", [True, False])
def test_the_button_beside_each_of_several_names_does_what_the_big_one_does(room, keyboard, leo, client_of, at_hand):
    draw = opening.open_draw(keyboard, at=NOW, press="one", quantity=2)
    drawing.freeze(draw, at=NOW + timedelta(seconds=16))
    drawing.compute(draw, now=lambda: NOW + timedelta(seconds=20))
    drawing.reveal(draw, at=timezone.now())
    Prize.objects.update(at_hand_at=timezone.now() if at_hand else None)

    assert press(client_of(leo)) == ("Here. Hand it over" if at_hand else "Here")

    claim = Claim.objects.get()
    assert (claim.rank, claim.handed_over_at is not None) == (1, at_hand)


# --- the site was away while somebody was being called ---------------------------------------------------------------
def later(count):
    """So many seconds after the name was called."""
    return NOW + timedelta(seconds=40 + count)


def shown(raffle, count):
    """Whom the stage shows then, and how many seconds after the call their time ends."""
    [row] = state.stage_state(raffle, at=later(count))["draw"]["winners"]
    return row["rank"], row["state"], (row["deadline"] - protocol.milliseconds(later(0))) / 1000


def test_the_time_in_which_the_site_was_away_is_not_taken_from_who_was_called(drawn, raffle, as_attendee):
    called = drawing.attendee_of(drawn, 1)
    assert [shown(raffle, count) for count in (1, 3, 6)] == [(1, "calling", 60)] * 3

    assert shown(raffle, 76) == (1, "calling", 130)  # nobody could answer for seventy seconds

    assert state.attendee_state(raffle, called, at=later(80))["me"]["won"]["deadline"] == protocol.milliseconds(
        later(130)
    )
    assert drawing.seconds_left(drawing.current(raffle), 1, at=later(80)) == 50
    assert drawing.pass_on(drawing.current(raffle), 1, "timeout", at=later(129)) is False
    assert drawing.claim(drawing.current(raffle), 1, at=later(129), by="phone").rank == 1
    assert verify.verify(proof.collect(raffle))


def test_after_that_the_time_ends_as_ever_and_the_proof_holds(drawn, raffle):
    for count in (1, 6, 76, *range(80, 130, 5)):
        assert shown(raffle, count)[:2] == (1, "calling")

    state.stage_state(raffle, at=later(130))

    assert list(drawn.voids.values_list("rank", "reason", "waited_ms")) == [(1, "timeout", 130_000)]
    assert verify.verify(proof.collect(raffle))


def test_a_site_that_answers_gives_nobody_more_time(drawn, raffle):
    for count in range(1, 60, 9):
        assert shown(raffle, count) == (1, "calling", 60)

    state.stage_state(raffle, at=later(60))

    assert list(drawn.voids.values_list("rank", flat=True)) == [1]


def test_a_worker_passes_nobody_over_while_the_site_is_away(drawn, raffle):
    state.stage_state(raffle, at=later(5))
    Draw.objects.update(opened_at=later(0))
    for count in (20, 61, 300):
        work.settle_draws(later(count))
    assert not drawn.voids.exists()

    work.settle_draws(later(5 + 3600))  # the people have gone home
    work.settle_draws(later(5 + 3600 + 600))

    assert list(drawn.voids.values_list("rank", flat=True)) == [1], "the next one has their hour, too"


def test_a_site_that_goes_away_with_the_name_on_the_stage_passes_nobody_over(drawn, raffle):
    Draw.objects.update(opened_at=later(0))
    for count in (30, 61, 90):
        work.settle_draws(later(count))
    assert not drawn.voids.exists()

    assert shown(raffle, 100) == (1, "calling", 160)


@pytest.fixture
def revealed_by_the_worker(room, keyboard, raffle):
    """A draw that no stage has shown: the site was away already when the worker revealed it, at later(0)."""
    draw = opening.open_draw(keyboard, at=later(-90), press="one")
    drawing.freeze(draw, at=later(-74))
    drawing.compute(draw, now=lambda: later(-70))
    work.settle_draws(later(0))
    draw.refresh_from_db()
    assert draw.revealed_at == later(0) and draw.calls.count() == 1
    return draw


@pytest.mark.parametrize("back", [1, 15, 100, 4000])
def test_the_time_of_a_call_that_nobody_could_see_begins_with_the_first_look(revealed_by_the_worker, raffle, back):
    """However long the site is away: the first look is the first at which anybody could answer."""
    draw = revealed_by_the_worker
    for count in range(5, back, 60):
        work.settle_draws(later(count))

    assert shown(raffle, back) == (1, "calling", back + 60)

    for count in range(9, 60, 9):
        assert shown(raffle, back + count) == (1, "calling", back + 60)
    state.stage_state(raffle, at=later(back + 60))
    assert list(draw.voids.values_list("rank", "waited_ms")) == [(1, 1000 * (back + 60))]
    assert verify.verify(proof.collect(raffle))


def test_who_is_called_next_while_nobody_looks_has_their_whole_time_too(drawn, raffle):
    state.stage_state(raffle, at=later(5))
    Draw.objects.update(opened_at=later(0))
    work.settle_draws(later(5 + 3600))  # the people have gone home: the next one is called
    assert list(drawn.voids.values_list("rank", flat=True)) == [1]

    _gone, (rank, deadline) = [
        (row["rank"], row["deadline"]) for row in state.stage_state(raffle, at=later(5 + 3615))["draw"]["winners"]
    ]

    assert (rank, deadline) == (2, protocol.milliseconds(later(5 + 3615 + 60)))


def test_the_ticking_passes_nobody_over_in_a_gap_that_began_a_moment_ago(drawn, raffle):
    state.stage_state(raffle, at=later(45))
    Draw.objects.update(opened_at=later(0))

    work.settle_draws(later(61))

    assert not drawn.voids.exists()


def test_a_page_in_the_background_that_looks_once_a_minute_keeps_no_call_open_for_ever(drawn, raffle):
    looks = 0
    while not drawn.voids.exists():
        looks += 1
        state.stage_state(raffle, at=later(60 * looks))

    assert looks in range(5, 9)


def test_strangers_who_read_the_proof_are_no_sign_that_the_room_can_answer(drawn, raffle, client, now):
    began = timezone.now() - timedelta(seconds=70)
    drawn.calls.update(at=began, watched_at=began)

    client.get("/attend/beijing/raffle/1/")

    assert not drawn.voids.exists() and drawn.calls.get().watched_at == began


def test_of_fifty_called_at_once_a_look_costs_as_much_as_for_one(drawn, raffle, django_assert_max_num_queries):
    Call.objects.bulk_create(Call(draw=drawn, rank=rank, at=later(0), watched_at=later(0)) for rank in range(2, 52))

    with django_assert_max_num_queries(8):
        drawing.watch(drawn, at=later(3))

    assert set(drawn.calls.values_list("watched_at", flat=True)) == {later(3)}


@pytest.mark.parametrize("said", ["key", "sentence"])
@pytest.mark.usefixtures("english")
def test_a_host_who_is_the_first_to_be_heard_again_passes_nobody_over(drawn, leo, client_of, said):
    now = timezone.now()
    drawn.calls.update(at=now - timedelta(seconds=90), watched_at=now - timedelta(seconds=80))
    if said == "key":
        client_of(leo).post("/stage/beijing/raffle/1/absent/", {"reason": "x", "rank": 1})
    else:
        plan, press = Plan(action="absent"), commanding.Press("k", 0, draw=1, rank=1)
        assert commanding.carry_out(plan, press, drawn.raffle.event, leo, at=now).startswith("Their time is not over")

    assert not drawn.voids.exists()


def test_a_stage_that_first_saw_the_box_with_a_draw_in_it_measures_when_that_draw_is_over(drawn, leo, client_of):
    now = timezone.now()
    drawn.calls.update(at=now, watched_at=now)
    stage = client_of(leo)
    assert stage.get("/stage/beijing/raffle/state.json").json()["calibrate"] is False

    drawing.claim(drawn, 1, at=now, by="desk")

    assert stage.get("/stage/beijing/raffle/state.json").json()["calibrate"] is True


def test_a_persons_export_holds_where_their_prize_is_to_be_sent(drawn, as_attendee):
    now = timezone.now()
    drawn.calls.update(at=now, watched_at=now)
    claim = drawing.claim(drawn, 1, at=now, by="phone")
    Claim.objects.update(delivery="上海市某路 1 号", sponsor_ok=True)

    [prize] = as_attendee(claim.attendee).get("/attend/beijing/my-data/?export=1").json()["prizes"]

    assert (prize["prize"], prize["delivery"], prize["sponsor_ok"]) == (drawn.prize.name, "上海市某路 1 号", True)


@pytest.mark.parametrize("page", ["raffle/", "", "attendees/", "raffle/prizes/import/", "seats/"])
def test_crew_with_a_ticket_of_this_event_are_called_on_the_desk_as_well(page, beijing, mei, client_of, now):
    """Who has nothing but the desk open still hears "it's you"; a desk of somebody without a ticket carries no phone."""
    place, phone = f"/organise/beijing/{page}", '<raffle-phone data-state="/attend/beijing/raffle/state.json"'
    assert phone not in client_of(mei).get(place).content.decode()

    hers = seat(beijing, "姜一禾", "mei@nextstop.example", user=mei)

    answer = client_of(mei).get(place)
    assert (answer.status_code, answer.content.decode().count(phone)) == (200, 1)
    assert f'data-who="{hers.uid}"' in answer.content.decode()


@pytest.mark.parametrize("place", ["/organise/beijing/door/", "/stage/beijing/remote/", "/stage/beijing/raffle/"])
def test_crew_who_stand_at_the_door_or_the_remote_are_called_there_and_the_kept_page_knows_nobody(
    place, beijing, mei, client_of, now
):
    phone = '<raffle-phone data-state="/attend/beijing/raffle/state.json"'
    assert phone not in client_of(mei).get(place).content.decode()

    hers = seat(beijing, "姜一禾", "mei@nextstop.example", user=mei)

    page = client_of(mei).get(place).content.decode()
    assert page.count(phone) == 1 and f'data-who="{hers.uid}" data-aside' in page
    kept = client_of(mei).get("/organise/beijing/door/shell/").content.decode()
    assert "raffle-phone" not in kept and hers.name not in kept and str(hers.uid) not in kept


def test_crew_with_a_ticket_are_called_on_the_spot_check_and_on_the_answer_to_a_sentence(
    drawn, beijing, mei, client_of
):
    desk, phone = client_of(mei), '<raffle-phone data-state="/attend/beijing/raffle/state.json"'
    pages = {
        "spot check": lambda **_: desk.get("/organise/beijing/raffle/1/spot-check/"),
        "answer": lambda **how: desk.post("/stage/beijing/raffle/sentence/", {"sentence": "Is this fair?"}, **how),
    }
    assert not any(phone in page().content.decode() for page in pages.values())

    hers = seat(beijing, "姜一禾", "mei@nextstop.example", user=mei)

    for name, page in pages.items():
        answer = page()
        assert answer.status_code == 200, name
        assert f'data-who="{hers.uid}" data-aside' in answer.content.decode(), name
    assert "raffle-phone" not in pages["answer"](headers={"X-Fragment": "1"}).content.decode()


def front_page(browser):
    answer = browser.get("/", headers={"accept-language": "en"})
    assert answer.status_code == 200
    return answer, answer.content.decode()


def test_who_waits_on_the_front_page_is_called_there_while_their_event_is_running(beijing, bo, as_attendee):
    answer, page = front_page(as_attendee(bo))

    assert page.count('<raffle-phone data-state="/attend/beijing/raffle/state.json"') == 1
    assert f'data-who="{bo.uid}"' in page and 'data-event="beijing"' in page
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("when", ["before the doors", "after the end"])
def test_the_front_page_knows_nobody_before_the_doors_and_after_the_end(beijing, bo, as_attendee, when):
    soon = timezone.now() + timedelta(minutes=1)
    Event.objects.update(
        **({"ended_at": timezone.now()} if when == "after the end" else {"doors_at": soon, "starts_at": soon})
    )

    answer, page = front_page(as_attendee(bo))

    assert "raffle-phone" not in page and "data-event" not in page
    assert not answer.has_header("Cache-Control")


def test_a_stranger_reads_a_front_page_that_may_be_kept_and_opens_no_session(
    beijing, visitor, django_assert_num_queries
):
    with django_assert_num_queries(1):
        answer, page = front_page(visitor)

    assert "raffle-phone" not in page and "data-event" not in page
    assert not answer.has_header("Cache-Control") and "Cookie" not in answer.get("Vary", "") and not answer.cookies


def test_of_two_events_the_front_page_is_of_the_one_that_is_running(beijing, series, stranger, client_of):
    later = timezone.now() + timedelta(days=30)
    times = {"doors_at": later, "starts_at": later, "ends_at": later + timedelta(hours=3), "published_at": NOW}
    shanghai = Event.objects.create(series=series, number=2, slug="shanghai", code="SH", title="x", capacity=9, **times)
    for event in (shanghai, beijing):
        seat(event, "小林", "stranger@nextstop.example", user=stranger)

    _answer, page = front_page(client_of(stranger))

    assert 'data-event="beijing"' in page and "raffle-phone" in page and "/attend/shanghai/" in page


def test_a_strip_beside_the_work_shows_no_membership_code_to_who_looks_over_a_shoulder(drawn, as_attendee):
    now = timezone.now()
    drawn.calls.update(at=now, watched_at=now)
    drawn.prize.kind = "code"
    drawn.prize.save()
    claim = drawing.claim(drawn, 1, at=now, by="phone")
    phone = as_attendee(claim.attendee)

    strip = phone.get("/attend/beijing/raffle/won/", headers={"X-Fragment": "aside"}).content.decode()

    assert f'href="/attend/beijing/raffle/won/?draw={drawn.number}"' in strip and claim.code not in strip
    assert "<html" not in strip
