"""The door walks: a scan, the network goes, scans wait on the phone, the network is back, each is there once."""

import os
import re

import pytest
from PIL import Image

from events import passes, qr, tickets
from events.models import CheckIn, Scan
from tests.conftest import account

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("browser")]


def comes_true(page, expression):
    """Waits for an expression of the page. Playwright's own wait needs eval there, which our policy forbids."""
    for _ in range(200):
        if page.evaluate(f"Promise.resolve({expression}).then(Boolean)"):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"never came true: {expression}")


def log_in(page, client, live_server):
    cookie = client.cookies["nextstop"]
    page.context.add_cookies([{"name": "nextstop", "value": cookie.value, "url": live_server.url}])


@pytest.fixture
def door(open_browser, client_of, dana, live_server, bo, chen, dai):
    """The door's phone at gate 2, with the sealed list and the page kept."""
    page = open_browser()
    log_in(page, client_of(dana), live_server)
    with page.expect_response(re.compile("/door/roster/")) as listed:
        page.goto("/organise/beijing/door/?door=2")
    assert listed.value.ok
    comes_true(page, "caches.match('/organise/beijing/door/shell/')")
    comes_true(page, "caches.match(document.querySelector('script[src*=scan-ticket]').src)")
    return page


def type_code(page, code):
    page.locator("form.typed [name=code]").first.fill(code)
    page.keyboard.press("Enter")


def says(page, answer, *words):
    box = page.locator(f"[data-result].pass.{answer}")
    box.wait_for()
    for word in words:
        page.locator("[data-result]", has_text=word).wait_for()


def test_the_door_goes_on_without_a_network_and_sends_each_scan_once(door, bo, chen, dai):
    type_code(door, tickets.payload(bo))
    says(door, "ok", "林小满", "06", "11")
    door.locator("[data-present] .flaps[aria-label='001']").wait_for()
    door.evaluate("document.querySelector('scan-ticket').desk.list()")

    door.context.set_offline(True)
    type_code(door, tickets.payload(chen))
    says(door, "ok", "Kevin周", "12")
    type_code(door, chen.code)
    says(door, "already", "Kevin周", "Scanned on this phone")
    type_code(door, "NS:OTHR:23456789")
    says(door, "other")
    door.get_by_text("Offline, 3 saved").wait_for()
    assert CheckIn.objects.count() == 1

    door.reload()  # the phone's page went away: it comes back without a network, and so does what it kept
    door.get_by_text("Offline, 3 saved").wait_for()
    assert door.locator("[data-where]").inner_text() == "Gate 2"
    assert bo.name not in door.content()
    type_code(door, chen.code)
    says(door, "already", "Kevin周")  # the phone knows it still
    type_code(door, bo.code)
    says(door, "already", "林小满")
    type_code(door, dai.code)
    says(door, "ok", "豆包侠")
    kept = door.evaluate(
        """() => new Promise((done) => { const open = indexedDB.open("nextstop-door");
        open.onsuccess = () => { const q = open.result.transaction("queue").objectStore("queue").getAll();
        q.onsuccess = () => done(JSON.stringify(q.result)); }; })"""
    )
    for secret in (chen.name, chen.code, dai.name, dai.code):
        assert secret not in kept

    door.context.set_offline(False)
    door.locator("[data-queue]").wait_for(state="hidden")
    rows = list(Scan.objects.order_by("at").values_list("attendee__name", "answer", "offline", "door"))
    assert rows == [
        ("林小满", "ok", False, "2"),
        ("Kevin周", "ok", True, "2"),
        ("Kevin周", "already", True, "2"),
        (None, "other", True, "2"),
        ("Kevin周", "already", True, "2"),
        ("林小满", "already", True, "2"),
        ("豆包侠", "ok", True, "2"),
    ]
    door.wait_for_timeout(5000)  # it tries again every four seconds: nothing is left to send
    assert (Scan.objects.count(), CheckIn.objects.count()) == (7, 3)


def test_search_walk_in_and_undo_keep_the_page_open(door, beijing):
    door.evaluate("window.same = true")
    door.get_by_label("Search").fill("小满")
    door.get_by_role("button", name="Let in").first.click()
    says(door, "ok", "林小满")
    door.locator("[data-recent] li", has_text="林小满").get_by_role("button", name="Undo").click()
    says(door, "undone", "林小满")
    door.get_by_text("Walk-in").click()
    door.get_by_label("Their name").fill("来人")
    door.locator(".walkin").get_by_role("button", name="Let in").click()
    says(door, "ok", "来人")

    assert door.evaluate("window.same") is True
    assert sorted(Scan.objects.values_list("how", "answer")) == [
        ("name", "ok"),
        ("undo", "undone"),
        ("walk_in", "ok"),
    ]


def test_a_phone_that_may_no_longer_scan_says_so_and_loses_nothing(door, dana, bo):
    dana.crew.all().delete()

    type_code(door, bo.code)

    door.get_by_text("Log in again, 1 saved").wait_for()
    assert Scan.objects.count() == 0


def test_one_door_shows_what_another_counts(door, open_browser, client_of, beijing, live_server, bo):
    """No stream in this server: the page asks by itself when it comes back to life."""
    other = open_browser()
    log_in(other, client_of(account("eve@nextstop.example", "Eve", beijing, "door")), live_server)
    other.goto("/organise/beijing/door/?door=1")

    type_code(door, bo.code)
    says(door, "ok")
    other.evaluate("document.dispatchEvent(new CustomEvent('live:door', { detail: {} }))")

    other.locator("[data-present] .flaps[aria-label='001']").wait_for()


def test_a_ticket_that_was_opened_once_opens_without_a_network(open_browser, bo, live_server):
    page = open_browser()
    page.context.add_cookies([{"name": passes.COOKIE, "value": passes.sign(bo), "url": live_server.url}])
    page.goto("/attend/beijing/ticket/")
    comes_true(page, "navigator.serviceWorker.controller?.state === 'activated'")
    comes_true(page, "caches.match('/attend/beijing/ticket/')")
    comes_true(page, "caches.match(document.querySelector('link[rel=stylesheet]').href)")

    page.context.set_offline(True)
    page.reload()

    assert page.locator("svg.qr").is_visible()
    assert page.get_by_text(bo.spaced_code).is_visible()
    assert page.locator(".ticket .face").first.evaluate("node => getComputedStyle(node).backgroundImage") != "none"


def test_the_tablet_greets_and_forgets(door, bo):
    door.goto("/organise/beijing/door/kiosk/")
    type_code(door, bo.code)
    says(door, "ok", "林小满")
    door.locator("[data-result]").wait_for(state="hidden")

    assert bo.name not in door.content()
    assert list(Scan.objects.values_list("how", flat=True)) == ["self"]


def test_plain_http_has_no_worker_and_no_list_and_the_open_page_still_keeps_every_scan(
    open_browser, client_of, dana, live_server, bo, chen
):
    page = open_browser(service_workers="block")
    log_in(page, client_of(dana), live_server)
    page.add_init_script(
        "Object.defineProperty(navigator, 'serviceWorker', { value: undefined });"
        "Object.defineProperty(crypto, 'subtle', { value: undefined });"
    )
    page.goto("/organise/beijing/door/?door=3")

    page.context.set_offline(True)
    for person in (bo, chen):
        type_code(page, person.code)
        says(page, "saved", person.code, "Let in, checked later")
    page.get_by_text("Offline, 2 saved").wait_for()
    page.context.set_offline(False)

    page.locator("[data-queue]").wait_for(state="hidden")
    rows = list(Scan.objects.order_by("at").values_list("attendee__name", "answer", "said", "offline"))
    assert rows == [("林小满", "ok", "saved", True), ("Kevin周", "ok", "saved", True)]


def film_of(text, path):
    """A camera that sees this QR code: one grey frame after another, as Chromium's fake device reads them."""
    code = qr.picture(text, 300).convert("L")
    frame = Image.new("L", (640, 480), 128)
    frame.paste(code, (170, 90))
    luma, chroma = frame.tobytes(), b"\x80" * (320 * 240 * 2)
    path.write_bytes(b"YUV4MPEG2 W640 H480 F10:1 Ip A1:1 C420\n" + (b"FRAME\n" + luma + chroma) * 10)


def test_the_camera_reads_a_ticket_that_the_server_decodes(chromium, live_server, client_of, dana, bo, tmp_path):
    """This Chromium has no BarcodeDetector: frames go to the server."""
    film_of(tickets.payload(bo), tmp_path / "ticket.y4m")
    flags = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
    flags += ["--no-sandbox", f"--use-file-for-fake-video-capture={tmp_path / 'ticket.y4m'}"]
    browser = chromium.browser_type.launch(executable_path=os.environ["CHROMIUM"], args=flags)
    context = browser.new_context(base_url=live_server.url, locale="en-US", permissions=["camera"])
    page = context.new_page()
    log_in(page, client_of(dana), live_server)
    page.goto("/organise/beijing/door/")
    page.get_by_text("Open the camera").click()
    says(page, "ok", "林小满")
    page.wait_for_timeout(1500)  # it is still held up: that is no second scan
    browser.close()

    assert list(Scan.objects.values_list("answer", "how")) == [("ok", "code")]
