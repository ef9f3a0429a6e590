"""The raffle's pages in a browser: accessible, narrow, honest when a phone's numbers are missing; the film as a function."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from events import passes
from events.models import CheckIn, Stage
from raffle import drawing, entering, opening, protocol
from raffle.models import Contribution, Draw, LogRecord, Prize, Raffle

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("browser")]
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}


@pytest.fixture
def box(beijing, acme, bo, chen, dai):
    now = timezone.now()
    raffle = entering.raffle_of(beijing, at=now)
    Raffle.objects.update(delay=10)
    for person, digit in ((bo, "b"), (chen, "c"), (dai, "d")):
        CheckIn.objects.create(attendee=person, at=now)
        entering.enter(raffle, person, digit * 32)
    Prize.objects.create(event=beijing, sponsor=acme, name="K7机械键盘", name_en="K7 keyboard", quantity=8)
    return raffle


def drawn(box, *, quantity=1, called=True, ago=120):
    at = timezone.now() - timedelta(seconds=ago)
    draw = opening.open_draw(box.event.prizes.get(), at=at, press=f"{at}", quantity=quantity)
    drawing.freeze(draw, at=at + timedelta(seconds=16))
    drawing.compute(Draw.objects.get(pk=draw.pk), now=lambda: at + timedelta(seconds=20))
    if called:
        drawing.reveal(Draw.objects.get(pk=draw.pk), at=timezone.now())
    return Draw.objects.get(pk=draw.pk)


@pytest.fixture
def visit(open_browser, live_server):
    """A page as an attendee or as a user of the crew."""

    def make(person, path, **options):
        page = open_browser(**options)
        if hasattr(person, "contact"):
            cookies = {passes.COOKIE: passes.sign(person)}
        else:
            client = Client()
            client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
            cookies = {name: morsel.value for name, morsel in client.cookies.items()}
        page.context.add_cookies([{"name": k, "value": v, "url": live_server.url} for k, v in cookies.items()])
        page.goto(path)
        return page

    return make


def violations(page):
    from axe_playwright_python.sync_playwright import Axe

    return [(v["id"], v["nodes"][0]["html"][:160]) for v in Axe().run(page, options=RULES).response["violations"]]


@pytest.mark.parametrize("language", ["zh-CN", "en-US"])
@pytest.mark.parametrize("theme", ["light", "dark"])
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


def test_without_webcrypto_the_page_checks_all_but_the_delay_and_says_so(box, bo, visit):
    drawing.claim(drawn(box), 1, at=timezone.now(), by="desk")
    page = visit(bo, "/attend/beijing/")
    page.context.add_init_script(
        "Object.defineProperty(globalThis, 'crypto', { value: { getRandomValues: (a) => a } })"
    )

    page.goto("/attend/beijing/raffle/1/")

    page.locator(".verdict[data-s='ok']").wait_for(timeout=20_000)
    assert "All but the delay" in page.locator(".verdict").inner_text()


def test_the_stage_machine_measures_the_delay_before_the_first_draw(box, leo, beijing, visit):
    Stage.objects.get_or_create(event=beijing)[0].show("pot", by=None, at=timezone.now())
    page = visit(leo, "/stage/beijing/", width=1920, height=1080)

    for _ in range(80):
        if Raffle.objects.get().calibrated_at:
            break
        page.wait_for_timeout(250)
    assert 5_000_000 <= Raffle.objects.get().delay <= 60_000_000
