"""Who is called: reasons on the stage, keys that mean whom the room sees, names that break boards, a phone that insists."""

import pytest
from django.utils import timezone

from events.models import CheckIn, Stage
from raffle import drawing, entering, opening
from raffle.models import Claim, Draw, LogRecord, Prize, Raffle, Void
from tests.browser.conftest import comes_true
from tests.browser.test_raffle_pages import drawn
from tests.conftest import seat

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("browser")]


@pytest.fixture
def stage(beijing, visit):
    def make(user, scene="winner"):
        Stage.objects.get_or_create(event=beijing)[0].show(scene, by=None, at=timezone.now())
        return visit(user, "/stage/beijing/", width=1920, height=1080)

    return make


def again(page):
    page.evaluate("document.dispatchEvent(new CustomEvent('live:draw', {detail: {}}))")


def posts(page):
    """What the page asks the server to do with the first draw, from here on."""
    found = []
    page.on("request", lambda request: found.append(request.url) if "/raffle/1/" in request.url else None)
    return found


def hold(page, key):
    page.keyboard.down(key)
    page.wait_for_timeout(1000)
    page.keyboard.up(key)


@pytest.mark.long
def test_the_stage_shows_the_reason_of_an_organiser_and_whom_it_goes_to(box, mei, stage):
    draw = drawn(box)
    page = stage(mei)
    page.locator(".wbox.calling").wait_for()

    drawing.pass_on(draw, 1, Void.Reason.OVERRIDE, at=timezone.now(), by=mei, text="left for the last train")
    again(page)

    page.locator(".wstate", has_text="Decided by an organiser: left for the last train").wait_for()
    second = drawing.attendee_of(draw, 2)
    assert f"No.{second.number:04d}" in page.locator(".abs").inner_text()
    page.locator(f".wbox.calling .wname[aria-label='{second.name}']").wait_for()


@pytest.mark.long
def test_who_passes_it_on_is_not_called_absent(box, mei, stage):
    draw = drawn(box)
    page = stage(mei)
    page.locator(".wbox.calling").wait_for()

    drawing.pass_on(draw, 1, Void.Reason.DECLINE, at=timezone.now())
    again(page)

    page.get_by_text("They pass it on to the next person").first.wait_for()
    assert page.get_by_text("No answer").count() == 0


def test_keys_mean_the_first_card_that_waits_and_a_name_falls_in_once(box, mei, stage):
    draw = drawn(box, quantity=3)
    page = stage(mei)
    page.locator(".wcard.turn[data-rank='1']").wait_for()
    page.evaluate("document.querySelectorAll('.wcard').forEach((card) => { card.seen = true })")

    hold(page, "h")
    page.locator(".wcard.here[data-rank='1']").wait_for()
    page.locator(".wcard.turn[data-rank='2']").wait_for()
    hold(page, "a")
    page.locator("[data-why]", has_text="s to answer are left").wait_for()  # an organiser's key decides nothing early
    assert not draw.voids.exists()
    drawing.pass_on(draw, 2, Void.Reason.OVERRIDE, at=timezone.now(), by=mei, text="left for the train")
    again(page)
    page.locator(".wcard.absent[data-rank='2']").wait_for()
    assert page.locator(".wcard.absent .wleft").inner_text() == "Decided by an organiser: left for the train"

    assert list(draw.claims.values_list("rank", flat=True)) == [1]
    assert list(draw.voids.values_list("rank", "reason")) == [(2, "override")]
    assert page.evaluate("Array.from(document.querySelectorAll('.wcard'), (card) => card.seen)") == [True] * 3
    page.locator(".wcard").nth(2).wait_for(state="detached")  # nobody is left for the place of the second
    assert page.locator(".wcard").count() == 2


@pytest.mark.long
def test_every_one_of_many_winners_is_seen_while_there_is_time_to_answer(box, mei, stage):
    """Eight pages of cards, twenty seconds; who answers on the first one does not hold up the others."""
    for n in range(45):
        person = seat(box.event, f"乘客{n}", f"p{n}@nextstop.example")
        CheckIn.objects.create(attendee=person, at=timezone.now())
        entering.enter(box, person, f"{n:032x}")
    Prize.objects.update(quantity=48)
    Raffle.objects.update(claim_ms=20_000)
    draw = drawn(box, quantity=48, called=False)
    page = stage(mei)
    drawing.reveal(draw, at=timezone.now())
    again(page)
    page.locator(".wcard").first.wait_for()
    page.evaluate(
        "(() => { const call = document.querySelector('winner-call'); globalThis.calledAt = Date.now(); globalThis.met = new Map();"
        "setInterval(() => call.querySelectorAll('.wcard').forEach(({ dataset }) => {"
        "if (!met.has(dataset.rank)) met.set(dataset.rank, Date.now()) }), 50) })()"
    )
    for rank in (1, 2, 3):  # each would have brought the first page back
        page.wait_for_timeout(2200)
        drawing.claim(draw, rank, at=timezone.now(), by="desk")
        again(page)

    page.wait_for_timeout(11_000)
    met = page.evaluate("Array.from(met, ([rank, at]) => [Number(rank), at - calledAt])")
    assert sorted(rank for rank, _at in met) == list(range(1, 49))
    assert max(at for _rank, at in met) < 18_000


@pytest.mark.parametrize("key", ["a", "h"])
def test_a_held_key_means_whom_it_meant_when_it_went_down(box, mei, stage, key):
    draw = drawn(box, quantity=3)
    page = stage(mei)
    page.locator(".wcard.turn[data-rank='1']").wait_for()

    asked, readings = posts(page), []
    page.route("**/raffle/state.json*", lambda route: readings.append(route))
    again(page)
    while not readings:
        page.wait_for_timeout(50)
    drawing.claim(draw, 1, at=timezone.now(), by="phone")
    answer = readings[0].fetch()

    page.keyboard.down(key)
    readings[0].fulfill(response=answer)  # the stage hears of it while the key is down
    page.locator(".wcard.turn[data-rank='2']").wait_for()
    page.wait_for_timeout(1000)
    page.keyboard.up(key)

    assert asked == []


@pytest.mark.long
def test_no_key_sticks_and_none_acts_when_another_window_takes_over(box, mei, stage):
    drawn(box, quantity=3)
    page = stage(mei)
    page.locator(".wcard.turn[data-rank='1']").wait_for()
    asked = posts(page)
    page.keyboard.down("Shift")
    page.keyboard.down("H")
    page.keyboard.up("Shift")
    page.keyboard.up("h")
    page.keyboard.down("h")
    page.evaluate("dispatchEvent(new Event('blur'))")
    page.wait_for_timeout(1000)
    assert asked == []

    page.keyboard.up("h")
    hold(page, "h")
    page.locator(".wcard.here[data-rank='1']").wait_for()


def called_again(box, eid):
    """A second draw, in which this person is the first and is being called."""
    at = timezone.now() - timezone.timedelta(seconds=60)
    draw = opening.open_draw(box.event.prizes.get(), at=at, press="again", exclude_winners=False)
    drawing.freeze(draw, at=draw.close_at)
    drawing.compute(draw, now=timezone.now)
    draw.refresh_from_db()
    Draw.objects.filter(pk=draw.pk).update(order=[eid, *(each for each in draw.order if each != eid)])
    drawing.reveal(Draw.objects.get(pk=draw.pk), at=timezone.now())
    return draw


def told(page, draw):
    page.evaluate(
        """(won) => { window.shaken = 0; navigator.vibrate = () => { window.shaken += 1; return true; };
        document.dispatchEvent(new CustomEvent('live:you', { detail: { won, rank: 1 } })); }""",
        draw.number,
    )


def test_who_missed_one_draw_is_called_in_the_next(box, visit):
    first = drawn(box)
    person, eid = drawing.attendee_of(first, 1), first.order[0]
    page = visit(person, "/attend/beijing/questions/")
    page.locator("dialog[open] .wonpage[data-state='calling']").wait_for()
    drawing.pass_on(first, 1, Void.Reason.OVERRIDE, at=timezone.now(), text="away")
    drawing.claim(Draw.objects.get(), 2, at=timezone.now(), by="desk")
    page.evaluate("document.querySelector('claim-prize').load(document.querySelector('claim-prize').dataset.src)")
    page.locator("dialog[open] .wonpage[data-state='absent']").wait_for()

    told(page, called_again(box, eid))

    page.locator("dialog[open] .wonpage[data-state='calling']").wait_for()
    assert page.locator("dialog").count() == 1
    assert page.evaluate("window.shaken") == 1


@pytest.mark.long
def test_who_looks_at_their_prize_is_called_over_it(box, visit):
    first = drawn(box)
    person, eid = drawing.attendee_of(first, 1), first.order[0]
    drawing.claim(first, 1, at=timezone.now(), by="desk")
    page = visit(person, "/attend/beijing/raffle/won/?draw=1")
    page.locator(".wonpage[data-state='here']").wait_for()

    second = called_again(box, eid)
    told(page, second)
    page.locator("dialog[open] [name=answer][value=here]").click()

    page.locator("dialog[open] .wonpage[data-state='here']").wait_for()
    assert list(second.claims.values_list("rank", "by")) == [(1, "phone")]


def test_a_network_that_fails_in_the_moment_of_the_call_costs_neither_the_call_nor_what_is_typed(box, visit):
    draw, failures = drawn(box, called=False, ago=40), []
    page = visit(drawing.attendee_of(draw, 1), "/attend/beijing/edit/")
    page.locator("input[name=name]").fill("Zoe")
    before = page.url
    page.route("**/raffle/won/", lambda route: (failures.append(route.request.url), route.abort()))
    drawing.reveal(draw, at=timezone.now())
    told(page, draw)

    page.locator("dialog[open] [data-offline]:not([hidden])").wait_for()
    page.wait_for_timeout(2500)
    assert len(failures) >= 2
    page.unroute("**/raffle/won/")

    page.locator("dialog[open] [name=answer][value=here]").click()
    page.locator("dialog[open] .wonpage[data-state='here']").wait_for()
    page.locator("dialog[open] [data-close]").click()
    assert (page.url, page.locator("input[name=name]").input_value()) == (before, "Zoe")
    assert list(draw.claims.values_list("rank", "by")) == [(1, "phone")]


def test_a_call_that_ends_while_the_phone_hears_nothing_gives_the_page_back(box, visit):
    Raffle.objects.update(claim_ms=20_000)
    draw = drawn(box, called=False, ago=40)
    page = visit(drawing.attendee_of(draw, 1), "/attend/beijing/edit/")
    page.locator("input[name=name]").fill("Zoe")
    page.route("**/raffle/won/", lambda route: route.abort())
    drawing.reveal(draw, at=timezone.now() - timezone.timedelta(seconds=15))
    again(page)
    page.locator("dialog[open] [data-offline]:not([hidden])").wait_for()

    page.locator("dialog[open]").wait_for(state="detached")

    assert page.locator("input[name=name]").input_value() == "Zoe"


def test_a_draw_that_is_called_off_is_called_off_before_everybody(box, mei, stage):
    draw = opening.open_draw(box.event.prizes.get(), at=timezone.now(), press="p")
    page = stage(mei, "pot")
    page.locator("[data-f=closing]:not([hidden])").wait_for()

    drawing.abort(draw, at=timezone.now(), reason="host")
    again(page)

    page.get_by_text("Draw 1 was called off before the box was locked").wait_for()


@pytest.mark.long
def test_a_host_calls_a_draw_off_with_a_thumb_and_never_without_a_reason(box, leo, visit):
    Raffle.objects.update(countdown_ms=120_000)
    opening.open_draw(box.event.prizes.get(), at=timezone.now(), press="p")
    page = visit(leo, "/stage/beijing/raffle/")
    button, words = page.locator(".calloff .hold"), page.locator(".calloff [name=words]")
    sent = posts(page)

    def held():
        button.hover()
        page.mouse.down()
        page.wait_for_timeout(1000)
        page.mouse.up()

    held()
    assert [url for url in sent if url.endswith("/abort/")] == [] and not words.is_visible()
    page.get_by_text("Another reason").click()
    words.wait_for()
    page.get_by_text("Wrong prize").click()
    words.wait_for(state="hidden")
    held()

    comes_true(page, "!document.querySelector('.calloff')")
    assert LogRecord.objects.get(kind="abort").content["body"]["reason"] == "wrong prize"


NAMES = [
    "阿", "林小满", "一二三四五六七八九十十一", "WWWWWWWWWWWW", "Bartholomew Featherstonehaugh-Cholmondeley",
    "مهدي رضایی", "שרה לוי", "👩‍👩‍👧‍👦Zoë", "龘" * 40, "i" * 80, "a b c d e f g h i j k l m n", "e\u0301" * 20,
]  # fmt: skip
FIT = """async ({ names, boxes }) => {
  const { fitted, flaps } = await import("/static/js/raffle/names.js");
  return names.flatMap((name) => boxes.map((box) => {
    const { lines, size, cell } = fitted(name, box), longest = Math.max(...lines.map((line) => line.length));
    const heard = flaps(name, box), said = lines.flat().join("").replaceAll(" ", "");
    return { name, wide: longest * (cell + (longest > 1 ? .05 : 0)) * size <= box.width + .01, high: lines.length * 1.38 * size <= box.height + .01, size,
      lines: lines.length, all: said === name.replaceAll(" ", ""), heard: heard.getAttribute("aria-label") === name,
      breaks: heard.querySelectorAll("i").length };
  }));
}"""


def test_no_name_breaks_the_board(beijing, browser_page):
    browser_page.goto("/attend/beijing/")
    boxes = [{"width": 106, "height": 30.4}, {"width": 30, "height": 8.6}]

    found = browser_page.evaluate(FIT, {"names": NAMES, "boxes": boxes})

    assert [row for row in found if not (row["wide"] and row["high"] and row["all"] and row["heard"])] == []
    assert [row for row in found if row["lines"] > 3 or row["breaks"] != row["lines"] - 1] == []
    sizes = {row["name"]: row["size"] for row in found[::2]}
    assert (
        sizes["林小满"] > 21 and sizes["一二三四五六七八九十十一"] > 10 and sizes["龘" * 40] > 4
    )  # rem of 16 px on 1920


def test_the_call_stays_until_it_is_answered_and_one_slip_passes_nothing_on(box, visit):
    draw = drawn(box)
    page = visit(drawing.attendee_of(draw, 1), "/attend/beijing/questions/")
    page.locator("dialog[open] .wonpage").wait_for()
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.locator("dialog[open] .wonpage[data-state='calling']").wait_for()

    page.locator("[data-decline]").click()
    page.get_by_text("Tap once more").wait_for()
    assert not draw.voids.exists()
    page.locator("[data-decline]").click()

    page.locator("dialog .wonpage[data-state='absent']").wait_for()
    assert list(draw.voids.values_list("rank", "reason")) == [(1, "decline")]


@pytest.mark.long
def test_what_the_host_types_stays_while_somebody_else_answers(box, mei, visit):
    Raffle.objects.update(claim_ms=120_000)
    draw = drawn(box, quantity=3)
    page = visit(mei, "/stage/beijing/raffle/")
    page.locator("input[name=reason]").fill("left for the last train")

    drawing.claim(draw, 2, at=timezone.now(), by="phone")
    page.locator(".callrows .tag").wait_for()

    assert page.locator("input[name=reason]").input_value() == "left for the last train"


def test_a_prize_that_is_added_elsewhere_can_be_drawn_at_once(box, leo, mei, visit, client_of, acme):
    page = visit(leo, "/stage/beijing/raffle/")
    page.locator("select[name=prize] option").first.wait_for(state="attached")

    client_of(mei).post(
        "/organise/beijing/raffle/prizes/", {"name": "三体", "quantity": "2", "sponsor": acme.pk, "then": "remote"}
    )

    page.locator("select[name=prize] option", has_text="三体").wait_for(state="attached")
    assert box.event.prizes.get(name="三体").sponsor == acme


def test_the_box_is_locked_before_the_eyes_of_the_room(box, mei, stage):
    draw = opening.open_draw(box.event.prizes.get(), at=timezone.now(), press="p")
    page = stage(mei, "pot")
    page.locator("[data-f=closing]:not([hidden])").wait_for()
    page.evaluate("""() => { window.lockSeen = false; setInterval(() => {
        if (document.querySelector('.closing.shut .lockico')) window.lockSeen = true; }, 40) }""")
    Draw.objects.filter(pk=draw.pk).update(close_at=timezone.now() + timezone.timedelta(seconds=2))
    again(page)

    page.locator("flap-board").wait_for(timeout=20_000)

    assert page.evaluate("window.lockSeen")


@pytest.mark.long
def test_crew_with_a_ticket_are_called_over_the_desk_that_they_have_open(box, mei, visit):
    at = timezone.now()
    hers = seat(box.event, "姜一禾", "mei@nextstop.example", user=mei)
    CheckIn.objects.create(attendee=hers, at=at)
    box.entrants.all().delete()  # hers is the only stub, and the desk has made it
    desk = visit(mei, "/organise/beijing/attendees/", width=1280, height=800)
    comes_true(desk, "Object.keys(localStorage).some((key) => key.startsWith('nextstop:stub:'))")

    drawn(box)
    desk.evaluate("document.dispatchEvent(new CustomEvent('live:you', {detail: {}}))")

    desk.get_by_role("button", name="I’m here, on my way").wait_for()
    assert desk.locator("dialog .ring").bounding_box()["width"] < 100  # the desk has not the phone's styles
    desk.get_by_role("button", name="I’m here, on my way").click()
    desk.locator("dialog .codex").wait_for()
    assert Claim.objects.get().attendee == hers


def with_a_ticket(box, user, name):
    """Somebody of the crew who is in the room with a stub of their own: the only one, made by the page that they open."""
    theirs = seat(box.event, name, user.email, user=user)
    CheckIn.objects.create(attendee=theirs, at=timezone.now())
    box.entrants.all().delete()
    return theirs


def in_the_box(page):
    comes_true(page, "Object.keys(localStorage).some((key) => key.startsWith('nextstop:stub:'))")


@pytest.mark.long
def test_crew_at_the_door_are_called_beside_the_scan_that_they_are_at(box, dana, visit):
    hers = with_a_ticket(box, dana, "Dana")
    late, later = (seat(box.event, name, f"{name}@nextstop.example") for name in ("晚来", "更晚"))
    door = visit(dana, "/organise/beijing/door/?door=2")
    in_the_box(door)
    code, answer = door.locator("form.typed [name=code]").first, door.locator("[data-result].pass.ok")
    strip, here = door.locator("dialog.youaside[open]"), door.get_by_role("button", name="I’m here, on my way")
    code.press_sequentially(late.code[:4])

    told(door, drawn(box))
    here.wait_for()
    assert door.evaluate("window.shaken") == 1
    door.keyboard.type(late.code[4:])  # the keyboard is still the door's
    door.keyboard.press("Enter")

    answer.filter(has_text="晚来").wait_for()
    shown, covers = answer.bounding_box(), strip.bounding_box()
    assert covers["y"] + covers["height"] <= shown["y"]
    strip.get_by_label("Fold or unfold").click()
    here.wait_for(state="hidden")
    assert strip.bounding_box()["height"] < 70 and "Dana, it’s you" in strip.inner_text()
    strip.get_by_label("Fold or unfold").click()
    here.click()
    strip.get_by_text("Claim code").wait_for()
    assert strip.locator(".code").inner_text() == Claim.objects.get().code
    assert list(Claim.objects.values_list("attendee", "by")) == [(hers.pk, "phone")]
    strip.get_by_role("button", name="Close").click()
    strip.wait_for(state="detached")
    code.fill(later.code)
    door.keyboard.press("Enter")
    answer.filter(has_text="更晚").wait_for()


@pytest.mark.long
def test_a_host_who_wins_answers_on_the_remote_and_sees_the_code_over_the_next_press(box, leo, visit):
    his = with_a_ticket(box, leo, "Leo")
    remote = visit(leo, "/stage/beijing/remote/")
    in_the_box(remote)
    strip = remote.locator("dialog.youaside[open]")
    told(remote, drawn(box))
    remote.get_by_role("button", name="I’m here, on my way").wait_for()
    assert remote.evaluate("window.shaken") == 1

    remote.get_by_role("button", name="I’m here, on my way").click()

    strip.get_by_text("Claim code").wait_for()
    assert list(Claim.objects.values_list("attendee", "by")) == [(his.pk, "phone")]
    assert remote.evaluate("window.shaken") == 2  # the short one of the answer: it is the same page still
    remote.locator("button.go").click()
    remote.locator("follow-stage[version='1']").wait_for(state="attached")
    strip.get_by_text(Claim.objects.get().code).wait_for()
    strip.get_by_role("button", name="Close").click()
    strip.wait_for(state="detached")
    with remote.expect_response("**/attend/beijing/raffle/state.json"):
        remote.reload()
    in_the_box(remote)
    assert strip.count() == 0
    assert Stage.objects.get(event=box.event).version == 1


@pytest.mark.long
def test_the_host_who_is_called_on_the_page_of_the_draw_keeps_the_buttons_while_it_moves_on(box, leo, visit):
    with_a_ticket(box, leo, "Leo")
    page = visit(leo, "/stage/beijing/raffle/")
    in_the_box(page)

    told(page, drawn(box))
    page.get_by_text("Their phone is ringing").wait_for()  # the page has read its parts anew
    page.get_by_role("button", name="I’m here, on my way").click()

    page.locator("dialog.youaside[open]").get_by_text("Claim code").wait_for()
    assert list(Claim.objects.values_list("attendee__name", "by")) == [("Leo", "phone")]
