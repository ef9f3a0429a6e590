"""WeChat's Back arrow leads out of the event, not through every tab that was open before: a tab replaces the last."""

import pytest

from tests.events.test_wechat import UA

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("browser")]


@pytest.mark.long
@pytest.mark.parametrize(("browser", "steps"), [({"user_agent": UA}, 0), ({}, 2)], ids=["wechat", "others"])
def test_tabs_that_are_pressed_are_steps_back_only_outside_of_wechat(visit, bo, browser, steps):
    page = visit(bo, "/attend/beijing/ticket/", **browser)
    before = page.evaluate("history.length")

    for tab, path in (("Now", "live/"), ("Ask", "questions/")):
        page.locator("nav.tabs").get_by_role("link", name=tab).click()
        page.wait_for_url(f"**/attend/beijing/{path}")

    assert page.evaluate("history.length") - before == steps
