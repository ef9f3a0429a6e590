"""A newcomer walks from the announcement to the ticket; the last seat changes hands between two phones."""

import re

import pytest
from playwright.sync_api import expect

from events.models import Attendee, Event, OutgoingMail
from tests.browser.conftest import LOOKS
from tests.work import work

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("browser")]


def sign_up(page, name, contact):
    page.goto("/attend/beijing/register/")
    page.get_by_label(re.compile("Your name|怎么称呼你")).fill(name)
    page.get_by_label(re.compile("Phone or email|手机号或邮箱")).fill(contact)
    page.wait_for_timeout(1000)  # nobody types faster
    page.get_by_role("button", name=re.compile("Print my ticket|领票|Join the waitlist|排候补")).click()


def test_a_newcomer_has_a_ticket_a_mail_and_a_calendar_entry(beijing, browser_page):
    page = browser_page
    page.goto("/attend/beijing/")
    page.get_by_role("link", name="Get a ticket").last.click()
    page.get_by_label("Your name").fill("林小满")
    expect(page.locator(".who[data-echo-of=name]")).to_have_text("林小满")  # also when typed before the script came
    sign_up(page, "林小满", "bo@nextstop.example")

    page.wait_for_url("**/attend/beijing/ticket/")
    expect(page.get_by_text("No.0001")).to_be_visible()
    expect(page.locator("svg.qr")).to_be_visible()
    work()
    assert OutgoingMail.objects.get().to == "bo@nextstop.example"
    entry = page.request.get(page.get_by_role("link", name="Calendar").get_attribute("href"))
    assert entry.headers["content-type"].startswith("text/calendar") and "BEGIN:VTIMEZONE" in entry.text()


def test_what_was_typed_before_the_script_came_stands_on_the_ticket(beijing, browser_page):
    page, held = browser_page, []
    page.route("**/print-ticket*.js", lambda route: held.append(route))
    page.goto("/attend/beijing/register/", wait_until="commit")
    page.get_by_label("Your name").fill("林小满")
    expect(page.locator(".who[data-echo-of=name]")).not_to_have_text("林小满")

    for route in held:
        route.continue_()

    expect(page.locator(".who[data-echo-of=name]")).to_have_text("林小满")


def test_everything_to_decide_is_in_the_first_screen_of_a_phone(beijing, acme, open_browser):
    for language, words in (
        ("zh-CN", ["免费", "还剩 130 座", "报名"]),
        ("en-US", ["Free", "130 seats left", "Get a ticket"]),
    ):
        page = open_browser(language=language)
        page.goto("/attend/beijing/")
        bar = page.locator(".cta")
        box = bar.bounding_box()
        assert box["y"] + box["height"] <= 844
        for word in words:
            expect(bar.get_by_text(word, exact=True)).to_be_visible()
        for selector in ("h1", ".kicker", ".facts li:nth-child(1)", ".facts li:nth-child(2)"):
            place = page.locator(selector).first.bounding_box()
            assert place["y"] + place["height"] <= box["y"], selector


def test_the_form_works_without_javascript_and_names_what_is_missing(beijing, open_browser):
    page = open_browser(java_script_enabled=False, language="zh-CN")
    sign_up_without_waiting = page.goto("/attend/beijing/register/")
    assert sign_up_without_waiting.status == 200
    page.get_by_label("怎么称呼你").fill("林小满")
    page.get_by_label("手机号或邮箱").fill("138 0013")
    page.get_by_role("button", name="领票").click()

    expect(page.get_by_text("手机号要 11 位，还差 4 位")).to_be_visible()
    expect(page.get_by_label("怎么称呼你")).to_have_value("林小满")


def test_the_last_seat_goes_from_one_phone_to_the_next(beijing, open_browser):
    Event.objects.update(capacity=1)
    ann, cid = open_browser(), open_browser()
    sign_up(ann, "Ann", "ann@nextstop.example")
    ann.wait_for_url("**/ticket/")
    sign_up(cid, "Cid", "cid@nextstop.example")
    cid.wait_for_url("**/ticket/")
    expect(cid.get_by_text("You are next.")).to_be_visible()

    ann.get_by_text("Can’t make it? Give up my seat").click()
    ann.get_by_role("button", name="Give up my seat").click()
    expect(ann.get_by_text("You gave up your place")).to_be_visible()

    cid.reload()
    cid.get_by_role("button", name="Take the seat").click()
    expect(cid.get_by_text("Show this at the door")).to_be_visible()
    assert list(Attendee.objects.order_by("number").values_list("status", flat=True)) == ["cancelled", "confirmed"]


@pytest.mark.long
@pytest.mark.parametrize(("language", "theme"), LOOKS)
def test_pages_are_accessible_in_both_languages_and_both_themes(beijing, acme, open_browser, language, theme):
    from axe_playwright_python.sync_playwright import Axe

    rules = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}
    page, found = open_browser(language=language, color_scheme=theme), []
    sign_up(page, "林小满", "bo@nextstop.example")
    page.wait_for_url("**/ticket/")
    for path in ("", "ticket/", "edit/", "my-data/", "lost/", "privacy/", "poster/"):
        page.goto(f"/attend/beijing/{path}")
        result = Axe().run(page, options=rules)
        found += [(path, v["id"], v["nodes"][0]["html"][:120]) for v in result.response["violations"]]
    assert found == []


def test_nothing_overflows_a_narrow_phone(beijing, bo, open_browser):
    for language in ("zh-CN", "en-US"):
        page = open_browser(language=language, width=320, height=640)
        sign_up(page, "十二个字的称呼写满了试试", f"{language}@nextstop.example")
        page.wait_for_url("**/ticket/")
        for path in ("", "ticket/", "edit/", "poster/"):
            page.goto(f"/attend/beijing/{path}")
            assert page.evaluate("document.documentElement.scrollWidth") <= 320, (language, path)


def test_the_tile_shows_how_the_big_screen_will_show_the_name(beijing, browser_page):
    page = browser_page
    page.goto("/attend/beijing/register/")
    tile = page.locator(".tile b")
    sizes = []
    for name in ("林小满", "林小满林小满林", "十二个字的称呼写满了试试"):
        page.get_by_label("Your name").fill(name)
        expect(tile).to_have_text(name)
        sizes.append(tile.evaluate("node => parseFloat(getComputedStyle(node).fontSize)"))

    assert sizes[0] == 27 and sizes == sorted(sizes, reverse=True) and sizes[0] > sizes[1] and sizes[2] >= 13


def test_from_the_announcement_to_the_seat_and_back_without_javascript(beijing, open_browser):
    page = open_browser(java_script_enabled=False)
    page.goto("/attend/beijing/")
    page.get_by_role("link", name="Get a ticket").last.click()
    page.get_by_label("Your name").fill("Bo")
    page.get_by_label("Phone or email").fill("bo@nextstop.example")
    page.wait_for_timeout(1000)
    page.get_by_role("button", name="Print my ticket").click()
    expect(page.get_by_text("No.0001")).to_be_visible()
    expect(page.locator("svg.qr")).to_be_visible()

    page.get_by_role("link", name="Change my details").click()
    page.get_by_label("Your name").fill("Bo Lin")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Bo Lin")).to_be_visible()

    page.get_by_text("Can’t make it? Give up my seat").click()
    page.get_by_role("button", name="Give up my seat").click()
    expect(page.get_by_text("You gave up your place")).to_be_visible()
    page.get_by_role("button", name="Get a ticket after all").click()
    expect(page.get_by_text("Show this at the door")).to_be_visible()
