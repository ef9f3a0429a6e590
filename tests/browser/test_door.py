"""The door walks: a scan, the network goes, scans wait on the phone, the network is back, each is there once."""

import os
import re

import pytest
from django.utils import timezone
from PIL import Image

from events import passes, qr, tickets
from events.models import Attendee, CheckIn, Scan
from tests.browser.conftest import comes_true
from tests.conftest import account, seat

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("browser")]


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
    for quiet in (
        "[data-result]",
        "[data-ticket]",
        "[data-blind]",
        "[data-queue]",
    ):  # nothing is said before anything is
        assert not door.locator(quiet).is_visible(), quiet
    door.get_by_label("Search").fill("小满")
    door.get_by_role("button", name="Let in").first.click()
    says(door, "ok", "林小满")
    door.locator("[data-recent] li", has_text="林小满").get_by_role("button", name="Undo").click()
    says(door, "undone", "林小满")
    door.get_by_text("Walk-in").click()
    door.get_by_label("Their name").fill("来人")
    door.locator(".walkin").get_by_role("button", name="Let in").click()
    says(door, "ok", "来人")
    door.locator("[data-ticket] svg.qr").wait_for()

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


def test_the_tablet_greets_and_forgets_and_knows_no_crew(door, bo):
    door.goto("/organise/beijing/door/kiosk/")
    door.get_by_role("button", name="Put the tablet up").click()
    type_code(door, bo.code)
    says(door, "ok", "林小满")
    door.locator("[data-result]").wait_for(state="hidden")

    assert bo.name not in door.content()
    assert list(Scan.objects.values_list("how", "door")) == [("self", "tablet")]
    comes_true(door, "caches.keys().then((names) => names.length === 0)")  # nor does what the crew's page kept
    door.go_back()
    door.goto("/organise/beijing/door/")
    assert "/accounts/login/" in door.url


@pytest.mark.long
def test_the_tablet_goes_on_without_a_network(door, bo):
    door.goto("/organise/beijing/door/kiosk/")
    with door.expect_response(re.compile("/door/roster/")) as listed:
        door.get_by_role("button", name="Put the tablet up").click()
    assert listed.value.status in (200, 304)
    door.locator("scan-ticket[data-kiosk]").wait_for()
    comes_true(door, "document.querySelector('scan-ticket').desk.roster.usable")
    door.context.set_offline(True)
    type_code(door, bo.code)
    says(door, "ok", "林小满")
    door.context.set_offline(False)

    door.locator("[data-queue]").wait_for(state="hidden")
    assert list(Scan.objects.values_list("how", "door", "offline", "answer")) == [("self", "tablet", True, "ok")]


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
    type_code(page, bo.code.lower())
    says(page, "already", bo.code, "Scanned on this phone")  # also without a list it knows whom it let in itself
    page.context.set_offline(False)

    page.locator("[data-queue]").wait_for(state="hidden")
    rows = list(Scan.objects.order_by("at").values_list("attendee__name", "answer", "said", "offline"))
    assert rows == [
        ("林小满", "ok", "saved", True),
        ("Kevin周", "ok", "saved", True),
        ("林小满", "already", "already", True),
    ]


def test_the_page_says_that_the_network_is_back_also_when_nothing_waits(door):
    door.context.set_offline(True)
    door.get_by_text("Offline", exact=True).wait_for()
    door.context.set_offline(False)

    door.locator("[data-queue]").wait_for(state="hidden")


def test_what_is_typed_while_an_answer_is_on_its_way_is_next(door, bo, chen, dai):
    """Three in a second, on a slow network: none is dropped."""
    door.route("**/door/scan/", lambda route: (door.wait_for_timeout(400), route.continue_()))
    for person in (bo, chen, dai):
        type_code(door, person.code)

    says(door, "ok", "豆包侠")
    assert list(Scan.objects.order_by("pk").values_list("attendee__name", flat=True)) == ["林小满", "Kevin周", "豆包侠"]


def test_a_phone_that_knows_the_server_to_be_away_hardly_waits_for_it(door, bo, chen):
    """The Wi-Fi is there, the server hangs: the first person waits for it, the queue behind does not."""
    door.evaluate(
        "window.patience = []; const desk = document.querySelector('scan-ticket').desk, post = desk.post.bind(desk);"
        "desk.post = (rows, ms) => { if (rows.length && ms < 3000) patience.push(ms); return post(rows, ms); }; 0"
    )
    door.route("**/door/scan/", lambda route: None)
    type_code(door, bo.code)
    says(door, "ok", "林小满")
    first = door.evaluate("patience")
    door.evaluate("document.querySelector('scan-ticket').desk.end(); patience.length = 0")
    type_code(door, chen.code)
    says(door, "ok", "Kevin周")

    assert (first, door.evaluate("patience")) == ([2500], [600])
    assert CheckIn.objects.count() == 0


@pytest.mark.long
def test_one_row_that_the_server_cannot_take_holds_up_no_other(door, bo, chen):
    door.context.set_offline(True)
    for code in (bo.code, "NS:OTHR:23456789", chen.code):
        type_code(door, code)
        says(door, "other" if "OTHR" in code else "ok")

    def refuse(route):
        if "OTHR" in route.request.post_data:
            route.fulfill(status=500, body="")
        else:
            route.continue_()

    door.route("**/door/scan/", refuse)
    door.context.set_offline(False)
    comes_true(door, "document.querySelector('[data-queue]').dataset.waiting === '1'")

    assert sorted(Scan.objects.values_list("attendee__name", flat=True)) == ["Kevin周", "林小满"]
    door.unroute("**/door/scan/")
    door.locator("[data-queue]").wait_for(state="hidden")  # and it is not lost either
    assert Scan.objects.count() == 3


@pytest.mark.long
def test_who_waits_on_the_phone_stays_in_its_list_while_others_were_sent(door, bo, chen):
    door.context.set_offline(True)
    for person in (bo, chen):
        type_code(door, person.code)
        says(door, "ok", person.name)
    (first, *_rest) = door.evaluate("document.querySelector('scan-ticket').desk.mine()")

    def refuse(route):
        if first["code"] in route.request.post_data:
            route.fulfill(status=500, body="")
        else:
            route.continue_()

    door.route("**/door/scan/", refuse)
    door.context.set_offline(False)
    comes_true(door, "document.querySelector('[data-queue]').dataset.waiting === '1'")
    door.wait_for_timeout(1500)  # the list would have been read by then
    assert door.locator("[data-recent] li", has_text=bo.name).count() == 1

    door.unroute("**/door/scan/")
    for person in (bo, chen):  # told, and each with what takes it back
        row = door.locator("[data-recent] li", has_text=person.name)
        row.get_by_role("button", name="Undo").wait_for()


def test_a_proxy_that_finds_no_server_opens_the_kept_page(door, bo):
    door.context.route(
        re.compile(r"/organise/beijing/door/\?door=2$"), lambda route: route.fulfill(status=502, body="Bad Gateway")
    )
    door.reload()

    assert door.locator("scan-ticket[data-shell]").count() == 1


@pytest.mark.long
def test_each_answer_has_its_own_tune_colour_icon_and_word(open_browser, client_of, dana, live_server, beijing, bo):
    """By ear, by eye, by word: no two answers share one of them."""
    for name, status in (("望", "waitlisted"), ("消", "cancelled")):
        seat(beijing, name, f"{status}@nextstop.example", status=status, queued_at=timezone.now())
    page = open_browser()
    log_in(page, client_of(dana), live_server)
    page.add_init_script(
        "window.heard = []; const make = AudioContext.prototype.createOscillator;"
        "AudioContext.prototype.createOscillator = function () { const tone = make.call(this), start = tone.start.bind(tone);"
        "tone.start = (at) => { heard.push([tone.frequency.value, this.state]); start(at); }; return tone; };"
    )
    page.goto("/organise/beijing/door/")
    codes = [bo.code, bo.code, *Attendee.objects.exclude(pk=bo.pk).order_by("pk").values_list("code", flat=True)]
    told = []
    for code, answer in zip(
        [*codes, "NS:OTHR:23456789", "HELLO"], ["ok", "already", "waiting", "cancelled", "other", "unknown"]
    ):
        page.evaluate("heard.length = 0")
        type_code(page, code)
        says(page, answer)
        told.append(
            page.evaluate(
                "(() => { const box = document.querySelector('[data-result]');"
                "return [heard.map(([tone]) => Math.round(tone)).join(), getComputedStyle(box).backgroundColor,"
                "box.querySelector('use').getAttribute('href').split('#')[1], document.querySelector('scan-ticket').labels[box.className.split(' ')[1]]]; })()"
            )
        )
        assert page.evaluate("heard.every(([, state]) => state === 'running')")

    for sign in zip(*told):
        assert len(set(sign)) == 6, sign


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


def test_the_page_that_was_kept_lets_in_one_walk_in_each_time_that_it_is_opened(door, beijing):
    for name in ("来人", "又来一个"):
        door.goto("/organise/beijing/door/shell/?door=2")
        door.get_by_text("Walk-in").click()
        door.get_by_label("Their name").fill(name)
        door.locator(".walkin").get_by_role("button", name="Let in").click()
        says(door, "ok", name)

    assert set(Attendee.objects.values_list("name", flat=True)) >= {"来人", "又来一个"}
