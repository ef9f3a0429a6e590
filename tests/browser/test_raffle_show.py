"""A draw from the pot to the claim: one stage, two phones."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect

from events import passes
from events.models import CheckIn, Stage
from raffle import beside, drawing, entering, helping, opening, protocol
from raffle.models import Claim, Contribution, Draw, LogRecord, Prize, Raffle
from tests.browser.test_raffle_pages import drawn
from tests.work import work

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("browser")]


@pytest.fixture
def prize(beijing, acme):
    now = timezone.now()
    raffle = entering.raffle_of(beijing, at=now)
    Raffle.objects.filter(pk=raffle.pk).update(delay=1000, countdown_ms=16_000)
    return Prize.objects.create(event=beijing, sponsor=acme, name="K7机械键盘", name_en="K7 keyboard", at_hand_at=now)


def check_in(*people):
    for person in people:
        CheckIn.objects.create(attendee=person, at=timezone.now())


@pytest.fixture
def phone_of(open_browser, live_server):
    def make(attendee, path="/attend/beijing/luck/"):
        page = open_browser()
        page.context.add_cookies([{"name": passes.COOKIE, "value": passes.sign(attendee), "url": live_server.url}])
        page.goto(path)
        return page

    return make


@pytest.fixture
def stage_of(open_browser, live_server, beijing):
    def make(user, scene="pot"):
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        page = open_browser(width=960, height=540)  # in its proportions: a processor draws each of its pixels
        page.context.add_cookies(
            [{"name": name, "value": morsel.value, "url": live_server.url} for name, morsel in client.cookies.items()]
        )
        Stage.objects.get_or_create(event=beijing)[0].show(scene, by=None, at=timezone.now())
        page.goto("/stage/beijing/")
        return page

    return make


def hold(page, key, ms=1000):
    page.keyboard.down(key)
    page.wait_for_timeout(ms)
    page.keyboard.up(key)


def until(page, condition, *, seconds=45, what=""):
    for _ in range(seconds * 4):
        work()
        if condition():
            return
        page.wait_for_timeout(250)
    raise AssertionError(f"never happened: {what}")


def test_a_draw_runs_from_the_pot_to_the_claim(beijing, leo, bo, chen, prize, phone_of, stage_of):
    check_in(bo, chen)
    phones = {bo.name: phone_of(bo), chen.name: phone_of(chen)}
    for phone in phones.values():
        phone.get_by_text(re.compile("You are in the box")).wait_for()
    stage = stage_of(leo)
    stage.locator(".pcount .flaps[aria-label='2']").wait_for()

    stage.keyboard.press("PageDown")  # a short press draws nothing
    assert not Draw.objects.exists()
    hold(stage, "PageDown")

    until(stage, lambda: Draw.objects.filter(state="open").exists(), what="open")
    for phone in phones.values():
        phone.evaluate("document.dispatchEvent(new CustomEvent('live:draw', {detail: {}}))")
    until(
        stage, lambda: Contribution.objects.values("entrant").distinct().count() == 2, what="each phone adds a number"
    )
    phones[bo.name].get_by_role("button", name="Drop it in without the gesture").click()
    until(stage, lambda: Contribution.objects.count() >= 3, what="the tear adds another")

    until(stage, lambda: stage.locator("flap-board").count() == 1, what="the board")
    until(stage, lambda: Draw.objects.get().revealed_at is not None, what="the film ends and the call begins")
    draw = Draw.objects.get()
    called = draw.raffle.entrants.get(eid=draw.order[0]).attendee
    stage.locator(f".wname[aria-label='{called.name}']").wait_for()

    theirs = phones.pop(called.name)
    theirs.evaluate("document.dispatchEvent(new CustomEvent('live:you', {detail: {}}))")
    theirs.get_by_role("button", name="I’m here, on my way").click()
    theirs.locator(".codex").wait_for()
    assert Claim.objects.get().attendee == called
    stage.locator(".wbox.here").wait_for()
    assert phones.popitem()[1].locator("dialog").count() == 0


def test_the_picture_goes_on_when_another_hand_opens_a_draw(beijing, leo, bo, prize, phone_of, stage_of):
    """The box on the stage is not drawn anew under the countdown: the scene is the same one."""
    check_in(bo)
    phone_of(bo).get_by_text(re.compile("You are in the box")).wait_for()
    stage = stage_of(leo)
    stage.locator(".pcount .flaps[aria-label='1']").wait_for()
    stage.evaluate("document.querySelector('raffle-show').mark = 'the same'")
    version = stage.locator("stage-scene").get_attribute("version")

    raffle = entering.raffle_of(beijing, at=timezone.now())
    opening.start(prize, by=leo, at=timezone.now(), press="remote")
    stage.evaluate("document.dispatchEvent(new CustomEvent('live:stage', {detail: {version: 0}}))")

    until(stage, lambda: stage.locator("stage-scene").get_attribute("version") != version, what="the other scene")
    assert stage.evaluate("document.querySelector('raffle-show').mark") == "the same"
    assert stage.evaluate("document.querySelector('raffle-show').dataset.view") == "draw"
    until(stage, lambda: stage.locator("[data-f='closing']").is_visible(), what="the countdown")
    assert raffle.draws.count() == 1


def test_from_a_winner_the_host_goes_back_to_the_box(box, leo, beijing, stage_of):
    drawing.claim(drawn(box), 1, at=timezone.now(), by="desk")
    stage = stage_of(leo, "winner")
    stage.locator(".wbox").wait_for()

    Stage.objects.get(event=beijing).show("pot", by=None, at=timezone.now())
    stage.evaluate("document.dispatchEvent(new CustomEvent('live:stage', {detail: {version: 0}}))")

    stage.locator(".potgrid").wait_for()
    assert stage.locator(".wbox").count() == 0


@pytest.mark.long
@pytest.mark.parametrize("forgets", [False, True], ids=["a reload", "a crash"])
def test_the_film_goes_on_where_it_was_after_a_reload(beijing, leo, bo, chen, dai, prize, phone_of, stage_of, forgets):
    check_in(bo, chen, dai)
    for person in (bo, chen, dai):
        phone_of(person).get_by_text(re.compile("You are in the box")).wait_for()
    stage = stage_of(leo)
    stage.locator(".pcount .flaps[aria-label='3']").wait_for()
    hold(stage, " ")
    movie = "(() => { const b = document.querySelector('flap-board'); return b && b.movie ? b.startMs : null })()"
    until(stage, lambda: stage.evaluate(movie), what="the film")
    before = stage.evaluate(movie)

    if forgets:
        stage.evaluate("sessionStorage.clear()")  # a crash takes the tab's memory, too
    stage.reload()
    until(stage, lambda: stage.evaluate(movie), what="the film again")

    assert stage.evaluate(movie) == before
    assert Draw.objects.count() == 1


@pytest.mark.long
def test_a_person_who_does_not_answer_turns_grey_and_the_next_one_is_called(
    beijing, leo, bo, chen, prize, phone_of, stage_of
):
    Raffle.objects.update(claim_ms=20_000)
    check_in(bo, chen)
    for person in (bo, chen):
        phone_of(person).get_by_text(re.compile("You are in the box")).wait_for()
    stage = stage_of(leo)
    stage.locator(".pcount .flaps[aria-label='2']").wait_for()
    hold(stage, "ArrowRight")
    until(stage, lambda: Draw.objects.filter(revealed_at__isnull=False).exists(), what="the call")
    draw = Draw.objects.get()
    first, second = (draw.raffle.entrants.get(eid=eid).attendee.name for eid in draw.order)
    stage.locator(f".wbox.calling .wname[aria-label='{first}']").wait_for()
    assert stage.get_by_text(second).count() == 0

    stage.locator(".wbox.absent").wait_for(timeout=40_000)
    assert stage.get_by_text("No answer. It goes to the next person").first.is_visible()
    stage.locator(f".wbox.calling .wname[aria-label='{second}']").wait_for()


@pytest.mark.long
def test_the_page_never_waits_for_the_job(beijing, leo, bo, chen, dai, prize, phone_of, stage_of):
    """The stage computes the delay itself; the server's worker, far too late, finds the same result."""
    check_in(bo, chen, dai)
    for person in (bo, chen, dai):
        phone_of(person).get_by_text(re.compile("You are in the box")).wait_for()
    stage = stage_of(leo)
    stage.locator(".pcount .flaps[aria-label='3']").wait_for()
    hold(stage, "PageDown")
    film = (
        "(() => { const b = document.querySelector('flap-board'); return b && b.movie ? b.draw.departures : null })()"
    )

    for _ in range(120):
        if stage.evaluate(film):
            break
        stage.wait_for_timeout(250)
    assert Draw.objects.get().state == "frozen"
    shown = stage.evaluate(film)

    until(stage, lambda: Draw.objects.get().revealed_at is not None, what="the call")
    assert Draw.objects.get().order[0] == shown[-1]


@pytest.mark.long
def test_a_stage_without_webcrypto_lets_the_server_do_the_delay_twice_at_once(
    beijing, leo, bo, prize, phone_of, stage_of, monkeypatch
):
    """Plain http in the local network; no worker runs here, and nobody waits until it is missed."""
    monkeypatch.setattr(helping, "UNTAKEN", timedelta(hours=1))
    check_in(bo)
    phone_of(bo).get_by_text(re.compile("You are in the box")).wait_for()
    Raffle.objects.update(delay=2_000_000, delay_fixed=True)
    stage = stage_of(leo)
    stage.add_init_script("Object.defineProperty(crypto, 'subtle', { value: undefined })")
    stage.reload()
    stage.locator(".pcount .flaps[aria-label='1']").wait_for()
    hold(stage, "PageDown")

    for _ in range(240):
        if Draw.objects.filter(state="drawn").exists():
            break
        stage.wait_for_timeout(250)

    for _ in range(40):  # it asks for its state again
        if stage.evaluate("Boolean(document.querySelector('raffle-show').state.draw.departures)"):
            break
        stage.wait_for_timeout(250)
    assert stage.evaluate("document.querySelector('raffle-show').state.draw.departures") == Draw.objects.get().order
    assert stage.evaluate("document.querySelector('raffle-show').own") is None


@pytest.mark.long
def test_a_server_whose_result_is_not_the_one_of_the_stage_is_told_of_on_the_stage(
    beijing, leo, bo, chen, dai, prize, phone_of, stage_of
):
    """Somebody writes another order into the database: the machine in the room has the one of the public numbers."""
    check_in(bo, chen, dai)
    for person in (bo, chen, dai):
        phone_of(person).get_by_text(re.compile("You are in the box")).wait_for()
    stage = stage_of(leo)
    stage.locator(".pcount .flaps[aria-label='3']").wait_for()
    hold(stage, "PageDown")
    for _ in range(120):
        if stage.evaluate("Boolean(document.querySelector('raffle-show').own)"):
            break
        stage.wait_for_timeout(250)
    own = stage.evaluate("document.querySelector('raffle-show').own.departures")
    assert stage.locator("[data-why]").inner_text() == ""

    now = timezone.now()
    Draw.objects.update(state="drawn", seed="22" * 32, order=[own[0], own[2], own[1]], drawn_at=now)

    sign = stage.locator("[data-why]", has_text="this machine has computed another result than the server")
    sign.wait_for()
    stage.wait_for_timeout(12_000)  # other signs go after ten seconds
    assert sign.is_visible()


def test_sound_that_was_on_is_on_again_after_a_reload_when_the_same_key_is_pressed(
    beijing, leo, bo, prize, phone_of, stage_of
):
    check_in(bo)
    phone_of(bo).get_by_text(re.compile("You are in the box")).wait_for()
    stage = stage_of(leo)
    for _again in range(2):
        stage.locator(".pcount .flaps[aria-label='1']").wait_for()
        stage.keyboard.press("s")
        assert stage.evaluate("localStorage.getItem('stage-sound')") == "1"
        stage.reload()


def test_keys_do_nothing_while_somebody_types(beijing, leo, bo, prize, phone_of, stage_of):
    check_in(bo)
    phone_of(bo).get_by_text(re.compile("You are in the box")).wait_for()
    stage = stage_of(leo)
    stage.locator(".pcount .flaps[aria-label='1']").wait_for()
    stage.evaluate("document.body.append(document.createElement('input')); document.querySelector('input').focus()")

    hold(stage, " ")

    stage.wait_for_timeout(500)
    assert not Draw.objects.exists()


def test_a_go_that_the_server_refuses_is_taken_back_and_says_why_in_a_corner(
    beijing, leo, mei, bo, prize, phone_of, stage_of
):
    check_in(bo)
    phone_of(bo).get_by_text(re.compile("You are in the box")).wait_for()
    stage = stage_of(leo)
    stage.locator(".pcount .flaps[aria-label='1']").wait_for()
    Stage.objects.get(event=beijing).take_over(by=mei, at=timezone.now())

    hold(stage, " ")

    sign = stage.locator("[data-why]")
    expect(sign).to_have_text("Somebody else controls the stage. Take over first.")
    expect(stage.locator("[data-f='closing']")).to_be_hidden()
    expect(stage.locator("[data-f='kicker']")).to_have_text("Draw 1")
    assert not Draw.objects.exists()


def test_the_countdown_stands_on_the_stage_before_the_server_has_answered(beijing, leo, bo, prize, phone_of, stage_of):
    check_in(bo)
    phone_of(bo).get_by_text(re.compile("You are in the box")).wait_for()
    stage = stage_of(leo)
    stage.locator(".pcount .flaps[aria-label='1']").wait_for()
    held_back = []
    stage.route("**/raffle/open/", lambda route: held_back.append(route))  # the venue's network is slow

    hold(stage, " ")
    expect(stage.locator("[data-f='closing']")).to_be_visible()
    until(stage, lambda: held_back, what="the press is on its way")
    assert not Draw.objects.exists()
    held_back[0].continue_()

    expect(stage.locator("[data-f='seal']")).to_have_text(re.compile("…"))
    assert Draw.objects.get().state == "open"
    expect(stage.locator("[data-f='closing']")).to_be_visible()


@pytest.mark.long
def test_the_head_stands_beside_its_pictograms_in_digits_and_the_seal_by_itself(box, leo, stage_of):
    stage = stage_of(leo)
    stage.locator(".seal2 [data-short-head]").wait_for()

    def head():
        return protocol.short_head(LogRecord.objects.order_by("seq").last().hash)

    expect(stage.locator("[data-short-head]")).to_have_text(head())
    expect(stage.locator("[data-f='seal']")).to_be_hidden()

    draw = opening.open_draw(box.event.prizes.get(), at=timezone.now(), press="one")

    expect(stage.locator("[data-f='seal']")).to_contain_text(f"{draw.open_hash[:4]} {draw.open_hash[4:8]} …")
    expect(stage.locator("[data-short-head]")).to_have_text(head())
    assert stage.locator(".seal2", has=stage.locator("head-marks")).locator("[data-f='seal']").count() == 0


def test_the_head_stands_beside_its_pictograms_in_digits_under_a_winner(box, leo, stage_of):
    drawn(box)
    stage = stage_of(leo, "winner")

    stage.locator("winner-call head-marks svg").first.wait_for()
    expect(stage.locator("winner-call [data-short-head]")).to_have_text(
        protocol.short_head(LogRecord.objects.order_by("seq").last().hash)
    )


def test_the_room_reads_at_the_pot_what_is_special_about_a_draw(beijing, leo, bo, chen, prize, stage_of):
    check_in(bo, chen)
    for person in (bo, chen):
        entering.enter_on_paper(entering.raffle_of(beijing, at=timezone.now()), person)
    stage = stage_of(leo)
    note = stage.locator('[data-f="note"]')
    expect(note).to_have_text("")

    opening.open_draw(prize, at=timezone.now(), press="one", present=False, exclude_winners=False, groups=[6])

    expect(note).to_have_text("Everybody who registered · earlier winners too · only car 6")


@pytest.mark.long
def test_the_stage_goes_on_beside_a_draw_that_waits_for_its_beacon_and_comes_back(
    beijing, leo, bo, chen, prize, stage_of
):
    check_in(bo, chen)
    raffle, began = entering.raffle_of(beijing, at=timezone.now()), timezone.now() - timedelta(seconds=90)
    for person in (bo, chen):
        entering.enter_on_paper(raffle, person)
    Raffle.objects.update(beacon=True)
    Prize.objects.update(quantity=2)
    waiting = opening.open_draw(prize, at=began, press="one")
    drawing.freeze(waiting, at=waiting.close_at)
    stage = stage_of(leo, "raffle")
    stage.locator("flap-board").wait_for()

    assert beside.set_aside(waiting, at=timezone.now())
    Raffle.objects.update(beacon=False)
    expect(stage.locator('[data-f="kicker"]')).to_have_text("Draw 2")
    hold(stage, " ")
    expect(stage.locator('[data-f="closing"]')).to_be_visible()
    until(stage, lambda: Draw.objects.filter(number=2).exists(), what="the next draw is open")
    drawing.abort(Draw.objects.get(number=2), at=timezone.now(), reason="test")

    drawing.take_beacon(waiting, "ab" * 48)
    drawing.compute(waiting, now=timezone.now)
    expect(stage.locator('[data-f="kicker"]')).to_have_text("Draw 3")
    assert beside.resume(waiting, at=timezone.now())
    stage.locator("flap-board").wait_for()
    until(stage, lambda: Draw.objects.get(number=1).revealed_at, what="its winner is called")
    expect(stage.locator("winner-call")).to_be_visible()
