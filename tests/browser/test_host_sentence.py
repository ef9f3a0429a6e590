"""The host says it in a sentence, in a browser: typed or dictated, read, confirmed, drawn."""

import os

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from events.models import CheckIn
from raffle import entering, host
from raffle.models import Draw, Prize, Raffle
from tests.fake_openai import FakeOpenAI

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("browser")]

SPEECH = """
window.SpeechRecognition = undefined;
window.webkitSpeechRecognition = class {
  start() {
    this.onstart();
    setTimeout(() => {
      const result = Object.assign([{ transcript: "抽两个键盘" }], { isFinal: true });
      this.onresult({ results: [result] }); this.onend();
    }, 50);
  }
  stop() {}
};
"""


@pytest.fixture
def remote(open_browser, live_server, beijing, acme, bo, chen, dai, leo):
    """The host's page for draws, three people in the pot."""
    cache.clear()
    raffle = entering.raffle_of(beijing, at=timezone.now())
    Raffle.objects.update(delay=10)
    for person, digit in ((bo, "b"), (chen, "c"), (dai, "d")):
        CheckIn.objects.create(attendee=person, at=timezone.now())
        entering.enter(raffle, person, digit * 32)
    Prize.objects.create(event=beijing, sponsor=acme, name="K7机械键盘", name_en="K7 keyboard", quantity=8)

    def make(script="", **options):
        page = open_browser(**options)
        client = Client()
        client.force_login(leo, backend="django.contrib.auth.backends.ModelBackend")
        cookies = [{"name": k, "value": m.value, "url": live_server.url} for k, m in client.cookies.items()]
        page.context.add_cookies(cookies)
        if script:
            page.add_init_script(script)
        page.goto("/stage/beijing/raffle/")
        return page

    return make


def shoot(page, name):
    if os.environ.get("SHOTS"):
        page.screenshot(path=f"{os.environ['SHOTS']}/{name}.png", full_page=True)


@pytest.mark.parametrize("language", ["zh-CN", "en-US"])
def test_a_typed_sentence_is_read_and_drawn_after_the_press(remote, language):
    page = remote(language=language)
    page.locator("host-sentence input[name=sentence]").fill("抽两个K7机械键盘，没中过奖的")
    page.keyboard.press("Enter")
    page.wait_for_selector("host-sentence .notice.good")
    shoot(page, f"sentence-{language}")
    assert Draw.objects.count() == 0

    page.click("host-sentence .heard button")
    page.wait_for_load_state()

    assert list(Draw.objects.values_list("quantity", flat=True)) == [2]


def test_a_dictated_sentence_is_read_too(remote):
    page = remote(SPEECH, language="zh-CN")
    page.click("[data-dictate]")

    assert "抽 2 × K7机械键盘" in page.wait_for_selector("host-sentence .notice.good").inner_text()


def test_without_dictation_there_is_no_button_for_it(remote):
    page = remote("window.webkitSpeechRecognition = window.SpeechRecognition = undefined;")

    assert page.locator("[data-dictate]").is_hidden()


def test_a_sentence_that_names_who_wins_gets_the_reason(remote):
    page = remote(language="zh-CN")
    page.locator("host-sentence input[name=sentence]").fill("让林小满中奖")
    page.keyboard.press("Enter")

    assert "结果由算式决定" in page.wait_for_selector("host-sentence .notice.warn").inner_text()
    shoot(page, "sentence-person")


def test_without_javascript_the_sentence_has_a_page_of_its_own(remote):
    page = remote(language="en-US", java_script_enabled=False)
    page.fill("host-sentence input[name=sentence]", "draw one keyboard")
    page.click("host-sentence button:has-text('Read')")

    assert "Draw 1 × K7 keyboard" in page.inner_text("main")
    shoot(page, "sentence-page")


def test_the_warm_up_shows_what_the_model_says_as_text(remote, settings):
    host.load()
    with FakeOpenAI() as server:
        settings.OPENAI_API_KEY, settings.OPENAI_BASE_URL = "sk-x", server.url
        server.words = "票箱还开着。把副券撕下来。"
        page = remote(language="zh-CN")
        page.click("warm-up button")
        page.get_by_text("撕下来。").wait_for()
        shoot(page, "warm-up")

        assert page.inner_text("warm-up p").strip() == "票箱还开着。\n把副券撕下来。"


def test_the_organiser_sees_the_calls(open_browser, live_server, mei, beijing):
    from raffle.models import ModelCall

    ModelCall.objects.create(
        event=beijing,
        model="glm-4-flash",
        purpose="read",
        rung="tool",
        tokens_in=321,
        tokens_out=45,
        milliseconds=812,
        outcome="ok",
    )
    ModelCall.objects.create(
        event=beijing,
        model="glm-4-flash",
        purpose="speak",
        rung="text",
        tokens_out=12,
        milliseconds=4003,
        outcome="Late",
    )
    page = open_browser(language="zh-CN", width=1440, height=900)
    client = Client()
    client.force_login(mei, backend="django.contrib.auth.backends.ModelBackend")
    page.context.add_cookies([{"name": k, "value": m.value, "url": live_server.url} for k, m in client.cookies.items()])
    page.goto("/organise/beijing/raffle/model/")

    assert "321 / 45" in page.inner_text("main")
    shoot(page, "model-calls")
