"""The raffle's pages in a browser: accessible, narrow, honest when a phone's numbers are missing; the film as a function."""

import io
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from PIL import Image

from events import append_only
from events.models import CheckIn, Stage
from raffle import drawing, entering, opening, protocol
from raffle.models import Contribution, Draw, LogRecord, Raffle, Void
from tests.browser.conftest import LOOKS, comes_true
from tests.conftest import seat
from tests.raffle.test_beacon import ROUNDS

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("browser")]
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}


def drawn(box, *, quantity=1, called=True, ago=120):
    at = timezone.now() - timedelta(seconds=ago)
    draw = opening.open_draw(box.event.prizes.get(), at=at, press=f"{at}", quantity=quantity)
    drawing.freeze(draw, at=at + timedelta(seconds=16))
    drawing.compute(Draw.objects.get(pk=draw.pk), now=lambda: at + timedelta(seconds=20))
    if called:
        drawing.reveal(Draw.objects.get(pk=draw.pk), at=timezone.now())
    return Draw.objects.get(pk=draw.pk)


def violations(page):
    from axe_playwright_python.sync_playwright import Axe

    return [(v["id"], v["nodes"][0]["html"][:160]) for v in Axe().run(page, options=RULES).response["violations"]]


@pytest.mark.long
@pytest.mark.parametrize(("language", "theme"), LOOKS)
def test_the_pages_of_the_raffle_are_accessible(box, mei, bo, visit, language, theme):
    options = {"language": language, "color_scheme": theme}
    found = violations(visit(bo, "/attend/beijing/luck/", **options))
    found += violations(visit(mei, "/stage/beijing/raffle/", **options))
    draw = drawn(box)
    found += violations(visit(drawing.attendee_of(draw, 1), "/attend/beijing/raffle/won/", **options))
    found += violations(visit(mei, "/stage/beijing/raffle/", **options))
    assert found == []


@pytest.mark.parametrize("scene", ["pot", "winner"])
def test_the_stage_is_accessible(box, leo, beijing, visit, scene):
    if scene == "winner":
        drawn(box)
    Stage.objects.get_or_create(event=beijing)[0].show(scene, by=None, at=timezone.now())
    page = visit(leo, "/stage/beijing/", width=1920, height=1080)
    page.locator(".potgrid, .wbox").first.wait_for()
    assert violations(page) == []


@pytest.mark.parametrize("language", ["zh-CN", "en-US"])
def test_nothing_overflows_a_narrow_phone(box, mei, bo, visit, language):
    draw = drawn(box, quantity=2)
    for person, path in (
        (bo, "/attend/beijing/luck/"),
        (drawing.attendee_of(draw, 1), "/attend/beijing/raffle/won/"),
        (mei, "/stage/beijing/raffle/"),
        (mei, "/organise/beijing/raffle/"),
    ):
        page = visit(person, path, language=language, width=320, height=640)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path


def test_a_phone_whose_last_number_is_missing_says_so_in_red(box, bo, visit, leo):
    page = visit(bo, "/attend/beijing/luck/")
    draw = opening.open_draw(box.event.prizes.get(), at=timezone.now(), press="p")
    page.evaluate("document.dispatchEvent(new CustomEvent('live:draw', {detail: {}}))")
    for _ in range(60):
        if Contribution.objects.filter(draw=draw).exists():
            break
        page.wait_for_timeout(250)
    page.wait_for_timeout(500)
    assert not page.locator("[data-dropped]").is_visible()

    Contribution.objects.filter(draw=draw).delete()  # the operator drops it
    Draw.objects.filter(pk=draw.pk).update(close_at=timezone.now() - timedelta(seconds=1))
    page.evaluate("document.dispatchEvent(new CustomEvent('live:draw', {detail: {}}))")

    page.locator("[data-dropped]").wait_for()


def opened(box, page, *, countdown_ms=15_000):
    """A draw of which this page has just heard."""
    Raffle.objects.update(countdown_ms=countdown_ms)
    box.refresh_from_db()
    draw = opening.open_draw(box.event.prizes.get(), at=timezone.now(), press="p")
    page.evaluate("document.dispatchEvent(new CustomEvent('live:draw', {detail: {}}))")
    return draw


@pytest.mark.long
def test_a_room_that_does_not_tap_leaves_no_time_to_try_inputs_either(box, bo, visit):
    """One number of each phone comes in the last moment; no hand has sent it."""
    page = visit(bo, "/attend/beijing/luck/")
    draw = opened(box, page)

    page.wait_for_timeout((draw.close_at - timezone.now()) / timedelta(milliseconds=1) + 400)

    times = list(draw.contributions.order_by("at").values_list("at", flat=True))
    assert len(times) == 2
    assert times[1] > draw.close_at - timedelta(seconds=1.6)
    assert page.locator("[data-counted]:not(tear-stub)").inner_text() == "1 numbers from your hand are in"


@pytest.mark.long
def test_a_tap_on_the_box_or_on_the_stub_adds_a_number_while_a_draw_is_open(box, bo, visit):
    """The stage says "Tap or shake your phone": so a tap has to do."""
    page = visit(bo, "/attend/beijing/luck/")
    page.get_by_text("You are in the box").first.wait_for()
    page.locator(".luckpot").click()
    draw = opening.open_draw(box.event.prizes.get(), at=timezone.now(), press="one")
    page.evaluate("document.dispatchEvent(new CustomEvent('live:draw', {detail: {}}))")
    page.locator("tear-stub.live").wait_for()

    page.locator(".luckpot").click()
    page.get_by_text("1 numbers from your hand are in").wait_for()
    page.locator("#tearh").click()

    page.get_by_text("2 numbers from your hand are in").wait_for()
    assert Contribution.objects.filter(draw=draw).count() in (2, 3)  # and the one that the phone sends by itself


@pytest.mark.long
@pytest.mark.parametrize(("begins", "fewest"), [(0, 60), (11, 4)], ids=["all the time", "in the last seconds"])
def test_who_taps_without_end_has_a_number_left_for_the_last_moment(box, bo, visit, begins, fewest):
    """No hand is as fast as this one, and the server never refuses what its page sends."""
    page, answers = visit(bo, "/attend/beijing/luck/"), []
    page.on("response", lambda answer: answers.append(answer.status) if "/raffle/nonce/" in answer.url else None)
    draw = opened(box, page)
    comes_true(page, "document.querySelector('raffle-phone').sentFor === 1")
    page.wait_for_timeout(1000 * begins)

    page.evaluate("setInterval(() => document.dispatchEvent(new CustomEvent('raffle:tap', {detail: {}})), 5)")
    page.wait_for_timeout((draw.close_at - timezone.now()) / timedelta(milliseconds=1) + 400)

    times = list(draw.contributions.order_by("at").values_list("at", flat=True))
    assert fewest <= len(times) <= 60
    assert set(answers) - {409} == {200}  # 409: it came after the lock, and no phone is too fast before
    assert times[-1] > draw.close_at - timedelta(seconds=1.6)


@pytest.mark.long
def test_a_phone_none_of_whose_numbers_was_taken_says_so(box, bo, visit):
    """The operator does not answer this phone: no number was admitted to, none can be missed in the list."""
    page = visit(bo, "/attend/beijing/luck/")
    refused = []

    def busy(route):
        refused.append(route.request.post_data_json["nonce"])
        route.fulfill(status=503, body="busy")

    page.route("**/raffle/nonce/", busy)
    draw = opened(box, page)
    while not refused:
        page.wait_for_timeout(100)
    assert not page.locator("[data-untaken]").is_visible()

    Draw.objects.filter(pk=draw.pk).update(close_at=timezone.now() - timedelta(seconds=1))
    page.evaluate("document.dispatchEvent(new CustomEvent('live:draw', {detail: {}}))")

    page.get_by_text("No number of this phone was taken in draw 1").wait_for()
    assert not page.locator("[data-dropped]").is_visible()


@pytest.mark.long
def test_a_phone_whose_number_was_taken_without_an_answer_misses_nothing(box, bo, visit):
    page = visit(bo, "/attend/beijing/luck/")
    cut = []

    def lost(route):
        route.fetch()
        cut.append(1)
        route.abort()

    page.route("**/raffle/nonce/", lost)
    draw = opened(box, page)
    while not cut:
        page.wait_for_timeout(100)
    Draw.objects.filter(pk=draw.pk).update(close_at=timezone.now() - timedelta(seconds=1))
    page.evaluate("document.dispatchEvent(new CustomEvent('live:draw', {detail: {}}))")

    comes_true(page, "document.querySelector('raffle-phone').checked === 1")
    page.wait_for_timeout(500)
    assert not page.locator("[data-untaken]").is_visible()


def test_several_winners_stand_on_cards_each_with_its_own_time(box, leo, beijing, visit):
    drawn(box, quantity=3)
    Stage.objects.get_or_create(event=beijing)[0].show("winner", by=None, at=timezone.now())

    page = visit(leo, "/stage/beijing/", width=1920, height=1080)

    page.locator(".wcard").nth(2).wait_for()
    assert page.locator(".wleft[data-deadline]").count() == 3


def test_with_reduced_motion_the_board_is_there_at_once(box, leo, beijing, visit):
    draw = drawn(box, called=False, ago=30)
    Draw.objects.filter(pk=draw.pk).update(drawn_at=timezone.now(), frozen_at=timezone.now())
    Stage.objects.get_or_create(event=beijing)[0].show("raffle", by=None, at=timezone.now())

    page = visit(leo, "/stage/beijing/", width=1920, height=1080, reduced_motion="reduce")

    page.locator(".wbox").wait_for(timeout=20_000)
    assert Draw.objects.get(pk=draw.pk).revealed_at is not None


FILM = """async ({ count, qty }) => {
  const show = await import("/static/js/raffle/show.js");
  const ids = Array.from({ length: count }, (_, i) => String(i)), film = show.film(ids, qty);
  return { waves: show.waveSizes(125), leaves: [...film.leaves.keys()], turns: [...film.turns.keys()], winners: film.winners,
    first: show.leftAt(film, -1), last: show.leftAt(film, 999), end: film.endAt, pages: show.pages(film.winners).length,
    readable: show.survivors(film, ids.map((eid) => ({ eid }))).length, start: show.departuresStartMs(0, 100), later: show.departuresStartMs(0, 9000),
    seats: show.places(ids.map((_, i) => ({ carriage: 1 + Math.floor(i / 13), seat: 1 + i % 13 }))).seated };
}"""


def test_the_film_of_128_names_and_one_winner(beijing, browser_page):
    browser_page.goto("/attend/beijing/")
    film = browser_page.evaluate(FILM, {"count": 128, "qty": 1})

    assert film["waves"] == [64, 32, 16, 9, 4]
    assert film["leaves"] == [str(n) for n in range(125)] and film["turns"] == ["125", "126"]
    assert film["winners"] == ["127"] and (film["first"], film["last"]) == (128, 1)
    assert 16 < film["end"] < 18 and film["seats"]
    assert (film["start"], film["later"]) == (2600, 10400)  # the ripple goes round until the result is known


@pytest.mark.long
@pytest.mark.parametrize(("count", "qty"), [(1, 1), (2, 1), (3, 1), (5, 1), (3, 3), (20, 9), (3000, 1)])
def test_the_film_of_any_pool_ends_with_its_winners(beijing, browser_page, count, qty):
    browser_page.goto("/attend/beijing/")
    film = browser_page.evaluate(FILM, {"count": count, "qty": qty})

    assert film["last"] == qty == len(film["winners"])
    assert len(film["leaves"]) + len(film["turns"]) + qty == count
    assert film["end"] < 18
    assert count <= 130 or film["readable"] <= 130  # the last waves leave a board that the last row can read


def test_a_phone_that_saw_another_log_says_that_the_published_one_was_changed(box, bo, visit):
    """The operator edits the database after the draw and chains everything again: the chain holds, the phone does not."""
    draw = drawn(box)
    drawing.claim(draw, 1, at=timezone.now(), by="desk")
    page = visit(bo, "/attend/beijing/luck/")
    for _ in range(40):
        if page.evaluate("Object.keys(localStorage).some((key) => key.startsWith('nextstop:heads:'))"):
            break
        page.wait_for_timeout(250)
    page.goto("/attend/beijing/raffle/1/")
    page.locator(".verdict[data-s='ok']").wait_for(timeout=20_000)

    previous, links = protocol.NO_HASH, {}
    for record in LogRecord.objects.order_by("seq"):
        entry = record.content
        for kind, link in (("freeze", "open"), ("result", "freeze")):
            if entry["type"] == kind:
                entry["body"][link] = links[link]
        if entry["type"] == "claim":
            entry["body"]["by"] = "phone"
        entry["prev"] = previous
        previous = links[entry["type"]] = protocol.record_hash(entry)
        with append_only.lifted():
            LogRecord.objects.filter(pk=record.pk).update(content=entry, hash=previous)

    page.reload()
    page.locator(".verdict[data-s='bad']").wait_for(timeout=20_000)
    assert (
        "The log that this phone saw earlier is not part of the one published now"
        in page.locator(".verdict").inner_text()
    )


def test_a_draw_that_is_being_computed_is_no_failure(box, bo, visit):
    draw = opening.open_draw(box.event.prizes.get(), at=timezone.now() - timedelta(seconds=16), press="p")
    drawing.freeze(draw, at=timezone.now())

    page = visit(bo, "/attend/beijing/raffle/1/")

    page.get_by_text("This draw is not over yet").wait_for()
    assert page.locator(".verdict[data-s='bad']").count() == 0


@pytest.mark.parametrize(
    ("delay", "state", "said"),
    [(1_100_000, "run", "All but the delay"), (300, "ok", "redone the maths with all 3 stubs")],
)
def test_without_webcrypto_the_page_checks_all_but_a_long_delay_and_says_so(box, bo, visit, delay, state, said):
    Raffle.objects.update(delay=delay)
    box.refresh_from_db()
    drawing.claim(drawn(box), 1, at=timezone.now(), by="desk")
    page = visit(bo, "/attend/beijing/")
    page.context.add_init_script(
        "Object.defineProperty(globalThis, 'crypto', { value: { getRandomValues: (a) => a } })"
    )

    page.goto("/attend/beijing/raffle/1/")

    page.locator(f".verdict[data-s='{state}']", has_text=said).wait_for(timeout=20_000)
    assert said in page.locator(".verdict").inner_text()


def test_a_page_that_shows_another_winner_than_the_log_is_found_out(box, visit, bo):
    """The operator edits the row that the page is made of, and leaves the log as it is."""
    draw = drawn(box)
    drawing.claim(draw, 1, at=timezone.now(), by="desk")
    page = visit(bo, "/attend/beijing/raffle/1/")
    page.locator(".verdict[data-s='ok']").wait_for(timeout=20_000)

    Draw.objects.update(order=[draw.order[1], draw.order[0], *draw.order[2:]])
    page.reload()

    page.locator(".verdict[data-s='bad']").wait_for(timeout=20_000)
    assert "The names on this page are not those of the published log" in page.locator(".verdict").inner_text()


@pytest.mark.parametrize(
    "edited",
    [{"reason": "timeout"}, {"text": "did not answer"}, {"waited_ms": 59_000}],
    ids=["reason", "words", "seconds"],
)
def test_a_page_that_tells_another_reason_for_passing_over_than_the_log_is_found_out(box, visit, bo, edited):
    """Who was passed over because of somebody's wish reads as if they had not answered."""
    draw = drawn(box)
    drawing.pass_on(draw, 1, "override", at=timezone.now(), text="works for the sponsor e\u0301")
    drawing.claim(Draw.objects.get(), 2, at=timezone.now(), by="desk")
    page = visit(bo, "/attend/beijing/raffle/1/")
    page.locator(".verdict[data-s='ok']").wait_for(timeout=20_000)

    with append_only.lifted():
        Void.objects.update(**edited)
    page.reload()

    page.locator(".verdict[data-s='bad']").wait_for(timeout=20_000)
    assert "What this page says of who was passed over" in page.locator(".verdict").inner_text()


def test_a_phone_finds_its_own_stub_in_the_published_list(box, visit, bo, dai):
    """By the secret that never left it: the server is not asked who this is."""
    draw = drawn(box)
    drawing.claim(draw, 1, at=timezone.now(), by="desk")
    secret = "5e" * 16
    eid = protocol.entrant_id(bytes.fromhex(box.public_id), bytes.fromhex(secret))
    page = visit(dai, "/attend/beijing/")
    page.evaluate(f"localStorage.setItem('nextstop:ticket:{box.public_id}:x', '{secret}')")
    page.goto("/attend/beijing/raffle/1/")
    page.get_by_text("This phone holds no stub of this draw").wait_for()

    later = timezone.now() + timedelta(seconds=1)
    late = seat(box.event, "晚到", "late@nextstop.example")
    CheckIn.objects.create(attendee=late, at=later)
    entering.enter(box, late, eid)
    second = drawn(box)
    page.goto("/attend/beijing/raffle/2/")
    page.get_by_text(f"Your stub is in the published list of {len(second.pool)}").wait_for()
    assert "Its place" not in page.locator("[data-mine]").inner_text()  # somebody is still being called

    drawing.claim(second, 1, at=timezone.now(), by="desk")
    page.reload()
    page.get_by_text(f"Its place in the order: {second.order.index(eid) + 1}").wait_for()


@pytest.mark.long
def test_a_phone_says_how_often_its_own_stub_counts(box, visit, dai):
    secret = "5e" * 16
    eid = protocol.entrant_id(bytes.fromhex(box.public_id), bytes.fromhex(secret))
    heavy = seat(box.event, "三张票", "three@nextstop.example")
    CheckIn.objects.create(attendee=heavy, at=timezone.now())
    entering.enter(box, heavy, eid)
    Raffle.objects.update(weighted=True)
    box.entrants.filter(eid=eid).update(weight=3)
    drawn(box)
    page = visit(dai, "/attend/beijing/")
    page.evaluate(f"localStorage.setItem('nextstop:ticket:{box.public_id}:x', '{secret}')")

    page.goto("/attend/beijing/raffle/1/")

    page.get_by_text("It counts 3 times.").wait_for()


def test_the_check_in_lists_on_the_page_are_those_of_the_log(box, visit, bo):
    at = timezone.now() - timedelta(minutes=5)
    assert entering.publish_list(box, at=at)
    late = seat(box.event, "晚到", "late@nextstop.example")
    CheckIn.objects.create(attendee=late, at=at)
    entering.enter(box, late, "ab" * 16)
    assert entering.publish_list(box, at=at + timedelta(minutes=1))
    drawing.claim(drawn(box), 1, at=timezone.now(), by="desk")
    page = visit(bo, "/attend/beijing/raffle/")
    page.locator(".verdict[data-s='ok']").wait_for(timeout=20_000)
    page.get_by_text("The check-in list while people came in").click()
    assert page.locator("[data-entered] li .grow").all_inner_texts() == ["3 stubs", "4 stubs"]

    def lie(route):
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.text().replace('data-n="4"', 'data-n="5"'))

    page.route("**/attend/beijing/raffle/", lie)
    page.reload()

    page.locator(".verdict[data-s='bad']", has_text="The check-in lists on this page are not those").wait_for()


@pytest.mark.long
def test_a_stub_on_paper_finds_itself_with_a_borrowed_phone(box, visit, bo, dana):
    zxingcpp = pytest.importorskip("zxingcpp")
    person = seat(box.event, "没手机", "none@nextstop.example")
    CheckIn.objects.create(attendee=person, at=timezone.now())
    door = visit(dana, "/organise/beijing/raffle/")
    door.get_by_role("textbox", name="Ticket number").fill(str(person.number))
    door.get_by_role("button", name="Print the stub").click()
    picture = Image.open(io.BytesIO(door.locator(".paperstub .qr").first.screenshot()))
    (code,) = zxingcpp.read_barcodes(picture)
    assert "#stub=" in code.text
    draw = drawn(box)
    drawing.claim(draw, 1, at=timezone.now(), by="desk")

    page = visit(bo, "/" + code.text.split("/", 3)[3])

    rank = draw.order.index(box.entrants.get(attendee=person).eid) + 1
    page.get_by_text(f"Your stub is in the published list of 4. Its place in the order: {rank}").wait_for()


def test_the_event_has_a_verdict_on_all_its_draws_and_on_each(box, visit, bo, dai):
    drawing.claim(drawn(box), 1, at=timezone.now(), by="desk")
    drawing.claim(drawn(box), 1, at=timezone.now(), by="desk")
    page = visit(bo, "/attend/beijing/raffle/")
    page.locator(".verdict[data-s='ok']").wait_for(timeout=20_000)
    assert page.locator("[data-row][data-s='ok']").count() == 2

    with_a_seed_of_the_operators(Draw.objects.get(number=2))
    page = visit(dai, "/attend/beijing/raffle/")  # a phone that remembers no head

    page.locator(".verdict[data-s='bad']").wait_for(timeout=20_000)
    assert "seed: is not what the inputs give" in page.locator(".verdict").inner_text()
    assert [row.get_attribute("data-s") for row in page.locator("[data-row]").all()] == ["ok", "bad"]


WATCHED_WORKERS = """() => {
  const Real = Worker, held = [];
  globalThis.asked = 0; globalThis.ended = 0;
  globalThis.hide = (hidden) => {
    Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  };
  globalThis.go = () => held.splice(0).forEach((send) => send());
  globalThis.Worker = class extends Real {
    postMessage(inputs) { asked += 1; held.push(() => super.postMessage(inputs)); }
    terminate() { ended += 1; super.terminate(); }
  };
}"""


def rows(page):
    return [(row.get_attribute("data-s"), row.locator("[data-row-delay]").inner_text()) for row in listed(page)]


def listed(page):
    return page.locator("[data-row]").all()


@pytest.mark.long
def test_the_delays_of_all_draws_are_computed_one_after_another_while_somebody_looks(box, visit, bo):
    """The verdict on the rest comes first; a hidden page computes nothing; what this tab has computed it remembers."""
    runs, waits = "The delay is being recomputed", "Everything but the delay holds; the delay is not checked yet"
    for _ in range(2):
        drawing.claim(drawn(box), 1, at=timezone.now(), by="desk")
    page = visit(bo, "/attend/beijing/")
    page.context.add_init_script(f"({WATCHED_WORKERS})()")
    page.goto("/attend/beijing/raffle/")
    page.get_by_text("Everything holds so far").wait_for()
    page.get_by_text("The delays are being recomputed one after another: 1 of 2, about 1 s left").wait_for()
    assert rows(page) == [("run", runs), ("wait", waits)]

    page.evaluate("hide(true)")
    comes_true(page, "ended === 1")
    page.evaluate("hide(false)")
    comes_true(page, "asked === 2")  # the first one anew
    page.evaluate("go()")
    comes_true(page, "asked === 3")
    assert rows(page) == [("ok", ""), ("run", runs)]
    page.evaluate("hide(true)")
    comes_true(page, "ended === 3")
    page.wait_for_timeout(300)
    assert page.evaluate("asked") == 3  # nothing is computed for nobody
    page.evaluate("hide(false)")
    comes_true(page, "asked === 4")
    page.evaluate("go()")
    page.locator(".verdict[data-s='ok']").wait_for(timeout=20_000)
    assert rows(page) == [("ok", ""), ("ok", "")]

    page.reload()
    page.locator(".verdict[data-s='ok']").wait_for(timeout=20_000)
    assert page.evaluate("asked") == 0

    page.get_by_role("button", name="Check all again").click()
    comes_true(page, "asked === 1")
    assert rows(page) == [("run", runs), ("wait", waits)]
    assert page.locator(".verdict[data-s='ok']").count() == 0


def with_a_seed_of_the_operators(draw):
    """A careful forgery: a seed that was chosen, with its order, its winner, and the chain written anew."""
    order = protocol.order(b"\x22" * 32, [tuple(line) for line in draw.pool])
    result, claim = (LogRecord.objects.filter(kind=kind).order_by("seq").last() for kind in ("result", "claim"))
    top = order[: draw.quantity]
    result.content["body"].update(seed="22" * 32, order=protocol.order_hash(order), top=top)
    result.content["body"]["freeze"] = result.content["prev"]
    claim.content["body"]["eid"] = order[0]
    claim.content["prev"] = protocol.record_hash(result.content)
    with append_only.lifted():
        result.save()
        claim.save()
    Raffle.objects.update(head=protocol.record_hash(claim.content))


def test_a_cut_line_and_a_busy_server_are_no_tampering(box, visit, bo):
    drawing.claim(drawn(box), 1, at=timezone.now(), by="desk")
    page = visit(bo, "/attend/beijing/")
    for answer in (
        lambda route: route.abort(),
        lambda route: route.fulfill(status=503, content_type="text/html", body="<p>busy"),
        lambda route: route.fulfill(status=200, content_type="text/html", body="<p>sign in to this network"),
    ):
        page.route("**/proof.json", answer)
        page.goto("/attend/beijing/raffle/1/")
        page.get_by_text("This could not be checked now").wait_for()
        assert page.locator(".verdict").get_attribute("data-s") == "run"
        page.unroute("**/proof.json")

    page.get_by_role("button", name="Check again on my phone").click()
    page.locator(".verdict[data-s='ok']").wait_for(timeout=20_000)


ENDLESS = """() => {
  const real = fetch; globalThis.pieces = 0;
  globalThis.fetch = (url, options) => !String(url).endsWith("proof.json") ? real(url, options) : Promise.resolve(new Response(
    new ReadableStream({ pull(stream) { pieces += 1; stream.enqueue(new Uint8Array(2 ** 20).fill(91)); if (pieces === 200) stream.close(); } })));
}"""


@pytest.mark.long
def test_a_file_that_no_phone_can_hold_is_left_to_the_script(box, visit, bo):
    """Two hundred million brackets: the page reads a third of them, says so, and is alive."""
    drawing.claim(drawn(box), 1, at=timezone.now(), by="desk")
    page = visit(bo, "/attend/beijing/")
    page.context.add_init_script(f"({ENDLESS})()")

    page.goto("/attend/beijing/raffle/1/")

    page.get_by_text("Nothing was found, neither good nor bad").wait_for(timeout=60_000)
    assert 64 <= page.evaluate("pieces") <= 70
    assert page.locator("[data-again]").is_enabled()


@pytest.mark.long
def test_a_file_of_deep_nesting_is_a_finding_that_is_named(box, visit, bo):
    drawing.claim(drawn(box), 1, at=timezone.now(), by="desk")
    page = visit(bo, "/attend/beijing/")
    deep = f"{'[' * 200_000}{']' * 200_000}"

    def lie(route):
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.text().replace('"title":', f'"deep": {deep}, "title":', 1))

    page.route("**/proof.json", lie)
    page.goto("/attend/beijing/raffle/1/")

    page.locator(".verdict[data-s='bad']", has_text="the log (log: nested too deeply)").wait_for(timeout=20_000)


@pytest.mark.long
def test_a_worker_that_does_not_start_leaves_the_delay_to_the_script(box, visit, bo):
    drawing.claim(drawn(box), 1, at=timezone.now(), by="desk")
    page = visit(bo, "/attend/beijing/")
    page.route("**/delay-worker*.js", lambda route: route.abort())

    page.goto("/attend/beijing/raffle/1/")

    page.get_by_text("All but the delay: this browser could not compute it now").wait_for()
    assert page.locator(".verdict").get_attribute("data-s") == "run"


@pytest.mark.long
def test_a_phone_whose_clock_is_fast_takes_a_running_draw_for_running(box, bo, visit):
    draw = opening.open_draw(box.event.prizes.get(), at=timezone.now() - timedelta(seconds=16), press="p")
    drawing.freeze(draw, at=timezone.now())
    page = visit(bo, "/attend/beijing/")
    page.context.add_init_script("const now = Date.now; Date.now = () => now() + 600000")

    page.goto("/attend/beijing/raffle/1/")

    page.get_by_text("This draw is not over yet").wait_for()


@pytest.mark.long
def test_a_head_that_comes_while_the_file_is_read_is_no_finding(box, visit, bo):
    drawing.claim(drawn(box), 1, at=timezone.now(), by="desk")
    page = visit(bo, "/attend/beijing/")
    key = f"nextstop:heads:{box.public_id}"

    def later(route):
        page.evaluate(f"localStorage.setItem('{key}', JSON.stringify(['{'ab' * 32}']))")
        route.continue_()

    page.route("**/proof.json", later)
    page.goto("/attend/beijing/raffle/1/")
    page.locator(".verdict[data-s='ok']").wait_for(timeout=20_000)


@pytest.mark.long
def test_a_number_of_this_phone_that_is_missing_is_found_on_the_proof_too(box, visit, bo):
    drawing.claim(drawn(box), 1, at=timezone.now(), by="desk")
    page = visit(bo, "/attend/beijing/")
    page.evaluate(f"localStorage.setItem('nextstop:nonce:{box.public_id}:1', '{'ab' * 32}')")

    page.goto("/attend/beijing/raffle/1/")

    page.locator(".verdict[data-s='bad']", has_text="The last number of this phone is missing").wait_for()


@pytest.mark.long
def test_a_page_that_names_another_prize_than_the_log_is_found_out(box, visit, bo):
    drawing.claim(drawn(box), 1, at=timezone.now(), by="desk")
    page = visit(bo, "/attend/beijing/")

    def lie(route):
        page_ = route.fetch()
        route.fulfill(response=page_, body=page_.text().replace("K7机械键盘", "一辆车"))

    page.route("**/raffle/1/", lie)

    page.goto("/attend/beijing/raffle/1/")

    page.locator(".verdict[data-s='bad']", has_text="The prize on this page is not the one").wait_for()


def test_the_proof_of_a_draw_with_a_beacon_says_what_to_compare(box, visit, bo):
    Raffle.objects.update(beacon=True)
    close_at = datetime.fromtimestamp(protocol.beacon_time(1000) / 1000 - 3, UTC)
    draw = opening.open_draw(box.event.prizes.get(), at=close_at - timedelta(seconds=15), press="p")
    drawing.freeze(draw, at=close_at + timedelta(milliseconds=300))
    drawing.take_beacon(draw, ROUNDS[1000])
    drawing.compute(Draw.objects.get(), now=lambda: close_at + timedelta(seconds=5))

    page = visit(bo, "/attend/beijing/raffle/1/")

    page.get_by_text("Level of trust: L3, if the beacon below is drand’s").wait_for()
    assert "if this is drand’s round 1000: compare" in page.locator("[data-means]").inner_text()
    assert page.locator("[data-signature]").inner_text() == ROUNDS[1000]
    link = page.get_by_role("link", name="The round as drand gives it").get_attribute("href")
    assert link == f"https://api.drand.sh/{protocol.QUICKNET}/public/1000"


def called_off(box, *, after):
    """A draw that was opened an hour ago and called off so many seconds later, whatever our own code would allow."""
    opened_at = timezone.now() - timedelta(hours=1)
    draw = opening.open_draw(box.event.prizes.get(), at=opened_at, press=f"{opened_at}")
    box.refresh_from_db()
    box.append("abort", {"draw": draw.number, "reason": "hm"}, at=opened_at + timedelta(seconds=after))
    Draw.objects.filter(pk=draw.pk).update(state="aborted")
    return draw


def test_a_draw_that_was_called_off_when_it_should_be_locked_is_late_on_the_page(box, visit, bo):
    called_off(box, after=60)

    page = visit(bo, "/attend/beijing/raffle/1/")

    page.get_by_text("Late: the box should be locked by now").wait_for()
    page.locator(".verdict[data-s='warn'] h1", has_text="The box of this draw was not locked in time").wait_for()
    assert page.get_by_text("nobody could know").count() == 0


@pytest.mark.long
@pytest.mark.parametrize(
    ("before_closing", "state", "said"), [(1, "ok", "called off before"), (-1, "warn", "not locked in")]
)
def test_a_draw_was_called_off_before_the_box_was_locked_when_it_was(box, visit, bo, before_closing, state, said):
    called_off(box, after=box.countdown_ms / 1000 - before_closing)

    page = visit(bo, "/attend/beijing/raffle/1/")

    page.locator(f".verdict[data-s='{state}'] h1", has_text=said).wait_for()
    assert page.get_by_text("nobody could know").count() == (1 if state == "ok" else 0)


@pytest.mark.parametrize("called", [True, False], ids=["called off late", "never frozen"])
def test_the_event_page_is_not_green_beside_a_draw_that_was_withheld(box, visit, bo, called):
    """The operator saw the second result, did not like it, and hours later it still stands there."""
    drawing.claim(drawn(box, ago=7200), 1, at=timezone.now(), by="desk")
    second = called_off(box, after=60)
    if not called:
        with append_only.lifted():
            LogRecord.objects.filter(kind="abort").delete()
        kept = LogRecord.objects.order_by("seq").last()
        Raffle.objects.update(head=kept.hash, length=kept.seq + 1)
        Draw.objects.filter(pk=second.pk).update(state="open", close_at=timezone.now() + timedelta(hours=9))

    page = visit(bo, "/attend/beijing/raffle/")

    page.locator(".verdict[data-s='warn'] h1", has_text="Not every draw was locked in time").wait_for()
    page.get_by_text("Look at draw 2").wait_for()
    assert [row.get_attribute("data-s") for row in listed(page)] == ["ok", "run"]


@pytest.mark.long
def test_a_pool_that_is_larger_than_the_last_published_list_is_told_on_the_proof(box, visit, bo):
    at = timezone.now() - timedelta(minutes=5)
    assert entering.publish_list(box, at=at)
    for n in range(2):
        late = seat(box.event, f"晚到{n}", f"late{n}@nextstop.example")
        CheckIn.objects.create(attendee=late, at=at)
        entering.enter(box, late, f"a{n}" * 16)
    drawing.claim(drawn(box), 1, at=timezone.now(), by="desk")

    page = visit(bo, "/attend/beijing/raffle/1/")

    page.locator(".verdict[data-s='ok']").wait_for(timeout=20_000)
    assert "2 more than the last published check-in list" in page.locator("[data-notes]").inner_text()


@pytest.mark.long
def test_a_beacon_that_cannot_be_checked_is_shown_and_gains_no_trust(box, visit, bo):
    """Its round was known before the box was locked."""
    Raffle.objects.update(beacon=True)
    close_at = datetime.fromtimestamp(protocol.beacon_time(1000) / 1000 - 3, UTC)
    draw = opening.open_draw(box.event.prizes.get(), at=close_at - timedelta(seconds=15), press="p")
    drawing.freeze(draw, at=close_at + timedelta(seconds=3))
    drawing.take_beacon(draw, ROUNDS[1000])
    drawing.compute(Draw.objects.get(), now=lambda: close_at + timedelta(seconds=5))

    page = visit(bo, "/attend/beijing/raffle/1/")

    page.get_by_text("Level of trust: L0").wait_for()
    assert "beacon of this draw could not be checked" in page.locator("[data-notes]").inner_text()
    assert "could not be checked" in page.locator("[data-opened]").inner_text()  # not: "which nobody knew"
    assert page.locator("[data-signature]").inner_text() == ROUNDS[1000]


def test_a_stub_that_the_server_exchanges_is_told_in_red(box, visit, bo):
    """The operator gives this ticket another id after the phone has had its own confirmed."""
    mine = box.entrants.get(attendee=bo)
    box.entrants.filter(pk=mine.pk).delete()
    page = visit(bo, "/attend/beijing/luck/")
    comes_true(page, "Object.keys(localStorage).some((key) => key.startsWith('nextstop:stub:'))")
    assert not page.locator("[data-swapped]").is_visible()

    box.entrants.filter(attendee=bo).update(eid="f" * 32)
    page.reload()

    page.locator("[data-swapped]").wait_for()


@pytest.mark.long
def test_an_id_that_the_server_gives_to_a_ticket_that_had_none_is_told_in_red(box, visit, bo):
    """Two people under one id: the answer to the first registration names another's, and so does the server from then on."""
    box.entrants.filter(attendee=bo).delete()
    page = visit(bo, "/static/css/nextstop.css")  # every page of the event would have this phone registered before

    def exchange(route):
        box.entrants.update_or_create(attendee=bo, defaults={"raffle": box, "eid": "f" * 32})
        route.fulfill(json={"eid": "f" * 32, "on_paper": False})

    page.route("**/raffle/entrant/", exchange)
    page.goto("/attend/beijing/luck/")

    page.locator("[data-swapped]").wait_for()
    page.reload()
    page.locator("[data-swapped]").wait_for()


@pytest.mark.long
def test_a_second_device_of_one_person_is_no_exchange(box, visit, bo):
    """Its own secret was never confirmed: another device was first."""
    page = visit(bo, "/attend/beijing/")
    key = f"nextstop:ticket:{box.public_id}:{bo.uid}"
    page.evaluate(f"localStorage.setItem('{key}', '{'5e' * 16}')")

    page.goto("/attend/beijing/luck/")

    comes_true(page, f"localStorage.getItem('{key}') === null")
    assert not page.locator("[data-swapped]").is_visible()


def test_a_stub_that_is_not_in_the_published_list_is_told_in_red(box, visit, bo):
    drawn(box)
    page = visit(bo, "/attend/beijing/")
    page.route("**/raffle/1/pool.json", lambda route: route.fulfill(json=[["c" * 32, 1], ["d" * 32, 1]]))

    page.goto("/attend/beijing/luck/")

    page.locator("[data-missing]").wait_for()


@pytest.mark.long
def test_the_number_that_a_phone_sends_by_itself_is_sent_again(box, visit, bo):
    page = visit(bo, "/attend/beijing/luck/")
    cut = []

    def once(route):
        cut.append(1)
        route.abort() if len(cut) == 1 else route.continue_()

    page.route("**/raffle/nonce/", once)
    draw = opening.open_draw(box.event.prizes.get(), at=timezone.now(), press="p")
    page.evaluate("document.dispatchEvent(new CustomEvent('live:draw', {detail: {}}))")

    for _ in range(60):
        if Contribution.objects.filter(draw=draw).exists():
            break
        page.wait_for_timeout(250)
    assert len(cut) == 2 and Contribution.objects.filter(draw=draw).count() == 1


def test_the_head_on_the_proof_is_the_one_that_the_phone_computed(box, visit, bo):
    drawing.claim(drawn(box), 1, at=timezone.now(), by="desk")
    page = visit(bo, "/attend/beijing/raffle/1/")
    page.locator(".verdict[data-s='ok']").wait_for(timeout=20_000)
    head = LogRecord.objects.order_by("seq").last().hash

    assert page.locator("[data-head]").inner_text() == protocol.short_head(head)
    marks = page.locator("check-proof head-marks").get_attribute("numbers")
    assert marks == " ".join(map(str, protocol.pictograms(head)))
    assert "Level of trust: L1" in page.locator("[data-trust]").inner_text()
    assert "Only the secret of the server" in page.locator("[data-means]").inner_text()


def test_the_stage_machine_measures_the_delay_before_the_first_draw(box, leo, beijing, visit):
    Stage.objects.get_or_create(event=beijing)[0].show("pot", by=None, at=timezone.now())
    page = visit(leo, "/stage/beijing/", width=1920, height=1080)

    for _ in range(80):
        if Raffle.objects.get().calibrated_at:
            break
        page.wait_for_timeout(250)
    assert 5_000_000 <= Raffle.objects.get().delay <= 60_000_000
