"""The ice-breaker on a phone: the card changes at the beat by itself, and two phones meet."""

from datetime import timedelta

import pytest
from django.utils import timezone, translation
from playwright.sync_api import expect

from events import icebreaking, passes
from events.models import CheckIn, Icebreaker, IntroCard

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("browser")]


@pytest.fixture
def phone_of(open_browser, live_server):
    """The phone of somebody who came through the door, at their seat."""

    def make(person):
        CheckIn.objects.create(attendee=person, at=timezone.now())
        page = open_browser()
        page.context.add_cookies([{"name": passes.COOKIE, "value": passes.sign(person), "url": live_server.url}])
        page.goto("/attend/beijing/aboard/")
        return page

    return make


@pytest.mark.long
def test_the_card_changes_with_the_beat_of_the_room(phone_of, bo, beijing):
    """No host, no news: the phone knows until when its card is good."""
    breaker = Icebreaker.objects.create(event=beijing, begun_at=timezone.now() - timedelta(seconds=460))
    phone = phone_of(bo)
    now = timezone.now()
    with translation.override("en"):  # the language of the phone
        first, second = (icebreaking.card_for(beijing, 6, at) for at in (now, breaker.next_at(now)))
    assert first != second
    expect(phone.locator(".icecard .q")).to_have_text(first)

    expect(phone.locator(".icecard .q")).to_have_text(second, timeout=60_000)


def test_two_phones_meet_and_swap_contacts(phone_of, bo, chen):
    for person in (bo, chen):
        IntroCard.objects.create(attendee=person, contact=f"wx-{person.number}")
    one, other = phone_of(bo), phone_of(chen)
    one.reload()
    one.locator(".mates li", has_text=chen.name).get_by_role("button", name="We met").click()
    other.reload()
    other.locator(".mates li", has_text=bo.name).get_by_role("button", name="We met, yes").click()
    other.locator(".mates li", has_text=bo.name).get_by_role("button", name="Swap contacts").click()
    expect(other.get_by_text("Waiting for their yes")).to_be_visible()
    one.reload()
    expect(one.get_by_text("They said yes")).to_be_visible()
    one.get_by_role("button", name="Swap contacts").click()

    expect(one.locator(".contact")).to_have_text(f"wx-{chen.number}")
    one.get_by_role("link", name="My card").click()
    expect(one.locator(".mates li")).to_contain_text(chen.name)
