"""A ticket that was kept for the hall without a network is gone with the person: nobody finds it in flight mode."""

import pytest
from playwright.sync_api import Error, expect

from events.models import Attendee
from tests.browser.conftest import comes_true

pytestmark = [
    pytest.mark.browser,
    pytest.mark.long,
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("browser"),
]
TICKET = "/attend/beijing/ticket/"


@pytest.fixture
def phone(visit, bo):
    """Bo's phone, with the ticket kept."""
    page = visit(bo, TICKET)
    comes_true(page, "navigator.serviceWorker.controller?.state === 'activated'")
    comes_true(page, f"caches.match('{TICKET}')")
    return page


def flies(page):
    """What the ticket's address shows in flight mode; "" for what only a browser says."""
    page.context.set_offline(True)
    try:
        page.goto(TICKET)
    except Error as failure:
        assert "ERR_" in failure.message
        return ""
    return page.content()


def test_in_flight_mode_the_ticket_is_there(phone, bo):
    assert bo.spaced_code in flies(phone)


def test_who_deletes_their_data_on_a_borrowed_phone_leaves_no_ticket_there(phone):
    phone.goto("/attend/beijing/my-data/")
    phone.get_by_role("button", name="Delete my data").click()
    expect(phone.get_by_role("heading", name="Deleted")).to_be_visible()
    comes_true(phone, "caches.keys().then((names) => names.length === 0)")

    assert flies(phone) == ""


def test_a_ticket_that_was_given_up_is_not_kept(phone, bo):
    phone.locator(".giveup summary").click()
    phone.get_by_role("button", name="Give up my seat").click()
    expect(phone.get_by_role("heading", name="You gave up your place")).to_be_visible()
    comes_true(phone, f"caches.match('{TICKET}').then((kept) => !kept)")

    assert flies(phone) == ""


def test_a_phone_that_no_longer_knows_the_ticket_forgets_it_when_it_hears_so(phone):
    phone.context.clear_cookies()
    phone.goto("/attend/beijing/edit/")  # any page of a ticket
    expect(phone.get_by_role("heading", name="This page belongs to a ticket")).to_be_visible()
    comes_true(phone, f"caches.match('{TICKET}').then((kept) => !kept)")

    assert flies(phone) == ""


def test_the_worker_by_itself_forgets_a_ticket_that_is_no_more(phone, bo):
    """Given up on another device; on this one the address is opened once more, and no script of the page runs."""
    phone.route("**/keep-page-no-more*.js", lambda route: route.abort())
    Attendee.objects.filter(pk=bo.pk).delete()
    phone.goto(TICKET)
    comes_true(phone, f"caches.match('{TICKET}').then((kept) => !kept)")

    assert flies(phone) == ""


def test_what_keeps_on_being_true_stays_kept(phone, bo):
    for path in ("/attend/beijing/", TICKET, f"{TICKET}?ticket", "/attend/beijing/my-data/"):
        phone.goto(path)
    phone.wait_for_timeout(500)

    assert bo.spaced_code in flies(phone)
