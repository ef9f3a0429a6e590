"""An engine that knows no cascade layers drops every rule in them, and still shows the page as it is meant."""

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("browser")]


def test_an_engine_without_layers_gets_the_same_rules(beijing, browser_page):
    page = browser_page
    page.goto("/attend/beijing/")
    button = page.locator(".cta .btn").first
    meant = button.evaluate("node => getComputedStyle(node).backgroundColor")

    page.add_init_script("delete window.CSSLayerBlockRule")
    page.route("**/static/css/*.css", lambda route: route.fulfill(body="", content_type="text/css"))
    page.goto("/attend/beijing/")

    expect(button).to_have_css("background-color", meant)
    expect(page.locator("body")).to_have_css("margin-top", "0px")
    assert page.locator(".cta").first.evaluate("node => getComputedStyle(node).position") == "fixed"
