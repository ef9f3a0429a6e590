"""WeChat lets people enlarge its text: at 140 % nothing leaves a narrow phone."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from config import demo
from events.models import Attendee, Event
from tests.browser.test_signup import sign_up

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("browser")]

# What WeChat does: every size that the page asked for, in whatever unit, grows.
ENLARGE = """() => {
  const all = [...document.body.querySelectorAll('*')].map(one => [one, parseFloat(getComputedStyle(one).fontSize)]);
  for (const [one, size] of all) one.style.setProperty('font-size', `${size * 1.4}px`, 'important');
}"""

# Words that lie outside the screen, unless they are in a box that scrolls by itself or are meant for nobody's eyes.
OUTSIDE = """() => {
  const found = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const scrolls = one => one && one !== document.body
    && (/auto|scroll/.test(getComputedStyle(one).overflowX) || scrolls(one.parentElement));
  while (walker.nextNode()) {
    const text = walker.currentNode, home = text.parentElement;
    if (!text.data.trim() || !home.checkVisibility({visibilityProperty: true}) || scrolls(home)) continue;
    if (home.closest('.trap, .skip, svg')) continue;
    const range = document.createRange();
    range.selectNodeContents(text);
    for (const box of range.getClientRects())
      if (box.width && (box.right > innerWidth + 1 || box.left < -1)) { found.push(text.data.trim()); break; }
  }
  return found;
}"""


def assert_nothing_leaves(page, where):
    page.evaluate(ENLARGE)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390, where
    assert page.evaluate(OUTSIDE) == [], where


@pytest.mark.parametrize("language", ["zh-CN", "en-US"])
def test_text_at_140_percent_stays_on_the_phone(beijing, acme, open_browser, language):
    page = open_browser(language=language)
    for path in ("/attend/beijing/", "/attend/beijing/register/"):
        page.goto(path)
        assert_nothing_leaves(page, path)

    sign_up(page, "林小满", "bo@nextstop.example")
    page.wait_for_url(re.compile("/attend/beijing/ticket/"))
    assert_nothing_leaves(page, "the ticket")


@pytest.fixture
def day():
    """The demo's day: a full line, teams, questions, prizes; number 4 is inside and the captain of a team."""
    return demo.seed()


ROOM = ["ticket/?ticket", "aboard/", "people/", "card/", "live/", "programme/", "questions/", "film/", "film/team/"]
ROOM += ["film/wall/", "luck/", "raffle/"]


def what_leaves(page, paths):
    """`(path, how wide the page is, the words outside)` of each page that does not stay on the phone."""
    found = []
    for path in paths:
        assert page.goto(f"/attend/beijing/{path}").status == 200, path
        page.evaluate(ENLARGE)
        width, words = page.evaluate("document.documentElement.scrollWidth"), page.evaluate(OUTSIDE)
        if width > 390 or words:
            found.append((path, width, words))
    return found


@pytest.mark.long
@pytest.mark.parametrize("language", ["zh-CN", "en-US"])
def test_the_pages_of_somebody_in_the_room_stay_on_the_phone(day, visit, language):
    page = visit(day.attendees.get(number=4), "/attend/beijing/", language=language)

    assert what_leaves(page, ROOM) == []
    Event.objects.update(ended_at=timezone.now())
    assert what_leaves(page, ["recap/", "aboard/"]) == []


@pytest.mark.long
@pytest.mark.parametrize("language", ["zh-CN", "en-US"])
def test_the_pages_before_the_door_stay_on_the_phone(day, visit, language):
    person, at = day.attendees.confirmed().filter(check_ins=None).first(), timezone.now()
    page = visit(person, "/attend/beijing/", language=language)
    assert what_leaves(page, ["board/", "board/?c=WRONG"]) == []

    later = {name: at + timedelta(hours=n) for n, name in enumerate(("doors_at", "starts_at", "ends_at"), 2)}
    Event.objects.update(plus_ones=2, **later)
    Attendee.objects.filter(pk=person.pk).update(asked_at=at)
    assert what_leaves(page, ["coming/", "ticket/", "edit/", "my-data/", "lost/", "privacy/", "poster/"]) == []


@pytest.mark.long
@pytest.mark.parametrize("language", ["zh-CN", "en-US"])
def test_tickets_that_open_no_door_stay_on_the_phone(day, visit, language):
    person, at = day.attendees.filter(check_ins=None).last(), timezone.now()
    later = {name: at + timedelta(hours=n) for n, name in enumerate(("doors_at", "starts_at", "ends_at"), 20)}
    Event.objects.update(**later)
    page, found = visit(person, "/attend/beijing/", language=language), []

    for status in ("waitlisted", "offered", "applied", "cancelled", "declined", "expired"):
        until = at + timedelta(hours=2) if status == "offered" else None
        Attendee.objects.filter(pk=person.pk).update(
            status=status, carriage=None, seat=None, queued_at=at, offer_ends_at=until, contact_kind="phone"
        )
        found += [(status, *one) for one in what_leaves(page, ["ticket/"])]

    assert found == []
