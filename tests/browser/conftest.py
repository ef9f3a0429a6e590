"""A real Chromium in front of a real server."""

import os

import pytest


@pytest.fixture(scope="session")
def chromium():
    """One browser for all tests of this process."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=os.environ["CHROMIUM"], args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def open_browser(chromium, live_server, settings):
    """Opens a fresh browser profile at the site: `open_browser(language="zh-CN", width=390)` gives its page."""
    settings.SITE_URL = live_server.url
    contexts = []

    def make(*, language="en-US", width=390, height=844, **options):
        context = chromium.new_context(
            base_url=live_server.url, locale=language, viewport={"width": width, "height": height}, **options
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        return page

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def browser_page(open_browser):
    """A phone that nobody knows."""
    return open_browser()
