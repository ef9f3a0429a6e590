"""A ticket that was kept for the hall without a network is gone with the person: nobody finds it in flight mode."""

import pytest
from django.utils import timezone
from playwright.sync_api import Error, expect

from events import admission, registration
from events.models import Attendee, Event
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


def flies(page, path=TICKET):
    """What the ticket's address shows in flight mode; "" for what only a browser says."""
    page.context.set_offline(True)
    try:
        page.goto(path)
    except Error as failure:
        assert "ERR_" in failure.message
        return ""
    return page.content()


def test_in_flight_mode_the_ticket_is_there(phone, bo):
    assert bo.spaced_code in flies(phone)


@pytest.fixture
def hosts(visit, bo):
    """Bo's phone with the page of Ann's ticket, whom he brings and who has no phone."""
    Event.objects.update(plus_ones=2)
    bo.event.refresh_from_db()
    ann = registration.bring(bo, at=timezone.now(), name="Ann")
    path = f"/attend/beijing/bring/{ann.uid}/"
    page = visit(bo, path)
    comes_true(page, f"caches.match('{path}')")
    return page, ann, path


def test_in_flight_mode_a_host_shows_the_ticket_of_a_guest_without_a_phone(hosts):
    page, ann, path = hosts

    assert ann.spaced_code in flies(page, path)


def test_a_guest_who_does_not_come_is_no_longer_kept_on_the_hosts_phone(hosts):
    page, ann, path = hosts
    admission.cancel(ann, at=timezone.now(), note="by their host")
    page.goto(path)
    comes_true(page, f"caches.match('{path}').then((kept) => !kept)")

    assert flies(page, path) == ""


def test_guests_leave_a_borrowed_phone_with_their_host(hosts):
    page, _ann, path = hosts
    page.goto("/attend/beijing/my-data/")
    page.get_by_role("button", name="Delete my data").click()
    expect(page.get_by_role("heading", name="Deleted")).to_be_visible()
    comes_true(page, f"caches.match('{path}').then((kept) => !kept)")

    assert flies(page, path) == ""


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
