"""Old phones, phones that ring, phones that were silenced: the door goes on."""

import os
import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from events import door as gate
from events import gates, qr, tickets
from events.models import CheckIn, Scan, ScanPoint, Visit
from tests.browser.conftest import comes_true
from tests.browser.test_door import door, film_of, log_in, says, type_code  # noqa: F401  (a fixture)
from tests.conftest import seat

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("browser")]


def test_a_phone_without_abort_timeouts_answers_by_itself_when_the_server_hangs(door, bo, chen):  # noqa: F811
    """Browsers from before 2022 have no AbortSignal.timeout; a venue's network swallows requests."""
    door.add_init_script("delete AbortSignal.timeout")
    door.reload()
    assert door.evaluate("AbortSignal.timeout === undefined")
    type_code(door, tickets.payload(bo))
    says(door, "ok", "林小满")

    door.route("**/door/scan/", lambda route: None)  # no answer, ever
    type_code(door, tickets.payload(chen))
    says(door, "ok", "Kevin周", "12")
    door.get_by_text("1 saved").wait_for()

    assert list(Scan.objects.values_list("attendee", flat=True)) == [bo.pk]


def test_a_call_takes_the_camera_away_and_one_press_brings_it_back(
    chromium, live_server, client_of, dana, bo, tmp_path
):
    film_of(tickets.payload(bo), tmp_path / "ticket.y4m")
    flags = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream", "--no-sandbox"]
    flags += [f"--use-file-for-fake-video-capture={tmp_path / 'ticket.y4m'}"]
    browser = chromium.browser_type.launch(executable_path=os.environ["CHROMIUM"], args=flags)
    context = browser.new_context(base_url=live_server.url, locale="en-US", permissions=["camera"])
    page = context.new_page()
    log_in(page, client_of(dana), live_server)
    page.goto("/organise/beijing/door/")
    button = page.get_by_text("Open the camera")
    button.click()
    says(page, "ok", "林小满")
    expect(button).to_be_hidden()

    page.evaluate(
        "(() => { const [track] = document.querySelector('video').srcObject.getTracks();"
        "track.stop(); track.dispatchEvent(new Event('ended')); })()"
    )
    expect(button).to_be_visible()
    expect(page.locator("video")).to_be_hidden()
    type_code(page, "HELLO")  # typing goes on meanwhile
    says(page, "unknown")
    button.click()

    says(page, "already", "林小满")
    browser.close()


def test_a_page_that_was_silenced_sounds_again_after_the_next_touch(door, bo):  # noqa: F811
    """A call, another app, a locked screen: browsers suspend the sound, and only a touch may wake it."""
    door.add_init_script(
        "window.made = []; const Make = AudioContext;"
        "window.AudioContext = class extends Make { constructor() { super(); made.push(this); } };"
    )
    door.reload()
    type_code(door, "HELLO")
    says(door, "unknown")
    door.evaluate("made[0].suspend()")
    assert door.evaluate("[made.length, made[0].state]") == [1, "suspended"]

    door.locator("[data-result]").click()

    assert door.evaluate("new Promise(done => setTimeout(() => done(made[0].state), 300))") == "running"


@pytest.mark.long
def test_a_phone_that_reads_no_codes_sends_to_the_code_field_and_reads_again_with_the_network(
    chromium, live_server, client_of, dana, bo, chen, tmp_path
):
    film_of(tickets.payload(bo), tmp_path / "ticket.y4m")
    flags = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream", "--no-sandbox"]
    flags += [f"--use-file-for-fake-video-capture={tmp_path / 'ticket.y4m'}"]
    browser = chromium.browser_type.launch(executable_path=os.environ["CHROMIUM"], args=flags)
    page = browser.new_context(base_url=live_server.url, locale="zh-CN", permissions=["camera"]).new_page()
    page.add_init_script("delete window.BarcodeDetector")
    log_in(page, client_of(dana), live_server)
    page.goto("/organise/beijing/door/")
    page.context.set_offline(True)
    page.locator("[data-camera]").click()

    expect(page.get_by_text("没有网络，这部手机读不出二维码")).to_be_visible()
    expect(page.locator("scan-ticket form.typed [name=code]")).to_be_focused()
    expect(page.locator("[data-queue]")).to_be_visible()
    page.keyboard.type(chen.code)
    page.keyboard.press("Enter")
    page.locator("[data-result].pass").wait_for()
    page.context.set_offline(False)

    expect(page.locator("[data-blind]")).to_be_hidden()
    says(page, "ok", "林小满")  # the camera reads again, by itself
    browser.close()


@pytest.mark.long
def test_a_phone_that_only_takes_photos_hears_that_they_are_read_again(door, bo, tmp_path):  # noqa: F811
    door.add_init_script("delete window.BarcodeDetector; navigator.mediaDevices.getUserMedia = () => Promise.reject();")
    door.reload()
    qr.picture(tickets.payload(bo), 300).save(tmp_path / "photo.png")
    with door.expect_file_chooser() as chosen:
        door.locator("[data-camera]").click()
    door.context.set_offline(True)
    chosen.value.set_files(tmp_path / "photo.png")

    expect(door.locator("[data-blind]")).to_be_visible()
    expect(door.locator("scan-ticket form.typed [name=code]")).to_be_focused()
    door.wait_for_timeout(6000)  # it asks every four seconds: away is still away
    expect(door.locator("[data-blind]")).to_be_visible()
    door.context.set_offline(False)
    expect(door.locator("[data-blind]")).to_be_hidden()


@pytest.mark.long
def test_a_row_that_was_added_at_once_has_the_badge_that_it_has_after_a_reload(door, bo):  # noqa: F811
    def look():
        row = door.locator("[data-recent] li").first
        link = row.get_by_role("link", name="Badge")
        expect(link).to_be_visible()
        drawn = [link.get_attribute(name) for name in ("href", "target", "rel", "class")]
        return (
            drawn,
            link.locator("use").get_attribute("href"),
            row.evaluate("n => [...n.children].map(c => c.tagName)"),
        )

    type_code(door, bo.code)
    says(door, "ok", "林小满")
    at_once = look()
    door.reload()

    assert look() == at_once


@pytest.mark.long
def test_a_tablet_without_a_network_names_a_door_that_has_no_number(door, bo):  # noqa: F811
    CheckIn.objects.create(attendee=bo, at=timezone.now(), door=gates.STAGE)
    door.goto("/organise/beijing/door/kiosk/")
    with door.expect_response(re.compile("/door/roster/")):
        door.get_by_role("button", name="Put the tablet up").click()
    comes_true(door, "document.querySelector('scan-ticket')?.desk?.roster.usable")
    door.evaluate("document.querySelector('scan-ticket').desk.list()")
    door.context.set_offline(True)

    type_code(door, bo.code)

    says(door, "already", "code on the big screen")


@pytest.mark.long
def test_a_desk_without_a_network_gives_no_second_prize_also_after_a_reload(door, dana, beijing, bo, chen):  # noqa: F811
    """What this very page served, and what another desk served, is on the sealed list."""
    desk = ScanPoint.objects.create(event=beijing, name="奖品台", name_en="Prize desk")
    at = timezone.now()
    gate.scan(beijing, chen.code, at=at, door="2", point=desk, nonce="elsewhere", by=dana)
    door.goto(f"/organise/beijing/door/?door=1&point={desk.pk}")
    type_code(door, bo.code)
    says(door, "ok", "林小满")
    door.evaluate("document.querySelector('scan-ticket').desk.list()")
    door.context.set_offline(True)
    door.reload()

    for person, gate_of in ((bo, "gate 1"), (chen, "gate 2")):
        type_code(door, person.code)
        when = beijing.local(Visit.objects.get(attendee=person).at).strftime("%H:%M")
        says(door, "already", f"Already served · Served at {when}, {gate_of}, by Dana")
    assert Visit.objects.count() == 2


@pytest.mark.long
def test_a_desk_serves_again_who_gave_their_prize_back(door, dana, beijing, bo):  # noqa: F811
    """Undone at another desk: this one, which had served them itself, must not go on refusing."""
    desk = ScanPoint.objects.create(event=beijing, name="奖品台", name_en="Prize desk")
    door.goto(f"/organise/beijing/door/?door=1&point={desk.pk}")
    type_code(door, bo.code)
    says(door, "ok", "林小满")
    gate.undo_visit(Visit.objects.get(), at=timezone.now(), by=dana)
    door.evaluate("document.querySelector('scan-ticket').desk.list()")
    door.context.set_offline(True)
    type_code(door, "HELLO")
    says(door, "unknown")

    type_code(door, bo.code)
    says(door, "ok", "林小满")


@pytest.mark.long
def test_a_phone_without_a_network_says_by_whom_somebody_came_in(door, dana, beijing, bo):  # noqa: F811
    at = timezone.now()
    gate.scan(beijing, bo.code, at=at, door="1", nonce="a", by=dana)
    door.evaluate("document.querySelector('scan-ticket').desk.list()")
    door.context.set_offline(True)

    type_code(door, bo.code)

    says(door, "already", f"In at {beijing.local(at).strftime('%H:%M')}, gate 1, by Dana")


@pytest.mark.long
def test_who_came_in_without_a_network_can_be_sent_back_once_it_was_told(door, bo):  # noqa: F811
    row = door.locator("[data-recent] li", has_text="林小满")
    door.context.set_offline(True)
    type_code(door, bo.code)
    says(door, "ok", "林小满")
    expect(row).to_be_visible()
    expect(row.get_by_role("button", name="Undo")).to_have_count(0)  # nobody knows of it yet
    door.context.set_offline(False)

    row.get_by_role("button", name="Undo").click()

    says(door, "undone", "林小满")
    assert CheckIn.objects.get().undone_at is not None


UNLISTED = "ABCD2345"  # well formed, and of nobody on the list


def test_without_a_network_what_no_ticket_can_be_is_unknown(door, beijing):  # noqa: F811
    door.context.set_offline(True)

    for code in ("KEVIN", "ABCDEF", "ABCD2340", "ABCDI234", f"NS:{beijing.code}:ABCDEF", "ABCD23456"):
        answer = door.evaluate("code => document.querySelector('scan-ticket').desk.judge(code, false)", code)
        assert answer == {"answer": "unknown"}, code
    type_code(door, "ABCDEF")
    says(door, "unknown", "Unknown ticket")
    assert not door.locator("[data-sure]").is_visible()


def test_a_typed_code_that_is_on_no_list_lets_in_only_when_the_crew_presses_once_more(door, beijing):  # noqa: F811
    """They may have signed up since the list was read, or the code has a slip in it."""
    door.context.set_offline(True)
    type_code(door, UNLISTED.lower())
    says(door, "unknown", UNLISTED, "Not on this phone’s list: check the code")
    type_code(door, UNLISTED)  # the same once more is no decision
    says(door, "unknown", UNLISTED)
    assert door.evaluate("document.querySelector('scan-ticket').desk.here.size") == 0
    seat(beijing, "晚来", "late@nextstop.example", code=UNLISTED)

    door.get_by_role("button", name="Let in all the same").click()

    says(door, "saved", UNLISTED, "Let in, checked later")
    assert not door.locator("[data-sure]").is_visible()
    door.context.set_offline(False)
    door.locator("[data-queue]").wait_for(state="hidden")
    assert list(Scan.objects.order_by("at").values_list("answer", "said")) == [
        ("unknown", "unknown"),
        ("unknown", "unknown"),
        ("ok", "saved"),
    ]
    assert CheckIn.objects.get().attendee.name == "晚来"


def test_a_scanned_ticket_that_is_on_no_list_is_let_in_by_the_crew_and_checked_later(door, beijing):  # noqa: F811
    door.context.set_offline(True)

    type_code(door, f"NS:{beijing.code}:{UNLISTED}")

    says(door, "saved", UNLISTED, "Not on this phone’s list")
    assert not door.locator("[data-sure]").is_visible()


@pytest.mark.long
@pytest.mark.parametrize("code", [UNLISTED, "NS:{event}:" + UNLISTED])
def test_a_tablet_lets_in_nobody_who_is_on_no_list(door, beijing, code):  # noqa: F811
    door.goto("/organise/beijing/door/kiosk/")
    with door.expect_response(re.compile("/door/roster/")):
        door.get_by_role("button", name="Put the tablet up").click()
    comes_true(door, "document.querySelector('scan-ticket').desk.roster.usable")
    door.context.set_offline(True)
    door.locator("form.typed [name=code]").evaluate("node => node.removeAttribute('maxlength')")

    type_code(door, code.format(event=beijing.code))

    says(door, "unknown", "Please ask the crew")


@pytest.mark.long
def test_who_is_offered_a_seat_has_the_button_that_takes_it_below_the_answer(door, beijing, bo):  # noqa: F811
    """Without a network the phone says what it knows, and gives nothing away."""
    ends = timezone.now() + timedelta(minutes=10)
    cid = seat(beijing, "岑西", "cid@nextstop.example", status="offered", offer_ends_at=ends)
    take = door.get_by_role("button", name="Take the seat, let in")
    type_code(door, cid.code)
    says(door, "waiting", "岑西", "A seat is held for them")
    expect(take).to_be_visible()
    type_code(door, bo.code)  # the next one: nobody takes a seat for the one before by mistake
    says(door, "ok", "林小满")
    expect(take).to_have_count(0)
    with door.expect_response(re.compile("/door/roster/")):
        door.evaluate("document.querySelector('scan-ticket').desk.list(); 0")
    door.context.set_offline(True)
    type_code(door, cid.code)
    says(door, "waiting", "岑西", "A seat is held for them")
    door.context.set_offline(False)
    door.locator("[data-queue]").wait_for(state="hidden")

    type_code(door, cid.code)
    take.click()

    says(door, "ok", "岑西")
    assert CheckIn.objects.filter(attendee=cid).count() == 1
