"""Old phones, phones that ring, phones that were silenced: the door goes on."""

import os

import pytest
from playwright.sync_api import expect

from events import tickets
from events.models import Scan
from tests.browser.test_door import door, film_of, log_in, says, type_code  # noqa: F401  (a fixture)

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
