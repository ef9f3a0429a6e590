"""The programme in real browsers: votes that stand at once, the grid by keyboard and mouse, the clicker, no network."""

import io
import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone
from PIL import Image
from playwright.sync_api import expect

from events import passes
from events.models import Role, Stage
from sessions import asking, polling, publishing, speaking
from sessions.models import Appearance, Material, Question, Speaker, Talk
from tests.browser.conftest import comes_true
from tests.conftest import account

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def talk(beijing):
    start = beijing.local(timezone.now()).replace(minute=0, second=0, microsecond=0)
    made = Talk.objects.create(event=beijing, title="数字人", starts_at=start, minutes=60, room="主厅")
    Talk.objects.create(
        event=beijing, title="茶歇", kind="break", starts_at=start + timedelta(hours=1), minutes=30, room="二楼"
    )
    publishing.publish(beijing, by=None, at=timezone.now(), tell=False)
    return made


@pytest.fixture
def phone(open_browser, live_server, bo):
    page = open_browser()
    page.context.add_cookies([{"name": passes.COOKIE, "value": passes.sign(bo), "url": live_server.url}])
    return page


@pytest.fixture
def crew(open_browser, live_server, client_of, settings):
    """A browser in which this user is logged in."""

    def make(user, **size):
        page = open_browser(**size)
        session = client_of(user).cookies[settings.SESSION_COOKIE_NAME].value
        page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
        return page

    return make


def test_a_vote_stands_at_once_is_taken_back_and_is_undone_without_a_network(beijing, talk, phone, chen):
    question = asking.ask(beijing, chen, "怎么开始？", at=timezone.now(), approved=True)
    phone.goto("/attend/beijing/questions/")
    button = phone.locator(".vote").first

    button.click()
    expect(button).to_have_text("1")
    expect(button).to_have_attribute("aria-pressed", "true")
    phone.wait_for_timeout(800)
    assert Question.objects.get(pk=question.pk).votes == 1
    phone.context.set_offline(True)
    button.click()
    expect(phone.locator(".votenote")).to_be_visible()
    expect(button).to_have_text("1")
    phone.context.set_offline(False)
    button.click()
    expect(button).to_have_text("0")


def test_the_grid_moves_an_entry_with_the_keys_and_takes_it_back(beijing, talk, mei, crew):
    desk = crew(mei, width=1440, height=900)
    desk.goto("/organise/beijing/programme/edit/")
    card = desk.locator(f".tgcard[data-talk='{talk.pk}']")
    card.focus()
    for key in ("ArrowDown", "ArrowDown", "Shift+ArrowUp"):
        desk.keyboard.press(key)
    expect(desk.locator("[data-say]")).to_contain_text("数字人")
    moved = Talk.objects.get(pk=talk.pk)
    assert (moved.starts_at - talk.starts_at, moved.minutes) == (timedelta(minutes=10), 55)

    desk.locator(f".tgcard[data-talk='{talk.pk}']").focus()
    desk.keyboard.press("Control+z")
    expect(desk.locator(f".tgcard[data-talk='{talk.pk}']")).to_have_attribute("data-span", "60")
    desk.wait_for_timeout(800)
    assert Talk.objects.get(pk=talk.pk).starts_at == talk.starts_at


def test_the_grid_takes_an_entry_across_to_another_room_and_on_in_one_leap_of_the_mouse(beijing, talk, mei, crew):
    later = talk.starts_at + timedelta(minutes=90)
    Talk.objects.create(event=beijing, title="圆桌", starts_at=later, minutes=30, room="主厅")  # a lane to go back to
    desk = crew(mei, width=1440, height=1400)
    desk.goto("/organise/beijing/programme/edit/")
    card = desk.locator(f".tgcard[data-talk='{talk.pk}']")
    x, y = drag_to(desk, card, room="二楼")
    desk.mouse.move(x, y + 204)  # at once, off the card: 120 minutes of 1.7 pixels
    desk.mouse.up()
    expect(card).not_to_contain_class("held")
    expect(desk.locator("[data-say]")).to_contain_text("数字人")
    moved = Talk.objects.get(pk=talk.pk)
    assert (moved.starts_at - talk.starts_at, moved.room, moved.minutes) == (timedelta(hours=2), "二楼", 60)

    expect(card).to_have_attribute("data-at", "60")  # drawn anew: the day begins an hour later now
    x, y = drag_to(desk, card, room="主厅")
    desk.keyboard.press("Escape")
    expect(card).not_to_contain_class("held")
    expect(desk.locator(".tgcol[data-room='二楼']").locator(card)).to_be_visible()
    desk.mouse.move(x, y + 51)  # nobody holds it any more
    desk.mouse.up()
    desk.wait_for_timeout(800)
    assert Talk.objects.get(pk=talk.pk).room == "二楼"


@pytest.mark.long
def test_what_was_dragged_goes_back_though_the_day_begins_later_now_and_its_room_is_empty(beijing, talk, mei, crew):
    desk = crew(mei, width=1440, height=1400)
    desk.goto("/organise/beijing/programme/edit/")
    card = desk.locator(f".tgcard[data-talk='{talk.pk}']")
    x, y = drag_to(desk, card, room="二楼")
    desk.mouse.move(x, y + 204)
    desk.mouse.up()
    expect(card).to_have_attribute("data-at", "60")  # drawn anew: an hour later, and without a lane for 主厅
    expect(desk.locator(".tgcol[data-room='主厅']")).to_have_count(0)

    desk.keyboard.press("Control+z")

    expect(desk.locator(".tgcol[data-room='主厅']").locator(card)).to_be_visible()
    row = Talk.objects.get(pk=talk.pk)
    assert (row.starts_at, row.room) == (talk.starts_at, "主厅")


def drag_to(desk, card, room):
    """The mouse takes the card across to that room and holds it there."""
    box, lane = card.bounding_box(), desk.locator(f".tgcol[data-room='{room}']").bounding_box()
    x, y = lane["x"] + 40, box["y"] + 20
    desk.mouse.move(box["x"] + 30, y)
    desk.mouse.down()
    desk.mouse.move(x, y, steps=6)
    expect(card).to_contain_class("held")
    return x, y


def test_the_clicker_on_the_stage_machine_moves_the_stage(beijing, talk, leo, crew):
    stage = crew(leo, width=1920, height=1080)
    stage.goto("/stage/beijing/")
    expect(stage.locator("[data-scene-class]")).to_be_attached()
    before = Stage.objects.get(event=beijing).scene
    stage.keyboard.press("PageDown")
    expect(stage.locator("stage-scene")).to_have_attribute("version", "1")
    assert Stage.objects.get(event=beijing).scene != before
    stage.keyboard.press("b")
    expect(stage.locator("html")).to_have_attribute("data-cover", "black")
    stage.context.set_offline(True)
    stage.keyboard.press("PageDown")  # the picture and the page stay
    stage.context.set_offline(False)
    expect(stage.locator("stage-scene")).to_be_attached()


def test_the_remote_without_a_network_says_so_and_changes_nothing(beijing, talk, leo, crew):
    remote = crew(leo)
    remote.goto("/stage/beijing/remote/")
    remote.context.set_offline(True)
    remote.locator("button.go").click()
    expect(remote.locator(".offnote")).to_be_visible()
    assert Stage.objects.get(event=beijing).version == 0
    Stage.objects.get(event=beijing).show("questions", by=None, at=timezone.now())  # the other hand, meanwhile
    remote.context.set_offline(False)
    remote.locator("button.go").click()
    expect(remote.get_by_text("The stage has moved on since")).to_be_visible()
    assert Stage.objects.get(event=beijing).scene == "questions"


def test_of_two_hosts_one_controls_until_the_other_says_take_over(beijing, talk, leo, crew):
    second = account("second@nextstop.example", "Second", beijing, Role.HOST)
    first, other = crew(leo), crew(second)
    first.goto("/stage/beijing/remote/")
    first.locator("button.go").click()
    expect(first.locator(".scenes2 [aria-current] .k")).to_have_text("02")
    scene = Stage.objects.get(event=beijing).scene
    other.goto("/stage/beijing/remote/")
    other.locator("button.go").click()
    expect(other.get_by_text("Leo controls the stage. Take over first.")).to_be_visible()
    assert Stage.objects.get(event=beijing).scene == scene != "welcome"

    other.get_by_role("button", name="Leo controls. Take over").click()
    expect(other.get_by_role("button", name="Take over")).to_have_count(0)
    other.locator("button.go").click()
    expect(other.locator(".scenes2 [aria-current] .k")).to_have_text("03")
    first.goto("/stage/beijing/remote/")
    expect(first.get_by_role("button", name="Second controls. Take over")).to_be_visible()


def test_on_the_remote_what_follows_stands_first_and_next_is_the_biggest_thing(beijing, talk, leo, crew):
    Stage.objects.get_or_create(event=beijing)[0].show("questions", by=None, at=timezone.now())
    remote = crew(leo)
    remote.goto("/stage/beijing/remote/")
    following = remote.locator("button.go b").text_content()

    expect(remote.locator(".scenes2 li .grow").first).to_have_text(following)
    expect(remote.locator(".scenes2 li .grow").last).to_have_text("Question wall")
    sizes = {b: b.bounding_box() for b in remote.locator("button:visible").all()}
    areas = sorted(sizes.values(), key=lambda box: box["width"] * box["height"])
    assert areas[-1] == remote.locator("button.go").bounding_box()
    assert areas[-1]["y"] + areas[-1]["height"] <= 844  # without scrolling


KEPT = """(async () => {
  const files = [...document.querySelectorAll("link[rel=stylesheet], script[src]")].map((node) => node.href || node.src);
  const found = await Promise.all([location.pathname, ...files].map((url) => caches.match(url, { ignoreSearch: true })));
  return found.every(Boolean) && navigator.serviceWorker.controller?.state === "activated";
})()"""


@pytest.mark.parametrize("path", ["live/", "programme/"])
def test_a_phone_without_a_network_opens_the_programme_with_the_time_of_its_reading(talk, phone, path):
    phone.goto(f"/attend/beijing/{path}")
    opens_without_a_network(phone)


@pytest.mark.long
def test_somebody_without_a_ticket_opens_the_programme_without_a_network_too(talk, browser_page):
    browser_page.goto("/attend/beijing/programme/")
    opens_without_a_network(browser_page)


def opens_without_a_network(page):
    comes_true(page, KEPT)
    kept = page.evaluate("caches.match(location.pathname).then((answer) => answer.text())")
    page.context.set_offline(True)
    page.reload()

    expect(page.locator(".stale")).to_be_visible()
    assert page.locator(".stale").text_content() in kept
    expect(page.locator(".route h3").first).to_have_text("数字人")


def test_a_proxy_that_finds_no_server_opens_the_kept_programme(talk, phone):
    phone.goto("/attend/beijing/programme/")
    comes_true(phone, KEPT)
    phone.context.route(
        re.compile(r"/attend/beijing/programme/$"), lambda route: route.fulfill(status=502, body="Bad Gateway")
    )

    phone.reload()

    expect(phone.locator(".route h3").first).to_have_text("数字人")


def test_a_stage_that_is_cut_off_keeps_scene_and_clock_and_recovers_by_reading(beijing, talk, leo, crew):
    Stage.objects.get_or_create(event=beijing)[0].show("now", by=None, at=timezone.now())
    stage = crew(leo, width=1920, height=1080)
    stage.clock.install()
    stage.goto("/stage/beijing/")
    clock = stage.locator("flap-clock [role=img]").first
    expect(stage.locator("body")).to_have_class("pg-stage st-now")
    before = clock.get_attribute("aria-label")
    stage.context.set_offline(True)
    Stage.objects.get(event=beijing).show("questions", by=None, at=timezone.now())
    stage.clock.run_for(61_000)  # in which it reads again and again, in vain

    expect(clock).not_to_have_attribute("aria-label", before)
    expect(stage.locator("html")).to_have_attribute("data-live", "off")
    expect(stage.locator("body")).to_have_class("pg-stage st-now")
    expect(stage.locator(".bigboard")).to_contain_text("数字人")
    stage.context.set_offline(False)
    stage.clock.run_for(11_000)
    expect(stage.locator("body")).to_have_class("pg-stage st-q")


@pytest.mark.long
def test_a_visitor_elsewhere_reads_their_own_time_beside_the_events(talk, open_browser):
    for zone, notes in (("Asia/Shanghai", 0), ("America/New_York", 2)):
        page = open_browser(timezone_id=zone)
        page.goto("/attend/beijing/programme/")
        expect(page.locator(".route time")).to_have_count(2)
        expect(page.locator("own-zone .here")).to_have_count(notes)
    there = talk.starts_at.astimezone(ZoneInfo("America/New_York"))
    expect(page.locator("own-zone .here").first).to_contain_text(f"{there:%H:%M} where you are")


@pytest.mark.long
def test_what_a_speaker_shares_is_copied_with_one_press(talk, open_browser):
    picture = io.BytesIO()
    Image.new("RGB", (60, 60), "#126").save(picture, "JPEG")
    now = timezone.now()
    Material.objects.create(talk=talk, kind="code", title="P", text="画一只猫\n两行", published_at=now)
    image = Material(talk=talk, kind="image", title="猫", published_at=now)
    image.preview.save("p.jpg", ContentFile(picture.getvalue()))
    page = open_browser(permissions=["clipboard-read", "clipboard-write"])
    page.goto(f"/attend/beijing/talks/{talk.pk}/")
    page.locator("copy-text button").click()
    expect(page.locator("copy-text button")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == "画一只猫\n两行"

    page.locator("copy-picture button").click()
    expect(page.locator("copy-picture button")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.read().then((rows) => rows[0].types)") == ["image/png"]


def test_a_file_that_is_too_large_is_refused_before_it_travels(beijing, talk, open_browser, tmp_path):
    speaker = Speaker.objects.create(event=beijing, name="廖虎")
    Appearance.objects.create(talk=talk, speaker=speaker)
    large, small = tmp_path / "large.png", tmp_path / "small.png"
    with large.open("wb") as file:
        file.truncate(13_000_000)
    small.write_bytes(b"x")
    page = open_browser()
    page.goto(f"/attend/beijing/speaker/{speaking.sign(speaker)}/")
    said, field = "(input) => input.validationMessage", page.locator("check-size input[name=picture]")
    field.set_input_files(large)
    assert field.evaluate(said) == "13 MB; the limit is 12."
    field.set_input_files(small)
    assert field.evaluate(said) == ""


@pytest.mark.long
def test_the_speakers_monitor_changes_its_colour_as_the_time_runs_out(beijing, leo, crew):
    began = timezone.now() - timedelta(minutes=54)
    Talk.objects.create(event=beijing, title="数字人", starts_at=began, started_at=began, minutes=60)
    monitor = crew(leo, width=1920, height=1080)
    monitor.clock.install()
    monitor.goto("/stage/beijing/monitor/")
    clock, colours = monitor.locator("speaker-clock"), []
    for wait, state in ((0, "calm"), (70_000, "soon"), (240_000, "last"), (60_000, "over")):
        monitor.clock.run_for(wait)
        expect(clock).to_have_attribute("data-state", state)
        colours.append(clock.evaluate("node => getComputedStyle(node).backgroundColor"))

    assert len(set(colours)) == 3  # the last minute and what is over are both red
    expect(clock).to_contain_text("+0:")


@pytest.mark.parametrize(("kind", "rows"), [("one", 2), ("many", 8), ("many", 6), ("scale", 5)])
def test_every_bar_of_a_poll_is_in_the_picture(beijing, leo, crew, kind, rows):
    choices = [f"第{n}个选项，写得长一点 Midjourney" for n in range(rows)] if kind != "scale" else ()
    polling.open_(
        polling.make(beijing, text="你用过哪些模型？可以选几个", kind=kind, choices=choices), at=timezone.now()
    )
    Stage.objects.get_or_create(event=beijing)[0].show("poll", by=None, at=timezone.now())
    stage = crew(leo, width=1920, height=1080)
    stage.goto("/stage/beijing/")
    bars, foot = stage.locator(".bars li"), stage.locator(".sfoot")
    expect(bars).to_have_count(rows)
    expect(stage.locator("body")).to_have_class("pg-stage st-poll")

    lowest = max(row["y"] + row["height"] for row in (bar.bounding_box() for bar in bars.all()))
    assert lowest <= foot.bounding_box()["y"]
