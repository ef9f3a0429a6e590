"""The remote in a real browser: a press that the server does not take is not lost without a word."""

import pytest
from playwright.sync_api import expect

from events.models import Stage

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_press_from_a_form_that_is_old_says_so_and_the_next_one_is_taken(
    beijing, leo, client_of, open_browser, live_server, settings
):
    remote, name = open_browser(), settings.SESSION_COOKIE_NAME
    session = client_of(leo).cookies[name].value
    remote.context.add_cookies([{"name": name, "value": session, "url": live_server.url}])
    remote.goto("/stage/beijing/remote/")
    remote.context.clear_cookies(name=settings.CSRF_COOKIE_NAME)  # as after a log-in on another page

    remote.locator("button.go").click()
    expect(remote.get_by_role("status")).to_have_text(
        "The server did not take that press. The page is fresh now: press again."
    )
    assert Stage.objects.get(event=beijing).version == 0

    remote.locator("button.go").click()
    expect(remote.locator("follow-stage")).to_have_attribute("version", "1")
    assert "did not take" not in remote.content().partition("<follow-stage")[0]
